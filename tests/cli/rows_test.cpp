#include "tests/cli/rows.h"

#include <gtest/gtest.h>

#include <sstream>

#include "glia/base/random.h"

namespace glia::cli {

std::string rows(const RowsOptions& options) {
  std::ostringstream text;
  text << options.order << "\n";
  for (std::int64_t i = options.first; i < options.first + options.count; ++i) {
    Random random(3, "rows", static_cast<std::uint64_t>(i));
    const double a = random.normal(), b = random.normal(), c = random.normal();
    const std::string group = random.below(2) == 0 ? "blue" : "red";
    const bool answer = a + b > c + (group == "blue" ? 2 : 0);
    std::istringstream names(options.order);
    std::string name, line;
    while (std::getline(names, name, ',')) {
      if (!line.empty()) line += ",";
      line += name == "a"        ? std::to_string(a)
              : name == "b"      ? std::to_string(b)
              : name == "c"      ? std::to_string(c)
              : name == "group"  ? group
              : name == "answer" ? (answer ? "yes" : "no")
                                 : std::to_string(i);
    }
    text << line << "\n";
  }
  return text.str();
}

std::string experiment(const ExperimentText& text) {
  return "name: small\ndata:\n  source: " + text.data + "\n  target: " + text.target + "\n" +
         text.data_more + "model:\n  layers:\n" + text.layers + "train:\n  loss: " + text.loss +
         "\n  optimizer: {adam: {learning_rate: 1e-2}}\n  batch_size: 16\n" + text.train_more +
         text.more;
}

namespace {

TEST(Rows, AreTheSameInAnyOrderOfColumns) {
  EXPECT_EQ(rows({.count = 1, .order = "group"}), rows({.count = 1, .order = "group"}));
  EXPECT_NE(rows({.count = 5, .first = 0, .order = "a"}),
            rows({.count = 5, .first = 5, .order = "a"}));
}

}  // namespace
}  // namespace glia::cli
