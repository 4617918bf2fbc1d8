// glia report
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/process.h"
#include "tests/cli/rows.h"
#include "tests/temp_folder.h"

namespace glia::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

class Report : public testing::Test {
 protected:
  Report() {
    write(folder_ / "data.csv", rows());
    write(folder_ / "small.yaml", experiment());
    for (const auto* seed : {"1", "2"}) {
      const auto outcome = run({"train", "small.yaml", "--out", std::string("run") + seed, "--set",
                                std::string("seed=") + seed});
      EXPECT_EQ(outcome.code, 0) << outcome.err;
    }
  }
  Outcome run(const std::vector<std::string>& arguments) { return glia(folder_.path(), arguments); }
  TempFolder folder_;
};

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(Report, WritesAPageBesideTheRun) {
  const auto outcome = run({"report", "run1"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(holds(outcome.out, "run1/report.html is written")) << outcome.out;
  const auto page = read(folder_ / "run1" / "report.html");
  for (const auto* part : {"<!doctype html>", "Results on the test rows", "Slices",
                           "glia train small.yaml --out run1"})
    EXPECT_TRUE(holds(page, part)) << part;
  EXPECT_TRUE(holds(page, "Measured for this report"));
  // The data is elsewhere now, and the option says where.
  fs::create_directories(folder_ / "moved");
  fs::rename(folder_ / "data.csv", folder_ / "moved" / "data.csv");
  ASSERT_EQ(run({"report", "run1", "-o", "gone.html", "--no-timing"}).code, 0);
  EXPECT_TRUE(holds(read(folder_ / "gone.html"), "Raw rows are not shown"));
  ASSERT_EQ(run({"report", "run1", "-o", "moved.html", "--no-timing", "--data", "moved"}).code, 0);
  EXPECT_FALSE(holds(read(folder_ / "moved.html"), "Raw rows are not shown"));
}

TEST_F(Report, SpeaksToTerminalsAndPrograms) {
  const auto text = run({"report", "run1", "--text", "--no-timing"});
  ASSERT_EQ(text.code, 0) << text.err;
  EXPECT_TRUE(holds(text.out, "Learning curves")) << text.out;
  EXPECT_FALSE(fs::exists(folder_ / "run1" / "report.html"));
  const auto both = run({"report", "run1", "run2", "--json"});
  ASSERT_EQ(both.code, 0) << both.err;
  const auto json = Json::parse(both.out, nullptr, false);
  ASSERT_TRUE(json.is_object()) << both.out;
  EXPECT_EQ(json["runs"].size(), 2u);
  EXPECT_EQ(json["comparisons"].size(), 3u);
  EXPECT_EQ(json["differing"], Json({{"seed", {"1", "2"}}}));
  ASSERT_EQ(run({"report", "run1", "run2"}).code, 0);
  EXPECT_TRUE(holds(read(folder_ / "report.html"), "Comparison on the same rows"));
}

TEST_F(Report, SaysWhatIsNoRun) {
  const auto outcome = run({"report", "nothing", "--json"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(Json::parse(outcome.out)["error"]["code"], "E-REPORT-14");
  EXPECT_EQ(run({"report"}).code, 2);
  EXPECT_EQ(run({"report", "run1", "--text", "-o", "x.html"}).code, 2);
}

}  // namespace
}  // namespace glia::cli
