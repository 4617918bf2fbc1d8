// Some rows of another source.
#include <cstring>

#include "glia/base/format.h"
#include "glia/data/sampling.h"

namespace glia::data {
namespace {

class PickedRows : public Source {
 public:
  PickedRows(std::shared_ptr<const Source> source, std::vector<std::int64_t> rows)
      : source_(std::move(source)), rows_(std::move(rows)) {
    std::vector<bool> met(static_cast<std::size_t>(source_->size()));
    first_.reserve(rows_.size());
    for (const auto row : rows_) {
      if (row < 0 || row >= source_->size())
        fail("E-DATA-73", "dataset: row {} was asked for; expected 0 to {}", row,
             source_->size() - 1);
      first_.push_back(!met[static_cast<std::size_t>(row)]);
      met[static_cast<std::size_t>(row)] = true;
    }
  }

  std::int64_t size() const override { return std::ssize(rows_); }
  std::vector<Field> inputs() const override { return source_->inputs(); }
  std::vector<Field> outputs() const override { return source_->outputs(); }
  bool has_weights() const override { return source_->has_weights(); }
  Shape weight_shape() const override { return source_->weight_shape(); }

  std::optional<Tensor> all_targets(std::size_t output) const override {
    const auto all = source_->all_targets(output);
    if (!all) return std::nullopt;
    Shape shape{size()};
    for (int axis = 1; axis < all->shape().rank(); ++axis) shape.push_back(all->shape()[axis]);
    Tensor picked(all->dtype(), shape);
    const std::size_t each = all->bytes() / static_cast<std::size_t>(source_->size());
    std::byte* to = picked.raw();
    for (const auto row : rows_) {
      std::memcpy(to, all->raw() + static_cast<std::size_t>(row) * each, each);
      to += each;
    }
    return picked;
  }

  // The other source knows the rows by its own numbers.
  void fill(Batch& batch) const override {
    const auto asked = batch.rows, asked_by = batch.drawn_by;
    std::vector<std::int64_t> own, keys;
    own.reserve(asked.size()), keys.reserve(asked.size());
    for (std::size_t i = 0; i < asked.size(); ++i) {
      own.push_back(rows_[static_cast<std::size_t>(asked[i])]);
      keys.push_back(key_of(batch.key(i)));
    }
    batch.rows = own, batch.drawn_by = keys;
    source_->fill(batch);
    batch.rows = asked, batch.drawn_by = asked_by;
  }

 private:
  // A row's first copy is changed as the row would be, the others by numbers that no row has.
  std::int64_t key_of(std::int64_t asked) const {
    const auto at = static_cast<std::size_t>(asked);
    return asked < size() && first_[at] ? rows_[at] : source_->size() + asked;
  }

  std::shared_ptr<const Source> source_;
  std::vector<std::int64_t> rows_;
  std::vector<bool> first_;  // whether a row comes here for the first time
};

}  // namespace

std::shared_ptr<const Source> picked_rows(std::shared_ptr<const Source> source,
                                          std::vector<std::int64_t> rows) {
  return std::make_shared<PickedRows>(std::move(source), std::move(rows));
}

}  // namespace glia::data
