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
    for (const auto row : rows_)
      if (row < 0 || row >= source_->size())
        fail("E-DATA-73", "dataset: row {} was asked for; expected 0 to {}", row,
             source_->size() - 1);
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
    const auto asked = batch.rows;
    std::vector<std::int64_t> own;
    own.reserve(asked.size());
    for (const auto row : asked) own.push_back(rows_[static_cast<std::size_t>(row)]);
    batch.rows = own;
    source_->fill(batch);
    batch.rows = asked;
  }

 private:
  std::shared_ptr<const Source> source_;
  std::vector<std::int64_t> rows_;
};

}  // namespace

std::shared_ptr<const Source> picked_rows(std::shared_ptr<const Source> source,
                                          std::vector<std::int64_t> rows) {
  return std::make_shared<PickedRows>(std::move(source), std::move(rows));
}

}  // namespace glia::data
