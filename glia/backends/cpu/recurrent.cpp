// The time loops of recurrent layers. Each thread takes some of the batch's rows through all steps,
// so that no step waits for another thread, and the bits are the same for every number of threads.
// The weight is packed once for each call.
#include <algorithm>
#include <cstring>

#include "glia/backends/cpu/bfloat16.h"
#include "glia/backends/cpu/kernels.h"
#include "glia/backends/cpu/packed_weight.h"
#include "glia/backends/cpu/parallel.h"
#include "glia/backends/cpu/recurrent_cells.h"

namespace glia::cpu {
namespace {

// The sizes of a node, and what its kernel keeps.
struct Loop {
  // `transposed`: the weight is multiplied with states, otherwise with what comes back.
  Loop(const Node& node, int weight_input, const Shape& states, std::int64_t gates, bool transposed,
       int threads)
      : rows(states[0].value()),
        steps(states[1].value()),
        units(states[2].value()),
        inner(transposed ? units : gates * units),
        weight(weight_input),
        reverse(node.attributes.flag("reverse")),
        forward(transposed),
        bf16(node.inputs[static_cast<std::size_t>(weight_input)].dtype() == DType::bf16),
        packed(inner, transposed ? gates * units : units),
        cells(&recurrent_cells()),
        convert(&bf16_functions()) {
    // About 20 multiply-adds in a nanosecond.
    const double numbers = static_cast<double>(rows * steps * units);
    team = worth_threads(static_cast<int>(std::clamp<std::int64_t>(rows, 1, threads)),
                         numbers * static_cast<double>(gates * units) / 20);
  }

  std::int64_t rows, steps, units, inner;
  int weight;  // which input
  bool reverse, forward;
  bool bf16;  // the weight; what it is multiplied with is then rounded, and stays in f32
  int team = 1;
  PackedWeight packed;
  const RecurrentCells* cells;
  const Bf16Functions* convert;

  // Scratch: panels of the weight, which a weight of bf16 passes through in f32; then the rounded
  // rows.
  std::size_t panel_floats() const { return (packed.floats() + 15) / 16 * 16; }
  std::size_t floats() const {
    const auto wide = static_cast<std::size_t>(std::max(elements(), rows * inner));
    return panel_floats() + (bf16 ? (wide + 15) / 16 * 16 : 0);
  }
  std::int64_t elements() const { return inner * packed.columns(); }  // of the weight

  std::string name() const { return bf16 ? "simd rounding to bf16" : "simd"; }

  void pack(const Args& args) const {
    auto* panels = reinterpret_cast<float*>(args.scratch);
    const float* from = static_cast<const float*>(args.in[weight]);
    if (bf16) {
      float* wide = panels + panel_floats();
      convert->from(wide, args.input<BFloat16>(weight), elements());
      from = wide;
    }
    packed.pack(from, forward ? 1 : units, forward ? units : 1, panels);
  }
  // Rows [first, last), which begin at `a` and `c`. Threads have rows of their own.
  void multiply(const Args& args, std::int64_t first, std::int64_t last, const float* a,
                std::int64_t a_row, bool accumulate, float* c, std::int64_t c_row) const {
    auto* panels = reinterpret_cast<float*>(args.scratch);
    if (bf16) {
      float* rounded = panels + panel_floats() + first * inner;
      for (std::int64_t n = 0; n < last - first; ++n)
        convert->round(rounded + n * inner, a + n * a_row, inner);
      a = rounded, a_row = inner;
    }
    packed.multiply(panels, last - first, a, a_row, accumulate, c, c_row);
  }
  std::int64_t place(std::int64_t i) const { return reverse ? steps - 1 - i : i; }
  // Where row n of step t of [N, T, width] begins.
  template <class T>
  T* at(T* x, std::int64_t n, std::int64_t t, std::int64_t width) const {
    return x + (n * steps + t) * width;
  }
  // The state before running step i: rows from `first`, `stride` apart.
  struct Before {
    const float* from;
    std::int64_t stride;
  };
  Before before(const float* states, const float* start, std::int64_t i, std::int64_t first) const {
    return i == 0 ? Before{start + first * units, units}
                  : Before{at(states, first, place(i - 1), units), steps * units};
  }
};

void copy(const float* from, float* to, std::int64_t n) {
  if (from != to) std::memcpy(to, from, static_cast<std::size_t>(n) * sizeof(float));
}
void clear(float* to, std::int64_t n) { std::fill(to, to + n, 0.0f); }
void add(const float* from, float* to, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) to[i] += from[i];
}

// Which input is a mask, or another optional one; -1 for none.
const std::uint8_t* mask_at(const Args& args, int i) {
  return i < 0 ? nullptr : args.input<std::uint8_t>(i);
}

bool is_f32(const Node& node) { return node.outputs[0].dtype == DType::f32; }

}  // namespace

