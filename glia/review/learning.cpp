// Values over the epochs.
#include <algorithm>

#include "glia/base/format.h"
#include "glia/review/curves.h"

namespace glia::review {
namespace {

using report::Plot;
using report::Series;

// A line of at most kMostPoints values: of more, some at equal distances, and the last.
Series thinned(Series line) {
  if (line.y.size() <= kMostPoints) return line;
  Series some{.name = line.name, .color = line.color};
  auto places = spread(line.y.size(), kMostPoints);
  places.back() = line.y.size() - 1;
  for (const auto i : places) some.x.push_back(line.x[i]), some.y.push_back(line.y[i]);
  return some;
}

}  // namespace

// Some places of `count`, at equal distances.
std::vector<std::size_t> spread(std::size_t count, std::size_t most) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < std::min(count, most); ++i)
    places.push_back(i * count / std::min(count, most));
  return places;
}

std::vector<Plot> learning_curves(const std::vector<const StoredRun*>& runs) {
  const bool one = runs.size() == 1;
  std::vector<Plot> plots;
  const auto names = value_names(runs);
  for (const auto& name : names) {
    // Of one run, training and validation lie in one plot.
    const bool pair = one && std::find(names.begin(), names.end(), "val_" + name) != names.end();
    if (pair) continue;
    const auto plain = name.starts_with("val_") ? name.substr(4) : name;
    Plot plot{.title = one ? plain : name, .x_label = "epoch", .linked = !one};
    for (const auto* run : runs) {
      for (const auto& value : one&& plain != name ? std::vector{plain, name} : std::vector{name}) {
        Series line{.name = one ? value : run->label};
        for (const auto& epoch : run->epochs)
          if (const double* at = epoch.find(value)) {
            line.x.push_back(static_cast<double>(epoch.epoch));
            line.y.push_back(*at);
          }
        if (!line.y.empty()) plot.series.push_back(thinned(std::move(line)));
      }
    }
    if (one && runs.front()->best_epoch > 0 && name != "learning_rate") {
      plot.mark = static_cast<double>(runs.front()->best_epoch);
      plot.mark_label = fmt::format("best: epoch {}", runs.front()->best_epoch);
    }
    if (!plot.series.empty()) plots.push_back(std::move(plot));
  }
  return plots;
}

}  // namespace glia::review
