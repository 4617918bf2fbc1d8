// Internal: for tests. Cases that PyTorch computed (tests/parity/*.py), one file for each family.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "glia/serialize/safetensors.h"

namespace glia::testing {

using Json = nlohmann::json;

// One case: what to make, as experiments write it, and tensors by short names ("x0", "p/weight").
struct ParityCase {
  std::string family;
  Json about;  // "name", "setting", and what the kind of case needs
  int index = 0;
  std::shared_ptr<const serialize::Safetensors> file;

  const Tensor& at(const std::string& name) const {
    return file->at(std::to_string(index) + "/" + name);
  }
  bool has(const std::string& name) const {
    return file->tensors.contains(std::to_string(index) + "/" + name);
  }
  // The tensors' names that begin so, without that beginning: "p/" -> "weight", "bias".
  std::vector<std::string> names(const std::string& beginning) const {
    const std::string prefix = std::to_string(index) + "/" + beginning;
    std::vector<std::string> found;
    for (const auto& [name, tensor] : file->tensors)
      if (name.starts_with(prefix)) found.push_back(name.substr(prefix.size()));
    return found;
  }
  std::string setting() const { return about.at("setting").get<std::string>(); }
};

inline std::string name_of_case(const ParityCase& c) {
  std::string name = c.family + "_" + c.about.at("name").get<std::string>();
  for (char& letter : name)
    if (!std::isalnum(static_cast<unsigned char>(letter))) letter = '_';
  return name;
}
inline void PrintTo(const ParityCase& c, std::ostream* out) { *out << c.setting(); }

// All cases of a kind ("layer", "loss", ...), of the committed files, or of those in the folder
// GLIA_PARITY (`./x parity`).
inline std::vector<ParityCase> parity_cases(std::string_view kind) {
  const char* live = std::getenv("GLIA_PARITY");
  const std::filesystem::path folder =
      live != nullptr ? live : GLIA_SOURCE_DIR "/tests/golden/parity";
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".safetensors") paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<ParityCase> cases;
  for (const auto& path : paths) {
    serialize::Safetensors read = serialize::read_safetensors(path);
    for (auto& [name, tensor] : read.tensors)  // F32 is where that is exact
      if (tensor.dtype() == DType::f32) tensor = tensor.to(DType::f64);
    const auto file = std::make_shared<const serialize::Safetensors>(std::move(read));
    int index = 0;
    for (const Json& about : Json::parse(file->metadata.at("cases"))) {
      if (about.at("kind") == kind) cases.push_back({path.stem(), about, index, file});
      ++index;
    }
  }
  return cases;
}

// The norm of the difference over the norm.
inline double distance(const Tensor& got, const Tensor& expected) {
  double difference = 0, norm = 0;
  for (std::int64_t i = 0; i < expected.size(); ++i) {
    difference += std::pow(got.at(i) - expected.at(i), 2);
    norm += std::pow(expected.at(i), 2);
  }
  return norm == 0 ? std::sqrt(difference) : std::sqrt(difference / norm);
}

inline void expect_close(const Tensor& got, const Tensor& expected, double tolerance,
                         const std::string& what) {
  ASSERT_EQ(got.shape().text(), expected.shape().text()) << what;
  EXPECT_LE(distance(got, expected), tolerance) << what;  // not a number is not close
}

}  // namespace glia::testing
