// Sums and maxima over axes. What is added to what depends on the shape alone, never on the number
// of threads: the input is cut into chunks of fixed size, and the chunks' results are combined in
// order. Within a chunk sums have few terms each, so that errors stay near those of pairwise sums.
#include <algorithm>
#include <cmath>
#include <utility>

#include "glia/backends/cpu/kernels.h"
#include "glia/backends/cpu/parallel.h"
#include "glia/backends/cpu/reduce.h"
#include "glia/backends/cpu/simd_targets.h"
#include "glia/backends/cpu/walk.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "glia/backends/cpu/reduce.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h comes before headers that are compiled for each target.
#include "glia/backends/cpu/simd_math.h"

HWY_BEFORE_NAMESPACE();
namespace glia::cpu::HWY_NAMESPACE {
namespace {

struct Sum {
  static constexpr float kStart = 0.0f;
  static HWY_INLINE V of(V a, V b) { return hn::Add(a, b); }
  static HWY_INLINE double of(double a, double b) { return a + b; }
};
struct Max {
  static constexpr float kStart = -std::numeric_limits<float>::infinity();
  static HWY_INLINE V of(V a, V b) { return max_or_nan(a, b); }
  static HWY_INLINE double of(double a, double b) { return std::isnan(a) || a >= b ? a : b; }
};

template <class Op>
HWY_INLINE double across(V v) {
  HWY_ALIGN float lanes[kLanes];
  hn::Store(v, D(), lanes);
  double all = lanes[0];
  for (std::int64_t i = 1; i < kLanes; ++i) all = Op::of(all, static_cast<double>(lanes[i]));
  return all;
}

// n neighbours.
template <class Op>
double run_of(const float* x, std::int64_t n) {
  const V start = set(Op::kStart);
  const std::int64_t block = 128 * kLanes;  // 32 terms in each lane
  double total = Op::kStart;
  for (; n >= 4 * kLanes;) {
    const std::int64_t count = std::min(n, block) / (4 * kLanes) * (4 * kLanes);
    V a = start, b = start, c = start, d = start;
    for (std::int64_t i = 0; i < count; i += 4 * kLanes) {
      a = Op::of(a, load(x + i));
      b = Op::of(b, load(x + i + kLanes));
      c = Op::of(c, load(x + i + 2 * kLanes));
      d = Op::of(d, load(x + i + 3 * kLanes));
    }
    total = Op::of(total, across<Op>(Op::of(Op::of(a, b), Op::of(c, d))));
    x += count;
    n -= count;
  }
  V rest = start;
  for (; n >= kLanes; x += kLanes, n -= kLanes) rest = Op::of(rest, load(x));
  if (n > 0) rest = Op::of(rest, load_part(x, n, Op::kStart));
  return Op::of(total, across<Op>(rest));
}

// `rows` rows, `stride` apart, of up to kVectors vectors.
template <class Op, int kVectors>
void strip(const float* x, std::int64_t stride, std::int64_t rows, std::int64_t columns,
           float* to) {
  const V start = set(Op::kStart);
  const std::int64_t last = columns - (kVectors - 1) * kLanes;
  V total[kVectors];
#pragma GCC unroll 4
  for (int k = 0; k < kVectors; ++k) total[k] = start;
  for (std::int64_t r = 0; r < rows;) {
    V sum[kVectors];
#pragma GCC unroll 4
    for (int k = 0; k < kVectors; ++k) sum[k] = start;
    const std::int64_t end = std::min(rows, r + 16);
    for (; r < end; ++r, x += stride) {
#pragma GCC unroll 4
      for (int k = 0; k < kVectors; ++k) {
        const float* from = x + k * kLanes;
        const V v = k + 1 < kVectors || last == kLanes ? load(from) : load_part(from, last);
        sum[k] = Op::of(sum[k], v);
      }
    }
#pragma GCC unroll 4
    for (int k = 0; k < kVectors; ++k) total[k] = Op::of(total[k], sum[k]);
  }
#pragma GCC unroll 4
  for (int k = 0; k < kVectors; ++k) {
    if (k + 1 < kVectors || last == kLanes)
      store(total[k], to + k * kLanes);
    else
      store_part(total[k], to + k * kLanes, last);
  }
}

template <class Op>
void columns_of(const float* x, std::int64_t stride, std::int64_t rows, std::int64_t columns,
                float* to) {
  std::int64_t j = 0;
  for (; j + 4 * kLanes <= columns; j += 4 * kLanes)
    strip<Op, 4>(x + j, stride, rows, 4 * kLanes, to + j);
  const std::int64_t left = columns - j;
  if (left > 3 * kLanes) return strip<Op, 4>(x + j, stride, rows, left, to + j);
  if (left > 2 * kLanes) return strip<Op, 3>(x + j, stride, rows, left, to + j);
  if (left > kLanes) return strip<Op, 2>(x + j, stride, rows, left, to + j);
  if (left > 0) strip<Op, 1>(x + j, stride, rows, left, to + j);
}

double sum_run(const float* x, std::int64_t n) { return run_of<Sum>(x, n); }
double max_run(const float* x, std::int64_t n) { return run_of<Max>(x, n); }
void sum_columns(const float* x, std::int64_t stride, std::int64_t rows, std::int64_t columns,
                 float* to) {
  columns_of<Sum>(x, stride, rows, columns, to);
}
void max_columns(const float* x, std::int64_t stride, std::int64_t rows, std::int64_t columns,
                 float* to) {
  columns_of<Max>(x, stride, rows, columns, to);
}

}  // namespace
}  // namespace glia::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace glia::cpu {
namespace {

HWY_EXPORT(sum_run);
HWY_EXPORT(max_run);
HWY_EXPORT(sum_columns);
HWY_EXPORT(max_columns);

struct Functions {
  double (*run)(const float*, std::int64_t);
  void (*columns)(const float*, std::int64_t, std::int64_t, std::int64_t, float*);
  double start;
  bool is_sum;
  double combine(double a, double b) const {
    return is_sum ? a + b : (std::isnan(a) || a >= b ? a : b);
  }
};

// The input in memory order as [outer, reduced, kept, run]: outer and kept remain, the others are
// reduced. Sizes of 1 stand for what is not there.
struct Pattern {
  std::int64_t outer = 1, reduced = 1, kept = 1, run = 1;
  std::int64_t elements() const { return outer * reduced * kept * run; }
  std::int64_t outputs() const { return outer * kept; }
};

// Which of the dimensions in memory order are reduced; nothing where those that remain lie in
// another order than in the output.
std::optional<std::vector<bool>> reduced_dimensions(const Node& node) {
  const Type& type = node.inputs[0].type();
  const int rank = type.shape.rank();
  std::vector<bool> reduced(static_cast<std::size_t>(rank), false);
  for (const auto axis : node.attributes.integers("axes"))
    reduced[static_cast<std::size_t>(normal_axis(static_cast<int>(axis), rank))] = true;
  if (type.layout == Layout::plain) return reduced;
  if (type.layout != Layout::channels_last || !(reduced[1] || (reduced[2] && reduced[3])))
    return std::nullopt;
  return std::vector<bool>{reduced[0], reduced[2], reduced[3], reduced[1]};
}

std::optional<Pattern> pattern_of(const Node& node) {
  const auto reduced = reduced_dimensions(node);
  if (!reduced) return std::nullopt;
  const auto sizes = memory_sizes(node.inputs[0].type());
  Pattern p;
  std::int64_t* const parts[] = {&p.outer, &p.reduced, &p.kept, &p.run};
  std::size_t part = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] == 1) continue;
    if ((*reduced)[i] != (part % 2 == 1)) ++part;
    if (part > 3) return std::nullopt;
    *parts[part] *= sizes[i];
  }
  if (p.kept == 1) p.run *= std::exchange(p.reduced, 1);
  return p;
}

