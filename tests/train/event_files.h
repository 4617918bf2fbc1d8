// Internal: for tests. Event files as TensorBoard's own package reads them.
#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/peer_python.h"

namespace glia::train {

inline nlohmann::json read_events(const std::filesystem::path& folder, const std::string& python) {
  const auto command =
      python + " '" GLIA_SOURCE_DIR "/tests/train/read_events.py' '" + folder.string() + "'";
  FILE* const pipe = ::popen(command.c_str(), "r");
  std::string text(1 << 22, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), pipe));
  EXPECT_EQ(::pclose(pipe), 0) << command;
  return nlohmann::json::parse(text, nullptr, false);
}

}  // namespace glia::train
