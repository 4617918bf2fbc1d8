#include "glia/backends/cpu/walk.h"

#include <algorithm>

namespace glia::cpu {
namespace {

constexpr std::int64_t kBlock = 8;  // channels side by side in Layout::blocked8

}  // namespace

std::vector<std::int64_t> row_major(const std::vector<std::int64_t>& sizes) {
  std::vector<std::int64_t> strides(sizes.size(), 1);
  for (std::size_t i = sizes.size(); i-- > 1;) strides[i - 1] = strides[i] * sizes[i];
  return strides;
}

std::vector<std::int64_t> memory_sizes(const Type& type) {
  const auto s = type.shape.sizes();
  if (type.layout == Layout::channels_last) return {s[0], s[2], s[3], s[1]};
  if (type.layout == Layout::blocked8) return {s[0], s[1] / kBlock, s[2], s[3], kBlock};
  return s;
}

std::vector<std::int64_t> memory_strides(const Type& operand, const Type& over) {
  auto sizes = operand.shape.sizes();
  const auto full = over.shape.sizes();
  std::vector<std::int64_t> strides;
  std::int64_t of_block = 1;  // between channels within a block of eight
  if (operand.layout == Layout::plain) {
    strides = row_major(sizes);
  } else if (operand.layout == Layout::channels_last) {
    strides = {sizes[1] * sizes[2] * sizes[3], 1, sizes[1] * sizes[3], sizes[1]};
  } else {
    if (over.layout != Layout::blocked8 || sizes[1] != full[1]) return {};
    strides = {sizes[1] * sizes[2] * sizes[3], sizes[2] * sizes[3], sizes[3] * kBlock, kBlock};
  }
  for (std::size_t i = 0; i < sizes.size(); ++i)
    if (sizes[i] == 1) strides[i] = 0;
  if (operand.layout == Layout::blocked8)
    strides[1] = sizes[2] * sizes[3];  // per channel, were it not for the blocks
  else
    of_block = sizes.size() >= 3 ? strides[sizes.size() - 3] : 0;
  strides.insert(strides.begin(), full.size() - sizes.size(), 0);

  if (over.layout == Layout::channels_last) return {strides[0], strides[2], strides[3], strides[1]};
  if (over.layout == Layout::blocked8)
    return {strides[0], strides[1] * kBlock, strides[2], strides[3], of_block};
  return strides;
}

std::int64_t Walk::rows() const {
  std::int64_t rows = 1;
  for (std::size_t i = 0; i + 1 < sizes.size(); ++i) rows *= sizes[i];
  return rows;
}

bool Walk::whole(std::size_t operand) const {
  return strides[operand] == row_major(sizes) ||
         (sizes.size() == 1 && sizes[0] == 1);  // one element: its stride says nothing
}

Walk collapse(std::vector<std::int64_t> sizes, std::vector<std::vector<std::int64_t>> strides) {
  Walk walk;
  walk.strides.resize(strides.size());
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] == 1) continue;
    bool joins = !walk.sizes.empty();
    for (std::size_t k = 0; joins && k < strides.size(); ++k)
      joins = walk.strides[k].back() == strides[k][i] * sizes[i];
    if (!joins) {
      walk.sizes.push_back(sizes[i]);
      for (std::size_t k = 0; k < strides.size(); ++k) walk.strides[k].push_back(strides[k][i]);
    } else {
      walk.sizes.back() *= sizes[i];
      for (std::size_t k = 0; k < strides.size(); ++k) walk.strides[k].back() = strides[k][i];
    }
  }
  if (walk.sizes.empty()) {
    walk.sizes = {1};
    for (auto& s : walk.strides) s = {0};
  }
  return walk;
}

}  // namespace glia::cpu
