#include "tests/fuzz/safetensors_fuzz.h"

#include <cstdint>
#include <cstdio>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const char* broken = nullptr;
  glia::serialize::survives(std::as_bytes(std::span(data, size)), &broken);
  if (broken != nullptr) {
    std::fprintf(stderr, "broken: %s\n", broken);
    std::abort();
  }
  return 0;
}
