// Ops that move whole rows: concatenate, pad, gather; and scatter_add, which adds them up. slice is
// a walk with strides: see movement.cpp.
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

#include "glia/backends/cpu/kernels.h"
#include "glia/backends/cpu/parallel.h"
#include "glia/ops/slice.h"

namespace glia::cpu {
namespace {

using Sizes = std::vector<std::int64_t>;

std::int64_t product(const Sizes& sizes, std::size_t from, std::size_t to) {
  std::int64_t n = 1;
  for (std::size_t i = from; i < to; ++i) n *= sizes[i];
  return n;
}

// Threads that are worth moving so many bytes.
int threads_for(int threads, std::int64_t bytes) {
  return worth_threads(threads, 0.1 * static_cast<double>(bytes));
}

// The bytes of `value` as an element, in the low end of eight.
std::uint64_t bits_of(DType dtype, double value) {
  std::uint64_t bits = 0;
  dispatch(dtype, [&](auto zero) {
    const auto v = static_cast<decltype(zero)>(value);
    std::memcpy(&bits, &v, sizeof(v));
  });
  return bits;
}

// Calls f with an unsigned number as wide as the dtype: elements are moved as bits.
template <class F>
void with_width(DType dtype, const F& f) {
  if (size_of(dtype) == 8)
    f(std::uint64_t{});
  else if (size_of(dtype) == 4)
    f(std::uint32_t{});
  else if (size_of(dtype) == 2)
    f(std::uint16_t{});
  else
    f(std::uint8_t{});
}

// A box within the rows of another: which row of x fills a row of the result.
struct Padding {
  Sizes small, large, from, step;

  // -1 where none does.
  std::int64_t row(std::int64_t i) const {
    std::int64_t at = 0, stride = 1;
    for (std::size_t axis = large.size() - 1; axis-- > 0; i /= large[axis]) {
      const std::int64_t distance = i % large[axis] - from[axis], k = distance / step[axis];
      if (k * step[axis] != distance || k < 0 || k >= small[axis]) return -1;
      at += k * stride;
      stride *= small[axis];
    }
    return at;
  }
};

template <class T>
void pad_row(const Padding& p, const T* from, T* to, T value) {
  const std::int64_t n = p.small.back(), first = p.from.back(), step = p.step.back();
  if (step != 1) {
    std::fill_n(to, p.large.back(), value);
    for (std::int64_t k = 0; k < n; ++k) to[first + k * step] = from[k];
    return;
  }
  std::fill_n(to, first, value);
  std::copy_n(from, n, to + first);
  std::fill(to + first + n, to + p.large.back(), value);
}

}  // namespace

std::optional<Kernel> concatenate_kernel(const Node& node, int threads) {
  const auto sizes = node.outputs[0].shape.sizes();
  const std::int64_t given = node.attributes.integer("axis");
  const auto axis = static_cast<std::size_t>(given < 0 ? given + std::ssize(sizes) : given);
  const auto width = static_cast<std::int64_t>(size_of(node.outputs[0].dtype));
  const std::int64_t rows = product(sizes, 0, axis);
  const std::int64_t row_bytes = product(sizes, axis, sizes.size()) * width;
  Sizes parts;  // bytes of each input in a row
  for (const Value& v : node.inputs)
    parts.push_back(product(v.shape().sizes(), axis, sizes.size()) * width);
  const int team = rows > 1 ? threads_for(threads, rows * row_bytes) : 1;
  Kernel kernel{.name = "move"};
  kernel.run = [=](const Args& args) {
    split(team, rows, [&](std::int64_t first, std::int64_t last) {
      std::byte* to = args.output<std::byte>(0) + first * row_bytes;
      for (std::int64_t row = first; row < last; ++row)
        for (std::size_t i = 0; i < parts.size(); to += parts[i], ++i)
          if (parts[i])
            std::memcpy(to, args.input<std::byte>(static_cast<int>(i)) + row * parts[i],
                        static_cast<std::size_t>(parts[i]));
    });
  };
  return kernel;
}

std::optional<Kernel> pad_kernel(const Node& node, int threads) {
  const Type& out = node.outputs[0];
  Padding p{node.inputs[0].shape().sizes(), out.shape.sizes(),
            node.attributes.shape("from").sizes(), steps_of(node.call())};
  if (p.large.empty()) p = {{1}, {1}, {0}, {1}};
  const std::int64_t rows = product(p.large, 0, p.large.size() - 1), columns = p.large.back();
  const int team = threads_for(threads, rows * columns * std::int64_t(size_of(out.dtype)));
  const std::uint64_t bits = bits_of(out.dtype, node.attributes.real("value"));
  const bool nothing = product(p.small, 0, p.small.size()) == 0;
  Kernel kernel{.name = "move"};
  with_width(out.dtype, [&](auto zero) {
    using T = decltype(zero);
    kernel.run = [=, value = static_cast<T>(bits)](const Args& args) {
      split(team, rows, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t i = first; i < last; ++i) {
          T* const to = args.output<T>(0) + i * columns;
          const std::int64_t from = nothing ? -1 : p.row(i);
          if (from < 0)
            std::fill_n(to, columns, value);
          else
            pad_row(p, args.input<T>(0) + from * p.small.back(), to, value);
        }
      });
    };
  });
  return kernel;
}

