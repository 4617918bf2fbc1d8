// What a model consists of: counted, and shown where it fits.
#include "glia/experiment/summary.h"

#include <gtest/gtest.h>

#include "tests/experiment/case.h"

namespace glia {
namespace {

using testing::Case;

// Also with long names, and without a number or a title cut.
TEST(Summary, FitsEightyColumns) {
  Case c;
  const auto e =
      c.load({"model.layers=[dense: {units: 1234, name: a_name_as_long_as_people_like_them_one, "
              "trainable: "
              "false}, multi_head_attention: {num_heads: 2, name: "
              "a_name_as_long_as_people_like_them_two}, "
              "flatten, dense: {units: 1, activation: sigmoid}]"});
  const auto types = train::batch_types({16, 4}, {}, false);
  const auto layers = experiment::summarize(e.model(), e.layers, types);
  report::Style style;
  style.width = 80;
  const auto text = experiment::summary_text(layers, {{16, 4}}, style);
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    EXPECT_LE(report::display_width(std::string_view(text).substr(at, end - at)), 80) << text;
    at = end + 1;
  }
  for (const char* whole : {"layer", "kind", "output", "parameters", "frozen", "operations",
                            "memory", "one", "two", "…", "[16, 1234]", " 6,170"})
    EXPECT_NE(text.find(whole), std::string::npos) << whole << "\n" << text;
  EXPECT_EQ(text.find("not shown"), std::string::npos) << text;
}

TEST(Summary, SaysWhatGroupsFreezeAndDecayLeavesOut) {
  Case c;
  const auto e = c.load({"train.groups=[{match: \"dense.*\", frozen: true}]",
                         "train.optimizer={adamw: {weight_decay: 0.01}}"});
  const auto types = train::batch_types({4}, {}, false);
  const auto& groups = e.fit.updates.groups;
  const auto rows = experiment::summarize(e.model(), e.layers, types, groups);
  EXPECT_EQ(rows[0].frozen, 30);
  EXPECT_EQ(rows[2].frozen, 0);
  const auto line = [&](const optim::Optimizer& optimizer) {
    return experiment::undecayed(e.model(), types, optimizer, groups);
  };
  EXPECT_NE(line(e.fit.optimizer).find("leaves out 1 of 2 learned tensors: dense_1.bias (biases"),
            std::string::npos)
      << line(e.fit.optimizer);
  EXPECT_EQ(line(optim::adam()), "");
  EXPECT_EQ(line(optim::adamw({.weight_decay = 1, .decay_all = true})), "");
}

TEST(Summary, CountsWhatTheLayersHave) {
  Case c;
  const auto e = c.load();
  const auto rows = experiment::summarize(e.model(), e.layers, train::batch_types({4}, {}, false));
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].parameters, 4 * 6 + 6);
  EXPECT_EQ(rows[0].output.text(), "[1, 6]");
  EXPECT_EQ(rows[1].kind, "dropout");
  EXPECT_EQ(rows[1].parameters, 0);
  EXPECT_EQ(rows[2].output.text(), "[1, 1]");
  EXPECT_GE(rows[0].operations, 2 * 4 * 6);
}

TEST(Summary, OfAModelThatTakesWholeNumbers) {
  const auto model = nn::sequential(
      {nn::embedding({.input_dim = 5, .output_dim = 3}), nn::flatten(), nn::dense({.units = 2})});
  const auto text = experiment::summary(model, {{4}}, {DType::i64});
  EXPECT_NE(text.find("[4, 3]"), text.npos) << text;
  EXPECT_EQ(text.find("kind"), text.npos) << "a column without a word in it\n" << text;
}

}  // namespace
}  // namespace glia