// Neighbours are reduced: each output has `reduced` runs, each run has chunks.
Kernel runs(const Pattern& p, const Functions& f, int threads) {
  constexpr std::int64_t kChunk = 16384;
  const std::int64_t chunks = std::max<std::int64_t>(1, (p.run + kChunk - 1) / kChunk);
  const std::int64_t parts = p.reduced * chunks;  // of each output
  const int team = worth_threads(threads, 0.1 * static_cast<double>(p.elements()) +
                                              10.0 * static_cast<double>(p.outputs() * parts));
  // Part i of output o; outputs are numbered as [outer, kept].
  const auto part = [=](const float* x, std::int64_t o, std::int64_t i) {
    const std::int64_t r = i / chunks, first = i % chunks * kChunk;
    const std::int64_t run = (o / p.kept * p.reduced + r) * p.kept + o % p.kept;
    return f.run(x + run * p.run + first, std::min(kChunk, p.run - first));
  };
  Kernel kernel{.name = "simd"};
  if (parts == 1) {
    kernel.run = [=](const Args& args) {
      split(team, p.outputs(), [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t o = first; o < last; ++o)
          args.output<float>(0)[o] =
              static_cast<float>(f.run(args.input<float>(0) + o * p.run, p.run));
      });
    };
    return kernel;
  }
  kernel.scratch_bytes = static_cast<std::size_t>(p.outputs() * parts) * sizeof(double);
  kernel.run = [=](const Args& args) {
    auto* partial = reinterpret_cast<double*>(args.scratch);
    split(team, p.outputs() * parts, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t i = first; i < last; ++i)
        partial[i] = part(args.input<float>(0), i / parts, i % parts);
    });
    for (std::int64_t o = 0; o < p.outputs(); ++o) {
      double total = f.start;
      for (std::int64_t i = 0; i < parts; ++i) total = f.combine(total, partial[o * parts + i]);
      args.output<float>(0)[o] = static_cast<float>(total);
    }
  };
  return kernel;
}

