// Batches in a given order, made by threads that work ahead.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "glia/data/dataset.h"
#include "glia/data/source.h"

namespace glia::data {

struct LoaderOptions {
  std::int64_t batch_size = 32;
  bool shuffle = false;
  std::uint64_t seed = 1;  // of the shuffling
  int workers = 0;         // threads that fill batches; 0: the caller fills its own
  bool drop_last = false;  // leaves out an epoch's last batch where it is not full
  int prefetch = 4;        // batches that may lie ready; each takes memory
};

// The batches of an epoch are its rows in the source's order, shuffled or not (Source::order), in
// pieces of batch_size. Order and bits are the same with any number of
// workers. After the first batches nothing is allocated for a batch; a shuffled epoch's order is
// made anew. One thread uses a loader at a time; several loaders may share a source.
class Loader {
 public:
  // Error E-DATA-75 for an option that cannot be, a source without rows, or no batch at all.
  Loader(const Dataset& dataset, LoaderOptions options);
  Loader(std::shared_ptr<const Source> source, LoaderOptions options);
  ~Loader();  // does not wait for more than the batches being filled
  Loader(Loader&&) noexcept;
  Loader& operator=(Loader&&) noexcept;

  std::int64_t batches() const;  // of an epoch
  std::int64_t rows() const;     // of an epoch: without what drop_last leaves out
  const LoaderOptions& options() const;

  // Goes to a batch of an epoch, at any time; batch == batches() is the epoch's end. A loader
  // starts at (0, 0). Error E-DATA-75 where there is no such batch.
  void start(std::int64_t epoch, std::int64_t batch = 0);

  // The next batch, which stays as it is until the next call of next() or start(); nullptr at the
  // epoch's end, again and again until start(). What went wrong while a batch was filled is thrown
  // when its turn comes.
  const Batch* next();

  // Time that next() spent without a batch: waiting for workers, or filling itself where it has
  // none.
  double waited_seconds() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace glia::data
