#include "glia/ops/conv.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"
#include "glia/ops/shapes.h"

namespace glia {
namespace {

std::vector<Type> infer(const Call& c) {
  const Shape& weight = c.attributes.shape("shape");
  const DType dtype = product_dtype(c);
  expect_shape(c, 1, conv2d_shape(c, c[0].shape(), weight), "dy");
  return {{dtype, weight}};
}

Values gradient(const Call& c, const Values&, const Values& dy) {
  const auto& a = c.attributes;
  const Value d = cast(dy[0], c[0].dtype());
  return {conv2d_input_gradient(d, c[1], c[0].shape(), a),
          conv2d(c[0], d,
                 {a.integers("stride"), a.integers("padding"), a.integers("dilation"),
                  a.integer("groups")})};
}

Cost cost(const Call& c) {
  const Shape& weight = c.attributes.shape("shape");
  return {2 * static_cast<double>(c[1].shape().elements()) *
              static_cast<double>(weight.elements() / weight[0].value()),
          0};
}

using Ints = std::vector<std::int64_t>;

}  // namespace

const OpDef conv2d_weight_gradient_def{
    .name = "conv2d_weight_gradient",
    .doc =
        "The gradient of conv2d with respect to the weight. x: [N, C, H, W], dy: [N, O, H', W'] -> "
        "shape, [O, C/groups, h, w].",
    .min_inputs = 2,
    .max_inputs = 2,
    .attributes = {{"shape", Shape{}, true},
                   {"stride", Ints{1, 1}},
                   {"padding", Ints{0, 0, 0, 0}},
                   {"dilation", Ints{1, 1}},
                   {"groups", std::int64_t{1}}},
    .infer = infer,
    .gradient = gradient,
    .cost = cost,
    .tolerance = 1e-4,
    .samples =
        {{"padded",
          {normal({2, 3, 6, 5}), normal({2, 4, 6, 5})},
          {{"shape", Shape{4, 3, 3, 3}}, {"padding", Ints{1, 1, 1, 1}}}},
         {"strided",
          {normal({2, 3, 7, 8}), normal({2, 4, 3, 3})},
          {{"shape", Shape{4, 3, 3, 2}}, {"stride", Ints{2, 3}}, {"padding", Ints{1, 0, 0, 1}}}},
         {"grouped",
          {normal({2, 4, 5, 5}), normal({2, 6, 3, 3})},
          {{"shape", Shape{6, 2, 3, 3}}, {"groups", std::int64_t{2}}}},
         {"wide",
          {normal({2, 16, 7, 7}), normal({2, 24, 7, 7})},
          {{"shape", Shape{24, 16, 3, 3}}, {"padding", Ints{1, 1, 1, 1}}}}},
};

Value conv2d_weight_gradient(Value x, Value dy, const Shape& weight, const Attributes& o) {
  return call(conv2d_weight_gradient_def, {x, dy},
              {{"shape", weight},
               {"stride", o.integers("stride")},
               {"padding", o.integers("padding")},
               {"dilation", o.integers("dilation")},
               {"groups", o.integer("groups")}})[0];
}

}  // namespace glia
