#include "glia/review/intervals.h"

#include <algorithm>
#include <array>

#include "glia/base/format.h"
#include "glia/base/text.h"

namespace glia::review {

std::string interval_sources(const std::vector<metrics::Metric>& metrics, std::size_t replicates) {
  // Averages over classes have no formula.
  constexpr std::array<std::string_view, 4> kShares{"accuracy", "precision", "recall",
                                                    "specificity"};
  bool shares = false, area = false, others = false;
  for (const auto& m : metrics) {
    if (!m.interval) continue;
    if (std::find(kShares.begin(), kShares.end(), m.name) != kShares.end())
      shares = true;
    else if (m.name == "roc_auc")
      area = true;
    else
      others = true;
  }
  std::vector<std::string> sources;
  if (shares) sources.emplace_back("of shares Wilson's");
  if (area) sources.emplace_back("of the ROC-AUC DeLong's");
  if (others)
    sources.push_back(fmt::format("{}bootstrap, at most {} replicates",
                                  sources.empty() ? "" : "of others by ",
                                  with_commas(static_cast<long long>(replicates))));
  if (sources.empty()) return "";
  return fmt::format("95 % intervals, {}", fmt::join(sources, ", "));
}

std::string chance_text(std::size_t count, std::string_view what) {
  if (count < 20) return "";
  return fmt::format(" Of {} {} about {:.0f} would lie apart by chance alone.", count, what,
                     0.05 * static_cast<double>(count));
}

}  // namespace glia::review
