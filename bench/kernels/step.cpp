#include "bench/kernels/step.h"

#include <time.h>

#include <algorithm>
#include <cstdio>

#include "glia/base/random.h"
#include "glia/exec/session.h"
#include "glia/nn/losses.h"
#include "glia/optim/optimizer.h"
#include "glia/train/graphs.h"

namespace glia::bench {
namespace {

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

}  // namespace

void time_step(const std::string& label, const nn::Module& model, const Shape& row,
               const StepTiming& o) {
  const auto types = train::batch_types(row, {}, false);
  const Graph gradients = train::gradient_graph(
      model, nn::sparse_categorical_crossentropy({.from_logits = true}), types, 1);
  const Graph step = train::step_graph(gradients, train::update_graph(gradients, optim::adam({})));
  const auto program = compile(step, {.threads = o.threads, .bindings = {{"batch", o.batch}}});
  for (const std::string& op : program->on_reference())
    std::printf("on the reference: %s\n", op.c_str());
  Store store;
  store.initialize(step, 1);
  Session session(program, store);
  Random random(1, "rows");
  Shape shape{o.batch};
  for (const Dim d : row) shape.push_back(d);
  Tensor x(DType::f32, shape), y(DType::i64, {o.batch}), rate(DType::f32, {});
  for (std::int64_t i = 0; i < x.size(); ++i) x.set(i, random.normal());
  for (std::int64_t i = 0; i < o.batch; ++i) y.set(i, double(random.below(10)));
  rate.set(0, 1e-3);
  session.bind("features", x);
  session.bind("target", y);
  session.bind("learning_rate", rate);
  session.run();
  const double first_loss = session.output_scalar("loss");
  double best = 1e30;
  session.profile(o.profile);
  for (int i = 0; i < o.steps; ++i) {
    const double start = milliseconds(o.threads);
    session.run();
    best = std::min(best, milliseconds(o.threads) - start);
  }
  std::printf("%s, %d threads: best of %d steps %.2f ms, loss %.3f -> %.3f, arena %.1f MB\n%s\n",
              label.c_str(), o.threads, o.steps, best, first_loss, session.output_scalar("loss"),
              double(program->arena_bytes()) * 1e-6, program->fingerprint().c_str());
  if (o.profile) print_profile(session);
}

}  // namespace glia::bench
