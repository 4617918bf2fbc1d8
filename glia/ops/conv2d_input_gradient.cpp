#include "glia/ops/conv.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"
#include "glia/ops/shapes.h"

namespace glia {

ConvGeometry::ConvGeometry(const Attributes& a)
    : stride(a.integers("stride")),
      padding(a.integers("padding")),
      dilation(a.integers("dilation")),
      groups(a.integer("groups")) {}

namespace {

std::vector<Type> infer(const Call& c) {
  const Shape& x = c.attributes.shape("shape");
  const DType dtype = product_dtype(c);
  expect_shape(c, 1, conv2d_shape(c, x, c[0].shape()), "dy");
  return {{dtype, x, c[1].type().layout}};
}

// y(w, dy): along w it is the weight gradient with the incoming gradient as image.
Values gradient(const Call& c, const Values&, const Values& dy) {
  const auto& a = c.attributes;
  const Value d = cast(dy[0], c[0].dtype());
  return {conv2d_weight_gradient(d, c[1], c[0].shape(), a),
          conv2d(d, c[0],
                 {a.integers("stride"), a.integers("padding"), a.integers("dilation"),
                  a.integer("groups")})};
}

Cost cost(const Call& c) {
  return {2 * static_cast<double>(c[1].shape().elements()) *
              static_cast<double>(c[0].shape().elements() / c[0].shape()[0].value()),
          0};
}

using Ints = std::vector<std::int64_t>;

}  // namespace

const OpDef conv2d_input_gradient_def{
    .name = "conv2d_input_gradient",
    .doc =
        "The gradient of conv2d with respect to x. weight: [O, C/groups, h, w], dy: [N, O, H', W'] "
        "-> shape, [N, C, H, W].",
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
          {normal({4, 3, 3, 3}), normal({2, 4, 6, 5})},
          {{"shape", Shape{2, 3, 6, 5}}, {"padding", Ints{1, 1, 1, 1}}}},
         {"strided",
          {normal({4, 3, 3, 2}), normal({2, 4, 3, 3})},
          {{"shape", Shape{2, 3, 7, 8}}, {"stride", Ints{2, 3}}, {"padding", Ints{1, 0, 0, 1}}}},
         {"grouped",
          {normal({6, 2, 3, 3}), normal({2, 6, 3, 3})},
          {{"shape", Shape{2, 4, 5, 5}}, {"groups", std::int64_t{2}}}},
         {"wide",
          {normal({24, 16, 3, 3}), normal({2, 24, 7, 7})},
          {{"shape", Shape{2, 16, 7, 7}}, {"padding", Ints{1, 1, 1, 1}}}}},
};

Value conv2d_input_gradient(Value weight, Value dy, const Shape& input, const Attributes& o) {
  return call(conv2d_input_gradient_def, {weight, dy},
              {{"shape", input},
               {"stride", o.integers("stride")},
               {"padding", o.integers("padding")},
               {"dilation", o.integers("dilation")},
               {"groups", o.integer("groups")}})[0];
}

}  // namespace glia
