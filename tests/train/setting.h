// Internal: for tests. A training with everything that a resume must carry: dropout, batch
// statistics, adam's slots, a schedule, shuffling, early stopping, a last batch that is not full.
#pragma once

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>

#include "glia/nn/layers.h"
#include "glia/train/checkpoint.h"
#include "glia/train/trainer.h"
#include "tests/exec/networks.h"
#include "tests/temp_folder.h"

namespace glia::testing {

// Three classes in the plane, a tenth of the labels wrong.
inline data::Dataset three_classes(std::int64_t rows, std::uint64_t seed) {
  Random random(seed, "three");
  Tensor x(DType::f32, {rows, 2}), y(DType::i64, {rows});
  for (std::int64_t i = 0; i < rows; ++i) {
    const double a = random.normal(), b = random.normal();
    x.set(2 * i, a), x.set(2 * i + 1, b);
    const std::int64_t label = a > 0.5 ? 2 : b > 0 ? 1 : 0;
    y.set(i, static_cast<double>(random.below(10) == 0 ? (label + 1) % 3 : label));
  }
  return {x, y};
}

struct Setting {
  nn::Module model = nn::sequential(
      {nn::dense({.units = 12}), nn::batch_norm(), nn::relu, nn::dropout({.rate = 0.2}),
       nn::dense({.units = 3, .activation = nn::softmax, .l2 = 1e-3})});
  data::Dataset train = three_classes(71, 1), validation = three_classes(40, 2);
  train::FitOptions options;

  Setting() {
    options.loss = nn::sparse_categorical_crossentropy();
    options.optimizer = optim::adam({.learning_rate = 0.02});
    options.schedule = optim::cosine({.warmup = 0.5});
    options.batch_size = 16;  // 5 batches, the last of 7 rows
    options.epochs = 6;
    options.seed = 9;
    options.metrics = {"accuracy"};
    options.early_stopping = train::EarlyStopping{.patience = 50};
  }
};

struct Outcome {
  std::map<std::string, Tensor> store;
  train::History history;
  std::vector<std::string> messages;
  bool says(std::string_view part) const {
    for (const auto& m : messages)
      if (m.find(part) != std::string::npos) return true;
    return false;
  }
};

// Ends after `stop_after` steps where that is above 0.
inline Outcome fit(const Setting& s, const train::FitOptions& options,
                   std::int64_t stop_after = 0) {
  Store store;
  Outcome outcome;
  std::atomic<bool> stop{false};
  train::Observer observer;
  std::int64_t steps = 0;
  observer.step = [&](const train::StepRecord&) { stop = ++steps == stop_after; };
  observer.message = [&](std::string_view line) { outcome.messages.emplace_back(line); };
  observer.stop = &stop;
  outcome.history = train::fit(s.model, s.train, &s.validation, store, options, observer);
  outcome.store = store.snapshot();
  return outcome;
}
inline Outcome fit(const Setting& s) { return fit(s, s.options); }

// The numbers of both histories to the bit; times apart.
inline bool same_history(const train::History& a, const train::History& b) {
  const auto left = a.records(), right = b.records();
  const auto same = [](const train::EpochRecord& x, const train::EpochRecord& y) {
    return x.values == y.values && x.step == y.step && x.epoch == y.epoch && x.within == y.within;
  };
  return a.best_epoch == b.best_epoch && a.best_step == b.best_step &&
         a.best_value == b.best_value && a.end == b.end &&
         std::equal(left.begin(), left.end(), right.begin(), right.end(), same);
}

inline std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

inline void damage(const std::filesystem::path& file, std::streamoff from_end) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekg(-from_end, std::ios::end);
  const char byte = static_cast<char>(stream.peek() ^ 0x40);
  stream.seekp(-from_end, std::ios::end);
  stream.put(byte);
}

}  // namespace glia::testing
