#include "glia/data/sound.h"

#include <algorithm>
#include <cmath>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/codecs.h"
#include "glia/data/each.h"

namespace glia::data {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void no_samples(const std::string& name) {
  fail("E-DATA-152", "{}: there are no samples in it; record it anew, or remove it", name);
}

void check_channel(int channel, int channels, const std::string& name) {
  if (channel >= channels)
    fail("E-DATA-153", "{}: channel {} of a sound of {}; expected 0 to {}, or the mean of all",
         name, channel, channels, channels - 1);
}

// One channel of [frames, channels]: the chosen one, or the mean.
std::vector<float> one_channel(Sound sound, int channel) {
  if (sound.channels == 1) return std::move(sound.samples);
  const auto channels = static_cast<std::size_t>(sound.channels);
  std::vector<float> mono(sound.samples.size() / channels);
  for (std::size_t i = 0; i < mono.size(); ++i) {
    const float* const frame = sound.samples.data() + i * channels;
    double sum = 0;
    for (std::size_t c = 0; c < channels; ++c) sum += static_cast<double>(frame[c]);
    mono[i] = channel < 0 ? static_cast<float>(sum / sound.channels) : frame[channel];
  }
  return mono;
}

// The rate of most files, the larger one where two are as common.
int commonest_rate(const SoundCheck& check, std::span<const std::int64_t> rows) {
  std::map<int, std::int64_t> counts;
  for (const auto row : rows) ++counts[check.files[static_cast<std::size_t>(row)].rate];
  return std::max_element(counts.begin(), counts.end(),
                          [](const auto& a, const auto& b) {
                            return a.second < b.second ||
                                   (a.second == b.second && a.first < b.first);
                          })
      ->first;
}

constexpr std::int64_t kMostLength = std::int64_t{1} << 28;

// Samples of a file when it has this rate; of more than kMostLength, one more.
std::int64_t at_rate(const SoundCheck::File& file, int rate) {
  const double frames = static_cast<double>(file.frames);
  const double samples = std::ceil(frames * (static_cast<double>(rate) / file.rate));
  return static_cast<std::int64_t>(std::min(samples, static_cast<double>(kMostLength + 1)));
}

std::int64_t samples_in(double seconds, int rate) {
  const double samples = std::round(seconds * rate);
  if (!(samples >= 1) || samples > static_cast<double>(kMostLength))
    fail("E-DATA-153", "sounds: seconds is {} at {} Hz; expected 1 to {} samples", seconds, rate,
         kMostLength);
  return static_cast<std::int64_t>(samples);
}

MelOptions at(MelOptions mel, int rate) {
  mel.sample_rate = rate;
  return mel;
}

}  // namespace

SoundCheck check_sounds(const SoundList& list, bool whole, int threads) {
  SoundCheck check;
  const auto size = static_cast<std::size_t>(list.size());
  check.files.resize(size);
  std::vector<std::string> problems(size);
  each(list.size(), threads, [&](std::int64_t row) {
    const auto& path = list.paths[static_cast<std::size_t>(row)];
    auto& file = check.files[static_cast<std::size_t>(row)];
    try {
      const MappedFile bytes(path);
      const SoundHeader header = codecs().sound_header(bytes.text(), path.string());
      if (header.frames < 1) no_samples(path.string());
      if (whole) (void)codecs().decode_sound(bytes.text(), path.string());
      file = {header.channels, header.rate, header.frames};
    } catch (const Error& error) {
      if (error.code() == "E-DATA-89") throw;  // it is not the file's fault
      problems[static_cast<std::size_t>(row)] = error.what();
    }
  });
  constexpr std::size_t kShown = 5;
  for (std::size_t row = 0; row < size; ++row) {
    if (problems[row].empty()) continue;
    check.bad.push_back(static_cast<std::int64_t>(row));
    if (check.problems.size() < kShown) check.problems.push_back(std::move(problems[row]));
  }
  return check;
}

void refuse_bad_sounds(const SoundCheck& check, const SoundList& list) {
  if (check.bad.empty()) return;
  fail("E-DATA-152", "{} of {} sounds cannot be used: {}{}; mend or remove them",
       with_commas(std::ssize(check.bad)), with_commas(list.size()),
       fmt::join(check.problems, "; "),
       std::ssize(check.bad) > std::ssize(check.problems) ? "; ..." : "");
}

std::vector<std::string> digests(const SoundList& list, int threads) {
  std::vector<std::string> all(list.paths.size());
  each(list.size(), threads, [&](std::int64_t row) {
    const auto at = static_cast<std::size_t>(row);
    all[at] = sha256_file(list.paths[at]);
  });
  return all;
}

std::vector<std::string> SoundReport::notes() const {
  std::vector<std::string> notes;
  std::int64_t all = 0;
  std::vector<std::string> rates;
  for (const auto& [rate, count] : resampled) {
    all += count;
    rates.push_back(fmt::format("{} of {} Hz", with_commas(count), with_commas(rate)));
  }
  const auto note = [&](std::int64_t count, const std::string& what) {
    if (count > 0)
      notes.push_back(
          fmt::format("{} of {} sounds {}", with_commas(count), with_commas(files), what));
  };
  note(all, fmt::format("are brought to another rate ({})", fmt::join(rates, ", ")));
  note(mixed, "have several channels, of which one is made");
  note(cut, "are longer than the network's input and cut at their end");
  return notes;
}

