#include "glia/cli/folder.h"

#include <algorithm>
#include <map>

#include "glia/data/folder_files.h"

namespace glia::cli {

namespace fs = std::filesystem;

std::vector<Found> files_below(const fs::path& folder) {
  std::vector<Found> files;
  data::each_file_below(folder, "files", [&](const fs::path& file) {
    std::error_code none;
    if (!fs::is_regular_file(file, none)) return;
    const auto parent = file.lexically_relative(folder).parent_path();
    files.push_back({file, fs::file_size(file, none), parent.generic_string()});
  });
  std::sort(files.begin(), files.end(),
            [](const Found& a, const Found& b) { return a.file < b.file; });
  return files;
}

bool label_by_names(std::vector<Found>& files) {
  constexpr std::size_t kMost = 100;
  std::map<std::string, std::size_t> counts;
  const auto label_of = [](const Found& found) {
    const auto name = found.file.stem().string();
    const auto end = name.find_first_of("_-.");
    return end == name.npos ? "" : name.substr(0, end);
  };
  for (const auto& found : files) {
    const auto label = label_of(found);
    if (!found.label.empty() || label.empty()) return false;
    ++counts[label];
  }
  if (counts.size() < 2 || counts.size() > kMost || 3 * counts.size() > files.size()) return false;
  for (auto& found : files) found.label = label_of(found);
  return true;
}

bool has_suffix(const fs::path& file, std::string_view suffix) {
  auto name = file.filename().string();
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name.ends_with(suffix);
}

bool is_picture(const fs::path& file) {
  return has_suffix(file, ".jpg") || has_suffix(file, ".jpeg") || has_suffix(file, ".png") ||
         has_suffix(file, ".webp");
}

bool is_sound(const fs::path& file) {
  return has_suffix(file, ".wav") || has_suffix(file, ".flac");
}

bool is_idx(const fs::path& file) {
  return file.filename().string().find("-ubyte") != std::string::npos || has_suffix(file, ".idx") ||
         has_suffix(file, ".idx.gz");
}

}  // namespace glia::cli
