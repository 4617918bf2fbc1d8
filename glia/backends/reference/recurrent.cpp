#include <cmath>

#include "glia/backends/reference/kernels.h"

namespace glia::naive {
namespace {

double sigmoid(double v) { return 1 / (1 + std::exp(-v)); }

// A walk over the steps [N, T] of a sequence. `mask` may be null.
struct Walk {
  Walk(const Node& node, const Array& sequence, const Array* mask)
      : rows(sequence.sizes[0]),
        steps(sequence.sizes[1]),
        reverse(node.attributes.flag("reverse")),
        mask(mask) {}
  std::int64_t rows, steps;
  bool reverse;
  const Array* mask;

  // f(row, step, whether the step is real, what stands before it: a step, or -1) in running order.
  template <class F>
  void forward(const F& f) const {
    for (std::int64_t i = 0; i < steps; ++i) visit(i, f);
  }
  template <class F>
  void backward(const F& f) const {
    for (std::int64_t i = steps - 1; i >= 0; --i) visit(i, f);
  }

 private:
  template <class F>
  void visit(std::int64_t i, const F& f) const {
    const std::int64_t t = reverse ? steps - 1 - i : i, last = reverse ? t + 1 : t - 1;
    for (std::int64_t n = 0; n < rows; ++n)
      f(n, t, !mask || (*mask)[n * steps + t] != 0, i == 0 ? -1 : last);
  }
};

// Row (n, t) of [N, T, width], or row n of `first` where t is -1: where it begins.
struct Row {
  const Array* array;
  std::int64_t begin;
  double operator[](std::int64_t k) const { return (*array)[begin + k]; }
};
Row row(const Walk& w, const Array& x, const Array& first, std::int64_t n, std::int64_t t) {
  const std::int64_t width = x.sizes[2];
  return t < 0 ? Row{&first, n * width} : Row{&x, (n * w.steps + t) * width};
}

// What is multiplied with a weight of bf16 is rounded like it.
double operand(const Array& weight, double v) {
  return weight.dtype == DType::bf16 ? static_cast<float>(BFloat16(v)) : v;
}

// Row `gate` of the weight times the state.
double times(const Array& weight, std::int64_t gate, const Row& h) {
  double sum = 0;
  for (std::int64_t k = 0; k < weight.sizes[1]; ++k)
    sum += weight[gate * weight.sizes[1] + k] * operand(weight, h[k]);
  return sum;
}
// Column k of some of the weight's rows times what came to them.
template <class D>
double times_transposed(const Array& weight, std::int64_t k, std::int64_t from, std::int64_t to,
                        const D& d) {
  double sum = 0;
  for (std::int64_t gate = from; gate < to; ++gate)
    sum += weight[gate * weight.sizes[1] + k] * operand(weight, d(gate));
  return sum;
}

// Which input is the one that an attribute names; they stand behind the fifth, in this order.
const Array* optional(const Node& node, const Arrays& in, std::initializer_list<const char*> order,
                      std::string_view name) {
  std::size_t at = 5;
  for (const char* one : order) {
    if (one == name) return node.attributes.flag(one) ? &in[at] : nullptr;
    if (node.attributes.flag(one)) ++at;
  }
  return nullptr;
}

}  // namespace

Arrays rnn_sequence(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  const Walk w(node, in[0], in.size() == 4 ? &in[3] : nullptr);
  const std::int64_t units = in[0].sizes[2];
  const bool relu = node.attributes.text("activation") == "relu";
  w.forward([&](std::int64_t n, std::int64_t t, bool real, std::int64_t last) {
    const Row h = row(w, out[0], in[2], n, last);
    const std::int64_t to = (n * w.steps + t) * units;
    for (std::int64_t j = 0; j < units; ++j) {
      const double z = in[0][to + j] + times(in[1], j, h);
      out[0][to + j] = !real ? h[j] : !relu ? std::tanh(z) : z < 0 ? 0 : z;
    }
  });
  return out;
}

Arrays rnn_sequence_gradient(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  const Walk w(node, in[1], in.size() == 4 ? &in[3] : nullptr);
  const std::int64_t units = in[1].sizes[2];
  const bool relu = node.attributes.text("activation") == "relu";
  Array &d_x = out[0], &dh = out[1];
  w.backward([&](std::int64_t n, std::int64_t t, bool real, std::int64_t) {
    const std::int64_t at = (n * w.steps + t) * units;
    for (std::int64_t j = 0; j < units; ++j) {
      const double h = in[1][at + j], d = dh[n * units + j] += in[2][at + j];
      if (real) d_x[at + j] = !relu ? d * (1 - h * h) : h > 0 ? d : 0;
    }
    if (!real) return;
    for (std::int64_t k = 0; k < units; ++k)
      dh[n * units + k] =
          times_transposed(in[0], k, 0, units, [&](std::int64_t j) { return d_x[at + j]; });
  });
  return out;
}

Arrays lstm_sequence(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  const Walk w(node, in[0], in.size() == 5 ? &in[4] : nullptr);
  const std::int64_t units = in[1].sizes[1];
  Array &states = out[0], &cells = out[1], &gates = out[2];
  w.forward([&](std::int64_t n, std::int64_t t, bool real, std::int64_t last) {
    const Row h = row(w, states, in[2], n, last), c = row(w, cells, in[3], n, last);
    const std::int64_t at = n * w.steps + t;
    for (std::int64_t j = 0; j < units; ++j) {
      const std::int64_t to = at * units + j;
      states[to] = h[j], cells[to] = c[j];
      if (!real) continue;
      double a[4];
      for (std::int64_t gate = 0; gate < 4; ++gate) {
        const std::int64_t place = at * 4 * units + gate * units + j;
        const double z = in[0][place] + times(in[1], gate * units + j, h);
        gates[place] = a[gate] = gate == 2 ? std::tanh(z) : sigmoid(z);
      }
      cells[to] = a[1] * c[j] + a[0] * a[2];
      states[to] = a[3] * std::tanh(cells[to]);
    }
  });
  return out;
}

Arrays lstm_sequence_gradient(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  const auto given = [&](std::string_view name) {
    return optional(node, in, {"mask", "d_cells", "d_gates"}, name);
  };
  const Array &weight = in[0], &c0 = in[1], &cells = in[2], &gates = in[3], &d_states = in[4];
  const Array *d_cells = given("d_cells"), *d_gates = given("d_gates");
  const Walk w(node, cells, given("mask"));
  const std::int64_t units = cells.sizes[2];
  Array &d_x = out[0], &dh = out[1], &dc = out[2];
  w.backward([&](std::int64_t n, std::int64_t t, bool real, std::int64_t last) {
    const std::int64_t at = n * w.steps + t;
    const Row before = row(w, cells, c0, n, last);
    for (std::int64_t j = 0; j < units; ++j) {
      const std::int64_t own = n * units + j, all = at * 4 * units + j;
      dh[own] += d_states[at * units + j];
      if (d_cells) dc[own] += (*d_cells)[at * units + j];
      if (!real) continue;
      const double i = gates[all], f = gates[all + units], g = gates[all + 2 * units],
                   o = gates[all + 3 * units], tc = std::tanh(cells[at * units + j]);
      const double through = dc[own] + dh[own] * o * (1 - tc * tc);
      const double d[4] = {through * g, through * before[j], through * i, dh[own] * tc};
      const double slope[4] = {i * (1 - i), f * (1 - f), 1 - g * g, o * (1 - o)};
      for (std::int64_t gate = 0; gate < 4; ++gate) {
        const std::int64_t place = all + gate * units;
        d_x[place] = (d[gate] + (d_gates ? (*d_gates)[place] : 0)) * slope[gate];
      }
      dc[own] = through * f;
    }
    if (!real) return;
    for (std::int64_t k = 0; k < units; ++k)
      dh[n * units + k] = times_transposed(
          weight, k, 0, 4 * units, [&](std::int64_t gate) { return d_x[at * 4 * units + gate]; });
  });
  return out;
}

Arrays gru_sequence(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  const Walk w(node, in[0], in.size() == 5 ? &in[4] : nullptr);
  const Array &x = in[0], &weight = in[1], &bias = in[2];
  const std::int64_t units = weight.sizes[1];
  const bool after = node.attributes.flag("reset_after");
  Array &states = out[0], &gates = out[1];
  w.forward([&](std::int64_t n, std::int64_t t, bool real, std::int64_t last) {
    const Row h = row(w, states, in[3], n, last);
    const std::int64_t at = n * w.steps + t, own = at * 4 * units;
    for (std::int64_t gate = 0; real && gate < 2 * units; ++gate)
      gates[own + gate] = sigmoid(x[at * 3 * units + gate] + times(weight, gate, h));
    for (std::int64_t j = 0; real && j < units; ++j)
      gates[own + 3 * units + j] =
          after ? times(weight, 2 * units + j, h) + bias[j] : gates[own + j] * h[j];
    for (std::int64_t j = 0; j < units; ++j) {
      states[at * units + j] = h[j];
      if (!real) continue;
      const double inner = after
                               ? gates[own + j] * gates[own + 3 * units + j]
                               : times(weight, 2 * units + j, {&gates, own + 3 * units}) + bias[j];
      const double v = std::tanh(x[(at * 3 + 2) * units + j] + inner);
      gates[own + 2 * units + j] = v;
      states[at * units + j] = v + gates[own + units + j] * (h[j] - v);
    }
  });
  return out;
}

Arrays gru_sequence_gradient(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  const auto given = [&](std::string_view name) {
    return optional(node, in, {"mask", "d_gates"}, name);
  };
  const Array &weight = in[0], &h0 = in[1], &states = in[2], &gates = in[3], &d_states = in[4];
  const Array* d_gates = given("d_gates");
  const Walk w(node, states, given("mask"));
  const std::int64_t units = states.sizes[2];
  const bool after = node.attributes.flag("reset_after");
  Array &d_x = out[0], &d_recurrent = out[1], &dh = out[2];
  w.backward([&](std::int64_t n, std::int64_t t, bool real, std::int64_t last) {
    const std::int64_t at = n * w.steps + t, all = at * 4 * units, own = at * 3 * units;
    const Row h = row(w, states, h0, n, last);
    const auto more = [&](std::int64_t place) { return d_gates ? (*d_gates)[all + place] : 0; };
    for (std::int64_t j = 0; j < units; ++j) dh[n * units + j] += d_states[at * units + j];
    if (!real) return;
    for (std::int64_t j = 0; j < units; ++j) {
      const std::int64_t news = 2 * units + j;
      const double z = gates[all + units + j], v = gates[all + news], d = dh[n * units + j];
      d_x[own + news] = (d * (1 - z) + more(news)) * (1 - v * v);
      d_x[own + units + j] = (d * (h[j] - v) + more(units + j)) * z * (1 - z);
    }
    std::vector<double> fourth(static_cast<std::size_t>(units));
    for (std::int64_t j = 0; j < units; ++j) {
      const double r = gates[all + j];
      const double d = more(3 * units + j) +
                       (after ? d_x[own + 2 * units + j] * r
                              : times_transposed(weight, j, 2 * units, 3 * units,
                                                 [&](std::int64_t k) { return d_x[own + k]; }));
      const double dr = after ? d_x[own + 2 * units + j] * gates[all + 3 * units + j] : d * h[j];
      d_x[own + j] = (dr + more(j)) * r * (1 - r);
      fourth[static_cast<std::size_t>(j)] = d;
      for (const std::int64_t gate : {j, units + j}) d_recurrent[own + gate] = d_x[own + gate];
      d_recurrent[own + 2 * units + j] = after ? d : d_x[own + 2 * units + j];
    }
    for (std::int64_t k = 0; k < units; ++k) {
      const std::int64_t products = (after ? 3 : 2) * units;
      const double through = after ? 0 : fourth[static_cast<std::size_t>(k)] * gates[all + k];
      dh[n * units + k] = dh[n * units + k] * gates[all + units + k] + through +
                          times_transposed(weight, k, 0, products, [&](std::int64_t gate) {
                            return d_recurrent[own + gate];
                          });
    }
  });
  return out;
}

}  // namespace glia::naive
