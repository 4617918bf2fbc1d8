#include <gtest/gtest.h>

#include "glia/base/random.h"
#include "tests/fuzz/safetensors_fuzz.h"

namespace glia::serialize {
namespace {

std::string mutated(std::string bytes, Random& random) {
  static const std::string letters = "{}[]\",:0129-.eEtfn \\u\xff\xc3";
  for (auto changes = 1 + random.below(3); changes > 0 && !bytes.empty(); --changes) {
    const auto at = static_cast<std::size_t>(random.below(bytes.size()));
    const auto letter = letters[static_cast<std::size_t>(random.below(letters.size()))];
    switch (random.below(6)) {
      case 0:
        bytes[at] = static_cast<char>(random.next());
        break;
      case 1:
        bytes[at] = letter;
        break;
      case 2:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8)));
        break;
      case 3:
        bytes.insert(at, 1, letter), ++bytes[0];
        break;  // the header grows with it
      case 4:
        bytes.erase(at, 1), --bytes[0];
        break;
      default:
        bytes.resize(at);
    }
  }
  return bytes;
}

// A few thousand steps of what ./x fuzz does for hours, in every build and with every sanitizer.
TEST(SafetensorsMutation, EveryFileIsReadOrRefused) {
  Random random(5, "mutation");
  int read = 0, refused = 0;
  for (const auto& [name, seed] : safetensors_seeds())
    for (int i = 0; i < 1500; ++i) {
      const auto bytes = mutated(seed, random);
      const char* broken = nullptr;
      ++(survives(as_bytes(bytes), &broken) ? read : refused);
      ASSERT_EQ(broken, nullptr) << name << ", mutation " << i << ": " << broken;
    }
  // Both must have been seen often, or the mutations say nothing.
  EXPECT_GT(read, 500);
  EXPECT_GT(refused, 5000);
}

}  // namespace
}  // namespace glia::serialize
