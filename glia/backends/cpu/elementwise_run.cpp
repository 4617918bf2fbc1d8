#include "glia/backends/cpu/elementwise_run.h"

#include <algorithm>

namespace glia::cpu::elementwise {
namespace {

// One thread's part of a run.
class Runner {
 public:
  Runner(const Plan& plan, const Args& args, float* buffers)
      : plan_(plan), args_(args), buffers_(buffers) {}

  void run(std::int64_t first, std::int64_t last) {
    start();
    for (std::int64_t tile = first; tile < last; ++tile) {
      if (plan_.rows_per_tile) {
        row_ = tile * plan_.rows_per_tile;
        column_ = 0;
        tile_rows_ = std::min(plan_.rows_per_tile, plan_.rows - row_);
        length_ = tile_rows_ * plan_.columns;
      } else {
        row_ = tile / plan_.tiles_per_row;
        column_ = tile % plan_.tiles_per_row * kTile;
        length_ = std::min(kTile, plan_.columns - column_);
      }
      begin_ = row_ * plan_.columns + column_;
      place();
      compute();
    }
  }

 private:
  float* buffer(const Slot& slot) const { return buffers_ + slot.buffer * plan_.buffer_floats; }
  const std::uint8_t* bytes(std::size_t i) const {
    return static_cast<const std::uint8_t*>(args_.in[i]);
  }
  float number(std::size_t i, std::int64_t at) const {
    return plan_.slots[i].boolean ? static_cast<float>(bytes(i)[at])
                                  : static_cast<const float*>(args_.in[i])[at];
  }

  // What stays the same in all tiles.
  void start() {
    for (std::size_t i = 0; i < plan_.slots.size(); ++i) {
      const Slot& slot = plan_.slots[i];
      if (slot.source == Source::one) at_[i] = static_cast<float*>(args_.in[i]);
      if (slot.buffer != kNone) at_[i] = buffer(slot);
      if (slot.fill == Fill::once) *at_[i] = number(i, 0);
      if (slot.fill == Fill::periodic) copy_rows(i, std::min(plan_.rows, plan_.rows_per_tile));
    }
  }

  // Where the tile's elements are.
  void place() {
    for (std::size_t i = 0; i < plan_.slots.size(); ++i) {
      const Slot& slot = plan_.slots[i];
      switch (slot.source) {
        case Source::whole:
          at_[i] = static_cast<float*>(args_.in[i]) + begin_;
          break;
        case Source::output:
          at_[i] = static_cast<float*>(args_.out[slot.output]) + begin_;
          break;
        case Source::line:
          at_[i] = static_cast<float*>(args_.in[i]) + plan_.walk.offset(i, row_) + column_;
          break;
        case Source::same:
          at_[i] = static_cast<float*>(args_.in[i]) + plan_.walk.offset(i, row_);
          break;
        case Source::buffer:
          if (slot.fill != Fill::none) fill(i, slot.fill);
          break;
        case Source::one:
          break;
      }
    }
  }

  void fill(std::size_t i, Fill how) {
    switch (how) {
      case Fill::booleans:
        return plan_.table->from_booleans(at_[i], bytes(i) + begin_, length_);
      case Fill::lines:
        return copy_rows(i, tile_rows_);
      case Fill::numbers:
        return repeat_numbers(i);
      case Fill::gathered:
        return gather(i);
      case Fill::none:
      case Fill::once:
      case Fill::periodic:
        return;
    }
  }

  void copy_rows(std::size_t i, std::int64_t rows) {
    const std::int64_t n = plan_.columns;
    for (std::int64_t r = 0; r < rows; ++r)
      std::copy_n(static_cast<const float*>(args_.in[i]) + plan_.walk.offset(i, row_ + r), n,
                  at_[i] + r * n);
  }

  void repeat_numbers(std::size_t i) {
    const auto* from = static_cast<const float*>(args_.in[i]);
    const auto& walk = plan_.walk;
    if (walk.sizes.size() == 2) {
      const std::int64_t step = walk.strides[i][0];
      plan_.table->repeat(at_[i], from + row_ * step, step, tile_rows_, plan_.columns);
      return;
    }
    for (std::int64_t r = 0; r < tile_rows_; ++r)
      plan_.table->repeat(at_[i] + r * plan_.columns, from + walk.offset(i, row_ + r), 0, 1,
                          plan_.columns);
  }

  void gather(std::size_t i) {
    const std::int64_t step = plan_.walk.step(i);
    float* to = at_[i];
    std::int64_t row = row_, column = column_;
    for (std::int64_t left = length_; left > 0; ++row, column = 0) {
      const std::int64_t n = std::min(left, plan_.columns - column);
      const std::int64_t from = plan_.walk.offset(i, row) + column * step;
      if (plan_.slots[i].boolean && step == 1)
        plan_.table->from_booleans(to, bytes(i) + from, n);
      else if (step == 0)
        std::fill_n(to, n, number(i, from));
      else
        for (std::int64_t k = 0; k < n; ++k) to[k] = number(i, from + k * step);
      to += n;
      left -= n;
    }
  }

  void compute() {
    for (const Step& s : plan_.steps) {
      s.function(at_[s.to], at_[s.a], at_[s.b], at_[s.c], s.parameter, length_);
      if (s.boolean_output != kNone)
        plan_.table->to_booleans(static_cast<std::uint8_t*>(args_.out[s.boolean_output]) + begin_,
                                 at_[s.to], length_);
    }
  }

  const Plan& plan_;
  const Args& args_;
  float* buffers_;
  float* at_[kMostSlots];
  std::int64_t row_ = 0, column_ = 0, tile_rows_ = 0, begin_ = 0, length_ = 0;
};

}  // namespace

void run_tiles(const Plan& plan, const Args& args, float* buffers, std::int64_t first,
               std::int64_t last) {
  Runner(plan, args, buffers).run(first, last);
}

}  // namespace glia::cpu::elementwise
