// From sound files to a run's folder and back to predictions.
#include <gtest/gtest.h>

#include "glia/experiment/run.h"
#include "tests/data/wav.h"
#include "tests/temp_folder.h"
#include "tests/thrown.h"

namespace glia {
namespace {

using data::tone;
using data::wav;
using testing::thrown;

// Low and high tones: label_speaker_take.wav.
struct Sounds {
  TempFolder folder;
  Sounds() {
    for (int i = 0; i < 48; ++i) write(i, 300 + 20 * (i / 2));
  }
  void write(int i, double hz, std::uint32_t rate = 8000) const {
    const bool high = i % 2 == 1;
    const std::string name = std::string(high ? "high" : "low") + "_" + "abcd"[i / 2 % 4] + "_" +
                             std::to_string(i / 8) + ".wav";
    data::write(folder / "sounds" / name, wav(tone(high ? hz + 1500 : hz, 1600, rate), rate));
  }
  experiment::Experiment load(const std::string& more = "",
                              std::vector<std::string> set = {}) const {
    experiment::LoadOptions options;
    options.set = std::move(set);
    return experiment::parse(R"(data:
  train: {folder: sounds, names: "{label}_{speaker}_{take}"}
  test: {where: {take: [4, 5]}}
  validation: 0.25
  sounds: {n_mels: 10}
)" + more + R"(
model:
  layers:
    - global_average_pool1d: {}
    - dense: {units: 1, activation: sigmoid}
train:
  loss: binary_crossentropy
  optimizer: {adam: {learning_rate: 0.05}}
  epochs: 20
)",
                             "sounds.yaml", options, folder.path());
  }
};

TEST(SoundExperiment, TrainsEvaluatesAndPredicts) {
  const Sounds sounds;
  const auto e = sounds.load("  augment: {shift: 0.02, gain: 3, noise: 30}");
  const auto prepared = experiment::prepare(e);
  EXPECT_EQ(prepared.train->size(), 24);
  EXPECT_EQ(prepared.validation->size(), 8);
  EXPECT_EQ(prepared.test->size(), 16);
  experiment::RunOptions run;
  run.folder = sounds.folder / "run";
  const auto result = experiment::train(e, prepared, run);
  ASSERT_TRUE(result.test.has_value());
  for (const auto& metric : result.test->metrics)
    if (metric.name == "accuracy") {
      EXPECT_GT(*metric.value, 0.95);
    }

  const auto bundle = experiment::load_bundle(sounds.folder / "run");
  EXPECT_EQ(bundle.encoding.to_json(), prepared.encoding.to_json());
  const auto again = experiment::assess(bundle, *prepared.test);
  EXPECT_EQ(again.loss, result.test->loss);
  const auto all = bundle.experiment.data->labelled(bundle, {sounds.folder / "sounds"});
  EXPECT_EQ(all.rows->size(), 48);
  EXPECT_TRUE(all.trained_on);
  data::write(sounds.folder / "new" / "one.wav", wav(tone(2100, 2000)));
  data::write(sounds.folder / "new" / "two.wav", wav(tone(350, 9000, 44100), 44100));
  const auto rows = bundle.experiment.data->unlabelled(bundle, sounds.folder / "new");
  EXPECT_EQ(rows.ids, (std::vector<std::string>{"one.wav", "two.wav"}));
  const auto answers = bundle.predict(*rows.rows).front();  // the probability of "low"
  EXPECT_LT(answers.at(0), 0.5);
  EXPECT_GT(answers.at(1), 0.5);
}

TEST(SoundExperiment, FitsOnTrainingSoundsOnly) {
  const Sounds sounds;
  const auto e = sounds.load("", {"data.validation=0"});
  const auto before = experiment::prepare(e);
  for (int i = 32; i < 48; ++i) sounds.write(i, 3000, 44100);  // takes 4 and 5
  const auto after = experiment::prepare(e);
  EXPECT_EQ(before.encoding.to_json(), after.encoding.to_json());
  EXPECT_NE(before.fingerprint, after.fingerprint);
  ASSERT_FALSE(after.notes.empty());
  EXPECT_TRUE(after.notes.back().starts_with("16 of 48 sounds are brought to another rate"))
      << after.notes.back();
  sounds.write(0, 700);
  EXPECT_NE(before.encoding.to_json(), experiment::prepare(e).encoding.to_json());
}

TEST(SoundExperiment, GroupsStayTogether) {
  const Sounds sounds;
  const auto prepared = experiment::prepare(sounds.load("  groups: speaker"));
  EXPECT_EQ(prepared.validation->size(), 8) << "one speaker of four";
}

TEST(SoundExperiment, DamagedFilesAreNamedOrCounted) {
  const Sounds sounds;
  data::write(sounds.folder / "sounds" / "low_a_9.wav", "RIFF");
  const auto error = thrown([&] { experiment::prepare(sounds.load()); });
  EXPECT_EQ(error.code, "E-DATA-152");
  EXPECT_TRUE(error.says("low_a_9.wav")) << error.message;
  const auto prepared = experiment::prepare(sounds.load("  on_error: skip"));
  ASSERT_FALSE(prepared.notes.empty());
  EXPECT_TRUE(prepared.notes.front().starts_with("warning: D-62 1 of 49 sounds are left out"))
      << prepared.notes.front();
  EXPECT_EQ(prepared.train->size() + prepared.validation->size() + prepared.test->size(), 48);
  // A judgement of other sounds than were given is none.
  const auto e = sounds.load("  on_error: skip");
  experiment::RunOptions run;
  run.folder = sounds.folder / "run";
  experiment::train(e, prepared, run);
  const auto bundle = experiment::load_bundle(run.folder);
  EXPECT_EQ(
      thrown([&] { bundle.experiment.data->labelled(bundle, {sounds.folder / "sounds"}); }).code,
      "E-DATA-152");
}

TEST(SoundExperiment, SettingsThatCannotBe) {
  const Sounds sounds;
  EXPECT_EQ(
      thrown([&] { experiment::prepare(sounds.load("", {"data.test.where.take=[7]"})); }).code,
      "E-DATA-151");
  EXPECT_EQ(thrown([&] { sounds.load("", {"data.sounds.features=mels"}); }).code, "E-EXP-05");
  EXPECT_EQ(thrown([&] { sounds.load("", {"data.sounds.mels=3"}); }).code, "E-EXP-02");
  EXPECT_EQ(thrown([&] { experiment::prepare(sounds.load("", {"data.label=word"})); }).code,
            "E-DATA-10");
}

// What the chosen features or files do not use.
TEST(SoundExperiment, SettingsThatNothingUsesAreRefused) {
  const Sounds sounds;
  const auto refused = [&](const std::string& set, const char* form) {
    const auto error = thrown([&] { sounds.load("", {"data." + set}); });
    EXPECT_EQ(error.code, "E-EXP-05") << set;
    EXPECT_TRUE(error.says(form)) << error.message;
  };
  refused("sounds={n_mfcc: 20}", "features: mfcc");
  refused("sounds={features: waveform, n_mels: 20}", "features: log_mel or mfcc");
  refused("sounds={top_db: 80}", "log: decibel");
  refused("train.path=file", "manifest: FILE");
  for (const char* set : {"data.sounds={features: mfcc, n_mfcc: 20}",
                          "data.sounds={log: decibel, top_db: 80}", "data.sounds={n_mfcc: 13}"}) {
    const auto e = sounds.load("", {set});
    // A run's own copy holds every default, of what is not used, too.
    EXPECT_EQ(experiment::parse(e.resolved, "again.yaml", {}, sounds.folder.path()).resolved,
              e.resolved);
  }
}

}  // namespace
}  // namespace glia
