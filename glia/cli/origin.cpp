#include "glia/cli/origin.h"

#include <chrono>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/cli/json.h"

namespace glia::cli {
namespace {

namespace fs = std::filesystem;

// A run without one (copied, or made by the library), or with a damaged one, has no origin.
Origin read_origin(const fs::path& run) {
  std::error_code none;
  for (const auto& file : {run / "command.json", run.parent_path() / "command.json"}) {
    if (!fs::exists(file, none)) continue;
    const auto json = Json::parse(read_file(file, 1 << 20), nullptr, false);
    if (!json.is_object()) continue;
    Origin origin;
    origin.experiment = json.value("experiment", std::string());
    if (json.contains("folders") && json["folders"].is_array())
      for (const auto& folder : json["folders"])
        if (folder.is_string()) origin.folders.emplace_back(folder.get<std::string>());
    return origin;
  }
  return {};
}

}  // namespace

void write_origin(const fs::path& run, const Origin& origin, bool resumed) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  double started = std::chrono::duration<double>(now).count();
  if (const auto file = run / "command.json"; resumed && fs::exists(file)) {
    const auto before = Json::parse(read_file(file, 1 << 20), nullptr, false);
    if (before.is_object() && before.contains("started") && before["started"].is_number())
      started = before["started"].get<double>();
  }
  Json json{{"arguments", origin.arguments},
            {"started", started},
            {"experiment", fs::absolute(origin.experiment).lexically_normal().string()},
            {"folders", Json::array()}};
  for (const auto& folder : origin.folders)
    json["folders"].push_back(fs::absolute(folder).lexically_normal().string());
  write_atomically(run / "command.json",
                   json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
}

fs::path find_data(const fs::path& run, const fs::path& file,
                   const std::vector<fs::path>& folders) {
  const auto origin = read_origin(run);
  std::error_code none;
  std::vector<fs::path> tried;
  if (file.is_absolute()) {
    tried.push_back(file);
  } else {
    // A bundle names its data from its own place, an older one as the experiment did.
    const bool inside = fs::exists(run / "model" / "experiment.yaml", none);
    tried.push_back((inside ? run / "model" : run) / file);
    if (!origin.experiment.empty()) tried.push_back(origin.experiment.parent_path() / file);
    for (const auto& folder : origin.folders) tried.push_back(folder / file);
    if (inside) tried.push_back(run / file);
    for (const auto& folder : folders) {
      tried.push_back(folder / file);
      if (file.string().starts_with("..")) tried.push_back(folder / file.filename());
    }
  }
  std::vector<std::string> places;
  for (const auto& path : tried) {
    if (fs::exists(path, none)) return fs::weakly_canonical(path.parent_path()) / path.filename();
    places.push_back("'" + path.string() + "'");
  }
  fail("E-FILE-01",
       "{}: there is no file '{}', which its experiment names: looked for {}; say where the folder "
       "of data is with GLIA_DATA, or give the file itself",
       run.string(), file.string(), fmt::join(places, ", "));
}

}  // namespace glia::cli
