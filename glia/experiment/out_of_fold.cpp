#include "glia/experiment/out_of_fold.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/csv.h"
#include "glia/experiment/kinds.h"
#include "glia/serialize/safetensors.h"

namespace glia::experiment {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

Tensor numbers(const std::vector<std::int64_t>& values) {
  return Tensor::of<std::int64_t>({std::ssize(values)}, values);
}

std::vector<std::int64_t> values(const Tensor& tensor) {
  const auto data = tensor.data<std::int64_t>();
  return {data.begin(), data.end()};
}

// Whether rows of both can stand in one tensor.
bool alike(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype() || a.shape().rank() != b.shape().rank()) return false;
  for (int axis = 1; axis < a.shape().rank(); ++axis)
    if (!(a.shape()[axis] == b.shape()[axis])) return false;
  return true;
}

// b's rows behind a's.
Tensor joined(const Tensor& a, const Tensor& b) {
  Shape shape{a.shape()[0].value() + b.shape()[0].value()};
  for (int axis = 1; axis < a.shape().rank(); ++axis) shape.push_back(a.shape()[axis]);
  Tensor both(a.dtype(), shape);
  std::memcpy(both.raw(), a.raw(), a.bytes());
  std::memcpy(both.raw() + a.bytes(), b.raw(), b.bytes());
  return both;
}

std::string exact(double value) {
  char text[32];
  return {text, std::to_chars(std::begin(text), std::end(text), static_cast<float>(value)).ptr};
}

std::string name_of_output(const Encoding& encoding, std::size_t output, std::string_view word) {
  if (encoding.outputs.empty()) return std::string(word);
  return fmt::format("{}_{}", encoding.outputs[output].first, word);
}

const data::Target& target_of(const Encoding& encoding, std::size_t output) {
  return encoding.outputs.empty() ? encoding.target : encoding.outputs[output].second;
}

std::int64_t width_of(const Tensor& t) {
  return t.size() / std::max<std::int64_t>(1, t.shape()[0].value());
}

std::size_t decided(const std::vector<double>& p, double threshold) {
  if (p.size() == 2) return p[1] > threshold ? 1 : 0;
  return static_cast<std::size_t>(std::max_element(p.begin(), p.end()) - p.begin());
}

// The cells of one output in one row. truth: the class of each row, where there are classes.
void add_cells(const HeldOut& all, const Encoding& encoding, std::size_t output,
               const std::vector<std::int64_t>& truth, std::int64_t row,
               std::vector<std::string>& cells) {
  const Tensor& predictions = all.predictions[output];
  const Tensor& targets = all.targets[output];
  const auto& target = target_of(encoding, output);
  const std::int64_t width = width_of(predictions);
  std::vector<double> p;
  for (std::int64_t c = 0; c < width; ++c) p.push_back(predictions.at(row * width + c));
  if (target.labels.empty()) {
    for (std::int64_t c = 0; c < width; ++c) {
      cells.push_back(exact(targets.at(row * width + c)));
      cells.push_back(exact(p[static_cast<std::size_t>(c)]));
    }
    return;
  }
  if (width == 1) p = {1 - static_cast<double>(static_cast<float>(p[0])), p[0]};
  const auto chosen = all.thresholds.find(all.folds[static_cast<std::size_t>(row)]);
  const double threshold = chosen == all.thresholds.end() ? 0.5 : chosen->second;
  cells.push_back(data::csv_field(
      target.labels.at(static_cast<std::size_t>(truth[static_cast<std::size_t>(row)]))));
  cells.push_back(data::csv_field(target.labels.at(decided(p, threshold))));
  for (const double one : p) cells.push_back(exact(one));
}

std::vector<std::string> head(const HeldOut& all, const Encoding& encoding) {
  std::vector<std::string> cells{"row", "fold"};
  for (std::size_t i = 0; i < all.predictions.size(); ++i) {
    const auto add = [&](std::string_view word) {
      cells.push_back(data::csv_field(name_of_output(encoding, i, word)));
    };
    const auto& labels = target_of(encoding, i).labels;
    const std::int64_t width = width_of(all.predictions[i]);
    if (labels.empty()) {
      for (std::int64_t c = 1; c <= width; ++c) {
        add(width == 1 ? "target" : fmt::format("target_{}", c));
        add(width == 1 ? "prediction" : fmt::format("prediction_{}", c));
      }
      continue;
    }
    add("target"), add("label");
    for (const auto& label : labels) add("probability_" + label);
  }
  return cells;
}

}  // namespace

