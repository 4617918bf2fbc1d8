// Internal: rows looked at by several threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <thread>
#include <vector>

namespace glia::data {

// work(row) for rows 0 to n-1, in any order, by up to `threads` threads, this one among them. What
// it throws is thrown on here, of the smallest row of those that threw.
template <class Work>
void for_each_row(std::int64_t n, int threads, const Work& work) {
  const auto count = std::clamp<std::int64_t>(threads, 1, std::max<std::int64_t>(n, 1));
  std::atomic<std::int64_t> next{0};
  std::vector<std::exception_ptr> failures(static_cast<std::size_t>(count));
  std::vector<std::int64_t> failed(failures.size(), n);
  const auto serve = [&](std::size_t thread) {
    for (std::int64_t row; (row = next++) < n;) {
      try {
        work(row);
      } catch (...) {
        failures[thread] = std::current_exception();
        failed[thread] = row;
        next = n;  // smaller rows are taken already
        return;
      }
    }
  };
  {
    std::vector<std::jthread> helpers;
    for (std::size_t t = 1; t < failures.size(); ++t) helpers.emplace_back([&, t] { serve(t); });
    serve(0);
  }
  const auto first = std::min_element(failed.begin(), failed.end()) - failed.begin();
  if (failures[static_cast<std::size_t>(first)])
    std::rethrow_exception(failures[static_cast<std::size_t>(first)]);
}

}  // namespace glia::data
