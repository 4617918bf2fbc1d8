// Internal: the files of a folder of data.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace glia::cli {

// A file, and its class: the folder below the first in which it lies.
struct Found {
  std::filesystem::path file;
  std::uintmax_t bytes = 0;
  std::string label;  // "" where it lies in the folder itself
};

// The files in a folder and below it, by name. What cannot be looked into is left out.
std::vector<Found> files_below(const std::filesystem::path& folder);

// Files that lie side by side may have their class in their names: "3_george_7.wav" is of "3".
// Whether that made a few classes, which they then have.
bool label_by_names(std::vector<Found>& files);

// Whether the name ends so, in small letters or capitals.
bool has_suffix(const std::filesystem::path& file, std::string_view suffix);
bool is_picture(const std::filesystem::path& file);
bool is_sound(const std::filesystem::path& file);
bool is_idx(const std::filesystem::path& file);

}  // namespace glia::cli
