#include "glia/nn/embedding.h"

#include "glia/base/format.h"
#include "glia/nn/options.h"
#include "glia/ops/ops.h"

namespace glia::nn {
namespace {

struct Embedding {
  EmbeddingOptions o;
  static constexpr Masks masks = Masks::own;

  Value forward(Value indices) const {
    Graph& graph = indices.graph();
    if (indices.dtype() != DType::i64)
      fail("E-DTYPE-03",
           "[embedding] layer '{}': got {}, expected whole numbers i64 [N, T] from 0 to {}: tokens, "
           "as data.text with encode: words or data.language_model gives them; columns of a table "
           "become f32",
           graph.scope(), indices.type().text(), o.input_dim - 1);
    if (o.mask_zero && indices.rank() != 2)
      fail("E-SHAPE-01",
           "[embedding] layer '{}': mask_zero is set and the input has shape {}, expected [N, T]",
           graph.scope(), indices.shape().text());
    const Value weight =
        parameter(indices, "weight", {o.input_dim, o.output_dim}, o.embeddings_initializer);
    Value y = gather(weight, indices);
    if (o.padding_index) {
      Shape column = indices.shape();
      column.push_back(1);
      y = select(reshape(is(indices, *o.padding_index), column), zero_like(y), y);
    }
    if (o.mask_zero)
      graph.set_mask(y, logical_not(is(indices, 0)));
    else if (const Value mask = graph.mask(indices))
      graph.set_mask(y, mask);
    return y;
  }
  std::string kind() const { return "embedding"; }

 private:
  static Value is(Value indices, std::int64_t index) {
    return equal(indices, indices.graph().scalar(static_cast<double>(index), DType::i64));
  }
};

}  // namespace

Module embedding(EmbeddingOptions o) {
  expect_in_range({o.input_dim}, 1, "embedding", "input_dim", kMostFeatures);
  expect_in_range({o.output_dim}, 1, "embedding", "output_dim", kMostFeatures);
  if (o.padding_index) {
    expect(*o.padding_index >= 0 && *o.padding_index < o.input_dim, "embedding",
           fmt::format("padding_index is {}, expected 0 to {}", *o.padding_index, o.input_dim - 1));
    expect(static_cast<bool>(o.embeddings_initializer.make), "embedding",
           "embeddings_initializer is empty");
    // As in PyTorch its row is zero: what is given out and what is saved agree.
    o.embeddings_initializer.make = [make = o.embeddings_initializer.make, row = *o.padding_index](
                                        const Shape& shape, Fans fans, Random& random) {
      Tensor weight = make(shape, fans, random);
      const std::int64_t width = shape[1].value();
      for (std::int64_t i = row * width; i < (row + 1) * width; ++i) weight.set(i, 0);
      return weight;
    };
  }
  return Embedding{std::move(o)};
}

}  // namespace glia::nn