void HeldOut::append(HeldOut other) {
  if (rows.empty()) {
    *this = std::move(other);
    return;
  }
  for (std::size_t i = 0; i < predictions.size(); ++i)
    if (other.predictions.size() != predictions.size() ||
        !alike(predictions[i], other.predictions[i]) || !alike(targets[i], other.targets[i]))
      fail("E-EXP-25",
           "fold {}: its model answers with {}, and that of fold {} with {}; they cannot be put "
           "together: select among models that answer alike",
           other.folds.front(),
           i < other.predictions.size() ? other.predictions[i].shape().text() : "nothing",
           folds.front(), predictions[i].shape().text());
  rows.insert(rows.end(), other.rows.begin(), other.rows.end());
  folds.insert(folds.end(), other.folds.begin(), other.folds.end());
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    predictions[i] = joined(predictions[i], other.predictions.at(i));
    targets[i] = joined(targets[i], other.targets.at(i));
  }
  thresholds.merge(other.thresholds);
  partial = partial || other.partial;
  of_file = of_file && other.of_file;
}

HeldOut held_out(const Bundle& bundle, const Prepared& prepared, std::int64_t fold, int threads,
                 int workers) {
  const auto said = predicted(bundle, *prepared.test, prepared.rows.test, threads, workers);
  HeldOut all;
  all.rows = said.numbers;
  all.of_file = said.of_file;
  all.folds.assign(all.rows.size(), fold);
  for (const auto& output : said.outputs) {
    all.predictions.push_back(output.predictions);
    all.targets.push_back(output.targets);
    all.partial = all.partial || output.mask.size() > 0;
  }
  all.partial = all.partial || said.weights.size() > 0;
  all.labels = bundle.encoding.target.labels;
  if (bundle.experiment.fit.threshold) all.thresholds[fold] = *bundle.experiment.fit.threshold;
  return all;
}

void write_held_out(const fs::path& file, const HeldOut& all) {
  serialize::TensorMap tensors{{"rows", numbers(all.rows)}, {"folds", numbers(all.folds)}};
  for (std::size_t i = 0; i < all.predictions.size(); ++i) {
    tensors.emplace(fmt::format("predictions.{}", i), all.predictions[i]);
    tensors.emplace(fmt::format("targets.{}", i), all.targets[i]);
  }
  json thresholds = json::array();
  for (const auto& [fold, threshold] : all.thresholds) thresholds.push_back({fold, threshold});
  serialize::write_safetensors(file, tensors,
                               {{"labels", json(all.labels).dump()},
                                {"thresholds", thresholds.dump()},
                                {"numbers", all.of_file ? "file" : "part"},
                                {"partial", all.partial ? "true" : "false"}});
}

HeldOut read_held_out(const fs::path& file) {
  const auto read = serialize::read_safetensors(file);
  HeldOut all;
  try {
    all.rows = values(read.at("rows"));
    all.folds = values(read.at("folds"));
    for (std::size_t i = 0; read.tensors.contains(fmt::format("predictions.{}", i)); ++i) {
      all.predictions.push_back(read.at(fmt::format("predictions.{}", i)));
      all.targets.push_back(read.at(fmt::format("targets.{}", i)));
    }
    all.labels = json::parse(read.metadata.at("labels")).get<std::vector<std::string>>();
    for (const auto& one : json::parse(read.metadata.at("thresholds")))
      all.thresholds.emplace(one.at(0).get<std::int64_t>(), one.at(1).get<double>());
    all.partial = read.metadata.at("partial") == "true";
    all.of_file = read.metadata.at("numbers") == "file";
  } catch (const Error&) {
    throw;
  } catch (const std::exception&) {
    fail("E-EXP-21", "{}: it is damaged; remove it, and its fold is predicted again",
         file.string());
  }
  for (const auto* list : {&all.predictions, &all.targets})
    for (const Tensor& tensor : *list)
      if (tensor.shape().rank() == 0 || tensor.shape()[0].value() != std::ssize(all.rows))
        fail("E-EXP-21",
             "{}: {} rows, and a tensor of {}; remove it, and its fold is predicted again",
             file.string(), all.rows.size(), tensor.shape().text());
  if (all.predictions.empty() || all.folds.size() != all.rows.size())
    fail("E-EXP-21", "{}: it has no predictions; remove it, and its fold is predicted again",
         file.string());
  return all;
}