std::optional<Kernel> iota_kernel(const Node& node, int) {
  const std::int64_t n = node.outputs[0].shape.elements();
  Kernel kernel{.name = "plain"};
  dispatch(node.outputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    kernel.run = [n](const Args& args) {
      for (std::int64_t i = 0; i < n; ++i) args.output<T>(0)[i] = static_cast<T>(i);
    };
  });
  return kernel;
}

std::optional<Kernel> gather_kernel(const Node& node, int threads) {
  const auto table = node.inputs[0].shape().sizes();
  const std::int64_t rows = table[0], length = product(table, 1, table.size());
  const std::int64_t count = node.inputs[1].shape().elements();
  const DType dtype = node.outputs[0].dtype;
  const int team = threads_for(threads, count * length * std::int64_t(size_of(dtype)));
  const bool nan = is_floating(dtype) && !node.attributes.flag("zero_outside");
  const std::uint64_t outside = nan ? bits_of(dtype, std::numeric_limits<double>::quiet_NaN()) : 0;
  Kernel kernel{.name = "move"};
  with_width(dtype, [&](auto zero) {
    using T = decltype(zero);
    kernel.run = [=](const Args& args) {
      const auto* indices = args.input<std::int64_t>(1);
      split(team, count, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t i = first; i < last; ++i) {
          T* const to = args.output<T>(0) + i * length;
          if (indices[i] >= 0 && indices[i] < rows)
            std::copy_n(args.input<T>(0) + indices[i] * length, length, to);
          else
            std::fill_n(to, length, static_cast<T>(outside));
        }
      });
    };
  });
  return kernel;
}

// Every thread has rows of the result to itself and reads all indices, so that the order of the
// sums never depends on the number of threads.
std::optional<Kernel> scatter_add_kernel(const Node& node, int threads) {
  if (node.outputs[0].dtype != DType::f32) return std::nullopt;
  const auto sizes = node.outputs[0].shape.sizes();
  const std::int64_t rows = sizes[0], length = product(sizes, 1, sizes.size());
  const std::int64_t count = node.inputs[1].shape().elements();
  const int team = threads_for(threads, 4 * length * (rows + count));
  Kernel kernel{.name = "plain"};
  kernel.run = [=](const Args& args) {
    const auto* indices = args.input<std::int64_t>(1);
    const auto* updates = args.input<float>(0);
    auto* const sums = args.output<float>(0);
    split(team, rows, [&](std::int64_t first, std::int64_t last) {
      std::fill(sums + first * length, sums + last * length, 0.0f);
      for (std::int64_t i = 0; i < count; ++i) {
        if (indices[i] < first || indices[i] >= last) continue;
        float* const to = sums + indices[i] * length;
        const float* const from = updates + i * length;
        for (std::int64_t k = 0; k < length; ++k) to[k] += from[k];
      }
    });
  };
  return kernel;
}

}  // namespace glia::cpu
