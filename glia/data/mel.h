// What a network hears of a sound: its samples, a log-mel spectrogram, or MFCCs.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace glia::data {

enum class SoundFeature : std::uint8_t { waveform, log_mel, mfcc };
enum class MelScale : std::uint8_t { htk, slaney };
enum class MelNorm : std::uint8_t { none, slaney };
enum class MelLog : std::uint8_t { ln, decibel };
std::string_view name_of(SoundFeature feature);
std::string_view name_of(MelScale scale);
std::string_view name_of(MelNorm norm);
std::string_view name_of(MelLog log);

// The names and, where a number is given, the meaning are torchaudio's and librosa's.
struct MelOptions {
  int sample_rate = 16000;  // samples per second
  int win_length = 0;       // samples of a window; 0: 25 ms
  int hop_length = 0;       // from a window to the next; 0: 10 ms
  int n_fft = 0;            // the window, centred in zeros; 0: the next power of two
  bool center = true;       // frame t is centred on sample t * hop_length, ends mirrored; else it
                            // begins there, and only whole frames count (zeros after a short sound)
  int n_mels = 40;
  double f_min = 0, f_max = 0;  // Hz; f_max 0: half of the sample rate
  // htk: 2595 log10(1 + f / 700). slaney: linear to 1000 Hz, logarithmic above (Auditory Toolbox).
  MelScale mel_scale = MelScale::htk;
  // none: every triangle is 1 at its top. slaney: every triangle has the area 1 (times 2 / width).
  MelNorm norm = MelNorm::none;
  double power = 2;  // of the magnitudes; 2: energies
  // ln(max(x, floor)), or 10 log10(max(x, floor)).
  MelLog log = MelLog::ln;
  double floor = 1e-10;
  double top_db = 0;  // decibel: nothing lies further below the sound's maximum; 0: as far as floor
  int n_mfcc = 13;    // of mfcc: the first values of the orthonormal DCT-II of the log-mel
};

// Computes features, in double precision; one object serves many threads.
class SoundFeatures {
 public:
  // Replaces every 0 by what it stands for. Error E-DATA-147 for an option that cannot be, or a mel
  // filter that holds no frequency of the transform.
  SoundFeatures(SoundFeature feature, MelOptions options);

  const MelOptions& options() const { return options_; }
  SoundFeature feature() const { return feature_; }
  std::int64_t width() const;  // values of a frame: 1, n_mels or n_mfcc
  std::int64_t frames(
      std::int64_t samples) const;  // center: 1 + samples / hop_length; waveform: all

  // samples: one sound, from -1 to 1. to: [frames(samples), width()], row by row. Window: periodic
  // Hann. Steps: frames, window, |FFT|^power, mel filters, log, and for mfcc the DCT.
  void compute(std::span<const float> samples, std::span<float> to) const;

 private:
  struct Filter {
    std::size_t first = 0;        // frequency of the transform
    std::vector<double> weights;  // from there on
  };
  void make_filters();
  void energies(std::span<const float> samples, std::vector<double>& to) const;
  void take_log(std::vector<double>& values) const;

  SoundFeature feature_;
  MelOptions options_;
  std::vector<double> window_;   // [win_length]
  std::vector<Filter> filters_;  // [n_mels]
  std::vector<double> dct_;      // [n_mfcc, n_mels]
};

}  // namespace glia::data
