// Internal: what one step of a recurrent layer does with one row, for the instruction set in use.
// Rows of `units` floats; gates: 4 (LSTM, and what GRU keeps) or 3 (GRU) of them side by side.
#pragma once

#include <cstdint>

namespace glia::cpu {

// The functions of one instruction set. d_h holds what comes from the steps behind and becomes the
// part for the step before that does not go through the weight.
struct RecurrentCells {
  void (*rnn)(float* h, bool relu, std::int64_t units);  // over what the step got
  void (*rnn_gradient)(const float* h, const float* d_state, float* d_h, float* d_x, bool relu,
                       std::int64_t units);
  void (*lstm)(float* gates, const float* c_before, float* c, float* h, std::int64_t units);
  // d_cell may be null; d_gates may be gates.
  void (*lstm_gradient)(const float* gates, const float* c_before, const float* c,
                        const float* d_state, const float* d_cell, float* d_h, float* d_c,
                        float* d_gates, std::int64_t units);
  // product: [3 units], weight h.
  void (*gru)(const float* x, const float* product, const float* bias, const float* h_before,
              float* gates, float* h, std::int64_t units);
  void (*gru_gradient)(const float* gates, const float* h_before, const float* d_state, float* d_h,
                       float* d_x, float* d_recurrent, std::int64_t units);
};

const RecurrentCells& recurrent_cells();

}  // namespace glia::cpu
