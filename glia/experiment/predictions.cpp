#include "glia/experiment/predictions.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <numeric>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/experiment/calibration.h"
#include "glia/serialize/safetensors.h"
#include "glia/train/predictor.h"

namespace glia::experiment {
namespace {

namespace fs = std::filesystem;

std::string key_of(std::string_view word, const std::string& output) {
  return output.empty() ? std::string(word) : fmt::format("{}:{}", word, output);
}

// The tensors that have a row for each row.
template <class Do>
void each_tensor(Predictions& p, Do&& act) {
  for (auto& output : p.outputs) act(output.predictions), act(output.targets), act(output.mask);
  act(p.weights);
}

Tensor picked(const Tensor& from, const std::vector<std::int64_t>& rows) {
  if (from.size() == 0) return from;
  std::vector<Dim> sizes(from.shape().begin(), from.shape().end());
  sizes.front() = Dim(std::ssize(rows));
  Tensor to(from.dtype(), Shape(sizes));
  const auto each = from.bytes() / static_cast<std::size_t>(from.shape()[0].value());
  auto* out = static_cast<std::byte*>(to.raw());
  for (const auto row : rows) {
    std::memcpy(out,
                static_cast<const std::byte*>(from.raw()) + static_cast<std::size_t>(row) * each,
                each);
    out += each;
  }
  return to;
}

// Rows at equal distances, as many as fit into `most` bytes.
Predictions within(Predictions p, std::int64_t most) {
  std::size_t bytes = 0;
  each_tensor(p, [&](const Tensor& tensor) { bytes += tensor.bytes(); });
  const std::int64_t all = p.kept();
  if (all == 0 || static_cast<std::int64_t>(bytes) <= most) return p;
  const auto fit = std::max<std::int64_t>(
      1, most / std::max<std::int64_t>(1, static_cast<std::int64_t>(bytes) / all));
  std::vector<std::int64_t> rows, numbers;
  for (std::int64_t i = 0; i < std::min(fit, all); ++i) {
    rows.push_back(i * all / std::min(fit, all));
    numbers.push_back(p.numbers[static_cast<std::size_t>(rows.back())]);
  }
  each_tensor(p, [&](Tensor& tensor) { tensor = picked(tensor, rows); });
  p.numbers = std::move(numbers);
  return p;
}

std::string text_of(double value) { return fmt::format("{:.17g}", value); }

double number_of(const serialize::Metadata& metadata, const std::string& key) {
  const auto found = metadata.find(key);
  double value = std::nan("");
  if (found != metadata.end())
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), value);
  return value;
}

}  // namespace

Predictions predicted(const Bundle& bundle, const data::Source& rows,
                      const std::vector<std::int64_t>& places, int threads, int workers) {
  return predicted(bundle, rows, evaluate(bundle, rows, threads, workers), places);
}

Predictions predicted(const Bundle& bundle, const data::Source& rows, train::Evaluation evaluation,
                      const std::vector<std::int64_t>& places) {
  Predictions p;
  p.rows = rows.size();
  p.loss = evaluation.loss;
  p.weights = std::move(evaluation.weights);
  const auto& outputs = bundle.encoding.outputs;
  calibrate(bundle.experiment, evaluation.predictions.front());
  for (std::size_t i = 0; i < evaluation.predictions.size(); ++i) {
    const auto& target = outputs.empty() ? bundle.encoding.target : outputs[i].second;
    const auto in_unit = [&](const Tensor& values) {
      return bundle.encoding.encoder->in_unit(rows, values, target);
    };
    p.outputs.push_back({outputs.empty() ? "" : outputs[i].first, evaluation.losses[i],
                         in_unit(evaluation.predictions[i]), in_unit(evaluation.targets[i]),
                         std::move(evaluation.masks[i])});
  }
  p.of_file = std::ssize(places) == p.rows;
  p.numbers = places;
  if (!p.of_file) {
    p.numbers.resize(static_cast<std::size_t>(p.rows));
    std::iota(p.numbers.begin(), p.numbers.end(), std::int64_t{0});
  }
  return p;
}

void save_predictions(const fs::path& file, const Predictions& predictions, std::int64_t most) {
  const Predictions p = within(predictions, most);
  serialize::TensorMap tensors;
  serialize::Metadata metadata{{"rows", std::to_string(p.rows)},
                               {"numbers", p.of_file ? "file" : "part"},
                               {"loss", text_of(p.loss)},
                               {"outputs", std::to_string(p.outputs.size())}};
  tensors.emplace("row", Tensor::of<std::int64_t>({p.kept()}, p.numbers));
  if (p.weights.size() > 0) tensors.emplace("weights", p.weights);
  for (std::size_t i = 0; i < p.outputs.size(); ++i) {
    const auto& output = p.outputs[i];
    metadata.emplace(fmt::format("output {}", i), output.name);
    metadata.emplace(fmt::format("loss {}", i), text_of(output.loss));
    tensors.emplace(key_of("prediction", output.name), output.predictions);
    tensors.emplace(key_of("target", output.name), output.targets);
    if (output.mask.size() > 0) tensors.emplace(key_of("mask", output.name), output.mask);
  }
  fs::create_directories(file.parent_path());
  serialize::write_safetensors(file, tensors, metadata);
}

Predictions load_predictions(const fs::path& file) {
  const auto stored = serialize::read_safetensors(file);
  const auto refuse = [&](std::string_view why) {
    fail("E-REPORT-11", "{}: these are not the predictions of a run: {}; evaluate the run again",
         file.string(), why);
  };
  Predictions p;
  const auto row = stored.tensors.find("row");
  if (row == stored.tensors.end() || row->second.dtype() != DType::i64 ||
      row->second.shape().rank() != 1)
    refuse("there is no list of rows");
  const auto numbers = row->second.data<std::int64_t>();
  p.numbers.assign(numbers.begin(), numbers.end());
  const auto tensor = [&](const std::string& key, bool required) {
    const auto found = stored.tensors.find(key);
    if (found == stored.tensors.end() && !required) return Tensor();
    if (found == stored.tensors.end()) refuse(fmt::format("there is no '{}'", shown(key)));
    const auto& shape = found->second.shape();
    if (shape.rank() < 1 || shape[0].value() != p.kept())
      refuse(fmt::format("'{}' is {}, and there are {} rows", shown(key), shape.text(), p.kept()));
    return found->second;
  };
  const double rows = number_of(stored.metadata, "rows"),
               outputs = number_of(stored.metadata, "outputs");
  if (!(rows >= static_cast<double>(p.kept())) || !(rows < 1e15) || !(outputs >= 1) ||
      !(outputs <= static_cast<double>(stored.tensors.size())))
    refuse("its counts of rows and outputs cannot be");
  p.rows = static_cast<std::int64_t>(rows);
  p.loss = number_of(stored.metadata, "loss");
  const auto of = stored.metadata.find("numbers");
  p.of_file = of != stored.metadata.end() && of->second == "file";
  for (std::size_t i = 0; i < static_cast<std::size_t>(outputs); ++i) {
    const auto name = stored.metadata.find(fmt::format("output {}", i));
    if (name == stored.metadata.end()) refuse(fmt::format("output {} has no name", i));
    p.outputs.push_back({name->second, number_of(stored.metadata, fmt::format("loss {}", i)),
                         tensor(key_of("prediction", name->second), true),
                         tensor(key_of("target", name->second), true),
                         tensor(key_of("mask", name->second), false)});
  }
  p.weights = tensor("weights", false);
  return p;
}

}  // namespace glia::experiment
