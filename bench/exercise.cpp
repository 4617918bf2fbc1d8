#include "bench/exercise.h"

#include <time.h>

#include <algorithm>

#include "glia/base/random.h"
#include "glia/train/graphs.h"

namespace glia::bench {
namespace {

constexpr std::int64_t kBatches = 32;
constexpr long kRunsBetweenResets = 200;
constexpr const char* kFeatures = "features";
constexpr const char* kTarget = "target";

experiment::Experiment load(const ExerciseOptions& o) {
  auto e = experiment::load(o.experiment, {.data_must_exist = false});
  e.fit.batch_size = o.batch;
  if (!o.dropout)
    std::erase_if(e.layers, [](const nn::Module& layer) { return layer.kind() == "dropout"; });
  return e;
}

train::BatchTypes types_of(const experiment::Experiment& e, const Shape& features) {
  const bool classes = e.fit.loss.target == nn::Loss::Target::indices;
  return train::batch_types(features, classes ? Shape{} : Shape{1}, false);
}

// From pass to pass: how far `batch` rows of a tensor [batches, batch, ...] reach.
struct Batches {
  explicit Batches(const Tensor& all)
      : tensor(all), bytes(all.bytes() / static_cast<std::size_t>(all.shape()[0].value())) {}
  const void* at(std::int64_t i) const {
    return tensor.raw() + static_cast<std::size_t>(i) * bytes;
  }
  Tensor tensor;
  std::size_t bytes;
};

void assign_weights(Store& store, const serialize::Safetensors& material) {
  for (const auto& [name, tensor] : material.tensors)
    if (store.has(name)) store.assign(name, tensor);
}

class Step final : public Exercise {
 public:
  Step(const ExerciseOptions& o, const serialize::Safetensors& material)
      : features_(material.at(kFeatures)), target_(material.at(kTarget)) {
    const auto e = load(o);
    const auto types = types_of(e, o.features);
    const Graph gradients =
        train::gradient_graph(nn::sequential(e.layers), e.fit.loss, types, e.fit.seed);
    const Graph step =
        train::step_graph(gradients, train::update_graph(gradients, e.fit.optimizer));
    store_.initialize(step, e.fit.seed);
    assign_weights(store_, material);
    initial_ = store_.snapshot();
    CompileOptions options;
    options.threads = o.threads;
    options.bindings = {{"batch", e.fit.batch_size}};
    options.precision = e.fit.precision;
    session_.emplace(compile(step, options), store_);
    rate_ = static_cast<float>(e.fit.optimizer.learning_rate);
    session_->bind("learning_rate", &rate_);
  }
  void reset() override {
    store_.restore(initial_);
    next_ = 0;
  }
  void once() override {
    session_->bind(kFeatures, features_.at(next_));
    session_->bind(kTarget, target_.at(next_));
    session_->run();
    next_ = (next_ + 1) % kBatches;
  }
  Session& session() override { return *session_; }
  std::string_view output() const override { return "loss"; }

 private:
  Batches features_, target_;
  Store store_;
  std::map<std::string, Tensor> initial_;
  std::optional<Session> session_;
  float rate_ = 0;
  std::int64_t next_ = 0;
};

// Each run takes another row: the first of each batch.
class Prediction final : public Exercise {
 public:
  Prediction(const ExerciseOptions& o, const serialize::Safetensors& material)
      : features_(material.at(kFeatures)) {
    const auto e = load(o);
    const Graph graph = train::inference_graph(nn::sequential(e.layers), e.fit.loss,
                                               types_of(e, o.features).features);
    store_.initialize(graph, e.fit.seed);
    assign_weights(store_, material);
    CompileOptions options;
    options.threads = o.threads;
    options.bindings = {{"batch", 1}};
    session_.emplace(compile(graph, options), store_);
  }
  void reset() override { next_ = 0; }
  void once() override {
    session_->bind(kFeatures, features_.at(next_));
    session_->run();
    next_ = (next_ + 1) % kBatches;
  }
  Session& session() override { return *session_; }
  std::string_view output() const override { return "prediction"; }

 private:
  Batches features_;
  Store store_;
  std::optional<Session> session_;
  std::int64_t next_ = 0;
};

}  // namespace

void write_material(const ExerciseOptions& o, const std::filesystem::path& path) {
  const auto e = load(o);
  const auto types = types_of(e, o.features);
  const Graph graph =
      train::loss_graph(nn::sequential(e.layers), e.fit.loss, types, true, e.fit.seed);
  Store store;
  store.initialize(graph, e.fit.seed);
  serialize::TensorMap tensors;
  for (const Role role : {Role::parameter, Role::statistic})
    for (const auto& name : store.names(role)) tensors.emplace(name, store.at(name));
  const auto pool = [&](const Type& type) {
    Shape shape{kBatches};
    for (const Dim d : type.shape.bind({{"batch", e.fit.batch_size}})) shape.push_back(d);
    return Tensor(type.dtype, shape);
  };
  Tensor features = pool(types.features), target = pool(types.target);
  Random random(e.fit.seed, "bench");
  for (float& x : features.data<float>()) x = static_cast<float>(random.normal());
  const auto classes = static_cast<std::uint64_t>(o.classes);
  for (std::int64_t i = 0; i < target.size(); ++i)
    target.set(i, static_cast<double>(random.below(classes)));
  tensors.insert_or_assign(kFeatures, features);
  tensors.insert_or_assign(kTarget, target);
  serialize::write_safetensors(path, tensors);
}

double Exercise::result() { return session().output_tensor(output()).at(0); }

Timing Exercise::time(long runs) {
  Timing total;
  for (long done = 0; done < runs;) {
    reset();
    const long chunk = std::min(runs - done, kRunsBetweenResets);
    once();
    const Timing before = clocks();
    for (long i = 0; i < chunk; ++i) once();
    const Timing took = clocks() - before;
    total.wall += took.wall;
    total.cpu += took.cpu;
    done += chunk;
  }
  const auto n = static_cast<double>(runs);
  return {total.wall / n, total.cpu / n};
}

std::unique_ptr<Exercise> training_step(const ExerciseOptions& o,
                                        const std::filesystem::path& material) {
  return std::make_unique<Step>(o, serialize::read_safetensors(material));
}

std::unique_ptr<Exercise> prediction(const ExerciseOptions& o,
                                     const std::filesystem::path& material) {
  return std::make_unique<Prediction>(o, serialize::read_safetensors(material));
}

}  // namespace glia::bench
