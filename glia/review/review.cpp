#include "glia/review/review.h"

#include <map>
#include <nlohmann/json.hpp>

#include "glia/base/format.h"
#include "glia/review/pages.h"

namespace glia::review {
namespace {

// Two folders of one name are told apart by where they lie.
void name_apart(std::vector<StoredRun>& runs) {
  std::map<std::string, int> times;
  for (const auto& run : runs) ++times[run.label];
  for (auto& run : runs)
    if (times[run.label] > 1) run.label = run.folder.lexically_normal().string();
}

}  // namespace

Review review(const std::vector<std::filesystem::path>& folders, const Options& options) {
  if (folders.empty()) fail("E-REPORT-14", "a report needs the folder of a run; none was given");
  // Models and predictions are for the page of one, and for the comparison of two.
  const bool whole = folders.size() <= 2;
  std::vector<StoredRun> runs;
  for (const auto& folder : folders) runs.push_back(read_run(folder, whole));
  name_apart(runs);
  nlohmann::ordered_json json;
  Review result;
  result.document =
      runs.size() == 1 ? run_page(runs.front(), options, json) : runs_page(runs, options, json);
  result.json = json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  return result;
}

}  // namespace glia::review
