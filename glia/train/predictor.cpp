#include "glia/train/predictor.h"

#include <algorithm>
#include <cstring>

#include "glia/base/format.h"
#include "glia/train/answers.h"

namespace glia::train {

SessionCache::SessionCache(Graph graph, Store& store, CompileOptions options)
    : graph_(std::move(graph)), store_(store), options_(std::move(options)) {}

Session& SessionCache::at(std::int64_t batch) {
  if (const auto it = sessions_.find(batch); it != sessions_.end()) return it->second;
  constexpr std::size_t kMost = 8;
  if (sessions_.size() >= kMost) sessions_.erase(sessions_.begin());
  options_.bindings = {{"batch", batch}};
  auto [it, fresh] = sessions_.try_emplace(batch, compile(graph_, options_), store_);
  it->second.profile(profiling_);
  return it->second;
}

void SessionCache::profile(bool on) {
  profiling_ = on;
  for (auto& [batch, session] : sessions_) session.profile(on);
}

std::vector<InstructionTime> SessionCache::times() const {
  std::vector<InstructionTime> all;
  for (const auto& [batch, session] : sessions_)
    for (auto& time : session.times()) all.push_back(std::move(time));
  return all;
}

namespace {

// Copies an output of `count` rows into their place in `all`.
void copy_rows(const Session& session, const std::string& output, std::int64_t count, Tensor& all,
               std::int64_t row) {
  const std::size_t bytes = all.bytes() / static_cast<std::size_t>(all.shape()[0].value());
  std::memcpy(all.raw() + static_cast<std::size_t>(row) * bytes, session.output(output),
              static_cast<std::size_t>(count) * bytes);
}

void copy_rows(const Tensor& batch, std::int64_t count, Tensor& all, std::int64_t row) {
  const std::size_t bytes = batch.bytes() / static_cast<std::size_t>(batch.shape()[0].value());
  std::memcpy(all.raw() + static_cast<std::size_t>(row) * bytes, batch.raw(),
              static_cast<std::size_t>(count) * bytes);
}

std::vector<Tensor> room_for(const Graph& graph, const std::vector<std::string>& outputs,
                             std::int64_t rows) {
  std::vector<Tensor> tensors;
  for (const auto& name : outputs) {
    if (name.empty()) {
      tensors.emplace_back();
      continue;
    }
    const Type& type = graph.find_output(name).type();
    tensors.emplace_back(type.dtype, type.shape.bind({{"batch", rows}}));
  }
  return tensors;
}

Tensor rows_of(const data::Field& field, std::int64_t rows) {
  Shape shape{rows};
  for (const Dim d : field.row) shape.push_back(d);
  return {field.dtype, shape};
}

std::vector<Tensor> targets_room(const data::Source& rows) {
  std::vector<Tensor> tensors;
  for (const auto& field : rows.outputs()) tensors.push_back(rows_of(field, rows.size()));
  return tensors;
}

std::vector<std::string> ports(const Objective& objective, std::string_view word) {
  std::vector<std::string> names;
  for (const auto& output : objective.outputs) names.push_back(output.port(word));
  return names;
}

// Those that the graph has, "" in place of the others.
std::vector<std::string> ports_of(const Graph& graph, const Objective& objective,
                                  std::string_view word) {
  auto names = ports(objective, word);
  for (auto& name : names)
    if (!has_output(graph, name)) name.clear();
  return names;
}

}  // namespace

void bind_batch(Session& session, const data::Batch& batch, const BatchTypes& types) {
  session.bind("features", batch.features.raw());
  session.bind("target", batch.targets.raw());
  if (types.weighted) session.bind("weights", batch.weights.raw());
  for (std::size_t i = 0; i < types.more_features.size(); ++i)
    session.bind(types.more_features[i].first, batch.more_features[i].raw());
  for (std::size_t i = 0; i < types.more_targets.size(); ++i)
    session.bind(types.more_targets[i].first, batch.more_targets[i].raw());
}

Evaluator::Evaluator(const nn::Module& model, const Objective& objective, const BatchTypes& types,
                     Store& store, int threads, std::int64_t batch_size)
    : sessions_(loss_graph(model, objective, types, false, 0), store, {.threads = threads}),
      types_(types),
      losses_(ports(objective, "loss")),
      predictions_(ports(objective, "prediction")),
      weights_(ports_of(sessions_.graph(), objective, "loss_weight")),
      masks_(ports_of(sessions_.graph(), objective, "mask")),
      batch_size_(batch_size) {
  // A loss without a name is the whole already.
  for (const Output& output : objective.outputs)
    shares_.push_back(output.name.empty() ? 1 : output.weight);
  store.initialize(sessions_.graph(), 0);
}

std::string Evaluator::fingerprint(std::int64_t rows) {
  return sessions_.at(std::min(batch_size_, rows)).program().fingerprint();
}

Evaluation Evaluator::run(const data::Source& rows, int workers) {
  Evaluation result{
      room_for(sessions_.graph(), predictions_, rows.size()),
      0,
      std::vector<double>(losses_.size(), 0.0),
      room_for(sessions_.graph(), masks_, rows.size()),
      targets_room(rows),
      rows.has_weights() ? rows_of({"", DType::f32, rows.weight_shape()}, rows.size()) : Tensor()};
  data::Loader loader(data::borrowed(rows),
                      {.batch_size = std::min(batch_size_, rows.size()), .workers = workers});
  std::vector<double> totals(losses_.size(), 0.0);
  std::int64_t row = 0;
  while (const data::Batch* batch = loader.next()) {
    Session& session = sessions_.at(batch->count);
    bind_batch(session, *batch, types_);
    session.run();
    for (std::size_t i = 0; i < losses_.size(); ++i) {
      const double weight = weight_of(*batch, session, weights_[i]);
      result.losses[i] += weight * session.output_scalar(losses_[i]);
      totals[i] += weight;
      copy_rows(session, predictions_[i], batch->count, result.predictions[i], row);
      if (!masks_[i].empty()) copy_rows(session, masks_[i], batch->count, result.masks[i], row);
    }
    copy_rows(batch->targets, batch->count, result.targets[0], row);
    for (std::size_t i = 0; i < batch->more_targets.size(); ++i)
      copy_rows(batch->more_targets[i], batch->count, result.targets[i + 1], row);
    if (rows.has_weights()) copy_rows(batch->weights, batch->count, result.weights, row);
    row += batch->count;
  }
  for (std::size_t i = 0; i < losses_.size(); ++i) {
    result.losses[i] /= std::max(totals[i], 1e-300);
    result.loss += shares_[i] * result.losses[i];
  }
  return result;
}

Predictor::Predictor(const nn::Module& model, const Objective& objective, const BatchTypes& types,
                     Store& store, int threads, std::int64_t batch_size)
    : sessions_(inference_graph(model, objective, types), store, {.threads = threads}),
      predictions_(ports(objective, "prediction")),
      batch_size_(batch_size) {
  store.initialize(sessions_.graph(), 0);
}

Predictor::Predictor(const nn::Module& model, const Objective& objective, const Shape& feature_row,
                     Store& store, int threads, std::int64_t batch_size)
    : Predictor(model, objective, batch_types(feature_row, {}, false), store, threads, batch_size) {
}

std::vector<Tensor> Predictor::run(const std::vector<Tensor>& given) {
  const auto inputs = sessions_.graph().inputs();
  if (given.size() != inputs.size())
    fail("E-SESSION-02", "{} inputs are given, the model takes {}", given.size(), inputs.size());
  const std::int64_t rows = given[0].shape().rank() > 0 ? given[0].shape()[0].value() : 0;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const Type expected = inputs[i].second.type().bind({{"batch", rows}});
    if (given[i].dtype() != expected.dtype || given[i].shape() != expected.shape)
      fail("E-SESSION-02", "the {} are {}{}, the model takes {}", inputs[i].first,
           name_of(given[i].dtype()), given[i].shape().text(), expected.text());
  }
  auto predictions = room_for(sessions_.graph(), predictions_, rows);
  for (std::int64_t row = 0; row < rows; row += batch_size_) {
    const std::int64_t count = std::min(batch_size_, rows - row);
    Session& session = sessions_.at(count);
    for (std::size_t i = 0; i < given.size(); ++i)
      session.bind(inputs[i].first, given[i].raw() + given[i].bytes() /
                                                         static_cast<std::size_t>(rows) *
                                                         static_cast<std::size_t>(row));
    session.run();
    for (std::size_t i = 0; i < predictions.size(); ++i)
      copy_rows(session, predictions_[i], count, predictions[i], row);
  }
  return predictions;
}

