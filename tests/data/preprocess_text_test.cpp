// Texts in a column of a table, beside others.
#include <gtest/gtest.h>

#include "glia/data/csv.h"
#include "glia/data/preprocess.h"
#include "tests/thrown.h"

namespace glia::data {
namespace {

using glia::testing::code_of;

Table table(const std::string& text) {
  return parse_csv(text, {.separator = ',', .header = Header::yes, .threads = 1});
}

TEST(PreprocessText, WeightsBesideOtherFeatures) {
  const Table t = table("n,note\n1,late train\n2,NA\n3,late bus\n");
  const PreprocessOptions options{
      .numeric = {"none"},
      .steps = {
          {"note", {Step("tfidf", {{"min_df", 1.0}, {"norm", "none"}, {"use_idf", false}})}}}};
  const auto p = Preprocessor::fit(t, options);
  EXPECT_EQ(p.feature_names(),
            (std::vector<std::string>{"n", "note[bus]", "note[late]", "note[train]"}));
  const std::vector<double> wanted{1, 0, 1, 1, 2, 0, 0, 0, 3, 1, 1, 0};
  TransformReport report;
  const Tensor x = p.transform(t, &report);
  for (std::size_t i = 0; i < wanted.size(); ++i)
    EXPECT_EQ(x.at(static_cast<std::int64_t>(i)), wanted[i]) << i;
  EXPECT_EQ(report.imputed, 0) << "a missing text has no terms: nothing stands in for it";

  auto filled = options;
  filled.steps["note"].insert(filled.steps["note"].begin(),
                              Step("impute_constant", {{"value", "bus"}, {"indicator", true}}));
  const auto q = Preprocessor::fit(t, filled);
  EXPECT_EQ(q.feature_names().back(), "note:missing");
  const Tensor y = q.transform(t, &report);
  EXPECT_EQ(y.at(5 + 1), 1) << "the text that fills is one";
  EXPECT_EQ(y.at(5 + 4), 1) << "and was missing";
  EXPECT_EQ(y.at(4), 0);
  EXPECT_EQ(report.imputed, 1);

  EXPECT_EQ(Preprocessor::fit(t, {.columns = {{"note", Kind::text}}}).features(), 1)
      << "without steps a text gives no features";
  EXPECT_EQ(code_of([&] { Preprocessor::fit(table("n,note\n1,NA\n2,NA\n"), options); }),
            "E-DATA-34");
  EXPECT_EQ(code_of([] {
              TextEncoderFitter fitter({}, 3);
              fitter.add("a b"), fitter.add("a b c d");
            }),
            "E-DATA-240");
}

}  // namespace
}  // namespace glia::data
