#include "glia/data/image_files.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "glia/base/error.h"
#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/csv.h"
#include "glia/data/each.h"
#include "glia/data/folder_files.h"

namespace glia::data {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kOf = "images";

bool named_as_image(const fs::path& path) {
  std::string ending = path.extension().native();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  static const std::set<std::string> known = {".jpg", ".jpeg", ".png", ".webp"};
  return known.contains(ending);
}

// Files that are left out because of their names.
struct Others {
  std::int64_t count = 0;
  fs::path first;
  void note(const fs::path& root, std::vector<std::string>& notes) const {
    if (count > 0)
      notes.push_back(fmt::format(
          "{}: {} {} no image by {} name (jpg, jpeg, png, webp) and left out: {}{}",
          shown(root.native(), 200), with_commas(count), count == 1 ? "file is" : "files are",
          count == 1 ? "its" : "their", shown(first.native(), 200), count > 1 ? ", ..." : ""));
  }
};

// At any depth, sorted by path.
void collect(const fs::path& folder, std::vector<fs::path>& images, Others& others) {
  each_file_below(folder, kOf, [&](const fs::path& file) {
    std::error_code error;
    if (fs::is_regular_file(file, error) && named_as_image(file))
      images.push_back(file);
    else if (others.count++ == 0)
      others.first = file;
  });
}

std::int64_t class_number(const std::string& name, const std::vector<std::string>& classes,
                          const std::string& where) {
  const auto at = std::find(classes.begin(), classes.end(), name);
  if (at == classes.end())
    fail("E-DATA-134",
         "{}: the class '{}' is none of the {} of the training{}; correct its name, "
         "or train with it",
         where, shown(name), classes.size(), suggest(name, classes));
  return at - classes.begin();
}

}  // namespace

ImageFiles ImageFiles::subset(Rows rows) const {
  ImageFiles part{{}, {}, classes, {}};
  for (const auto row : rows) {
    const auto at = static_cast<std::size_t>(row);
    part.paths.push_back(paths.at(at));
    if (!labels.empty()) part.labels.push_back(labels.at(at));
  }
  return part;
}

ImageFiles list_image_folder(const fs::path& root, const std::vector<std::string>& classes) {
  ImageFiles files;
  Others others;
  std::error_code error;
  std::vector<fs::path> folders;
  for (const auto& entry : folder_entries(root, kOf)) {
    if (fs::is_directory(entry, error)) {
      folders.push_back(entry);
    } else if (others.count++ == 0) {
      others.first = entry;
    }
  }
  if (folders.empty())
    fail("E-DATA-133",
         "{}: no folders in it; expected one for each class, with its images: {}/cat/1.jpg",
         shown(root.native(), 200), shown(root.filename().native(), 200));
  for (const auto& folder : folders) {
    const std::string name = folder.filename().native();
    if (classes.empty()) files.classes.push_back(name);
    const auto number =
        class_number(name, classes.empty() ? files.classes : classes, shown(folder.native(), 200));
    collect(folder, files.paths, others);
    if (files.paths.size() == files.labels.size())
      fail("E-DATA-133", "{}: no image in this class (jpg, jpeg, png, webp); remove the folder",
           shown(folder.native(), 200));
    files.labels.resize(files.paths.size(), number);
  }
  if (!classes.empty()) files.classes = classes;
  others.note(root, files.notes);
  return files;
}

ImageFiles list_images(const fs::path& place) {
  ImageFiles files;
  std::error_code error;
  if (fs::is_regular_file(place, error)) {
    files.paths.push_back(place);
    return files;
  }
  Others others;
  collect(place, files.paths, others);
  if (files.paths.empty())
    fail("E-DATA-133", "{}: no image in this folder (jpg, jpeg, png, webp)",
         shown(place.native(), 200));
  others.note(place, files.notes);
  return files;
}

