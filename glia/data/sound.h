// From sound files to arrays of one size: one rate, one channel, one length, features of frames.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "glia/data/mel.h"
#include "glia/data/sound_list.h"
#include "glia/tensor/shape.h"

namespace glia::data {

struct SoundOptions {
  SoundFeature features = SoundFeature::log_mel;
  MelOptions mel = {};      // its sample_rate is not looked at
  int sample_rate = 0;      // all sounds are brought to it; 0: the training files' commonest
  int channel = -1;         // the one to take, from 0; -1: the mean of all
  double seconds = 0;       // longer sounds are cut at their end, shorter ones followed by silence;
                            // 0: as long as the longest training file
  bool standardize = true;  // (value - mean) / std of each feature, from the training files
};

// What files say of themselves, and which cannot be used: without samples, or damaged.
struct SoundCheck {
  struct File {
    int channels = 0, rate = 0;  // 0 where the file cannot be used
    std::int64_t frames = 0;
  };
  std::vector<File> files;            // of the list's rows
  std::vector<std::int64_t> bad;      // rows
  std::vector<std::string> problems;  // of the first five of them
};

// Looks at the head of every file, or reads each of them whole. No errors: bad files are listed.
SoundCheck check_sounds(const SoundList& list, bool whole = false, int threads = 0);
// Error E-DATA-152 where there are bad ones: how many, the first.
void refuse_bad_sounds(const SoundCheck& check, const SoundList& list);

// SHA-256 of the bytes of each file, by which equal ones are known. Errors E-FILE-01 to -05.
std::vector<std::string> digests(const SoundList& list, int threads = 0);

// How many files had to be changed, and how.
struct SoundReport {
  std::int64_t files = 0, mixed = 0, cut = 0, padded = 0;
  std::map<int, std::int64_t> resampled = {};  // by their own rate
  std::vector<std::string> notes() const;      // for a person
};

// What was fitted on training files, and is applied to all.
class SoundEncoder {
 public:
  // rows: the training files. What is fitted are the rate and the length where they are not given,
  // and the means and deviations (of the population, over all frames as the network gets them), in
  // double precision; one pass over the files, in bounded memory, the same with any number of
  // threads. Errors: E-DATA-34 no rows; E-DATA-80 and -81, -145, -146; E-DATA-147; E-DATA-153 an
  // option that cannot be.
  static SoundEncoder fit(const SoundList& list, std::span<const std::int64_t> rows,
                          const SoundCheck& check, const SoundOptions& options = {},
                          int threads = 0);

  const SoundOptions& options() const { return options_; }  // with all that was fitted
  std::int64_t length() const { return length_; }           // samples of a sound
  std::int64_t frames() const { return features_.frames(length_); }
  Shape row() const { return {frames(), features_.width()}; }  // of a network's input
  // Frames that have to do with the first `samples` samples; the others are silence.
  std::int64_t frames_of(std::int64_t samples) const;
  const std::vector<double>& mean() const { return mean_; }  // of each feature
  const std::vector<double>& std() const { return std_; }

  // A file's samples: one channel at the fitted rate, at most length() of them. Errors E-FILE-01 to
  // -05; E-DATA-80, -81, -145, -146; -152 no samples in it; -153 no such channel.
  std::vector<float> samples(const std::filesystem::path& path) const;
  // samples: length() of them. to: [frames(), width], standardised.
  void encode(std::span<const float> samples, std::span<float> to) const;

  // What reading these files changes.
  SoundReport report(const SoundCheck& check, std::span<const std::int64_t> rows) const;

  // The whole as JSON, and back to the same bits. Error E-DATA-154 for text that is not such JSON.
  std::string to_json() const;
  static SoundEncoder from_json(std::string_view text);

 private:
  SoundEncoder(const SoundOptions& options, std::int64_t length);
  void fit_scale(const SoundList& list, std::span<const std::int64_t> rows, int threads);

  SoundOptions options_;
  std::int64_t length_ = 0;
  SoundFeatures features_;
  std::vector<double> mean_, std_;  // of each feature; 0 and 1 where nothing is standardised
};

}  // namespace glia::data