bool write_csv(const fs::path& file, const HeldOut& all, const Encoding& encoding) {
  constexpr std::int64_t kMost = 1000;
  for (std::size_t i = 0; i < all.predictions.size(); ++i) {
    const auto& labels = target_of(encoding, i).labels;
    const std::int64_t width = width_of(all.predictions[i]);
    const bool fits = labels.empty()
                          ? width == width_of(all.targets[i])
                          : width == std::ssize(labels) || (width == 1 && labels.size() == 2);
    if (all.predictions[i].shape().rank() > 2 || width > kMost || !fits) return false;
  }
  std::vector<std::vector<std::int64_t>> truths;
  for (std::size_t i = 0; i < all.targets.size(); ++i)
    truths.push_back(target_of(encoding, i).labels.empty() ? std::vector<std::int64_t>{}
                                                           : class_of_each(all.targets[i]));
  write_atomically(file, [&](AtomicFile& out) {
    out.write(fmt::format("{}\n", fmt::join(head(all, encoding), ",")));
    for (std::size_t row = 0; row < all.rows.size(); ++row) {
      std::vector<std::string> cells{std::to_string(all.rows[row]), std::to_string(all.folds[row])};
      for (std::size_t i = 0; i < all.predictions.size(); ++i)
        add_cells(all, encoding, i, truths[i], static_cast<std::int64_t>(row), cells);
      out.write(fmt::format("{}\n", fmt::join(cells, ",")));
    }
  });
  return true;
}

Predictions HeldOut::said() const {
  // The place of each row among those that are told apart, and how often it was predicted.
  std::map<std::int64_t, std::size_t> places;
  std::vector<std::size_t> place, first;
  std::vector<double> counts;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto key = of_file ? rows[i] : static_cast<std::int64_t>(i);
    const auto [at, added] = places.emplace(key, places.size());
    if (added) first.push_back(i), counts.push_back(0);
    place.push_back(at->second);
    ++counts[at->second];
  }
  Predictions p;
  p.loss = NAN;  // it is of what a model gives before it is in the target's unit
  p.rows = std::ssize(first);
  for (const auto i : first) p.numbers.push_back(rows[i]);
  for (std::size_t o = 0; o < predictions.size(); ++o) {
    const auto one_each = [&](const Tensor& of, bool mean) {
      Shape shape{p.rows};
      for (int axis = 1; axis < of.shape().rank(); ++axis) shape.push_back(of.shape()[axis]);
      Tensor result(of.dtype(), shape);
      const std::int64_t width = width_of(of);
      std::vector<double> sums(static_cast<std::size_t>(result.size()));
      for (std::size_t i = 0; i < place.size(); ++i)
        for (std::int64_t c = 0; c < width && (mean || first[place[i]] == i); ++c)
          sums[place[i] * static_cast<std::size_t>(width) + static_cast<std::size_t>(c)] +=
              of.at(static_cast<std::int64_t>(i) * width + c);
      for (std::int64_t k = 0; k < result.size(); ++k) {
        const auto at = static_cast<std::size_t>(k);
        result.set(k, mean ? sums[at] / counts[at / static_cast<std::size_t>(width)] : sums[at]);
      }
      return result;
    };
    p.outputs.push_back(
        {.predictions = one_each(predictions[o], true), .targets = one_each(targets[o], false)});
  }
  if (thresholds.empty()) return p;
  p.thresholds.resize(first.size());
  for (std::size_t i = 0; i < place.size(); ++i) {
    const auto own = thresholds.find(folds[i]);
    p.thresholds[place[i]] += (own == thresholds.end() ? 0.5 : own->second) / counts[place[i]];
  }
  return p;
}

}  // namespace glia::experiment
