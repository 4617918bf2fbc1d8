// SoundEncoder to JSON and back. What is read is checked as if an enemy had written it.
#include <cmath>
#include <initializer_list>
#include <nlohmann/json.hpp>

#include "glia/base/format.h"
#include "glia/base/json_problem.h"
#include "glia/base/text.h"
#include "glia/data/sound.h"

namespace glia::data {
namespace {

using nlohmann::json;

constexpr const char* kFormat = "glia-sounds";
constexpr int kVersion = 1;

[[noreturn]] void bad(const std::string& what) {
  fail("E-DATA-154", "sounds (JSON): {}; take the file that training wrote", what);
}

template <class T>
T named(const json& from, const char* key, std::initializer_list<T> all) {
  const auto text = from.at(key).get<std::string>();
  for (const T value : all)
    if (name_of(value) == text) return value;
  bad(fmt::format("'{}' is {}", key, shown(text)));
}

int whole(const json& from, const char* key) {
  const json& value = from.at(key);
  if (!value.is_number_integer() || value < -1 || value > 1 << 30)
    bad(fmt::format("'{}' is not a count", key));
  return value.get<int>();
}

std::vector<double> numbers(const json& from, const char* key, std::int64_t count) {
  auto values = from.at(key).get<std::vector<double>>();
  if (std::ssize(values) != count)
    bad(fmt::format("{} numbers in '{}', expected {}", values.size(), key, count));
  for (const double v : values)
    if (!std::isfinite(v)) bad(fmt::format("'{}' holds {}", key, v));
  return values;
}

json write(const MelOptions& m) {
  return {{"win_length", m.win_length}, {"hop_length", m.hop_length},
          {"n_fft", m.n_fft},           {"center", m.center},
          {"n_mels", m.n_mels},         {"f_min", m.f_min},
          {"f_max", m.f_max},           {"mel_scale", name_of(m.mel_scale)},
          {"norm", name_of(m.norm)},    {"power", m.power},
          {"log", name_of(m.log)},      {"floor", m.floor},
          {"top_db", m.top_db},         {"n_mfcc", m.n_mfcc}};
}

MelOptions read_mel(const json& from) {
  MelOptions m;
  m.win_length = whole(from, "win_length"), m.hop_length = whole(from, "hop_length");
  m.n_fft = whole(from, "n_fft"), m.center = from.at("center").get<bool>();
  m.n_mels = whole(from, "n_mels"), m.n_mfcc = whole(from, "n_mfcc");
  m.f_min = from.at("f_min").get<double>(), m.f_max = from.at("f_max").get<double>();
  m.mel_scale = named(from, "mel_scale", {MelScale::htk, MelScale::slaney});
  m.norm = named(from, "norm", {MelNorm::none, MelNorm::slaney});
  m.power = from.at("power").get<double>();
  m.log = named(from, "log", {MelLog::ln, MelLog::decibel});
  m.floor = from.at("floor").get<double>(), m.top_db = from.at("top_db").get<double>();
  return m;
}

}  // namespace

std::string SoundEncoder::to_json() const {
  const json out = {{"format", kFormat},
                    {"version", kVersion},
                    {"features", name_of(options_.features)},
                    {"sample_rate", options_.sample_rate},
                    {"channel", options_.channel},
                    {"length", length_},
                    {"standardize", options_.standardize},
                    {"mel", write(options_.mel)},
                    {"mean", mean_},
                    {"std", std_}};
  return out.dump(1);
}

SoundEncoder SoundEncoder::from_json(std::string_view text) try {
  const json in = json::parse(text);
  if (in.at("format") != kFormat) bad("'format' is not glia-sounds");
  if (in.at("version") != kVersion) bad("another version than this program reads");
  SoundOptions o;
  o.features =
      named(in, "features", {SoundFeature::waveform, SoundFeature::log_mel, SoundFeature::mfcc});
  o.sample_rate = whole(in, "sample_rate"), o.channel = whole(in, "channel");
  o.standardize = in.at("standardize").get<bool>();
  o.mel = read_mel(in.at("mel"));
  const std::int64_t length = whole(in, "length");
  if (length < 1 || length > 1 << 28 || o.sample_rate < 1) bad("'length' or 'sample_rate'");
  o.seconds = static_cast<double>(length) / o.sample_rate;
  SoundEncoder encoder(o, length);
  encoder.mean_ = numbers(in, "mean", encoder.features_.width());
  encoder.std_ = numbers(in, "std", encoder.features_.width());
  for (const double s : encoder.std_)
    if (s <= 0) bad(fmt::format("'std' holds {}", s));
  return encoder;
} catch (const json::exception& error) {
  bad(json_problem(error));
} catch (const Error& error) {
  if (error.code() == "E-DATA-154") throw;
  bad(error.what());
}

}  // namespace glia::data
