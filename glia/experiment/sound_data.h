// Internal: sounds with labels.
#pragma once

#include <map>
#include <optional>

#include "glia/data/sound_source.h"
#include "glia/experiment/data_plan.h"

namespace glia::experiment {

class SoundEncoder : public Encoder {
 public:
  SoundEncoder(data::SoundEncoder sounds, bool mask) : sounds(std::move(sounds)), mask(mask) {}
  data::SoundEncoder sounds;
  bool mask = false;  // a second input: which frames are the sound

  std::vector<data::Field> inputs() const override;
};

// Where sounds are, and what is known of them: a folder with one for each class; a folder whose
// files' names are made by a template; or a manifest, a table of paths and labels.
struct SoundFiles {
  std::filesystem::path folder, manifest;  // one of them
  std::string names;                       // the template; empty: folders are classes
  std::string path = "path";               // column of the manifest
  bool given() const { return !folder.empty() || !manifest.empty(); }
  data::SoundList list() const;
};

class SoundData : public DataPlan {
 public:
  SoundFiles train, test;
  std::map<std::string, std::vector<std::string>> test_where;  // training files that are the test's
  std::string label = "label", groups;                         // columns; no groups: empty
  std::optional<data::Task> task;
  bool one_hot = false, mask = false, skip = false;  // skip: files that cannot be used
  data::SoundOptions sounds;
  data::SoundAugment augment;
  std::int64_t cache_bytes = 0;

  std::string_view things() const override { return "sounds"; }
  std::string_view example() const override { return "sounds/"; }
  std::vector<std::string> input_names() const override;
  std::vector<std::filesystem::path> test_files() const override;
  bool splits_test_off() const override {
    return split.test > 0 || split.fold > 0 || !test_where.empty();
  }
  std::shared_ptr<const DataPlan> with_files(const FindFile& find) const override;
  Prepared prepare(const Experiment& experiment) const override;
  NewRows labelled(const Bundle& bundle,
                   const std::vector<std::filesystem::path>& files) const override;
  NewRows unlabelled(const Bundle& bundle, const std::filesystem::path& file) const override;
  report::Document preview(const Prepared& prepared, const PreviewOptions& options) const override;
  RawRows raw(Part part, std::span<const std::int64_t> places) const override;

 private:
  data::TargetOptions target_options() const;
};

}  // namespace glia::experiment
