// A short form of the fuzzer of tables (tests/fuzz), in every build.
#include <gtest/gtest.h>

#include "glia/base/random.h"
#include "tests/fuzz/table_fuzz.h"

namespace glia::data {
namespace {

TEST(AnyBytes, GiveATableOrAnError) {
  Random random(9, "tables");
  const auto seeds = table_seeds();
  std::string read;
  for (const auto& [name, whole] : seeds) {
    const char* broken = nullptr;
    if (table_survives(whole, &broken)) read += name + " ";
    ASSERT_EQ(broken, nullptr) << name << ": " << broken;
    for (int i = 0; i < 1'500; ++i) {
      std::string bytes = whole;
      for (std::uint64_t k = random.below(4); k-- > 0;)
        bytes[random.below(bytes.size())] = static_cast<char>(random.next());
      if (random.below(3) == 0) bytes.resize(random.below(bytes.size()));
      if (random.below(3) == 0)
        bytes.insert(random.below(bytes.size() + 1), "\"\n,{}[]0e-\\u\r\t;'(" + random.below(15),
                     1);
      table_survives(bytes, &broken);
      ASSERT_EQ(broken, nullptr) << name << ": " << broken;
    }
  }
  EXPECT_EQ(read, "csv gzip json_lines latin1 npy npy_fields npz ragged tsv ");
}

}  // namespace
}  // namespace glia::data