std::optional<Kernel> rnn_sequence_kernel(const Node& node, int threads) {
  if (!is_f32(node)) return std::nullopt;
  const Loop l(node, 1, node.outputs[0].shape, 1, true, threads);
  const bool relu = node.attributes.text("activation") == "relu";
  const int mask_input = node.inputs.size() == 4 ? 3 : -1;
  Kernel kernel{.name = l.name()};
  kernel.scratch_bytes = l.floats() * sizeof(float);
  kernel.in_place = {{0, 0}};
  kernel.run = [=](const Args& args) {
    const float *x = args.input<float>(0), *h0 = args.input<float>(2);
    const std::uint8_t* mask = mask_at(args, mask_input);
    float* states = args.output<float>(0);
    l.pack(args);
    split(l.team, l.rows, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t i = 0; i < l.steps; ++i) {
        const std::int64_t t = l.place(i);
        const auto before = l.before(states, h0, i, first);
        for (std::int64_t n = first; n < last; ++n)
          copy(l.at(x, n, t, l.units), l.at(states, n, t, l.units), l.units);
        l.multiply(args, first, last, before.from, before.stride, true,
                   l.at(states, first, t, l.units), l.steps * l.units);
        for (std::int64_t n = first; n < last; ++n) {
          float* h = l.at(states, n, t, l.units);
          if (mask && !mask[n * l.steps + t])
            copy(before.from + (n - first) * before.stride, h, l.units);
          else
            l.cells->rnn(h, relu, l.units);
        }
      }
    });
  };
  return kernel;
}

std::optional<Kernel> rnn_sequence_gradient_kernel(const Node& node, int threads) {
  if (!is_f32(node)) return std::nullopt;
  const Loop l(node, 0, node.outputs[0].shape, 1, false, threads);
  const bool relu = node.attributes.text("activation") == "relu";
  const int mask_input = node.inputs.size() == 4 ? 3 : -1;
  Kernel kernel{.name = l.name()};
  kernel.scratch_bytes = l.floats() * sizeof(float);
  kernel.run = [=](const Args& args) {
    const float *states = args.input<float>(1), *d_states = args.input<float>(2);
    const std::uint8_t* mask = mask_at(args, mask_input);
    float *d_x = args.output<float>(0), *d_h = args.output<float>(1);
    l.pack(args);
    split(l.team, l.rows, [&](std::int64_t first, std::int64_t last) {
      clear(d_h + first * l.units, (last - first) * l.units);
      for (std::int64_t i = l.steps - 1; i >= 0; --i) {
        const std::int64_t t = l.place(i);
        for (std::int64_t n = first; n < last; ++n) {
          const float* d = l.at(d_states, n, t, l.units);
          if (mask && !mask[n * l.steps + t]) {
            add(d, d_h + n * l.units, l.units);
            clear(l.at(d_x, n, t, l.units), l.units);
          } else {
            l.cells->rnn_gradient(l.at(states, n, t, l.units), d, d_h + n * l.units,
                                  l.at(d_x, n, t, l.units), relu, l.units);
          }
        }
        l.multiply(args, first, last, l.at(d_x, first, t, l.units), l.steps * l.units, true,
                   d_h + first * l.units, l.units);
      }
    });
  };
  return kernel;
}

