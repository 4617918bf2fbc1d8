// Ops that only move elements: transpose, slice, broadcast_to, reorder, one_hot. The output is
// written in the order of its memory; where the input's neighbours lie along another dimension,
// both are walked in square blocks, so that each cache line is used whole.
#include <algorithm>
#include <cstring>
#include <numeric>

#include "glia/backends/cpu/kernels.h"
#include "glia/backends/cpu/parallel.h"
#include "glia/backends/cpu/walk.h"
#include "glia/ops/slice.h"

namespace glia::cpu {
namespace {

using Sizes = std::vector<std::int64_t>;

// to[i * to_step + j] = from[i + j * from_step], for i < rows, j < columns.
template <class T>
void transpose_block(const T* from, std::int64_t from_step, T* to, std::int64_t to_step,
                     std::int64_t rows, std::int64_t columns) {
  constexpr std::int64_t kBlock = 8;
  for (std::int64_t i = 0; i < rows; i += kBlock)
    for (std::int64_t j = 0; j < columns; j += kBlock) {
      const std::int64_t height = std::min(kBlock, rows - i), width = std::min(kBlock, columns - j);
      T block[kBlock][kBlock];
      for (std::int64_t y = 0; y < width; ++y)
        for (std::int64_t x = 0; x < height; ++x) block[x][y] = from[i + x + (j + y) * from_step];
      for (std::int64_t x = 0; x < height; ++x)
        std::copy_n(block[x], width, to + (i + x) * to_step + j);
    }
}

// A copy in the order of the output. `across`, where it is not negative, is the dimension along
// which the input's neighbours lie; the others but the last make the loop around.
struct Move {
  Walk walk;  // operand 0 is the input
  int across = -1;
  Sizes outer, outer_from, outer_to;  // that loop: sizes, and elements between its steps
  std::int64_t steps = 1;
  std::int64_t across_to = 0;  // output elements between neighbours along `across`
};

// Where the loop around is: steps are taken one by one, for a division costs as much as a short
// row.
class Position {
 public:
  Position(const Move& m, std::int64_t step) : m_(m), at_(m.outer.size()) {
    for (std::size_t i = 0; i < at_.size(); step /= m.outer[i], ++i) {
      at_[i] = step % m.outer[i];
      from_ += at_[i] * m.outer_from[i];
      to_ += at_[i] * m.outer_to[i];
    }
  }
  std::int64_t from() const { return from_; }
  std::int64_t to() const { return to_; }
  void advance() {
    for (std::size_t i = 0; i < at_.size(); ++i) {
      from_ += m_.outer_from[i];
      to_ += m_.outer_to[i];
      if (++at_[i] < m_.outer[i]) return;
      from_ -= at_[i] * m_.outer_from[i];
      to_ -= at_[i] * m_.outer_to[i];
      at_[i] = 0;
    }
  }

