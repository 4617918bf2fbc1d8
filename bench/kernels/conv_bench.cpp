// Times convolutions: for each layer and pass oneDNN's and our own, one after the other in rounds.
//   build/bench_conv [threads] [batch] [filter]
// Fastest of many short runs, in microseconds, with GFLOP/s and the implementation's name. One
// thread is timed by its own clock, which stands still while others have the core.
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "bench/kernels/peak.h"
#include "glia/backends/cpu/conv_columns.h"
#include "glia/backends/cpu/conv_weight.h"
#include "glia/backends/cpu/onednn.h"
#include "glia/backends/cpu/simd.h"
#include "glia/base/random.h"
#include "glia/tensor/tensor.h"

namespace glia::bench {
namespace {

using cpu::Conv;
using cpu::ConvPass;

struct Layer {
  std::int64_t channels, filters, size;
};

Buffer numbers(std::int64_t n) {
  Random random(1, "bench");
  Buffer buffer(static_cast<std::size_t>(n) * sizeof(float));
  for (std::int64_t i = 0; i < n; ++i)
    reinterpret_cast<float*>(buffer.data())[i] = static_cast<float>(random.uniform());
  return buffer;
}

Conv same_conv(const Layer& layer, ConvPass pass, std::int64_t batch, int threads) {
  Conv c;
  c.pass = pass;
  c.layout = Layout::channels_last;
  c.batch = batch, c.channels = layer.channels, c.filters = layer.filters;
  c.height = c.width = c.out_height = c.out_width = layer.size;
  c.kernel_height = c.kernel_width = 3;
  c.top = c.bottom = c.left = c.right = 1;
  c.bias = pass == ConvPass::forward;
  c.threads = threads;
  return c;
}

double microseconds(int threads) {
  timespec now{};
  clock_gettime(threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) * 1e-3;
}

struct Candidate {
  std::string name;
  std::function<void()> run;
  double best = 1e30;
};

void bench(const Layer& layer, ConvPass pass, std::int64_t batch, int threads) {
  const Conv conv = same_conv(layer, pass, batch, threads);
  Buffer x = numbers(conv.x_elements()), y = numbers(conv.y_elements());
  Buffer weight = numbers(conv.weight_elements()), bias = numbers(conv.filters);
  const cpu::ColumnPlan own = cpu::plan_columns(conv);
  const cpu::WeightPlan tiles =
      pass == ConvPass::weight_gradient ? cpu::plan_weight_gradient(conv) : cpu::WeightPlan{};
  const auto onednn = cpu::OnednnConv::plan(conv);
  Buffer scratch(std::max({own.scratch_bytes(), tiles.scratch_bytes(),
                           onednn ? onednn->scratch_bytes() : std::size_t{0}}));
  const auto floats = [](Buffer& b) { return reinterpret_cast<float*>(b.data()); };
  const cpu::ConvArgs args{floats(x), floats(weight), conv.bias ? floats(bias) : nullptr, floats(y),
                           scratch.data()};
  std::vector<Candidate> candidates{{"columns", [&] { cpu::run_columns(own, args); }}};
  if (pass == ConvPass::weight_gradient)
    candidates.push_back({"tiles", [&] { cpu::run_weight_gradient(tiles, args); }});
  if (onednn) candidates.push_back({onednn->name(), [&] { onednn->run(args); }});
  for (int round = 0; round < 12; ++round)
    for (Candidate& c : candidates) {
      const double start = microseconds(threads);
      c.run();
      c.best = std::min(c.best, microseconds(threads) - start);
    }
  const char* const names[] = {"forward", "input gradient", "weight gradient"};
  const double operations =
      2 * static_cast<double>(conv.y_elements()) * static_cast<double>(conv.window());
  for (const Candidate& c : candidates)
    std::printf("%3ld -> %3ld @%2ld  %-16s %9.0f us %6.1f GFLOP/s  %s\n",
                static_cast<long>(layer.channels), static_cast<long>(layer.filters),
                static_cast<long>(layer.size), names[static_cast<int>(pass)], c.best,
                operations / c.best * 1e-3, c.name.c_str());
}

}  // namespace
}  // namespace glia::bench

int main(int argc, char** argv) {
  using namespace glia;
  const int threads = argc > 1 ? std::atoi(argv[1]) : 1;
  const std::int64_t batch = argc > 2 ? std::atol(argv[2]) : 64;
  cpu::choose_instruction_set();
  std::printf("%s, %d threads, batch %ld, peak of one thread %.1f GFLOP/s\n",
              cpu::instruction_set().c_str(), threads, static_cast<long>(batch),
              bench::measured_fma_peak());
  const std::vector<bench::Layer> layers{{1, 32, 28},  {1, 16, 28},  {3, 32, 32},
                                         {16, 32, 14}, {32, 32, 14}, {32, 64, 14},
                                         {64, 64, 7},  {32, 32, 28}, {64, 128, 7}};
  for (const auto& layer : layers)
    for (const auto pass :
         {cpu::ConvPass::forward, cpu::ConvPass::input_gradient, cpu::ConvPass::weight_gradient})
      if (argc < 4 || std::to_string(layer.channels) + ">" + std::to_string(layer.filters) ==
                          std::string(argv[3]))
        bench::bench(layer, pass, batch, threads);
}
