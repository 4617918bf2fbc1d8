#include "glia/experiment/sound_data.h"

#include <algorithm>
#include <unordered_set>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/csv.h"
#include "glia/data/split.h"
#include "glia/experiment/kinds.h"
#include "glia/experiment/run.h"

namespace glia::experiment {
namespace {

namespace fs = std::filesystem;
using Rows = std::vector<std::int64_t>;

// Sounds that can be used, and what is known of them.
struct Sounds {
  data::SoundList list;
  data::SoundCheck check;
  std::vector<std::string> digests;  // of the files
  Rows good;
};

Sounds sounds_of(data::SoundList list, bool skip) {
  auto check = data::check_sounds(list, skip);
  if (!skip) data::refuse_bad_sounds(check, list);
  Sounds sounds{std::move(list), std::move(check), {}, {}};
  sounds.digests = data::digests(sounds.list);
  const auto& bad = sounds.check.bad;
  for (std::int64_t row = 0; row < sounds.list.size(); ++row)
    if (!std::binary_search(bad.begin(), bad.end(), row)) sounds.good.push_back(row);
  return sounds;
}

// One digest of all files, in whatever order they stand.
std::string digest_of(std::vector<std::string> digests) {
  std::sort(digests.begin(), digests.end());
  Sha256 sha;
  for (const auto& one : digests) sha.update(one);
  return sha.hex();
}

template <class Value>
std::vector<Value> picked(const std::vector<Value>& all, const Rows& rows) {
  std::vector<Value> some;
  for (const auto row : rows) some.push_back(all[static_cast<std::size_t>(row)]);
  return some;
}

// Rows of a list whose files are equal to a training file.
std::int64_t count_equal(const Sounds& training, const Rows& train, const Sounds& other,
                         const Rows& rows) {
  const auto known = picked(training.digests, train), asked = picked(other.digests, rows);
  const std::unordered_set<std::string> set(known.begin(), known.end());
  return std::count_if(asked.begin(), asked.end(), [&](const auto& d) { return set.contains(d); });
}

void note_skipped(const Sounds& sounds, std::vector<std::string>& notes) {
  const auto count = std::ssize(sounds.check.bad);
  note_left_out(fmt::format("{} of {} sounds are left out", with_commas(count),
                            with_commas(sounds.list.size())),
                count, sounds.check.problems, notes);
}

// Splits the rows `usable` of a list.
data::Split split_rows(const SoundData& plan, const Sounds& sounds, const Rows& usable,
                       const data::Target& target) {
  const auto classes = class_numbers(target.transform(sounds.list.table, usable));
  auto options = split_options(plan.split, classes, target);
  Rows groups;
  if (!plan.groups.empty()) {
    const auto& table = sounds.list.table;
    groups = picked(data::groups_of(table, table.column(plan.groups)), usable);
    options.groups = groups;
  }
  auto parts = parts_of(plan.split, std::ssize(usable), options);
  draw_training_rows(plan.split, classes, target, {}, parts);
  for (auto* part : {&parts.train, &parts.validation, &parts.test}) *part = picked(usable, *part);
  return parts;
}

}  // namespace

std::vector<data::Field> SoundEncoder::inputs() const {
  std::vector<data::Field> fields{{"features", DType::f32, sounds.row()}};
  if (mask) fields.push_back({"mask", DType::f32, Shape{sounds.frames()}});
  return fields;
}

data::SoundList SoundFiles::list() const {
  if (!manifest.empty())
    return data::sounds_of(data::read_csv(manifest), manifest.parent_path(), path);
  return names.empty() ? data::sounds_in_classes(folder) : data::sounds_by_name(folder, names);
}

std::vector<std::string> SoundData::input_names() const {
  if (!mask) return {};
  return {"features", "mask"};
}

std::vector<fs::path> SoundData::test_files() const {
  if (!test.given()) return {};
  return {test.folder.empty() ? test.manifest : test.folder};
}

std::shared_ptr<const DataPlan> SoundData::with_files(const FindFile& find) const {
  auto plan = std::make_shared<SoundData>(*this);
  for (auto* files : {&plan->train, &plan->test})
    for (auto* file : {&files->folder, &files->manifest})
      if (!file->empty()) *file = find(*file);
  return plan;
}

// Folders and parts of names are classes, also where they look like numbers.
data::TargetOptions SoundData::target_options() const {
  data::TargetOptions options{.column = label};
  options.task = task;
  if (!task && train.manifest.empty()) options.task = data::Task::multiclass;
  return options;
}

Prepared SoundData::prepare(const Experiment& e) const {
  const Sounds all = sounds_of(train.list(), skip);
  const auto& table = all.list.table;
  auto options = target_options();
  auto whole = data::Target::fit(table, all.good, options);
  if (!task && whole.classes() == 2) {
    options.task = data::Task::binary;
    whole = data::Target::fit(table, all.good, options);
  }
  Rows usable = all.good, test_rows;
  if (!test_where.empty()) {
    const auto chosen = data::rows_where(table, test_where);
    usable.clear();
    std::set_difference(all.good.begin(), all.good.end(), chosen.begin(), chosen.end(),
                        std::back_inserter(usable));
    std::set_intersection(all.good.begin(), all.good.end(), chosen.begin(), chosen.end(),
                          std::back_inserter(test_rows));
  }
  auto parts = split_rows(*this, all, usable, whole);
  if (test_where.empty() || split.fold > 0) test_rows = parts.test;
  const auto target = data::Target::fit(table, parts.train, options);
  const auto encoder = std::make_shared<SoundEncoder>(
      data::SoundEncoder::fit(all.list, parts.train, all.check, sounds), mask);
  Prepared prepared;
  prepared.encoding = {encoder, whole.task == data::Task::regression ? target : whole, {}};
  const auto source = [&](const Sounds& from, const Rows& rows, bool training) {
    data::SoundSourceOptions o{.seed = e.fit.seed, .mask = mask, .cache_bytes = cache_bytes};
    if (training) o.augment = augment;
    const auto& t = prepared.encoding.target;
    return std::make_shared<data::SoundSource>(
        from.list, rows, encoder->sounds,
        targets_for(e.fit.loss, t.transform(from.list.table, rows), t.classes(), one_hot), o);
  };
  prepared.train = source(all, parts.train, true);
  if (!parts.validation.empty()) prepared.validation = source(all, parts.validation, false);
  prepared.rows = {parts.train, parts.validation, test_rows};
  note_skipped(all, prepared.notes);
  std::vector<std::string> digests = all.digests;
  if (test.given() && split.fold == 0) {
    const Sounds other = sounds_of(test.list(), skip);
    note_skipped(other, prepared.notes);
    prepared.test = source(other, other.good, false);
    prepared.rows.test = other.good;
    prepared.equal_rows = count_equal(all, parts.train, other, other.good);
    digests.insert(digests.end(), other.digests.begin(), other.digests.end());
  } else if (!test_rows.empty()) {
    prepared.test = source(all, test_rows, false);
    prepared.equal_rows = count_equal(all, parts.train, all, test_rows);
  }
  note_equal_rows("validation sounds", count_equal(all, parts.train, all, parts.validation),
                  prepared.notes);
  note_equal_rows("test sounds", prepared.equal_rows, prepared.notes);
  note_parts(split, prepared);
  for (auto& note : encoder->sounds.report(all.check, all.good).notes())
    prepared.notes.push_back(std::move(note));
  prepared.training_digest = digest_of(all.digests);
  prepared.fingerprint = digest_of(std::move(digests));
  return prepared;
}

NewRows SoundData::labelled(const Bundle& bundle, const std::vector<fs::path>& files) const {
  const auto& encoder = bundle.encoding.as<SoundEncoder>();
  if (files.size() != 1)
    fail("E-BUNDLE-04", "{}: this model takes sounds, not images", files.front().string());
  auto from = train;
  (fs::is_directory(files.front()) ? from.folder : from.manifest) = files.front();
  if (from.folder == files.front()) from.manifest.clear();
  const Sounds all = sounds_of(from.list(), false);  // no row of a judgement is skipped
  const auto& target = bundle.encoding.target;
  NewRows result;
  result.rows = std::make_shared<data::SoundSource>(
      all.list, all.good, encoder.sounds,
      targets_for(bundle.experiment.fit.loss, target.transform(all.list.table, all.good),
                  target.classes(), one_hot),
      data::SoundSourceOptions{.mask = mask, .cache_bytes = 0});
  result.trained_on = digest_of(all.digests) == bundle.training_digest;
  return result;
}

RawRows SoundData::raw(Part part, std::span<const std::int64_t> places) const {
  constexpr std::uintmax_t kMost = 1 << 20;  // bytes of a sound that is played
  const auto& from = part == Part::test && test.given() ? test : train;
  const auto list = from.list();
  expect_places(places, list.size(), from.manifest.empty() ? from.folder : from.manifest);
  RawRows raw;
  raw.columns = list.table.names();
  const auto target = list.table.find(label);
  for (const auto place : places) {
    const auto& path = list.paths[static_cast<std::size_t>(place)];
    std::error_code none;
    const bool small = fs::file_size(path, none) <= kMost && !none;
    raw.sounds.push_back(small ? read_file(path, kMost) : "");
    raw.names.push_back(path.filename().native());
    auto& cells = raw.cells.emplace_back();
    for (std::int64_t c = 0; c < list.table.columns(); ++c)
      cells.emplace_back(list.table.cell(place, c));
    if (target) raw.truth.emplace_back(list.table.cell(place, *target));
  }
  return raw;
}

NewRows SoundData::unlabelled(const Bundle& bundle, const fs::path& file) const {
  const auto list = data::sounds_at(file);
  data::refuse_bad_sounds(data::check_sounds(list), list);
  NewRows result;
  result.rows = std::make_shared<data::SoundSource>(
      list, data::all_rows(list.size()), bundle.encoding.as<SoundEncoder>().sounds,
      Tensor(DType::i64, {list.size()}), data::SoundSourceOptions{.mask = mask, .cache_bytes = 0});
  result.id_name = "file";
  for (std::int64_t row = 0; row < list.size(); ++row)
    result.ids.emplace_back(list.table.cell(row, 0));
  return result;
}

}  // namespace glia::experiment