ImageFiles read_image_manifest(const fs::path& csv, const std::string& path,
                               const std::string& label, const std::vector<std::string>& classes) {
  const Table table = read_csv(csv, {.missing = {""}});
  const auto paths = table.column(path), labels = table.column(label);
  std::set<std::string, std::less<>> names;
  for (std::int64_t row = 0; row < table.rows(); ++row) {
    for (const auto column : {paths, labels})
      if (table.missing(row, column))
        fail("E-DATA-135", "{}: no {}; expected an image's path and its label", table.where(row),
             column == paths ? path : label);
    names.emplace(table.cell(row, labels));
  }
  ImageFiles files;
  files.classes = classes.empty() ? std::vector<std::string>(names.begin(), names.end()) : classes;
  std::error_code error;
  for (std::int64_t row = 0; row < table.rows(); ++row) {
    const auto file = csv.parent_path() / fs::path(std::string(table.cell(row, paths)));
    if (!fs::is_regular_file(file, error))
      fail("E-DATA-135", "{}: there is no file {}; paths are relative to the folder of {}",
           table.where(row), shown(file.native(), 200), shown(csv.filename().native()));
    files.paths.push_back(file);
    files.labels.push_back(
        class_number(std::string(table.cell(row, labels)), files.classes, table.where(row)));
  }
  return files;
}

std::vector<fs::path> masks_of(const ImageFiles& images, const fs::path& folder) {
  std::map<std::string, fs::path> by_name;
  for (const auto& mask : list_images(folder).paths) by_name[mask.stem().native()] = mask;
  std::vector<fs::path> masks;
  for (const auto& image : images.paths) {
    const auto at = by_name.find(image.stem().native());
    if (at == by_name.end())
      fail("E-DATA-133", "{}: no mask of this name in {}; expected {}.png, or the like",
           shown(image.native(), 200), shown(folder.native(), 200), shown(image.stem().native()));
    masks.push_back(at->second);
  }
  return masks;
}

DamagedImages find_damaged(const ImageFiles& files, ImageCheck check, int threads) {
  std::vector<std::string> messages(files.paths.size());
  each(files.size(), threads, [&](std::int64_t row) {
    const auto at = static_cast<std::size_t>(row);
    const std::string name = files.paths[at].native();
    try {
      const MappedFile file(files.paths[at]);
      const auto info = inspect_image(file.text(), name);
      thread_local Image pixels;
      if (check == ImageCheck::pixels) decode_image(file.text(), name, info, {}, pixels);
    } catch (const Error& e) {
      if (e.code() == "E-DATA-89") throw;  // nothing is wrong with the file
      messages[at] = e.what();
    }
  });
  DamagedImages damaged;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (messages[i].empty()) continue;
    damaged.rows.push_back(static_cast<std::int64_t>(i));
    damaged.messages.push_back(std::move(messages[i]));
  }
  return damaged;
}

void refuse_damaged(const DamagedImages& damaged, std::int64_t files) {
  if (damaged.rows.empty()) return;
  constexpr std::size_t kFew = 3;
  const auto first = std::span(damaged.messages).first(std::min(kFew, damaged.messages.size()));
  fail("E-DATA-139",
       "{} of {} images cannot be read:\n  {}{}\nmend or remove them, or say on_error: skip",
       with_commas(static_cast<std::int64_t>(damaged.rows.size())), with_commas(files),
       fmt::join(first, "\n  "), damaged.rows.size() > kFew ? "\n  ..." : "");
}

Leakage count_equal_files(std::span<const fs::path> a, std::span<const fs::path> b) {
  std::error_code error;
  std::multimap<std::uintmax_t, const fs::path*> by_size;
  for (const auto& path : a) by_size.emplace(fs::file_size(path, error), &path);
  std::map<const fs::path*, std::string> digests;
  Leakage leakage;
  for (std::size_t i = 0; i < b.size(); ++i) {
    const auto [from, to] = by_size.equal_range(fs::file_size(b[i], error));
    if (from == to) continue;
    const std::string digest = sha256_file(b[i]);
    const bool equal = std::any_of(from, to, [&](const auto& entry) {
      auto& known = digests[entry.second];
      if (known.empty()) known = sha256_file(*entry.second);
      return known == digest;
    });
    if (equal && leakage.equal_rows++ == 0) leakage.first_equal = static_cast<std::int64_t>(i);
  }
  return leakage;
}

}  // namespace glia::data
