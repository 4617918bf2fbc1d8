#include <glia/base/error.h>
#include <glia/base/random.h>
#include <glia/tensor/tensor.h>

#include <cstdio>

int main() {
  // The first value of Random123's published vectors, and an error that crosses the library's
  // border.
  const bool philox = glia::philox({0, 0, 0, 0}, {0, 0})[0] == 0x6627e8d5;
  const auto t = glia::Tensor::of<float>({2, 2}, {1, 2, 3, 4});
  try {
    t.reshaped({3});
  } catch (const glia::Error& error) {
    std::printf("%s\n", error.what());
    return philox && t.at(3) == 4 && error.code() == "E-SHAPE-07" ? 0 : 1;
  }
  return 1;
}
