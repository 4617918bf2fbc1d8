// What a path is: a table, arrays, a folder of files or an experiment.
#include <algorithm>
#include <array>
#include <map>
#include <numeric>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/cli/data.h"
#include "glia/cli/folder.h"
#include "glia/data/idx.h"
#include "glia/data/npy.h"
#include "glia/data/read_table.h"
#include "glia/data/table_stream.h"
#include "glia/experiment/experiment.h"
#include "glia/experiment/large_table.h"
#include "glia/experiment/table_data.h"

namespace glia::cli {
namespace {

namespace fs = std::filesystem;

std::string shape_text(const Tensor& tensor) {
  return fmt::format("[{}]", fmt::join(tensor.shape().sizes(), ", "));
}

struct Values {
  double low = 0, high = 0, mean = 0;
};
Values values_of(const Tensor& tensor) {
  Values v;
  for (std::int64_t i = 0; i < tensor.size(); ++i) {
    const double value = tensor.at(i);
    if (i == 0) v.low = v.high = value;
    v.low = std::min(v.low, value), v.high = std::max(v.high, value);
    v.mean += (value - v.mean) / static_cast<double>(i + 1);
  }
  return v;
}

// Rows of classes: how many of each; nothing where these are no classes.
report::Bars classes_of(const Tensor& tensor) {
  constexpr std::size_t kMost = 100;
  std::map<std::int64_t, std::int64_t> counts;
  if (tensor.shape().rank() != 1 || is_floating(tensor.dtype())) return {};
  for (std::int64_t i = 0; i < tensor.size(); ++i) {
    ++counts[static_cast<std::int64_t>(tensor.at(i))];
    if (counts.size() > kMost) return {};
  }
  report::Bars bars;
  for (const auto& [value, rows] : counts)
    bars.bars.push_back({fmt::format("{}", value), static_cast<double>(rows), with_commas(rows)});
  return bars;
}

// Classes of as many rows, if there are such: [N] whole numbers.
const Tensor* labels_of(const Tensor& images, const std::vector<data::Named>& arrays) {
  for (const auto& [name, tensor] : arrays)
    if (tensor.shape().rank() == 1 && !is_floating(tensor.dtype()) &&
        tensor.shape()[0] == images.shape()[0])
      return &tensor;
  return nullptr;
}

// The first images of [N, H, W] or [N, H, W, 3] bytes, called by their labels or their numbers.
report::Pictures samples_of(const Tensor& tensor, const std::vector<data::Named>& arrays) {
  constexpr std::int64_t kMost = 12, kLargest = 512;
  report::Pictures pictures;
  const auto sizes = tensor.shape().sizes();
  const bool images = tensor.dtype() == DType::u8 &&
                      (sizes.size() == 3 || (sizes.size() == 4 && sizes[3] == 3)) && sizes[1] > 1 &&
                      sizes[2] > 1 && sizes[1] <= kLargest && sizes[2] <= kLargest;
  if (!images) return pictures;
  const Tensor* const labels = labels_of(tensor, arrays);
  const auto bytes = tensor.data<std::uint8_t>();
  const auto each = static_cast<std::size_t>(tensor.size() / std::max<std::int64_t>(1, sizes[0]));
  for (std::int64_t i = 0; i < std::min(kMost, sizes[0]); ++i) {
    const auto part = bytes.subspan(static_cast<std::size_t>(i) * each, each);
    pictures.pictures.push_back(
        {.width = static_cast<int>(sizes[2]),
         .height = static_cast<int>(sizes[1]),
         .pixels = {part.begin(), part.end()},
         .caption = labels ? fmt::format("{}", labels->at(i)) : fmt::format("row {}", i)});
  }
  return pictures;
}

void add_array(Described& described, report::Table& table, const std::string& name,
               const Tensor& tensor) {
  const auto values = values_of(tensor);
  table.rows.push_back({{name, report::Paint::bold},
                        {shape_text(tensor)},
                        {std::string(name_of(tensor.dtype()))},
                        {report::compact_number(values.low)},
                        {report::compact_number(values.high)},
                        {report::compact_number(values.mean)}});
  described.json["arrays"].push_back({{"name", name},
                                      {"shape", tensor.shape().sizes()},
                                      {"dtype", name_of(tensor.dtype())},
                                      {"min", number(values.low)},
                                      {"max", number(values.high)},
                                      {"mean", number(values.mean)}});
}

Described describe_tensors(const std::string& title, const std::vector<data::Named>& arrays) {
  Described described;
  auto& document = described.document;
  document.title = title;
  document.subtitle = fmt::format("{} {}", arrays.size(), arrays.size() == 1 ? "array" : "arrays");
  described.json = {{"source", title}, {"arrays", Json::array()}};
  report::Table table{
      .columns = {{"array", report::Align::left, true}, "shape", "type", "min", "max", "mean"}};
  for (const auto& [name, tensor] : arrays) add_array(described, table, name, tensor);
  document.add(std::move(table));
  for (const auto& [name, tensor] : arrays) {
    if (auto classes = classes_of(tensor); !classes.bars.empty()) {
      document.add(report::Heading{fmt::format("Values of {}", name)});
      document.add(std::move(classes));
    }
    if (auto pictures = samples_of(tensor, arrays); !pictures.pictures.empty()) {
      document.add(report::Heading{fmt::format("The first of {}", name)});
      document.add(std::move(pictures));
    }
  }
  return described;
}

report::Pictures pictures_of(const std::vector<Found>& files) {
  constexpr std::uintmax_t kLargest = 300'000;
  constexpr std::size_t kMost = 24, kOfEach = 2;
  report::Pictures pictures;
  std::map<std::string, std::size_t> taken;
  for (const auto& found : files) {
    if (!is_picture(found.file) || found.bytes > kLargest || pictures.pictures.size() == kMost ||
        taken[found.label]++ >= kOfEach)
      continue;
    const auto name = found.file.filename().string();
    pictures.pictures.push_back({.encoded = read_file(found.file),
                                 .caption = found.label.empty() ? name : found.label + "/" + name,
                                 .shown_width = 128});
  }
  return pictures;
}

std::vector<data::Named> arrays_of(const fs::path& file) {
  const auto name = file.filename().string();
  if (is_idx(file)) return {{name, data::read_idx(file)}};
  if (has_suffix(file, ".npz")) return data::read_npz(file);
  return {{name, data::read_npy(file)}};
}

// Data of other kinds than tables: arrays all of them, else what the training is of.
Described describe_files(const experiment::DataPlan& plan, DescribeArguments arguments) {
  std::vector<fs::path> files;  // the training's first
  plan.with_files([&](const fs::path& file) {
    if (std::find(files.begin(), files.end(), file) == files.end()) files.push_back(file);
    return file;
  });
  std::vector<data::Named> arrays;
  for (const auto& file : files)
    if (is_idx(file) || has_suffix(file, ".npy") || has_suffix(file, ".npz"))
      for (auto& array : arrays_of(file)) arrays.push_back(std::move(array));
  const auto title = fs::path(arguments.what).filename().string();
  if (!arrays.empty()) return describe_tensors(title, arrays);
  arguments.what = files.front().string();
  return describe_data(arguments);
}

Described describe_experiment(const DescribeArguments& arguments) {
  experiment::LoadOptions load;
  load.data_folders = data_folders(arguments.data);
  const auto experiment = experiment::load(arguments.what, load);
  const auto* plan = dynamic_cast<const experiment::TableData*>(experiment.data.get());
  if (!plan) return describe_files(*experiment.data, arguments);
  data::DescribeOptions options;
  options.target = plan->target;
  if (!arguments.target.empty()) options.target = data::TargetOptions{.column = arguments.target};
  options.schema.kinds = plan->preprocess.columns;
  return describe_table(open_table(plan->train, plan->csv), options);
}

// A table whole, or the first rows of a file that is large for the memory.
data::Table read_or_begin(const fs::path& file, const data::CsvOptions& options,
                          std::vector<std::string>& notes) {
  constexpr std::int64_t kPieces = 64;  // of about 1 MB
  if (!experiment::is_large(file)) return data::read_table(file, options);
  try {
    const auto stream = data::TableStream::open(file, {.csv = options});
    auto table = stream.read(0, kPieces, {});
    if (table.rows() < stream.rows())
      notes.push_back(fmt::format(
          "the file is large for the free memory: what is told here is of the first {} of its {} "
          "rows",
          with_commas(table.rows()), with_commas(stream.rows())));
    return table;
  } catch (const Error& error) {
    if (error.code() != "E-DATA-121") throw;  // packed, and to be read whole or not at all
    return data::read_table(file, options);
  }
}

OpenTable opened_by_quotes(const fs::path& file, const data::CsvOptions& options) {
  std::vector<std::string> notes;
  try {
    auto table = read_or_begin(file, options, notes);
    return {std::move(table), true, std::move(notes)};
  } catch (const Error& error) {
    if (error.code() != "E-DATA-04" || options.quote == '\0') throw;
    auto letters = options;
    letters.quote = '\0';
    notes.push_back(fmt::format("quotes are read as letters (quote: none), for they do not fit: {}",
                                error.what()));
    try {
      auto table = read_or_begin(file, letters, notes);
      return {std::move(table), false, std::move(notes)};
    } catch (const Error&) {
      throw error;  // which it was after all
    }
  }
}

bool is_experiment(const fs::path& file) {
  return has_suffix(file, ".yaml") || has_suffix(file, ".yml");
}

}  // namespace

OpenTable open_table(const fs::path& file, const data::CsvOptions& options) {
  auto opened = opened_by_quotes(file, options);
  if (const auto& skipped = opened.table.skipped(); skipped.count > 0)
    opened.notes.push_back(fmt::format(
        "{} {} left out, for they cannot be read; the first: {}", with_commas(skipped.count),
        skipped.count == 1 ? "row is" : "rows are", skipped.first.front()));
  return opened;
}

Described describe_arrays(const fs::path& file) {
  return describe_tensors(file.filename().string(), arrays_of(file));
}

Described describe_folder(const fs::path& folder) {
  auto files = files_below(folder);
  if (files.empty())
    fail("E-CLI-10", "{}: there is no file in this folder; expected data", folder.string());
  std::vector<data::Named> arrays;
  for (const auto& found : files)
    if (is_idx(found.file))
      arrays.push_back({found.file.filename().string(), data::read_idx(found.file)});
  const auto title = fs::weakly_canonical(folder).filename().string();
  if (!arrays.empty()) return describe_tensors(title, arrays);

  label_by_names(files);
  std::map<std::string, std::pair<std::int64_t, std::uintmax_t>> kinds, labels;
  const auto add = [](auto& to, const std::string& key, const Found& found) {
    ++to[key].first, to[key].second += found.bytes;
  };
  std::uintmax_t bytes = 0;
  std::int64_t empty = 0;
  for (const auto& found : files) {
    const auto suffix = found.file.extension().string();
    add(kinds, suffix.empty() ? "(no suffix)" : suffix, found);
    if (is_picture(found.file) || is_sound(found.file)) add(labels, found.label, found);
    bytes += found.bytes;
    empty += found.bytes == 0 ? 1 : 0;
  }
  Described described;
  auto& document = described.document;
  document.title = title;
  document.subtitle =
      fmt::format("{} {}, {}", with_commas(std::ssize(files)), files.size() == 1 ? "file" : "files",
                  human_bytes(static_cast<double>(bytes)));
  described.json = {{"source", title},
                    {"files", files.size()},
                    {"bytes", bytes},
                    {"kinds", Json::object()},
                    {"classes", Json::object()}};
  if (empty > 0)
    document.add(report::Note{report::Paint::warn, "empty files",
                              fmt::format("{} without a byte: remove {}.",
                                          empty == 1 ? "1 is" : fmt::format("{} are", empty),
                                          empty == 1 ? "it" : "them")});
  report::Table table{.columns = {"kind", "files", "bytes"}};
  for (const auto& [kind, count] : kinds) {
    table.rows.push_back(
        {{kind}, {with_commas(count.first)}, {human_bytes(static_cast<double>(count.second))}});
    described.json["kinds"][kind] = count.first;
  }
  document.add(std::move(table));
  add_images(described, files);
  if (std::any_of(files.begin(), files.end(),
                  [](const Found& found) { return is_sound(found.file); }))
    add_sounds(described, folder);
  if (labels.size() > 1) {
    report::Bars bars;
    for (const auto& [label, count] : labels) {
      bars.bars.push_back({label, static_cast<double>(count.first), with_commas(count.first)});
      described.json["classes"][label] = count.first;
    }
    document.add(report::Heading{"Classes, by folders or names"});
    document.add(std::move(bars));
  }
  if (auto pictures = pictures_of(files); !pictures.pictures.empty()) {
    document.add(report::Heading{"Samples"});
    document.add(std::move(pictures));
  }
  return described;
}

Described describe_data(const DescribeArguments& arguments) {
  const fs::path path(arguments.what);
  std::error_code error;  // of links in a circle: the readers say what is wrong
  if (fs::is_directory(path, error)) return describe_folder(path);
  if (is_experiment(path)) return describe_experiment(arguments);
  if (is_idx(path)) return describe_arrays(path);
  data::DescribeOptions options;
  if (!arguments.target.empty()) options.target = data::TargetOptions{.column = arguments.target};
  if (arguments.target.empty() && is_long_text(path)) return describe_text(path);
  try {
    return describe_table(open_table(path), options);
  } catch (const Error& error) {
    if (error.code() != "E-DATA-192") throw;  // arrays that are no table
    return describe_arrays(path);
  }
}

}  // namespace glia::cli
