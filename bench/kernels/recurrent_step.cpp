// Times a training step of a recurrent layer on random sequences, and says what takes the time.
//   build/bench_recurrent_step [rnn|lstm|gru|gru_before] [units] [threads] [steps] [profile]
// 32 sequences of 64 steps of 64 features, the last state into dense 10, Adam; gru_before is gru
// with reset_after: false.
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "glia/base/error.h"
#include "glia/base/random.h"
#include "glia/exec/session.h"
#include "glia/nn/layers.h"
#include "glia/optim/optimizer.h"
#include "glia/train/graphs.h"

namespace glia::bench {
namespace {

nn::Module layer_of(const std::string& name, std::int64_t units) {
  const nn::RecurrentOptions o{.units = units};
  if (name == "rnn") return nn::simple_rnn(o);
  if (name == "lstm") return nn::lstm(o);
  if (name == "gru" || name == "gru_before") return nn::gru(o, name == "gru");
  throw Error("E-OPTION-01", "unknown layer '" + name + "'; known: rnn, lstm, gru, gru_before");
}

double milliseconds(int threads) {
  timespec now{};
  clock_gettime(threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

void run(const std::string& name, std::int64_t units, int threads, int steps, bool profile) {
  const std::int64_t batch = 32, time = 64, features = 64;
  const auto model = nn::sequential({layer_of(name, units), nn::dense({.units = 10})});
  const auto types = train::batch_types({time, features}, {}, false);
  const Graph gradients = train::gradient_graph(
      model, nn::sparse_categorical_crossentropy({.from_logits = true}), types, 1);
  const Graph step = train::step_graph(gradients, train::update_graph(gradients, optim::adam({})));
  const auto program = compile(step, {.threads = threads, .bindings = {{"batch", batch}}});
  for (const std::string& op : program->on_reference())
    std::printf("on the reference: %s\n", op.c_str());
  Store store;
  store.initialize(step, 1);
  Session session(program, store);
  Random random(1, "sequences");
  Tensor x(DType::f32, {batch, time, features}), y(DType::i64, {batch}), rate(DType::f32, {});
  for (std::int64_t i = 0; i < x.size(); ++i) x.set(i, random.normal());
  for (std::int64_t i = 0; i < batch; ++i) y.set(i, double(random.below(10)));
  rate.set(0, 1e-3);
  session.bind("features", x);
  session.bind("target", y);
  session.bind("learning_rate", rate);
  session.run();
  double best = 1e30;
  session.profile(profile);
  for (int i = 0; i < steps; ++i) {
    const double start = milliseconds(threads);
    session.run();
    best = std::min(best, milliseconds(threads) - start);
  }
  std::printf("%s %d, %d threads: best of %d steps %.2f ms\n", name.c_str(), int(units), threads,
              steps, best);
  if (!profile) return;
  auto times = session.times();
  std::sort(times.begin(), times.end(),
            [](const auto& a, const auto& b) { return a.seconds > b.seconds; });
  for (const auto& t : times)
    std::printf("%9.0f us %6.1f GFLOP/s  %-24s %-22s %-24s %s\n", t.seconds / double(t.runs) * 1e6,
                t.operations * double(t.runs) / t.seconds * 1e-9, t.op.c_str(), t.layer.c_str(),
                t.kernel.c_str(), t.shape.c_str());
}

}  // namespace
}  // namespace glia::bench

int main(int argc, char** argv) {
  glia::bench::run(argc > 1 ? argv[1] : "lstm", argc > 2 ? std::atoi(argv[2]) : 128,
                   argc > 3 ? std::atoi(argv[3]) : 1, argc > 4 ? std::atoi(argv[4]) : 20, argc > 5);
}
