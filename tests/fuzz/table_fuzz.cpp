#include "tests/fuzz/table_fuzz.h"

#include <cstdio>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const char* broken = nullptr;
  glia::data::table_survives({reinterpret_cast<const char*>(data), size}, &broken);
  if (broken != nullptr) {
    std::fprintf(stderr, "broken: %s\n", broken);
    std::abort();
  }
  return 0;
}