std::vector<Tensor> Predictor::run(const data::Source& rows, int workers) {
  const auto inputs = sessions_.graph().inputs();
  const auto fields = rows.inputs();
  if (fields.size() != inputs.size())
    fail("E-SESSION-02", "{} inputs are given, the model takes {}", fields.size(), inputs.size());
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const Type& type = inputs[i].second.type();
    const Shape row(std::vector<Dim>(type.shape.begin() + 1, type.shape.end()));
    if (fields[i].dtype != type.dtype || fields[i].row != row)
      fail("E-SESSION-02", "the {} are {}{} for each row, the model takes {}", inputs[i].first,
           name_of(fields[i].dtype), fields[i].row.text(), row.text());
  }
  auto predictions = room_for(sessions_.graph(), predictions_, rows.size());
  if (rows.size() == 0) return predictions;
  data::Loader loader(data::borrowed(rows),
                      {.batch_size = std::min(batch_size_, rows.size()), .workers = workers});
  std::int64_t row = 0;
  while (const data::Batch* batch = loader.next()) {
    Session& session = sessions_.at(batch->count);
    for (std::size_t i = 0; i < inputs.size(); ++i)
      session.bind(inputs[i].first,
                   i == 0 ? batch->features.raw() : batch->more_features[i - 1].raw());
    session.run();
    for (std::size_t i = 0; i < predictions.size(); ++i)
      copy_rows(session, predictions_[i], batch->count, predictions[i], row);
    row += batch->count;
  }
  return predictions;
}

Tensor Predictor::run(const Tensor& features) { return run(std::vector<Tensor>{features}).front(); }

}  // namespace glia::train
