// Where batches come from.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "glia/tensor/tensor.h"

namespace glia::data {

// Room for `capacity` rows. Rows from `count` on are padding: zeros in all three tensors, so that a
// loss weighted by `weights` does not see them. Padding stands in an epoch's last batch only.
struct Batch {
  std::int64_t epoch = 0, index = 0;   // which batch of which epoch, from 0
  std::int64_t count = 0;              // rows that are data
  Tensor features;                     // f32 or i64 [capacity, ...]
  Tensor targets;                      // i64 or f32 [capacity, ...]
  Tensor weights;                      // f32 [capacity, ...]; 1 where the source has no weights
  std::span<const std::int64_t> rows;  // of the source, count of them
  // By what random changes of each row are drawn, where a row comes more than once: its number in
  // the training that asks, so that no two are changed alike. Empty: `rows`.
  std::span<const std::int64_t> drawn_by;
  // Of a source of several inputs or targets: those after the first, in order.
  std::vector<Tensor> more_features, more_targets;

  std::int64_t key(std::size_t row) const { return drawn_by.empty() ? rows[row] : drawn_by[row]; }
};

// What a batch holds of one input or output: its name, and its type without the rows.
struct Field {
  std::string name;
  DType dtype = DType::f32;
  Shape row;
};

// The order of an epoch's rows. Threads may ask for different places at once.
class Order {
 public:
  virtual ~Order() = default;
  // The rows at places [from, from + to.size()) of the epoch.
  virtual void rows(std::int64_t from, std::span<std::int64_t> to) const = 0;
};

// Rows, in memory or not, that a loader makes batches of. fill() is called by several threads at
// once.
class Source {
 public:
  virtual ~Source() = default;
  virtual std::int64_t size() const = 0;              // rows
  virtual std::vector<Field> inputs() const = 0;      // f32 or i64, in the order of the model's
  virtual std::vector<Field> outputs() const = 0;     // i64, numbers of classes, or f32
  virtual bool has_weights() const { return false; }  // of its own
  virtual Shape weight_shape() const { return {}; }   // of one row: [] where each row has one

  // The targets of all rows, i64 or f32 [N, ...]: they are looked at before the first step. Nothing
  // where they are too many for the memory: then each batch's are, as it comes.
  virtual std::optional<Tensor> all_targets(std::size_t output) const = 0;

  // Random(seed, "shuffle", epoch)'s permutation of all rows, or 0..N-1. A source whose rows come
  // cheaper in another order gives that; it depends on these values alone.
  virtual std::shared_ptr<const Order> order(bool shuffle, std::uint64_t seed,
                                             std::int64_t epoch) const;

  // Writes the rows batch.rows into the first of the batch's rows, zeros into the others. May use
  // batch.epoch, the row numbers and batch.key(), and nothing else that changes, so that a batch
  // does not depend on who fills it.
  virtual void fill(Batch& batch) const = 0;

  // A batch with room for `capacity` rows, count 0.
  Batch allocate(std::int64_t capacity) const;
};

// Of a source that outlives the pointer.
std::shared_ptr<const Source> borrowed(const Source& source);

}  // namespace glia::data
