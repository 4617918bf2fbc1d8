#include "glia/data/mel.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <unsupported/Eigen/FFT>

#include "glia/base/format.h"

namespace glia::data {
namespace {

constexpr double kPi = std::numbers::pi;
constexpr int kMostTransform = 1 << 20;

// Slaney's scale: 3 mel for each 200 Hz up to 1000 Hz, then 27 for each factor of 6.4.
constexpr double kBreakHz = 1000, kHzPerMel = 200.0 / 3, kBreakMel = kBreakHz / kHzPerMel;
const double kStep = std::log(6.4) / 27;

double to_mel(double hz, MelScale scale) {
  if (scale == MelScale::htk) return 2595 * std::log10(1 + hz / 700);
  return hz < kBreakHz ? hz / kHzPerMel : kBreakMel + std::log(hz / kBreakHz) / kStep;
}

double to_hz(double mel, MelScale scale) {
  if (scale == MelScale::htk) return 700 * (std::pow(10, mel / 2595) - 1);
  return mel < kBreakMel ? mel * kHzPerMel : kBreakHz * std::exp((mel - kBreakMel) * kStep);
}

// Place `at` of a sound of n samples that is mirrored at its ends, however often: the end itself
// stands once.
std::int64_t mirrored(std::int64_t at, std::int64_t n) {
  if (n == 1) return 0;
  const std::int64_t period = 2 * (n - 1);
  at = std::abs(at) % period;
  return at < n ? at : period - at;
}

void resolve(MelOptions& o) {
  const auto samples = [&](double ms) {
    return static_cast<int>(std::lround(ms / 1000 * o.sample_rate));
  };
  if (o.win_length == 0) o.win_length = std::max(1, samples(25));
  if (o.hop_length == 0) o.hop_length = std::max(1, samples(10));
  if (o.n_fft == 0)
    for (o.n_fft = 2; o.n_fft < o.win_length && o.n_fft < kMostTransform;) o.n_fft *= 2;
  if (o.f_max == 0) o.f_max = o.sample_rate / 2.0;
}

void check(SoundFeature feature, const MelOptions& o) {
  const auto expect = [](bool right, const char* name, auto value, const auto& expected) {
    if (!right) fail("E-DATA-147", "sounds: {} is {}; expected {}", name, value, expected);
  };
  constexpr int kMostRate = 10'000'000;
  expect(o.sample_rate >= 1 && o.sample_rate <= kMostRate, "sample_rate", o.sample_rate,
         "1 to 10000000 samples per second");
  expect(o.win_length >= 0, "win_length", o.win_length, "1 or more samples");
  expect(o.hop_length >= 0, "hop_length", o.hop_length, "1 or more samples");
  expect(o.n_fft == 0 || (o.n_fft >= std::max(2, o.win_length) && o.n_fft <= kMostTransform),
         "n_fft", o.n_fft, fmt::format("win_length ({}) to {}", o.win_length, kMostTransform));
  expect(o.win_length <= kMostTransform, "win_length", o.win_length,
         fmt::format("at most {}", kMostTransform));
  expect(o.n_mels >= 1 && o.n_mels <= 4096, "n_mels", o.n_mels, "1 to 4096");
  const double highest = o.f_max == 0 ? o.sample_rate / 2.0 : o.f_max;
  expect(highest > 0 && highest <= o.sample_rate / 2.0, "f_max", o.f_max,
         fmt::format("above 0 to half of the sample rate, {}", o.sample_rate / 2.0));
  expect(o.f_min >= 0 && o.f_min < highest, "f_min", o.f_min,
         fmt::format("0 to below f_max, {}", highest));
  expect(o.power > 0 && std::isfinite(o.power), "power", o.power, "a number above 0; energies: 2");
  expect(o.floor > 0 && std::isfinite(o.floor), "floor", o.floor, "a number above 0");
  expect(o.top_db >= 0 && std::isfinite(o.top_db), "top_db", o.top_db, "0 or more decibels");
  expect(o.top_db == 0 || o.log == MelLog::decibel, "top_db", o.top_db, "0, unless log: decibel");
  if (feature == SoundFeature::mfcc)
    expect(o.n_mfcc >= 1 && o.n_mfcc <= o.n_mels, "n_mfcc", o.n_mfcc,
           fmt::format("1 to n_mels, {}", o.n_mels));
}

}  // namespace

std::string_view name_of(SoundFeature feature) {
  return feature == SoundFeature::waveform  ? "waveform"
         : feature == SoundFeature::log_mel ? "log_mel"
                                            : "mfcc";
}
std::string_view name_of(MelScale scale) { return scale == MelScale::htk ? "htk" : "slaney"; }
std::string_view name_of(MelNorm norm) { return norm == MelNorm::none ? "none" : "slaney"; }
std::string_view name_of(MelLog log) { return log == MelLog::ln ? "ln" : "decibel"; }

SoundFeatures::SoundFeatures(SoundFeature feature, MelOptions options)
    : feature_(feature), options_(options) {
  check(feature_, options_);
  resolve(options_);
  if (feature_ == SoundFeature::waveform) return;
  const auto& o = options_;
  for (int i = 0; i < o.win_length; ++i)
    window_.push_back(0.5 - 0.5 * std::cos(2 * kPi * i / o.win_length));
  make_filters();
  if (feature_ != SoundFeature::mfcc) return;
  for (int k = 0; k < o.n_mfcc; ++k)
    for (int m = 0; m < o.n_mels; ++m)
      dct_.push_back(std::cos(kPi / o.n_mels * (m + 0.5) * k) *
                     std::sqrt((k == 0 ? 1.0 : 2.0) / o.n_mels));
}

void SoundFeatures::make_filters() {
  const auto& o = options_;
  const double low = to_mel(o.f_min, o.mel_scale), high = to_mel(o.f_max, o.mel_scale);
  const auto edge = [&](int i) {
    return to_hz(low + (high - low) * i / (o.n_mels + 1), o.mel_scale);
  };
  const double bin = static_cast<double>(o.sample_rate) / o.n_fft;
  for (int m = 0; m < o.n_mels; ++m) {
    const double left = edge(m), top = edge(m + 1), right = edge(m + 2);
    const double scale = o.norm == MelNorm::slaney ? 2 / (right - left) : 1;
    Filter filter;
    for (int k = 0; k <= o.n_fft / 2; ++k) {
      const double hz = k * bin;
      const double weight = std::min((hz - left) / (top - left), (right - hz) / (right - top));
      if (weight <= 0) continue;
      if (filter.weights.empty()) filter.first = static_cast<std::size_t>(k);
      filter.weights.push_back(weight * scale);
    }
    if (filter.weights.empty())
      fail("E-DATA-147",
           "sounds: mel filter {} ({:.1f} to {:.1f} Hz) holds no frequency of a transform of {} "
           "samples, which are {:.1f} Hz apart; take fewer than {} n_mels, or a larger n_fft",
           m, left, right, o.n_fft, bin, o.n_mels);
    filters_.push_back(std::move(filter));
  }
}

std::int64_t SoundFeatures::width() const {
  return feature_ == SoundFeature::waveform  ? 1
         : feature_ == SoundFeature::log_mel ? options_.n_mels
                                             : options_.n_mfcc;
}

std::int64_t SoundFeatures::frames(std::int64_t samples) const {
  if (feature_ == SoundFeature::waveform) return samples;
  if (options_.center) return 1 + samples / options_.hop_length;
  return 1 + std::max<std::int64_t>(samples - options_.n_fft, 0) / options_.hop_length;
}

// The mel energies of all frames, [frames, n_mels].
void SoundFeatures::energies(std::span<const float> samples, std::vector<double>& to) const {
  // Plans the transforms of a size once; not for several threads at a time.
  thread_local Eigen::FFT<double> transform(Eigen::default_fft_impl<double>(),
                                            Eigen::FFT<double>::HalfSpectrum);
  const auto& o = options_;
  const auto n = static_cast<std::int64_t>(samples.size());
  std::vector<double> frame(static_cast<std::size_t>(o.n_fft));
  std::vector<std::complex<double>> spectrum(frame.size() / 2 + 1);
  std::vector<double> magnitudes(spectrum.size());
  const std::int64_t before = (o.n_fft - o.win_length) / 2;  // zeros
  for (std::int64_t t = 0; t < frames(n); ++t) {
    const std::int64_t start = t * o.hop_length - (o.center ? o.n_fft / 2 : 0) + before;
    for (std::int64_t i = 0; i < o.win_length; ++i) {
      const std::int64_t at = o.center ? mirrored(start + i, n) : start + i;
      frame[static_cast<std::size_t>(before + i)] =
          at < n ? static_cast<double>(samples[static_cast<std::size_t>(at)]) *
                       window_[static_cast<std::size_t>(i)]
                 : 0;
    }
    transform.fwd(spectrum.data(), frame.data(), o.n_fft);
    for (std::size_t k = 0; k < spectrum.size(); ++k)
      magnitudes[k] =
          o.power == 2 ? std::norm(spectrum[k]) : std::pow(std::abs(spectrum[k]), o.power);
    for (const Filter& filter : filters_) {
      double sum = 0;
      for (std::size_t i = 0; i < filter.weights.size(); ++i)
        sum += filter.weights[i] * magnitudes[filter.first + i];
      to.push_back(sum);
    }
  }
}

void SoundFeatures::take_log(std::vector<double>& values) const {
  const bool decibel = options_.log == MelLog::decibel;
  for (double& v : values) {
    v = std::max(v, options_.floor);
    v = decibel ? 10 * std::log10(v) : std::log(v);
  }
  if (options_.top_db == 0) return;
  const double least = *std::max_element(values.begin(), values.end()) - options_.top_db;
  for (double& v : values) v = std::max(v, least);
}

void SoundFeatures::compute(std::span<const float> samples, std::span<float> to) const {
  if (feature_ == SoundFeature::waveform) {
    std::copy(samples.begin(), samples.end(), to.begin());
    return;
  }
  if (samples.empty()) {  // there is nothing to mirror
    constexpr float kSilence[] = {0};
    return compute(kSilence, to);
  }
  std::vector<double> values;
  values.reserve(to.size());
  energies(samples, values);
  take_log(values);
  if (feature_ == SoundFeature::log_mel) {
    std::copy(values.begin(), values.end(), to.begin());
    return;
  }
  const auto mels = static_cast<std::size_t>(options_.n_mels);
  const auto width = static_cast<std::size_t>(options_.n_mfcc);
  for (std::size_t t = 0; t * mels < values.size(); ++t)
    for (std::size_t k = 0; k < width; ++k) {
      double sum = 0;
      for (std::size_t m = 0; m < mels; ++m) sum += dct_[k * mels + m] * values[t * mels + m];
      to[t * width + k] = static_cast<float>(sum);
    }
}

}  // namespace glia::data
