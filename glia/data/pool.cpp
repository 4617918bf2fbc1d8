#include "glia/data/pool.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>

namespace glia::data {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20, kMostBytes = std::size_t{32} << 20;

}  // namespace

void Pool::grow(std::size_t words) {
  std::size_t bytes = std::max(words * sizeof(std::uint64_t), next_bytes_);
  next_bytes_ = std::min(bytes * 2, kMostBytes);
  const std::size_t page = bytes >= kHugePage ? kHugePage : sizeof(std::uint64_t);
  bytes = (bytes + page - 1) / page * page;
  auto* const block = static_cast<std::uint64_t*>(std::aligned_alloc(page, bytes));
  if (!block) throw std::bad_alloc();
  blocks_.emplace_back(block);
#if defined(MADV_HUGEPAGE)
  if (page == kHugePage) ::madvise(block, bytes, MADV_HUGEPAGE);  // a wish: failing costs time only
#endif
  rest_ = {block, bytes / sizeof(std::uint64_t)};
}

}  // namespace glia::data
