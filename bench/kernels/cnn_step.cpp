// Times a training step of a small CNN on random images, and says what takes the time.
//   build/bench_cnn_step [model] [threads] [steps] [profile]
// Models: "small" 1 -> 16, pool, 16 -> 32, pool, dense 10; "wide" 1 -> 32, pool, 32 -> 64, pool,
// dense 10; "norm" the wide one with batch norm, ending in a third convolution and a global
// average. All convolutions are 3x3 with padding and relu, images are 28x28, batches of 64, Adam.
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "glia/base/random.h"
#include "glia/exec/session.h"
#include "glia/nn/layers.h"
#include "glia/optim/optimizer.h"
#include "glia/train/graphs.h"

namespace glia::bench {
namespace {

nn::Module conv(std::int64_t filters, bool relu = true) {
  nn::Conv2dOptions o;
  o.filters = filters;
  o.padding.kind = nn::Padding::Kind::same;
  if (relu) o.activation = nn::relu;
  return nn::conv2d(o);
}

nn::Module model_of(const std::string& name) {
  const nn::Module pool = nn::max_pool2d(), end = nn::dense({.units = 10});
  if (name == "small") return nn::sequential({conv(16), pool, conv(32), pool, nn::flatten(), end});
  if (name == "norm")
    return nn::sequential({conv(32, false), nn::batch_norm(), nn::relu, pool, conv(64, false),
                           nn::batch_norm(), nn::relu, pool, conv(64, false), nn::batch_norm(),
                           nn::relu, nn::global_average_pool2d(), end});
  return nn::sequential({conv(32), pool, conv(64), pool, nn::flatten(), end});
}

double milliseconds(int threads) {
  timespec now{};
  clock_gettime(threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

void print_profile(const Session& session) {
  auto times = session.times();
  std::sort(times.begin(), times.end(),
            [](const auto& a, const auto& b) { return a.seconds > b.seconds; });
  for (const auto& t : times)
    std::printf("%9.0f us %6.1f GFLOP/s %6.1f GB/s  %-24s %-22s %-24s %s\n",
                t.seconds / double(t.runs) * 1e6, t.operations * double(t.runs) / t.seconds * 1e-9,
                t.bytes * double(t.runs) / t.seconds * 1e-9, t.op.c_str(), t.layer.c_str(),
                t.kernel.c_str(), t.shape.c_str());
}

void run(const std::string& model, int threads, int steps, bool profile) {
  const std::int64_t batch = 64;
  const auto types = train::batch_types({1, 28, 28}, {}, false);
  const Graph gradients = train::gradient_graph(
      model_of(model), nn::sparse_categorical_crossentropy({.from_logits = true}), types, 1);
  const Graph step = train::step_graph(gradients, train::update_graph(gradients, optim::adam({})));
  const auto program = compile(step, {.threads = threads, .bindings = {{"batch", batch}}});
  for (const std::string& op : program->on_reference())
    std::printf("on the reference: %s\n", op.c_str());
  Store store;
  store.initialize(step, 1);
  Session session(program, store);
  Random random(1, "images");
  Tensor x(DType::f32, {batch, 1, 28, 28}), y(DType::i64, {batch}), rate(DType::f32, {});
  for (std::int64_t i = 0; i < x.size(); ++i) x.set(i, random.normal());
  for (std::int64_t i = 0; i < batch; ++i) y.set(i, double(random.below(10)));
  rate.set(0, 1e-3);
  session.bind("features", x);
  session.bind("target", y);
  session.bind("learning_rate", rate);
  session.run();
  const double first_loss = session.output_scalar("loss");
  double best = 1e30;
  session.profile(profile);
  for (int i = 0; i < steps; ++i) {
    const double start = milliseconds(threads);
    session.run();
    best = std::min(best, milliseconds(threads) - start);
  }
  std::printf("%s, %d threads: best of %d steps %.2f ms, loss %.3f -> %.3f, arena %.1f MB\n%s\n",
              model.c_str(), threads, steps, best, first_loss, session.output_scalar("loss"),
              double(program->arena_bytes()) * 1e-6, program->fingerprint().c_str());
  if (profile) print_profile(session);
}

}  // namespace
}  // namespace glia::bench

int main(int argc, char** argv) {
  glia::bench::run(argc > 1 ? argv[1] : "wide", argc > 2 ? std::atoi(argv[2]) : 1,
                   argc > 3 ? std::atoi(argv[3]) : 20, argc > 4);
}