std::optional<Kernel> lstm_sequence_kernel(const Node& node, int threads) {
  if (!is_f32(node)) return std::nullopt;
  const Loop l(node, 1, node.outputs[0].shape, 4, true, threads);
  const int mask_input = node.inputs.size() == 5 ? 4 : -1;
  Kernel kernel{.name = l.name()};
  kernel.scratch_bytes = l.floats() * sizeof(float);
  kernel.in_place = {{2, 0}};
  kernel.run = [=](const Args& args) {
    const std::int64_t all = 4 * l.units;
    const float *x = args.input<float>(0), *h0 = args.input<float>(2), *c0 = args.input<float>(3);
    const std::uint8_t* mask = mask_at(args, mask_input);
    float *states = args.output<float>(0), *cells = args.output<float>(1);
    float* gates = args.output<float>(2);
    l.pack(args);
    split(l.team, l.rows, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t i = 0; i < l.steps; ++i) {
        const std::int64_t t = l.place(i);
        const auto h = l.before(states, h0, i, first), c = l.before(cells, c0, i, first);
        for (std::int64_t n = first; n < last; ++n)
          copy(l.at(x, n, t, all), l.at(gates, n, t, all), all);
        l.multiply(args, first, last, h.from, h.stride, true, l.at(gates, first, t, all),
                   l.steps * all);
        for (std::int64_t n = first; n < last; ++n) {
          const float* c_before = c.from + (n - first) * c.stride;
          float *h_to = l.at(states, n, t, l.units), *c_to = l.at(cells, n, t, l.units);
          float* own = l.at(gates, n, t, all);
          if (mask && !mask[n * l.steps + t]) {
            copy(h.from + (n - first) * h.stride, h_to, l.units);
            copy(c_before, c_to, l.units);
            clear(own, all);
          } else {
            l.cells->lstm(own, c_before, c_to, h_to, l.units);
          }
        }
      }
    });
  };
  return kernel;
}

std::optional<Kernel> lstm_sequence_gradient_kernel(const Node& node, int threads) {
  // d_gates comes with second derivatives only.
  if (!is_f32(node) || node.attributes.flag("d_gates")) return std::nullopt;
  const Loop l(node, 0, node.inputs[2].shape(), 4, false, threads);
  const int mask_input = node.attributes.flag("mask") ? 5 : -1;
  const int cells_input = !node.attributes.flag("d_cells") ? -1 : mask_input < 0 ? 5 : 6;
  Kernel kernel{.name = l.name()};
  kernel.scratch_bytes = l.floats() * sizeof(float);
  kernel.in_place = {{0, 3}};
  kernel.run = [=](const Args& args) {
    const std::int64_t all = 4 * l.units;
    const float *c0 = args.input<float>(1), *cells = args.input<float>(2);
    const float *gates = args.input<float>(3), *d_states = args.input<float>(4);
    const std::uint8_t* mask = mask_at(args, mask_input);
    const float* d_cells = cells_input < 0 ? nullptr : args.input<float>(cells_input);
    float *d_x = args.output<float>(0), *d_h = args.output<float>(1), *d_c = args.output<float>(2);
    l.pack(args);
    split(l.team, l.rows, [&](std::int64_t first, std::int64_t last) {
      clear(d_h + first * l.units, (last - first) * l.units);
      clear(d_c + first * l.units, (last - first) * l.units);
      for (std::int64_t i = l.steps - 1; i >= 0; --i) {
        const std::int64_t t = l.place(i);
        const auto before = l.before(cells, c0, i, first);
        for (std::int64_t n = first; n < last; ++n) {
          const float* d_state = l.at(d_states, n, t, l.units);
          const float* d_cell = d_cells ? l.at(d_cells, n, t, l.units) : nullptr;
          float *own_h = d_h + n * l.units, *own_c = d_c + n * l.units;
          if (mask && !mask[n * l.steps + t]) {
            add(d_state, own_h, l.units);
            if (d_cell) add(d_cell, own_c, l.units);
            clear(l.at(d_x, n, t, all), all);
          } else {
            l.cells->lstm_gradient(l.at(gates, n, t, all),
                                   before.from + (n - first) * before.stride,
                                   l.at(cells, n, t, l.units), d_state, d_cell, own_h, own_c,
                                   l.at(d_x, n, t, all), l.units);
          }
        }
        l.multiply(args, first, last, l.at(d_x, first, t, all), l.steps * all, true,
                   d_h + first * l.units, l.units);
      }
    });
  };
  return kernel;
}

