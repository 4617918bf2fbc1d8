#include "glia/data/source.h"

#include <algorithm>
#include <numeric>

#include "glia/base/random.h"

namespace glia::data {
namespace {

class Listed : public Order {
 public:
  explicit Listed(std::vector<std::int64_t> rows) : rows_(std::move(rows)) {}
  void rows(std::int64_t from, std::span<std::int64_t> to) const override {
    std::copy_n(rows_.begin() + from, to.size(), to.begin());
  }

 private:
  std::vector<std::int64_t> rows_;
};

class InOrder : public Order {
 public:
  void rows(std::int64_t from, std::span<std::int64_t> to) const override {
    std::iota(to.begin(), to.end(), from);
  }
};

Tensor room(const Field& field, std::int64_t rows) {
  Shape shape{rows};
  for (const Dim d : field.row) shape.push_back(d);
  return {field.dtype, shape};
}

std::vector<Tensor> rooms(const std::vector<Field>& fields, std::int64_t rows) {
  std::vector<Tensor> tensors;
  for (std::size_t i = 1; i < fields.size(); ++i) tensors.push_back(room(fields[i], rows));
  return tensors;
}

}  // namespace

std::shared_ptr<const Order> Source::order(bool shuffle, std::uint64_t seed,
                                           std::int64_t epoch) const {
  if (!shuffle) return std::make_shared<InOrder>();
  return std::make_shared<Listed>(
      Random(seed, "shuffle", static_cast<std::uint64_t>(epoch)).permutation(size()));
}

Batch Source::allocate(std::int64_t capacity) const {
  const auto features = inputs(), targets = outputs();
  Batch batch;
  batch.features = room(features.front(), capacity);
  batch.targets = room(targets.front(), capacity);
  batch.weights = room({"", DType::f32, weight_shape()}, capacity);
  batch.more_features = rooms(features, capacity);
  batch.more_targets = rooms(targets, capacity);
  return batch;
}

std::shared_ptr<const Source> borrowed(const Source& source) {
  return {std::shared_ptr<const Source>(), &source};
}

}  // namespace glia::data
