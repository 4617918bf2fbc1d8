#include "glia/backends/cpu/recurrent_cells.h"

#include "glia/backends/cpu/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "glia/backends/cpu/recurrent_cells.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h comes before headers that are compiled for each target.
#include "glia/backends/cpu/simd_math.h"

HWY_BEFORE_NAMESPACE();
namespace glia::cpu::HWY_NAMESPACE {
namespace {

// A vector's worth of a row, or its end.
struct Part {
  std::int64_t at, count;
  HWY_INLINE V operator()(const float* row) const {
    return count == kLanes ? load(row + at) : load_part(row + at, count);
  }
  HWY_INLINE void put(V v, float* row) const {
    count == kLanes ? store(v, row + at) : store_part(v, row + at, count);
  }
};

template <class F>
HWY_INLINE void each_part(std::int64_t units, const F& f) {
  std::int64_t i = 0;
  for (; i + kLanes <= units; i += kLanes) f(Part{i, kLanes});
  if (i < units) f(Part{i, units - i});
}

HWY_INLINE V one() { return set(1.0f); }
HWY_INLINE V sigmoid_slope(V y) { return hn::Mul(y, hn::Sub(one(), y)); }
HWY_INLINE V tanh_slope(V y) { return hn::NegMulAdd(y, y, one()); }

void rnn(float* h, bool relu, std::int64_t units) {
  each_part(units, [&](Part p) HWY_ATTR {
    const V z = p(h);
    p.put(relu ? max_or_nan(z, hn::Zero(D())) : tanh(z), h);
  });
}

void rnn_gradient(const float* h, const float* d_state, float* d_h, float* d_x, bool relu,
                  std::int64_t units) {
  each_part(units, [&](Part p) HWY_ATTR {
    const V y = p(h), d = hn::Add(p(d_h), p(d_state));
    p.put(relu ? hn::IfThenElseZero(hn::Gt(y, hn::Zero(D())), d) : hn::Mul(d, tanh_slope(y)), d_x);
    p.put(hn::Zero(D()), d_h);
  });
}

void lstm(float* gates, const float* c_before, float* c, float* h, std::int64_t units) {
  float *const fs = gates + units, *const gs = fs + units, *const os = gs + units;
  each_part(units, [&](Part p) HWY_ATTR {
    const V i = sigmoid(p(gates)), f = sigmoid(p(fs)), g = tanh(p(gs)), o = sigmoid(p(os));
    const V next = hn::MulAdd(f, p(c_before), hn::Mul(i, g));
    p.put(i, gates), p.put(f, fs), p.put(g, gs), p.put(o, os);
    p.put(next, c);
    p.put(hn::Mul(o, tanh(next)), h);
  });
}

void lstm_gradient(const float* gates, const float* c_before, const float* c, const float* d_state,
                   const float* d_cell, float* d_h, float* d_c, float* d_gates,
                   std::int64_t units) {
  each_part(units, [&](Part p) HWY_ATTR {
    const V i = p(gates), f = p(gates + units), g = p(gates + 2 * units), o = p(gates + 3 * units);
    const V t = tanh(p(c)), d = hn::Add(p(d_h), p(d_state));
    V through = hn::MulAdd(hn::Mul(d, o), tanh_slope(t), p(d_c));
    if (d_cell) through = hn::Add(through, p(d_cell));
    const V before = p(c_before);
    p.put(hn::Mul(hn::Mul(through, g), sigmoid_slope(i)), d_gates);
    p.put(hn::Mul(hn::Mul(through, before), sigmoid_slope(f)), d_gates + units);
    p.put(hn::Mul(hn::Mul(through, i), tanh_slope(g)), d_gates + 2 * units);
    p.put(hn::Mul(hn::Mul(d, t), sigmoid_slope(o)), d_gates + 3 * units);
    p.put(hn::Mul(through, f), d_c);
    p.put(hn::Zero(D()), d_h);
  });
}

void gru(const float* x, const float* product, const float* bias, const float* h_before,
         float* gates, float* h, std::int64_t units) {
  each_part(units, [&](Part p) HWY_ATTR {
    const V r = sigmoid(hn::Add(p(x), p(product)));
    const V z = sigmoid(hn::Add(p(x + units), p(product + units)));
    const V u = hn::Add(p(product + 2 * units), p(bias));
    const V n = tanh(hn::MulAdd(r, u, p(x + 2 * units)));
    p.put(r, gates), p.put(z, gates + units), p.put(n, gates + 2 * units);
    p.put(u, gates + 3 * units);
    p.put(hn::MulAdd(z, hn::Sub(p(h_before), n), n), h);
  });
}

void gru_gradient(const float* gates, const float* h_before, const float* d_state, float* d_h,
                  float* d_x, float* d_recurrent, std::int64_t units) {
  each_part(units, [&](Part p) HWY_ATTR {
    const V r = p(gates), z = p(gates + units), n = p(gates + 2 * units), u = p(gates + 3 * units);
    const V d = hn::Add(p(d_h), p(d_state));
    const V e = hn::Mul(hn::Mul(d, hn::Sub(one(), z)), tanh_slope(n));
    const V d_r = hn::Mul(hn::Mul(e, u), sigmoid_slope(r));
    const V d_z = hn::Mul(hn::Mul(d, hn::Sub(p(h_before), n)), sigmoid_slope(z));
    p.put(d_r, d_x), p.put(d_z, d_x + units), p.put(e, d_x + 2 * units);
    p.put(d_r, d_recurrent), p.put(d_z, d_recurrent + units);
    p.put(hn::Mul(e, r), d_recurrent + 2 * units);
    p.put(hn::Mul(d, z), d_h);
  });
}

const RecurrentCells* cells() {
  static const RecurrentCells all{rnn, rnn_gradient, lstm, lstm_gradient, gru, gru_gradient};
  return &all;
}

}  // namespace
}  // namespace glia::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace glia::cpu {
namespace {
HWY_EXPORT(cells);
}

const RecurrentCells& recurrent_cells() { return *HWY_DYNAMIC_DISPATCH(cells)(); }

}  // namespace glia::cpu
#endif