SoundEncoder::SoundEncoder(const SoundOptions& options, std::int64_t length)
    : options_(options),
      length_(length),
      features_(options.features, at(options.mel, options.sample_rate)) {
  options_.mel = features_.options();
  const auto width = static_cast<std::size_t>(features_.width());
  mean_.assign(width, 0), std_.assign(width, 1);
}

SoundEncoder SoundEncoder::fit(const SoundList& list, std::span<const std::int64_t> rows,
                               const SoundCheck& check, const SoundOptions& options, int threads) {
  if (rows.empty()) fail("E-DATA-34", "sounds: there are no training files");
  auto fitted = options;
  if (options.sample_rate == 0) fitted.sample_rate = commonest_rate(check, rows);
  if (fitted.sample_rate < 1)
    fail("E-DATA-153", "sounds: sample_rate is {}; expected samples per second",
         fitted.sample_rate);
  std::int64_t length = 0;
  if (options.seconds == 0) {
    for (const auto row : rows) {
      const auto own = at_rate(check.files[static_cast<std::size_t>(row)], fitted.sample_rate);
      if (own > kMostLength)  // as its header says, which may be wrong
        fail("E-DATA-145",
             "{}: longer than {} samples at {} Hz; say how many seconds are taken, or remove it",
             list.paths[static_cast<std::size_t>(row)].string(), with_commas(kMostLength),
             fitted.sample_rate);
      length = std::max(length, own);
    }
    fitted.seconds = static_cast<double>(length) / fitted.sample_rate;
  } else {
    length = samples_in(options.seconds, fitted.sample_rate);
  }
  SoundEncoder encoder(fitted, length);
  if (options.standardize) encoder.fit_scale(list, rows, threads);
  return encoder;
}

// Sums of files are made side by side, and added in the files' order: the same bits always.
void SoundEncoder::fit_scale(const SoundList& list, std::span<const std::int64_t> rows,
                             int threads) {
  constexpr std::size_t kBlock = 1024;  // files whose sums are in memory at a time
  struct Sums {
    std::vector<double> values, squares;
  };
  const auto width = mean_.size();
  const auto elements = static_cast<std::size_t>(row().elements());
  std::vector<double> sum(width, 0), squares(width, 0);
  for (std::size_t from = 0; from < rows.size(); from += kBlock) {
    const auto block = rows.subspan(from, std::min(kBlock, rows.size() - from));
    std::vector<Sums> sums(block.size(),
                           {std::vector<double>(width, 0), std::vector<double>(width, 0)});
    each(std::ssize(block), threads, [&](std::int64_t i) {
      const auto k = static_cast<std::size_t>(i);
      auto sound = samples(list.paths[static_cast<std::size_t>(block[k])]);
      sound.resize(static_cast<std::size_t>(length_));
      std::vector<float> values(elements);
      features_.compute(sound, values);
      for (std::size_t v = 0; v < values.size(); ++v) {
        const auto value = static_cast<double>(values[v]);
        sums[k].values[v % width] += value, sums[k].squares[v % width] += value * value;
      }
    });
    for (const auto& s : sums)
      for (std::size_t f = 0; f < width; ++f) sum[f] += s.values[f], squares[f] += s.squares[f];
  }
  const double n = static_cast<double>(rows.size()) * static_cast<double>(elements / width);
  for (std::size_t f = 0; f < width; ++f) {
    mean_[f] = sum[f] / n;
    const double deviation = std::sqrt(std::max(0.0, squares[f] / n - mean_[f] * mean_[f]));
    std_[f] = deviation > 1e-12 * std::abs(mean_[f]) ? deviation : 1;  // of equal values: rounding
  }
}

std::int64_t SoundEncoder::frames_of(std::int64_t samples) const {
  return std::min(features_.frames(samples), frames());
}

std::vector<float> SoundEncoder::samples(const fs::path& path) const {
  const std::string name = path.string();
  const MappedFile file(path);
  Sound sound = codecs().decode_sound(file.text(), name);
  if (sound.samples.empty()) no_samples(name);
  check_channel(options_.channel, sound.channels, name);
  const int rate = sound.rate;
  auto mono = one_channel(std::move(sound), options_.channel);
  if (rate != options_.sample_rate)
    mono = codecs().resample(mono, rate, options_.sample_rate, name);
  if (std::ssize(mono) > length_) mono.resize(static_cast<std::size_t>(length_));
  return mono;
}

void SoundEncoder::encode(std::span<const float> samples, std::span<float> to) const {
  features_.compute(samples, to);
  const auto width = mean_.size();
  for (std::size_t v = 0; v < to.size(); ++v)
    to[v] = static_cast<float>((static_cast<double>(to[v]) - mean_[v % width]) / std_[v % width]);
}

SoundReport SoundEncoder::report(const SoundCheck& check,
                                 std::span<const std::int64_t> rows) const {
  SoundReport report;
  for (const auto row : rows) {
    const auto& file = check.files[static_cast<std::size_t>(row)];
    ++report.files;
    report.mixed += file.channels > 1;
    if (file.rate != options_.sample_rate) ++report.resampled[file.rate];
    const std::int64_t length = at_rate(file, options_.sample_rate);
    report.cut += length > length_;
    report.padded += length < length_;
  }
  return report;
}

}  // namespace glia::data
