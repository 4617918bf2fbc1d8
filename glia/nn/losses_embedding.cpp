// Losses between embeddings.
#include "glia/base/format.h"
#include "glia/nn/loss_parts.h"
#include "glia/nn/options.h"

namespace glia::nn {
namespace {

// The p-norm of a - b + 1e-6 along the last axis, which has a gradient also where a is b.
Value distance(Value a, Value b, double p) {
  const Value d = a - b + 1e-6;
  if (p == 2) return glia::sqrt(reduce_sum(square(d), {-1}));
  if (p == 1) return reduce_sum(glia::abs(d), {-1});
  return power(reduce_sum(power(glia::abs(d), p), {-1}), 1 / p);
}

// Member i of x: [N, members, D] -> [N, D].
Value member(Value x, int i) { return reshape(slice(x, 1, i, i + 1), {x.dim(0), x.dim(2)}); }

void expect_members(std::string_view loss, Value x, std::int64_t members) {
  if (x.rank() != 3 || !(x.dim(1) == Dim(members)))
    fail("E-SHAPE-06", "[{}] the prediction has shape {}, expected the embeddings [N, {}, D]", loss,
         x.shape().text(), members);
}

}  // namespace

Value contrastive_loss(Value a, Value b, Value alike, double margin) {
  const Value d = distance(a, b, 2);
  return alike * square(d) + (1.0 - alike) * square(glia::relu(margin - d));
}

Value triplet_loss(Value anchor, Value positive, Value negative, TripletOptions o) {
  return glia::relu(distance(anchor, positive, o.p) - distance(anchor, negative, o.p) + o.margin);
}

Loss contrastive(double margin) {
  expect(margin > 0, "contrastive", fmt::format("margin is {}, expected above 0", margin));
  return loss_of("contrastive", Loss::Target::pairs, false, [=](Value x, Value t) -> Elements {
    expect_members("contrastive", x, 2);
    if (!(t.shape() == Shape{x.dim(0)}) && !(t.shape() == Shape{x.dim(0), 1}))
      fail("E-SHAPE-06",
           "[contrastive] the target has shape {}, expected one number for each of {}",
           t.shape().text(), x.shape().text());
    return {contrastive_loss(member(x, 0), member(x, 1), reshape(t, {x.dim(0)}), margin)};
  });
}

Loss triplet(TripletOptions o) {
  expect(o.margin > 0, "triplet", fmt::format("margin is {}, expected above 0", o.margin));
  expect(o.p >= 1, "triplet", fmt::format("p is {}, expected at least 1", o.p));
  return loss_of("triplet", Loss::Target::none, false, [=](Value x, Value) -> Elements {
    expect_members("triplet", x, 3);
    return {triplet_loss(member(x, 0), member(x, 1), member(x, 2), o)};
  });
}

}  // namespace glia::nn
