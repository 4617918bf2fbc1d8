// Internal: one function for each of many things, by several threads.
#pragma once

#include <cstdint>
#include <functional>

namespace glia::data {

// Calls work(0), ..., work(n - 1), in any order, by up to `threads` threads (0: all that the
// process may use). Where some throw, what the first of them in order threw is thrown on, after all
// threads have ended; later ones may then not have been called.
void each(std::int64_t n, int threads, const std::function<void(std::int64_t)>& work);

}  // namespace glia::data