// Whole rows are reduced to one: rows go in chunks, columns in blocks.
Kernel columns(const Pattern& p, const Functions& f, int threads) {
  constexpr std::int64_t kRows = 256, kColumns = 512;
  const std::int64_t rows = std::max(kRows, (p.reduced + kRows - 1) / kRows);  // of a chunk
  const std::int64_t chunks = std::max<std::int64_t>(1, (p.reduced + rows - 1) / rows);
  const std::int64_t blocks = (p.kept + kColumns - 1) / kColumns;
  const int team = worth_threads(threads, 0.1 * static_cast<double>(p.elements()));
  Kernel kernel{.name = "simd"};
  if (chunks > 1)
    kernel.scratch_bytes = static_cast<std::size_t>(p.outer * chunks * p.kept) * sizeof(float);
  kernel.run = [=](const Args& args) {
    float* const partial =
        chunks > 1 ? reinterpret_cast<float*>(args.scratch) : args.output<float>(0);
    split(team, p.outer * chunks * blocks, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t i = first; i < last; ++i) {
        const std::int64_t block = i % blocks * kColumns, chunk = i / blocks % chunks;
        const std::int64_t outer = i / blocks / chunks;
        f.columns(args.input<float>(0) + (outer * p.reduced + chunk * rows) * p.kept + block,
                  p.kept, std::min(rows, p.reduced - chunk * rows),
                  std::min(kColumns, p.kept - block),
                  partial + (outer * chunks + chunk) * p.kept + block);
      }
    });
    if (chunks == 1) return;
    for (std::int64_t outer = 0; outer < p.outer; ++outer)
      f.columns(partial + outer * chunks * p.kept, p.kept, chunks, p.kept,
                args.output<float>(0) + outer * p.kept);
  };
  return kernel;
}

std::optional<Kernel> reduce(const Node& node, int threads, const Functions& f) {
  if (node.inputs[0].dtype() != DType::f32) return std::nullopt;
  const auto pattern = pattern_of(node);
  if (!pattern) return std::nullopt;
  if (pattern->kept > 1 && pattern->run == 1) return columns(*pattern, f, threads);
  return runs(*pattern, f, threads);
}

}  // namespace

Sums sum_functions() { return {HWY_DYNAMIC_DISPATCH(sum_run), HWY_DYNAMIC_DISPATCH(sum_columns)}; }

std::optional<Kernel> reduce_sum_kernel(const Node& node, int threads) {
  return reduce(node, threads,
                {HWY_DYNAMIC_DISPATCH(sum_run), HWY_DYNAMIC_DISPATCH(sum_columns), 0.0, true});
}

std::optional<Kernel> reduce_max_kernel(const Node& node, int threads) {
  return reduce(node, threads,
                {HWY_DYNAMIC_DISPATCH(max_run), HWY_DYNAMIC_DISPATCH(max_columns),
                 -std::numeric_limits<double>::infinity(), false});
}

}  // namespace glia::cpu
#endif
