#include "glia/train/predictor.h"

#include <algorithm>
#include <cstring>

#include "glia/base/format.h"

namespace glia::train {

SessionCache::SessionCache(Graph graph, Store& store, int threads,
                           std::vector<std::string> disabled)
    : graph_(std::move(graph)), store_(store), threads_(threads), disabled_(std::move(disabled)) {}

Session& SessionCache::at(std::int64_t batch) {
  if (const auto it = sessions_.find(batch); it != sessions_.end()) return it->second;
  constexpr std::size_t kMost = 8;
  if (sessions_.size() >= kMost) sessions_.erase(sessions_.begin());
  CompileOptions options;
  options.threads = threads_;
  options.bindings = {{"batch", batch}};
  options.passes.disabled = disabled_;
  auto [it, fresh] = sessions_.try_emplace(batch, compile(graph_, options), store_);
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

// Copies the predictions of `count` rows into their place in `all`.
void copy_rows(const Session& session, std::int64_t count, Tensor& all, std::int64_t row) {
  const std::size_t bytes = all.bytes() / static_cast<std::size_t>(all.shape()[0].value());
  std::memcpy(all.raw() + static_cast<std::size_t>(row) * bytes, session.output("prediction"),
              static_cast<std::size_t>(count) * bytes);
}

Tensor room_for(const Graph& graph, std::int64_t rows) {
  const Type& type = graph.find_output("prediction").type();
  return Tensor(type.dtype, type.shape.bind({{"batch", rows}}));
}

}  // namespace

Evaluator::Evaluator(const nn::Module& model, const nn::Loss& loss, const BatchTypes& types,
                     Store& store, int threads, std::int64_t batch_size)
    : sessions_(loss_graph(model, loss, types, false, 0), store, threads),
      weighted_(types.weighted),
      batch_size_(batch_size) {
  store.initialize(sessions_.graph(), 0);
}

std::string Evaluator::fingerprint(std::int64_t rows) {
  return sessions_.at(std::min(batch_size_, rows)).program().fingerprint();
}

Evaluation Evaluator::run(const data::Dataset& dataset) {
  Evaluation result{room_for(sessions_.graph(), dataset.size()), 0};
  data::Loader loader(dataset, {.batch_size = std::min(batch_size_, dataset.size())});
  double total = 0;
  std::int64_t row = 0;
  while (const data::Batch* batch = loader.next()) {
    Session& session = sessions_.at(batch->count);
    session.bind("features", batch->features.raw());
    session.bind("target", batch->targets.raw());
    double weight = static_cast<double>(batch->count);
    if (weighted_) {
      session.bind("weights", batch->weights.raw());
      weight = 0;
      for (std::int64_t i = 0; i < batch->count; ++i) weight += batch->weights.at(i);
    }
    session.run();
    result.loss += weight * session.output_scalar("loss");
    total += weight;
    copy_rows(session, batch->count, result.predictions, row);
    row += batch->count;
  }
  result.loss /= total;
  return result;
}

Predictor::Predictor(const nn::Module& model, const nn::Loss& loss, const Shape& feature_row,
                     Store& store, int threads, std::int64_t batch_size)
    : sessions_(inference_graph(model, loss, batch_types(feature_row, {}, false).features), store,
                threads),
      batch_size_(batch_size) {
  store.initialize(sessions_.graph(), 0);
}

Tensor Predictor::run(const Tensor& features) {
  const std::int64_t rows = features.shape().rank() > 0 ? features.shape()[0].value() : 0;
  const Type expected = sessions_.graph().inputs().front().second.type().bind({{"batch", rows}});
  if (features.dtype() != expected.dtype || features.shape() != expected.shape)
    fail("E-SESSION-02", "the features are {}{}, the model takes {}", name_of(features.dtype()),
         features.shape().text(), expected.text());
  Tensor predictions = room_for(sessions_.graph(), rows);
  if (rows == 0) return predictions;
  const std::size_t row_bytes = features.bytes() / static_cast<std::size_t>(rows);
  for (std::int64_t row = 0; row < rows; row += batch_size_) {
    const std::int64_t count = std::min(batch_size_, rows - row);
    Session& session = sessions_.at(count);
    session.bind("features", features.raw() + static_cast<std::size_t>(row) * row_bytes);
    session.run();
    copy_rows(session, count, predictions, row);
  }
  return predictions;
}

}  // namespace glia::train
