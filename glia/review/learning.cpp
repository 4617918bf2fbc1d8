// Values over the course of a training.
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

bool is_flat(const Plot& plot) {
  const auto& first = plot.series.front().y;
  return std::all_of(plot.series.begin(), plot.series.end(), [&](const Series& line) {
    return line.y.size() > 1 &&
           std::all_of(line.y.begin(), line.y.end(), [&](double y) { return y == first.front(); });
  });
}

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
        for (std::size_t i = 0; i < run->records.size(); ++i)
          if (const double* at = run->records[i].find(value);
              at && counts(*run, run->records[i], value)) {
            line.x.push_back(run->places[i]);
            line.y.push_back(*at);
          }
        if (!line.y.empty()) plot.series.push_back(thinned(std::move(line)));
      }
    }
    if (const auto best = runs.front()->best_place(); one && best && name != "learning_rate") {
      plot.mark = best;
      plot.mark_label = fmt::format("best: epoch {}", epochs_text(*best));
    }
    if (!plot.series.empty()) plots.push_back(std::move(plot));
  }
  std::stable_partition(plots.begin(), plots.end(), [](const Plot& p) { return !is_flat(p); });
  return plots;
}

void add_learning_curves(std::vector<Plot> plots, std::size_t open, report::Document& page) {
  report::Group first, others{report::Group::How::folded, "Learning curves of other values", {}};
  for (std::size_t i = 0; i < plots.size(); ++i)
    (i < open && !is_flat(plots[i]) ? first : others).blocks.emplace_back(std::move(plots[i]));
  if (!first.blocks.empty()) page.add(std::move(first));
  if (!others.blocks.empty()) page.add(std::move(others));
}

}  // namespace glia::review
