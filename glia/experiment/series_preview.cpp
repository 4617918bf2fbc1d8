// Windows of series: what is seen and what is to be forecast, and what the network gets of it.
#include <algorithm>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/experiment/previews.h"
#include "glia/experiment/run.h"
#include "glia/experiment/series_data.h"

namespace glia::experiment {
namespace {

constexpr std::size_t kMostTargets = 2, kMostFeatures = 4;  // a plot has four lines
constexpr std::int64_t kMostRows = 6;

// Rows [from, to) of a column, by their distance to row `last`.
report::Series line_of(const std::string& name, const std::vector<double>& column,
                       std::int64_t from, std::int64_t to, std::int64_t last) {
  report::Series line{name, {}, {}};
  for (auto row = from; row < to; ++row) {
    line.x.push_back(static_cast<double>(row - last));
    line.y.push_back(column[static_cast<std::size_t>(row)]);
  }
  return line;
}

// In the unit of the file.
report::Plot seen_plot(const data::EncodedSeries& rows, std::int64_t last) {
  const auto& o = rows.encoder.options();
  const auto time = [&](std::int64_t row) {
    return rows.encoder.axis().text(rows.series.times[static_cast<std::size_t>(row)]);
  };
  report::Plot plot;
  plot.title = fmt::format("{} to {}, and the {} after it", time(last - o.window + 1), time(last),
                           o.horizon == 1 ? "row" : fmt::format("{} rows", o.horizon));
  plot.x_label = "rows from the last that is seen";
  for (std::size_t k = 0; k < std::min(kMostTargets, o.targets.size()); ++k) {
    const auto& column = rows.series.values[k];
    plot.series.push_back(line_of(o.targets[k], column, last - o.window + 1, last + 1, last));
    plot.series.push_back(
        line_of(o.targets[k] + ", to be forecast", column, last + 1, last + 1 + o.horizon, last));
  }
  return plot;
}

// [window, width]
report::Plot network_plot(const data::SeriesEncoder& encoder, std::span<const float> window) {
  report::Plot plot;
  plot.title = "As the network gets it";
  plot.x_label = "rows from the last that is seen";
  const auto width = static_cast<std::size_t>(encoder.width());
  const std::size_t rows = window.size() / width;
  for (std::size_t f = 0; f < std::min(kMostFeatures, width); ++f) {
    report::Series line{encoder.features()[f], {}, {}};
    for (std::size_t row = 0; row < rows; ++row) {
      line.x.push_back(static_cast<double>(row) - static_cast<double>(rows - 1));
      line.y.push_back(static_cast<double>(window[row * width + f]));
    }
    plot.series.push_back(std::move(line));
  }
  return plot;
}

report::Table network_table(const data::SeriesEncoder& encoder, std::span<const float> window,
                            std::span<const float> targets) {
  report::Table table{.title = "Its last rows, and what is to be learned", .columns = {"row"}};
  for (const auto& name : encoder.features()) table.columns.emplace_back(shown(name));
  const auto width = static_cast<std::size_t>(encoder.width());
  const auto rows = static_cast<std::int64_t>(window.size() / width);
  for (auto row = std::max<std::int64_t>(0, rows - kMostRows); row < rows; ++row) {
    auto& cells = table.rows.emplace_back();
    cells.emplace_back(std::to_string(row - rows + 1));
    for (std::size_t f = 0; f < width; ++f)
      cells.emplace_back(fmt::format("{:.4g}", window[static_cast<std::size_t>(row) * width + f]));
  }
  const std::size_t each = encoder.options().targets.size();
  table.rules.push_back(table.rows.size());
  for (std::size_t i = 0; i < targets.size(); i += each) {
    auto& cells = table.rows.emplace_back();
    cells.emplace_back(std::to_string(i / each + 1));
    for (std::size_t k = 0; k < each; ++k)
      cells.emplace_back(fmt::format("{:.4g}", targets[i + k]), report::Paint::first);
    cells.resize(1 + width, "");
  }
  return table;
}

}  // namespace

report::Document SeriesData::preview(const Prepared& prepared,
                                     const PreviewOptions& options) const {
  const auto& windows = dynamic_cast<const data::SeriesSource&>(*prepared.train);
  const auto& [of, encoder, encoded] = windows.rows();
  auto rows = drawn_rows(options, windows.size());
  std::sort(rows.begin(), rows.end());
  const auto batch = batch_of(windows, rows, 0);
  report::Document document;
  document.title = "Training windows";
  document.subtitle = fmt::format("{} rows that are seen, {} that {} forecast; {} values of a row",
                                  encoder.options().window, encoder.options().horizon,
                                  encoder.options().horizon == 1 ? "is" : "are", encoder.width());
  const auto part = [](const Tensor& all, std::size_t i, std::size_t count) {
    const std::size_t each = all.data<float>().size() / count;
    return std::span<const float>(all.data<float>()).subspan(i * each, each);
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto last = windows.last_row(rows[i]);
    const auto which =
        std::upper_bound(of.starts.begin(), of.starts.end(), last) - of.starts.begin() - 1;
    const auto& name = of.names[static_cast<std::size_t>(which)];
    document.add(
        report::Heading{fmt::format("{}Window {} of {}", name.empty() ? "" : shown(name) + ": ",
                                    with_commas(rows[i] + 1), with_commas(windows.size())),
                        3});
    document.add(seen_plot(windows.rows(), last));
    const auto seen = part(batch.features, i, rows.size());
    document.add(network_plot(encoder, seen));
    document.add(network_table(encoder, seen, part(batch.targets, i, rows.size())));
  }
  return document;
}

}  // namespace glia::experiment
