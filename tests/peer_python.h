// Internal: for tests. A Python that has other projects' packages, to judge what we write for them.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace glia {

inline constexpr const char* kNoPeerPython =
    "no Python with TensorBoard and MLflow: run ./x logs, or name one in GLIA_PEER_PYTHON";

// GLIA_PEER_PYTHON, or the one that `./x logs` installs; empty where it is not there, or cannot
// import `package`.
inline std::string peer_python(const std::string& package) {
  const char* const given = std::getenv("GLIA_PEER_PYTHON");
  const std::string python = given ? given : GLIA_SOURCE_DIR "/.peers/logs/bin/python";
  if (!std::filesystem::exists(python)) return {};
  const auto test = "'" + python + "' -c 'import importlib.util as u; exit(not u.find_spec(\"" +
                    package + "\"))' 2>/dev/null";
  return std::system(test.c_str()) == 0 ? python : std::string();
}

}  // namespace glia
