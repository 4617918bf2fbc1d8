// Batches of sounds.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "glia/data/augment_sound.h"
#include "glia/data/sound.h"
#include "glia/data/source.h"

namespace glia::data {

struct SoundSourceOptions {
  SoundAugment augment = {};  // of training rows
  std::uint64_t seed = 1;     // of the augmentation
  // A second input `mask`, f32 [frames]: 1 where a frame has to do with the sound, 0 in the silence
  // that follows it.
  bool mask = false;
  // What has been read stays in memory up to so many bytes, before anything is drawn; the rest is
  // read anew in each epoch.
  std::int64_t cache_bytes = std::int64_t{256} << 20;
};

// Some rows of a list. `features`: f32 [frames, width] for each. Files are read by the threads that
// fill batches; what is drawn for a sound depends on (seed, epoch, row) alone. A file that turns
// out to be damaged is an error that names it.
class SoundSource : public Source {
 public:
  // rows: of the list. targets: i64 or f32 [rows, ...], one for each of them. Errors E-DATA-70 for
  // another number of targets, -73 for rows that are not there, -153 as check(SoundAugment).
  SoundSource(const SoundList& list, std::vector<std::int64_t> rows, const SoundEncoder& encoder,
              Tensor targets, SoundSourceOptions options = {});
  ~SoundSource() override;

  std::int64_t size() const override;
  std::vector<Field> inputs() const override;
  std::vector<Field> outputs() const override;
  std::optional<Tensor> all_targets(std::size_t) const override { return targets_; }
  void fill(Batch& batch) const override;

  // For a person: a row as it is in an epoch, its samples [length] and their features as fill()
  // gives them; without an epoch nothing is drawn. Read anew each time.
  struct Heard {
    std::vector<float> samples, features;
  };
  Heard heard(std::int64_t row, std::optional<std::int64_t> epoch) const;
  const std::filesystem::path& path(std::int64_t row) const {
    return paths_[static_cast<std::size_t>(row)];
  }
  const SoundAugment& augment() const { return options_.augment; }

 private:
  struct Cache;
  struct Kept;
  std::shared_ptr<const Kept> kept(std::int64_t row) const;
  Random draws(std::int64_t row, std::int64_t key, std::int64_t epoch) const;
  std::int64_t encode(std::int64_t row, std::int64_t key, std::int64_t epoch,
                      std::span<float> to) const;

  std::vector<std::filesystem::path> paths_;  // of the rows
  std::vector<std::int64_t> rows_;            // in the list
  SoundEncoder encoder_;
  Tensor targets_;
  SoundSourceOptions options_;
  std::unique_ptr<Cache> cache_;
};

}  // namespace glia::data
