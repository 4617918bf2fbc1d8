// Internal: the files of a folder, in an order that is the same on every machine.
#pragma once

#include <filesystem>
#include <functional>
#include <string_view>
#include <vector>

namespace glia::data {

// What lies in a folder itself, sorted; names that begin with a dot are passed over. `of`: what it
// should hold, for messages. Errors E-FILE-01, -02; E-DATA-261 a name that is not UTF-8, which
// neither a message nor a saved model could hold.
std::vector<std::filesystem::path> folder_entries(const std::filesystem::path& folder,
                                                  std::string_view of);

// Calls `take` for whatever is no folder, at any depth, in the order of folder_entries(). Links to
// folders are not followed: they may lead in circles, and would bring the same file twice.
void each_file_below(const std::filesystem::path& folder, std::string_view of,
                     const std::function<void(const std::filesystem::path&)>& take);

}  // namespace glia::data