 private:
  const Move& m_;
  Sizes at_;
  std::int64_t from_ = 0, to_ = 0;
};

Move plan_move(const Sizes& sizes, const Sizes& strides) {
  Move m;
  m.walk = collapse(sizes, {strides});
  const Sizes& s = m.walk.strides[0];
  const int inner = static_cast<int>(s.size()) - 1;
  if (s.back() > 1)
    for (int i = 0; i < inner; ++i)
      if (s[static_cast<std::size_t>(i)] == 1) m.across = i;
  std::int64_t to = m.walk.columns();
  for (int i = inner - 1; i >= 0; --i) {
    const auto k = static_cast<std::size_t>(i);
    if (i == m.across) {
      m.across_to = to;
    } else {
      m.outer.push_back(m.walk.sizes[k]);
      m.outer_from.push_back(s[k]);
      m.outer_to.push_back(to);
      m.steps *= m.walk.sizes[k];
    }
    to *= m.walk.sizes[k];
  }
  return m;
}

template <class T>
void move_step(const Move& m, const T* from, T* to) {
  const std::int64_t n = m.walk.columns(), stride = m.walk.step(0);
  if (m.across >= 0)
    return transpose_block(from, stride, to, m.across_to,
                           m.walk.sizes[static_cast<std::size_t>(m.across)], n);
  if (stride == 1) {
    std::copy_n(from, n, to);
  } else if (stride == 0) {
    std::fill_n(to, n, *from);
  } else {
    for (std::int64_t i = 0; i < n; ++i) to[i] = from[i * stride];
  }
}

// Elements are moved as bits. `start`: where in the input the output's first element comes from.
Kernel move_kernel(const Sizes& sizes, const Sizes& strides, DType dtype, int threads,
                   std::int64_t start = 0) {
  Kernel kernel{.name = "move"};
  const std::int64_t elements =
      std::accumulate(sizes.begin(), sizes.end(), std::int64_t{1}, std::multiplies<>());
  if (elements == 0) {
    kernel.run = [](const Args&) {};
    return kernel;
  }
  const Move m = plan_move(sizes, strides);
  const int team = static_cast<int>(
      std::min<std::int64_t>(m.steps, worth_threads(threads, 0.4 * static_cast<double>(elements))));
  const auto run_as = [&](auto zero) {
    using T = decltype(zero);
    kernel.run = [=](const Args& args) {
      split(team, m.steps, [&](std::int64_t first, std::int64_t last) {
        Position at(m, first);
        for (std::int64_t i = first; i < last; ++i, at.advance())
          move_step(m, args.input<T>(0) + start + at.from(), args.output<T>(0) + at.to());
      });
    };
  };
  if (size_of(dtype) == 8)
    run_as(std::uint64_t{});
  else if (size_of(dtype) == 4)
    run_as(std::uint32_t{});
  else if (size_of(dtype) == 2)
    run_as(std::uint16_t{});
  else
    run_as(std::uint8_t{});
  return kernel;
}

// Between neighbours along N, C / 8, C % 8, H, W.
Sizes strides_in_blocks(const Type& type) {
  const auto s = type.shape.sizes();
  const std::int64_t c = s[1], h = s[2], w = s[3];
  if (type.layout == Layout::channels_last) return {c * h * w, 8, 1, w * c, c};
  if (type.layout == Layout::blocked8) return {c * h * w, 8 * h * w, 1, 8 * w, 8};
  return {c * h * w, 8 * h * w, h * w, w, 1};
}

}  // namespace

std::optional<Kernel> transpose_kernel(const Node& node, int threads) {
  if (node.inputs[0].type().layout != Layout::plain) return std::nullopt;
  const Sizes strides = row_major(node.inputs[0].shape().sizes());
  Sizes permuted;
  for (const auto axis : node.attributes.integers("permutation"))
    permuted.push_back(strides[static_cast<std::size_t>(axis)]);
  return move_kernel(node.outputs[0].shape.sizes(), permuted, node.outputs[0].dtype, threads);
}

std::optional<Kernel> slice_kernel(const Node& node, int threads) {
  Sizes strides = row_major(node.inputs[0].shape().sizes());
  const Sizes from = node.attributes.shape("from").sizes(), steps = steps_of(node.call());
  std::int64_t start = 0;
  for (std::size_t i = 0; i < strides.size(); ++i) {
    start += from[i] * strides[i];
    strides[i] *= steps[i];
  }
  return move_kernel(node.outputs[0].shape.sizes(), strides, node.outputs[0].dtype, threads, start);
}

std::optional<Kernel> broadcast_to_kernel(const Node& node, int threads) {
  const Type& to = node.outputs[0];
  Sizes strides = memory_strides(node.inputs[0].type(), to);
  if (strides.size() != memory_sizes(to).size()) return std::nullopt;
  return move_kernel(memory_sizes(to), strides, to.dtype, threads);
}

std::optional<Kernel> reorder_kernel(const Node& node, int threads) {
  const Type &from = node.inputs[0].type(), &to = node.outputs[0];
  if (from.layout != Layout::blocked8)
    return move_kernel(memory_sizes(to), memory_strides(from, to), to.dtype, threads);
  const auto s = to.shape.sizes();
  const Sizes sizes{s[0], s[1] / 8, 8, s[2], s[3]};
  const Sizes strides = strides_in_blocks(from);
  // The five dimensions in the order of the output's memory.
  std::vector<std::size_t> order{0, 1, 2, 3, 4};
  if (to.layout == Layout::channels_last) order = {0, 3, 4, 1, 2};
  if (to.layout == Layout::blocked8) order = {0, 1, 3, 4, 2};
  Sizes sorted_sizes, sorted_strides;
  for (const std::size_t i : order) {
    sorted_sizes.push_back(sizes[i]);
    sorted_strides.push_back(strides[i]);
  }
  return move_kernel(sorted_sizes, sorted_strides, to.dtype, threads);
}

std::optional<Kernel> one_hot_kernel(const Node& node, int) {
  if (node.outputs[0].dtype != DType::f32) return std::nullopt;
  const std::int64_t n = node.inputs[0].shape().elements();
  const std::int64_t depth = node.attributes.integer("depth");
  Kernel kernel{.name = "plain"};
  kernel.run = [=](const Args& args) {
    auto* to = args.output<float>(0);
    std::fill_n(to, n * depth, 0.0f);
    for (std::int64_t i = 0; i < n; ++i) {
      const std::int64_t label = args.input<std::int64_t>(0)[i];
      if (label >= 0 && label < depth) to[i * depth + label] = 1.0f;
    }
  };
  return kernel;
}

}  // namespace glia::cpu
