// The `data` section of an experiment on sounds, and its encoding.
#include <nlohmann/json.hpp>

#include "glia/base/format.h"
#include "glia/experiment/kinds.h"
#include "glia/experiment/sound_data.h"

namespace glia::experiment {
namespace {

using nlohmann::json;

SoundFiles read_files(Settings& s, const Places& places) {
  SoundFiles files;
  if (const auto folder =
          s.text("folder", "of wav or flac files: a folder in it for each class, or see names"))
    files.folder = places.find(s, "folder", *folder);
  files.names = s.text("names", "",
                       "how file names are made, such as \"{label}_{speaker}_{take}\"; unless "
                       "given folders are classes");
  if (const auto manifest = s.text("manifest", "instead of a folder, a CSV file that lists sounds"))
    files.manifest = places.find(s, "manifest", *manifest);
  files.path = s.text("path", files.path, "of a manifest: the column of the files, from its place");
  if (!s.describing() && files.folder.empty() == files.manifest.empty())
    fail("E-EXP-04", "{}: expected `folder` or `manifest`, one of them", s.where());
  expect_used(s, "names", files.manifest.empty(), !files.names.empty(),
              "a folder of files (folder: NAME)");
  expect_used(s, "path", !files.manifest.empty(), files.path != SoundFiles().path,
              "files that a CSV file lists (manifest: FILE)");
  return files;
}

// `where: {take: [0, 1]}`.
void read_where(Settings& test, SoundData& plan) {
  constexpr auto kMeaning =
      "instead of files, training files by their columns: values that are "
      "the test's";
  test.describe("where", "{column: [value, ...]}", "", kMeaning);
  if (!test.has("where")) return;
  const YAML::Node node = test.raw("where", "", "");
  if (!node.IsMap() || node.size() == 0)
    fail("E-EXP-03", "{}: expected column: [value, ...]", test.where("where"));
  Settings where = *test.map("where", "");
  for (const auto& entry : node) {
    const auto column = entry.first.Scalar();
    plan.test_where[column] = where.texts(column, {}, "");
  }
}

void read_mel(Settings& s, data::MelOptions& mel) {
  mel.win_length = s.integer("win_length", 0, "samples of a window; 0: 25 ms", {.least = 0});
  mel.hop_length = s.integer("hop_length", 0, "samples between windows; 0: 10 ms", {.least = 0});
  mel.n_fft = s.integer("n_fft", 0, "of the transform; 0: the next power of two", {.least = 0});
  mel.center = s.flag("center", true, "frames are centred, ends mirrored");
  mel.n_mels = s.integer("n_mels", mel.n_mels, "mel filters", {.least = 1});
  mel.n_mfcc = s.integer("n_mfcc", mel.n_mfcc, "of mfcc: how many", {.least = 1});
  mel.f_min = s.real("f_min", 0, "Hz: where the filters begin");
  mel.f_max = s.real("f_max", 0, "Hz: where they end; 0: half of the sample rate");
  mel.mel_scale = s.one_of("mel_scale", "htk", {"htk", "slaney"}, "of the filters") == "htk"
                      ? data::MelScale::htk
                      : data::MelScale::slaney;
  mel.norm =
      s.one_of("norm", "none", {"none", "slaney"}, "filters of height 1, or of area 1") == "none"
          ? data::MelNorm::none
          : data::MelNorm::slaney;
  mel.power = s.real("power", 2, "of the magnitudes; 2: energies");
  mel.log = s.one_of("log", "ln", {"ln", "decibel"}, "natural logarithm, or 10 log10") == "ln"
                ? data::MelLog::ln
                : data::MelLog::decibel;
  mel.floor = s.real("floor", 1e-10, "what is smaller counts as this, before the logarithm");
  mel.top_db = s.real("top_db", 0, "of decibel: the most below a sound's maximum; 0: any");
}

// What the features do not use.
void expect_used_mel(Settings& s, const data::SoundOptions& o) {
  const data::MelOptions& mel = o.mel;
  const data::MelOptions standard;
  const bool decibel = mel.log == data::MelLog::decibel;
  expect_used(s, "n_mfcc", o.features == data::SoundFeature::mfcc, mel.n_mfcc != standard.n_mfcc,
              "features: mfcc");
  const bool filters = o.features != data::SoundFeature::waveform;
  const std::pair<const char*, bool> said[] = {
      {"win_length", mel.win_length != standard.win_length},
      {"hop_length", mel.hop_length != standard.hop_length},
      {"n_fft", mel.n_fft != standard.n_fft},
      {"center", mel.center != standard.center},
      {"n_mels", mel.n_mels != standard.n_mels},
      {"f_min", mel.f_min != standard.f_min},
      {"f_max", mel.f_max != standard.f_max},
      {"mel_scale", mel.mel_scale != standard.mel_scale},
      {"norm", mel.norm != standard.norm},
      {"power", mel.power != standard.power},
      {"log", mel.log != standard.log},
      {"floor", mel.floor != standard.floor},
  };
  for (const auto& [key, changed] : said)
    expect_used(s, key, filters, changed, "features: log_mel or mfcc");
  expect_used(s, "top_db", filters && decibel, mel.top_db != standard.top_db, "log: decibel");
}

void read_sounds(Settings& s, SoundData& plan) {
  auto& o = plan.sounds;
  const auto features = s.one_of("features", "log_mel", {"log_mel", "mfcc", "waveform"},
                                 "what a network gets of a sound, [frames, values]");
  o.features = features == "log_mel" ? data::SoundFeature::log_mel
               : features == "mfcc"  ? data::SoundFeature::mfcc
                                     : data::SoundFeature::waveform;
  o.sample_rate =
      s.integer("sample_rate", 0, "all are brought to; 0: the commonest in training", {.least = 0});
  o.seconds = s.real("seconds", 0, "all are cut or filled up to; 0: the longest in training");
  if (const auto channel =
          s.integer<int>("channel", "the one to take; unless given the mean", {.least = 0}))
    o.channel = *channel;
  o.standardize = s.flag("standardize", true, "each feature to mean 0 and deviation 1");
  plan.mask = s.flag("mask", false, "a second input `mask` [frames]: 1 where the sound is");
  plan.cache_bytes = s.integer<std::int64_t>("cache_mb", 256, "megabytes of sounds kept in memory",
                                             {.least = 0, .most = 1 << 24}) *
                     1'000'000;
  read_mel(s, o.mel);
  expect_used_mel(s, o);
  s.done();
}

// `time_masks: {count: 2, frames: 10}`.
void read_masks(Settings& augment, const char* key, const char* unit, int& count, int& most) {
  auto masks = augment.map(key, "SpecAugment: stretches that are hidden");
  if (!masks) return;
  count = masks->integer("count", 1, "how many of them", {.least = 0});
  most = masks->integer(unit, 8, "length of each, at most", {.least = 1});
  masks->done();
}

void read_augment(Settings& data, data::SoundAugment& a) {
  auto augment = data.map("augment", "changes of training sounds, drawn anew in each epoch");
  if (!augment) return;
  a.shift = augment->real("shift", 0, "seconds at most, earlier or later");
  a.gain = augment->real("gain", 0, "decibels at most, louder or quieter");
  const auto noise = augment->reals("noise", {}, "decibels below the sound: one, or from and to");
  if (noise.size() > 2)
    fail("E-EXP-05", "{}: got {} numbers, expected one, or from and to", augment->where("noise"),
         noise.size());
  a.noise = !noise.empty() && !augment->describing();
  if (a.noise) a.noise_from = noise.front(), a.noise_to = noise.back();
  read_masks(*augment, "time_masks", "frames", a.time_masks, a.time_mask);
  read_masks(*augment, "frequency_masks", "values", a.frequency_masks, a.frequency_mask);
  augment->done();
}

std::shared_ptr<DataPlan> read_sound_data(Settings& data, const Places& places,
                                          const std::vector<std::string>& outputs) {
  if (!outputs.empty())
    fail("E-EXP-05", "{}: sounds have one target, and the model has {} outputs",
         data.where("train"), outputs.size());
  auto plan = std::make_shared<SoundData>();
  Settings train = data.required_map("train", "where the sounds are", "{folder: NAME}");
  plan->train = read_files(train, places);
  train.done();
  if (auto test = data.map("test", "likewise, of sounds that are looked at once, at the end")) {
    read_where(*test, *plan);
    if (plan->test_where.empty()) plan->test = read_files(*test, places);
    test->done();
  }
  plan->label = data.text("label", plan->label, "the column of what is predicted");
  if (const auto task =
          data.text("task", "binary, multiclass or regression; unless given by the labels"))
    plan->task = data.placed("task", [&] { return data::task_from(*task); });
  plan->one_hot = data.flag("one_hot", false, "classes as rows of 0 and 1");
  plan->groups = data.text("groups", "", "a column, such as speaker, whose values stay together");
  plan->skip =
      data.one_of("on_error", "fail", {"fail", "skip"},
                  "what is done about damaged and empty files; skip counts them") == "skip";
  Settings sounds = data.map_or_empty("sounds", "what is made of them", "features");
  read_sounds(sounds, *plan);
  read_augment(data, plan->augment);
  return plan;
}

json to_json(const Encoding& encoding) {
  const auto* sounds = dynamic_cast<const SoundEncoder*>(encoding.encoder.get());
  if (!sounds) return {};
  return {{"sounds", json::parse(sounds->sounds.to_json())},
          {"mask", sounds->mask},
          {"target", json::parse(data::to_json(encoding.target))}};
}

Encoding from_json(const json& j) {
  return {std::make_shared<SoundEncoder>(data::SoundEncoder::from_json(j.at("sounds").dump()),
                                         j.at("mask").get<bool>()),
          data::target_from_json(j.at("target").dump()),
          {}};
}

}  // namespace

constinit const DataKind sound_kind{
    .name = "sounds",
    .summary = "where rows are sounds with labels (wav, flac)",
    .claims = [](Settings& data) { return data.has("sounds"); },
    .read = read_sound_data,
    .to_json = to_json,
    .from_json = from_json,
};

}  // namespace glia::experiment
