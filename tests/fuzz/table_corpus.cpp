// Writes the files that the fuzzer begins with into a folder.
#include "glia/base/file.h"
#include "tests/fuzz/table_fuzz.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  for (const auto& [name, bytes] : glia::data::table_seeds())
    glia::write_atomically(std::filesystem::path(argv[1]) / name, std::string_view(bytes));
}