// Without reset_after a step needs two products that wait for each other: the decomposition runs.
std::optional<Kernel> gru_sequence_kernel(const Node& node, int threads) {
  if (!is_f32(node) || !node.attributes.flag("reset_after")) return std::nullopt;
  const Loop l(node, 1, node.outputs[0].shape, 3, true, threads);
  const int mask_input = node.inputs.size() == 5 ? 4 : -1;
  Kernel kernel{.name = l.name()};
  const auto products_floats = static_cast<std::size_t>(l.rows * 3 * l.units);
  kernel.scratch_bytes = (l.floats() + products_floats) * sizeof(float);
  kernel.run = [=](const Args& args) {
    const std::int64_t three = 3 * l.units;
    const float *x = args.input<float>(0), *bias = args.input<float>(2);
    const float* h0 = args.input<float>(3);
    const std::uint8_t* mask = mask_at(args, mask_input);
    float *states = args.output<float>(0), *gates = args.output<float>(1);
    float* products = reinterpret_cast<float*>(args.scratch) + l.floats();
    l.pack(args);
    split(l.team, l.rows, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t i = 0; i < l.steps; ++i) {
        const std::int64_t t = l.place(i);
        const auto h = l.before(states, h0, i, first);
        l.multiply(args, first, last, h.from, h.stride, false, products + first * three, three);
        for (std::int64_t n = first; n < last; ++n) {
          const float* before = h.from + (n - first) * h.stride;
          float *to = l.at(states, n, t, l.units), *own = l.at(gates, n, t, 4 * l.units);
          if (mask && !mask[n * l.steps + t]) {
            copy(before, to, l.units);
            clear(own, 4 * l.units);
          } else {
            l.cells->gru(l.at(x, n, t, three), products + n * three, bias, before, own, to,
                         l.units);
          }
        }
      }
    });
  };
  return kernel;
}

std::optional<Kernel> gru_sequence_gradient_kernel(const Node& node, int threads) {
  if (!is_f32(node) || !node.attributes.flag("reset_after") || node.attributes.flag("d_gates"))
    return std::nullopt;
  const Loop l(node, 0, node.inputs[2].shape(), 3, false, threads);
  const int mask_input = node.attributes.flag("mask") ? 5 : -1;
  Kernel kernel{.name = l.name()};
  kernel.scratch_bytes = l.floats() * sizeof(float);
  kernel.run = [=](const Args& args) {
    const std::int64_t three = 3 * l.units;
    const float *h0 = args.input<float>(1), *states = args.input<float>(2);
    const float *gates = args.input<float>(3), *d_states = args.input<float>(4);
    const std::uint8_t* mask = mask_at(args, mask_input);
    float *d_x = args.output<float>(0), *d_recurrent = args.output<float>(1);
    float* d_h = args.output<float>(2);
    l.pack(args);
    split(l.team, l.rows, [&](std::int64_t first, std::int64_t last) {
      clear(d_h + first * l.units, (last - first) * l.units);
      for (std::int64_t i = l.steps - 1; i >= 0; --i) {
        const std::int64_t t = l.place(i);
        const auto before = l.before(states, h0, i, first);
        for (std::int64_t n = first; n < last; ++n) {
          const float* d_state = l.at(d_states, n, t, l.units);
          float *own = d_h + n * l.units, *to_x = l.at(d_x, n, t, three);
          float* to_recurrent = l.at(d_recurrent, n, t, three);
          if (mask && !mask[n * l.steps + t]) {
            add(d_state, own, l.units);
            clear(to_x, three), clear(to_recurrent, three);
          } else {
            l.cells->gru_gradient(l.at(gates, n, t, 4 * l.units),
                                  before.from + (n - first) * before.stride, d_state, own, to_x,
                                  to_recurrent, l.units);
          }
        }
        l.multiply(args, first, last, l.at(d_recurrent, first, t, three), l.steps * three, true,
                   d_h + first * l.units, l.units);
      }
    });
  };
  return kernel;
}

}  // namespace glia::cpu
