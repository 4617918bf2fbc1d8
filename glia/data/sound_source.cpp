#include "glia/data/sound_source.h"

#include <algorithm>
#include <cstring>
#include <mutex>

#include "glia/base/format.h"

namespace glia::data {

// Of one sound: samples where those are changed, else features.
struct SoundSource::Kept {
  std::vector<float> values;
  std::int64_t used = 0;  // samples or frames that are the sound
};

struct SoundSource::Cache {
  std::mutex mutex;
  std::vector<std::shared_ptr<const Kept>> kept;  // of the rows; null: not in memory
  std::int64_t room = 0;                          // bytes
};

SoundSource::SoundSource(const SoundList& list, std::vector<std::int64_t> rows,
                         const SoundEncoder& encoder, Tensor targets, SoundSourceOptions options)
    : rows_(std::move(rows)),
      encoder_(encoder),
      targets_(std::move(targets)),
      options_(options),
      cache_(std::make_unique<Cache>()) {
  const auto count = std::ssize(rows_);
  if (targets_.shape().rank() == 0 || targets_.shape()[0].value() != count)
    fail("E-DATA-70", "sounds: targets {} for {} sounds; expected one for each",
         targets_.shape().text(), count);
  check(options_.augment, encoder_.row()[1].value());
  for (const auto row : rows_) {
    if (row < 0 || row >= list.size())
      fail("E-DATA-73", "sounds: row {} was asked for; expected 0 to {}", row, list.size() - 1);
    paths_.push_back(list.paths[static_cast<std::size_t>(row)]);
  }
  cache_->kept.resize(rows_.size());
  cache_->room = options_.cache_bytes;
}

SoundSource::~SoundSource() = default;

std::int64_t SoundSource::size() const { return std::ssize(rows_); }

std::vector<Field> SoundSource::inputs() const {
  std::vector<Field> fields{{"features", DType::f32, encoder_.row()}};
  if (options_.mask) fields.push_back({"mask", DType::f32, Shape{encoder_.frames()}});
  return fields;
}

std::vector<Field> SoundSource::outputs() const {
  const auto& shape = targets_.shape();
  return {{"target", targets_.dtype(), Shape(std::vector<Dim>(shape.begin() + 1, shape.end()))}};
}

// What does not change from epoch to epoch, read or remembered. Two threads may read one file at
// once, in the first epoch; both get the same.
std::shared_ptr<const SoundSource::Kept> SoundSource::kept(std::int64_t row) const {
  const auto at = static_cast<std::size_t>(row);
  {
    const std::lock_guard lock(cache_->mutex);
    if (cache_->kept[at]) return cache_->kept[at];
  }
  auto sound = std::make_shared<Kept>();
  sound->values = encoder_.samples(paths_[at]);
  sound->used = std::ssize(sound->values);
  if (!options_.augment.of_samples()) {
    std::vector<float> features(static_cast<std::size_t>(encoder_.row().elements()));
    sound->values.resize(static_cast<std::size_t>(encoder_.length()));
    encoder_.encode(sound->values, features);
    sound->values = std::move(features);
    sound->used = encoder_.frames_of(sound->used);
  }
  const auto bytes = static_cast<std::int64_t>(sound->values.size() * sizeof(float));
  const std::lock_guard lock(cache_->mutex);
  if (!cache_->kept[at] && bytes <= cache_->room) {
    cache_->room -= bytes;
    cache_->kept[at] = sound;
  }
  return sound;
}

// What is drawn for a sound has a stream of its own, by its place in the list; for a copy of it by
// the copy's number.
Random SoundSource::draws(std::int64_t row, std::int64_t key, std::int64_t epoch) const {
  const bool copy = key != row;
  const auto number =
      static_cast<std::uint64_t>(copy ? key : rows_[static_cast<std::size_t>(row)]);
  return {options_.seed, copy ? "augment_sound:copy" : "augment_sound",
          static_cast<std::uint64_t>(epoch) << 32 | number};
}

// Writes a sound's features; returns how many frames are the sound's.
std::int64_t SoundSource::encode(std::int64_t row, std::int64_t key, std::int64_t epoch,
                                 std::span<float> to) const {
  const auto sound = kept(row);
  const auto& augment = options_.augment;
  Random random = draws(row, key, epoch);
  std::int64_t used = sound->used;
  if (augment.of_samples()) {
    auto samples = sound->values;
    samples.resize(static_cast<std::size_t>(encoder_.length()));
    used = augment_samples(samples, used, encoder_.options().sample_rate, augment, random);
    encoder_.encode(samples, to);
    used = encoder_.frames_of(used);
  } else {
    std::copy(sound->values.begin(), sound->values.end(), to.begin());
  }
  augment_features(to, used, encoder_.row()[1].value(), augment, random);
  return used;
}

SoundSource::Heard SoundSource::heard(std::int64_t row, std::optional<std::int64_t> epoch) const {
  Heard heard;
  heard.samples = encoder_.samples(path(row));
  auto used = std::ssize(heard.samples);
  heard.samples.resize(static_cast<std::size_t>(encoder_.length()));
  heard.features.resize(static_cast<std::size_t>(encoder_.row().elements()));
  const SoundAugment augment = epoch ? options_.augment : SoundAugment{};
  Random random = draws(row, row, epoch.value_or(0));
  if (augment.of_samples())
    used = augment_samples(heard.samples, used, encoder_.options().sample_rate, augment, random);
  encoder_.encode(heard.samples, heard.features);
  augment_features(heard.features, encoder_.frames_of(used), encoder_.row()[1].value(), augment,
                   random);
  return heard;
}

void SoundSource::fill(Batch& batch) const {
  const auto each = static_cast<std::size_t>(encoder_.row().elements());
  const auto frames = encoder_.frames();
  const auto target_bytes = size() == 0 ? 0 : targets_.bytes() / static_cast<std::size_t>(size());
  const auto zero = [](Tensor& t) { std::memset(t.raw(), 0, t.bytes()); };
  zero(batch.features), zero(batch.targets), zero(batch.weights);
  for (auto& more : batch.more_features) zero(more);
  const auto features = batch.features.data<float>(), weights = batch.weights.data<float>();
  for (std::size_t i = 0; i < batch.rows.size(); ++i) {
    const auto row = batch.rows[i];
    const auto used = encode(row, batch.key(i), batch.epoch, features.subspan(i * each, each));
    std::memcpy(batch.targets.raw() + i * target_bytes,
                targets_.raw() + static_cast<std::size_t>(row) * target_bytes, target_bytes);
    weights[i] = 1;
    if (options_.mask)
      std::fill_n(
          batch.more_features[0].data<float>().begin() + static_cast<std::ptrdiff_t>(i) * frames,
          used, 1.0f);
  }
}

}  // namespace glia::data
