#include "glia/data/sound_list.h"

#include <algorithm>
#include <set>
#include <system_error>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/csv.h"
#include "glia/data/folder_files.h"

namespace glia::data {
namespace {

namespace fs = std::filesystem;

bool is_sound(const fs::path& path) {
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return ending == ".wav" || ending == ".flac";
}

// All sounds below a folder, relative to it, in the order of their names.
std::vector<fs::path> sounds_below(const fs::path& root) {
  std::error_code error;
  if (!fs::exists(root, error)) fail("E-FILE-01", "{}: no such folder", root.string());
  if (!fs::is_directory(root, error))
    fail("E-FILE-03", "{}: not a folder; expected one of sounds", root.string());
  std::vector<fs::path> found;
  const auto take = [&](const fs::path& file) {
    if (is_sound(file) && fs::is_regular_file(file, error))
      found.push_back(file.lexically_relative(root));
  };
  for (const auto& entry : folder_entries(root, "sounds"))
    if (fs::is_directory(entry, error))  // also by a link: a class may lie elsewhere
      each_file_below(entry, "sounds", take);
    else
      take(entry);
  std::sort(found.begin(), found.end(),
            [](const fs::path& a, const fs::path& b) { return a.native() < b.native(); });
  return found;
}

[[noreturn]] void none_at(const fs::path& root, std::string_view expected) {
  fail("E-DATA-148", "{}: no sounds there; expected {}, wav or flac", root.string(), expected);
}

// A table as it would stand in a file beside the sounds.
SoundList list_of(const fs::path& root, const std::vector<std::string>& names,
                  const std::vector<std::vector<std::string>>& rows) {
  std::string text;
  const auto line = [&](const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) text += (i > 0 ? "," : "") + csv_field(cells[i]);
    text += '\n';
  };
  line(names);
  for (const auto& row : rows) line(row);
  const CsvOptions exact{.separator = ',', .header = Header::yes, .missing = {}, .trim = false};
  SoundList list{parse_csv(std::move(text), exact, root.string()), {}};
  for (const auto& row : rows) list.paths.push_back(root / row.front());
  return list;
}

}  // namespace

SoundList sounds_in_classes(const fs::path& root) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& path : sounds_below(root))
    if (const auto label = *path.begin(); label != path)
      rows.push_back({path.string(), label.string()});
  if (rows.empty()) none_at(root, "a folder for each class");
  return list_of(root, {"path", "label"}, rows);
}

SoundList sounds_by_name(const fs::path& root, std::string_view names) {
  std::vector<std::string> columns{"path"};
  std::optional<NameTemplate> pattern;
  if (!names.empty()) {
    pattern.emplace(names);
    columns.insert(columns.end(), pattern->fields().begin(), pattern->fields().end());
  }
  std::vector<std::vector<std::string>> rows;
  std::int64_t others = 0;
  fs::path first;
  for (const auto& path : sounds_below(root)) {
    std::vector<std::string> row{path.string()};
    if (pattern) {
      const auto parts = pattern->read(path.stem().string());
      if (parts.empty() && others++ == 0) first = path;
      row.insert(row.end(), parts.begin(), parts.end());
    }
    rows.push_back(std::move(row));
  }
  if (others > 0)
    fail("E-DATA-149",
         "{}: the names of {} of {} sounds are not made by '{}', the first is {}; change the "
         "template, or take those files away",
         root.string(), with_commas(others), with_commas(std::ssize(rows)), shown(names),
         shown(first.string()));
  if (rows.empty()) none_at(root, "files");
  return list_of(root, columns, rows);
}

SoundList sounds_of(const Table& table, const fs::path& base, std::string_view path_column) {
  const std::int64_t column = table.column(path_column);
  SoundList list{table, {}};
  std::int64_t absent = 0, first = 0;
  for (std::int64_t row = 0; row < table.rows(); ++row) {
    const bool empty = table.missing(row, column) || table.cell(row, column).empty();
    list.paths.push_back(base / fs::path(table.cell(row, column)));
    std::error_code error;
    if ((empty || !fs::is_regular_file(list.paths.back(), error)) && absent++ == 0) first = row;
  }
  if (absent > 0)
    fail("E-DATA-150",
         "{}: {} of {} files that column '{}' names are not there, the first is '{}', looked for "
         "below {}",
         table.where(first), with_commas(absent), with_commas(table.rows()), shown(path_column),
         shown(table.cell(first, column)), base.string());
  if (list.paths.empty()) none_at(table.source(), "a line for each file");
  return list;
}

SoundList sounds_at(const fs::path& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) return sounds_by_name(path);
  if (!fs::exists(path, error)) fail("E-FILE-01", "{}: no such file or folder", path.string());
  return list_of(path.parent_path(), {"path"}, {{path.filename().string()}});
}

std::vector<std::int64_t> rows_where(
    const Table& table, const std::map<std::string, std::vector<std::string>>& values) {
  std::vector<bool> taken(static_cast<std::size_t>(table.rows()), true);
  for (const auto& [name, wanted] : values) {
    const std::int64_t column = table.column(name);
    const std::set<std::string_view> set(wanted.begin(), wanted.end());
    std::set<std::string_view> met;
    for (std::int64_t row = 0; row < table.rows(); ++row) {
      const auto at = set.find(table.cell(row, column));
      if (at == set.end())
        taken[static_cast<std::size_t>(row)] = false;
      else
        met.insert(*at);
    }
    for (const auto& value : wanted)
      if (!met.contains(value))
        fail("E-DATA-151", "{}: no row has '{}' in column '{}'", table.source(), shown(value),
             shown(name));
  }
  std::vector<std::int64_t> rows;
  for (std::int64_t row = 0; row < table.rows(); ++row)
    if (taken[static_cast<std::size_t>(row)]) rows.push_back(row);
  return rows;
}

NameTemplate::NameTemplate(std::string_view text) {
  const auto bad = [&](std::string_view why) {
    fail("E-DATA-149",
         "names '{}': {}; expected names in braces with letters between them, for example "
         "{{label}}_{{speaker}}_{{take}}",
         shown(text), why);
  };
  std::string* letters = &prefix_;
  for (std::string_view rest = text; !rest.empty();) {
    if (rest.front() == '}') bad("a brace closes that is not open");
    if (rest.front() != '{') {
      *letters += rest.front();
      rest.remove_prefix(1);
      continue;
    }
    const auto end = rest.find('}');
    if (end == rest.npos) bad("a brace is not closed");
    if (!fields_.empty() && letters->empty()) bad("nothing stands between two names");
    const std::string name(rest.substr(1, end - 1));
    if (name.empty() || name.find('{') != name.npos) bad("a brace without a name");
    if (name == "path" || std::find(fields_.begin(), fields_.end(), name) != fields_.end())
      bad(fmt::format("'{}' would be there twice", shown(name)));
    fields_.push_back(name);
    after_.emplace_back();
    letters = &after_.back();
    rest.remove_prefix(end + 1);
  }
  if (fields_.empty()) bad("there is no name in it");
}

std::vector<std::string> NameTemplate::read(std::string_view name) const {
  if (!name.starts_with(prefix_)) return {};
  name.remove_prefix(prefix_.size());
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    const bool last = i + 1 == fields_.size();
    const auto& letters = after_[i];
    if (last && !name.ends_with(letters)) return {};
    const auto end = last ? name.size() - letters.size() : name.find(letters);
    if (end == name.npos || end == 0) return {};
    parts.emplace_back(name.substr(0, end));
    name.remove_prefix(end + letters.size());
  }
  return parts;
}

}  // namespace glia::data
