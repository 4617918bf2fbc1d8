#include "glia/data/each.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "glia/base/threads.h"

namespace glia::data {

void each(std::int64_t n, int threads, const std::function<void(std::int64_t)>& work) {
  std::atomic<std::int64_t> next{0}, failed{n};
  std::mutex mutex;
  std::exception_ptr failure;
  const auto serve = [&] {
    // Numbers are given out in order, so all before a failed one are tried.
    for (std::int64_t i = next++; i < failed; i = next++) try {
        work(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (i < failed) failed = i, failure = std::current_exception();
      }
  };
  const auto most = std::min<std::int64_t>(threads > 0 ? threads : usable_threads(), n);
  {
    std::vector<std::jthread> helpers;
    for (std::int64_t t = 1; t < most; ++t) helpers.emplace_back(serve);
    serve();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace glia::data
