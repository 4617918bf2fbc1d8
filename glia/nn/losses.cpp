// How losses are averaged, and all of them by name.
#include "glia/nn/losses.h"

#include <algorithm>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/nn/loss_parts.h"

namespace glia::nn {
namespace {

std::vector<int> axes_from(Value x, int first) {
  std::vector<int> axes;
  for (int i = first; i < x.rank(); ++i) axes.push_back(i);
  return axes;
}

// With dimensions of 1 at the end, so that it has this rank.
Value with_rank(Value x, int rank) {
  Shape shape = x.shape();
  while (shape.rank() < rank) shape.push_back(1);
  return reshape(x, shape);
}

bool begins_with(const Shape& shape, const Shape& beginning) {
  return shape.rank() >= beginning.rank() &&
         std::equal(beginning.begin(), beginning.end(), shape.begin());
}

Value product(Value a, Value b) { return a && b ? a * b : (a ? a : b); }

Mean average(std::string_view name, const Elements& each, Value weights, Value mask) {
  Value loss = each.loss, count = each.count;
  if (weights && (weights.rank() == 0 || !begins_with(loss.shape(), weights.shape())))
    fail("E-SHAPE-06",
         "[{}] weights have shape {}, expected one for each row, [{}], or the first axes of {}",
         name, weights.shape().text(), loss.dim(0).text(), loss.shape().text());
  if (mask && !begins_with(loss.shape(), mask.shape())) mask = {};  // the loss looked at it itself
  if (!weights && !mask && !count) return reduce_mean(loss);
  // Chosen, not multiplied: what stands in the padding may be infinite.
  if (mask) loss = select(with_rank(mask, loss.rank()), loss, zero_like(loss));
  const int rank =
      count ? loss.rank() : std::max(weights ? weights.rank() : 1, mask ? mask.rank() : 1);
  if (rank < loss.rank()) loss = reduce_mean(loss, axes_from(loss, rank));
  Value scale = weights ? with_rank(weights, rank) : Value();
  if (mask) scale = product(scale, with_rank(cast(mask, loss.dtype()), rank));
  if (scale) loss = loss * scale;
  const Value total = reduce_sum(product(count, scale));
  return {reduce_sum(loss) / maximum(total, kSmallest), total};
}

}  // namespace

Value Loss::operator()(Value prediction, Value target, Value weights) const {
  if (!apply) fail("E-OPTION-01", "[loss] the loss '{}' has no function", name);
  return apply(prediction, target, weights).value;
}

int Loss::axis_of_classes(int rank) const {
  const int along = axis.value_or(rank > 3 ? 1 : -1);
  if (along < -rank || along >= rank)
    fail("E-SHAPE-08", "[{}] axis is {}, and the prediction has {} axes; expected {} to {}", name,
         along, rank, -rank, rank - 1);
  return along < 0 ? along + rank : along;
}

Loss loss_of(std::string name, Loss::Target target, bool from_logits, EachElement each) {
  const auto apply = [name, each](Value p, Value t, Value w) {
    return average(name, each(p, t), w, p.graph().mask(p));
  };
  return {std::move(name), target, from_logits, apply};
}

void expect_same_shape(std::string_view loss, Value prediction, Value target) {
  if (prediction.dtype() != target.dtype())
    fail("E-LOSS-01",
         "[{}] the target is {}, and the prediction {}: cast the target to {}, or take "
         "sparse_categorical_crossentropy for class numbers",
         loss, target.type().text(), prediction.type().text(), name_of(prediction.dtype()));
  if (prediction.shape() == target.shape()) return;
  fail("E-SHAPE-06", "[{}] the prediction has shape {}, the target {}; they must be equal{}", loss,
       prediction.shape().text(), target.shape().text(),
       prediction.rank() == target.rank() + 1
           ? ": give the target a last dimension, or flatten the prediction"
           : "");
}

Value argument_of(Value v, const OpDef& op) {
  return v.node()->op == &op ? v.node()->inputs[0] : Value();
}

Value argument_of(Value v, const OpDef& op, int axis) {
  const Value x = argument_of(v, op);
  const auto given = [&] { return static_cast<int>(v.node()->attributes.integer("axis")); };
  return x && normal_axis(given(), x.rank()) == normal_axis(axis, x.rank()) ? x : Value();
}

Value mask_along(Value x) {
  const Value mask = x.graph().mask(x);
  return mask ? with_rank(mask, x.rank()) : mask;
}

Value row_sums(Value x) { return x.rank() <= 1 ? x : reduce_sum(x, axes_from(x, 1)); }

namespace {
struct Maker {
  const char* name;
  const char* short_form;
  Loss (*make)(bool from_logits);
};
const std::vector<Maker>& makers() {
  static const std::vector<Maker> all{
      {"mean_squared_error", "mse", [](bool) { return mean_squared_error(); }},
      {"mean_absolute_error", "mae", [](bool) { return mean_absolute_error(); }},
      {"mean_absolute_percentage_error", "mape",
       [](bool) { return mean_absolute_percentage_error(); }},
      {"mean_squared_logarithmic_error", "msle",
       [](bool) { return mean_squared_logarithmic_error(); }},
      {"huber", "", [](bool) { return huber(); }},
      {"log_cosh", "", [](bool) { return log_cosh(); }},
      {"poisson", "", [](bool) { return poisson(); }},
      {"cosine_similarity", "", [](bool) { return cosine_similarity(); }},
      {"binary_crossentropy", "", [](bool l) { return binary_crossentropy({.from_logits = l}); }},
      {"categorical_crossentropy", "",
       [](bool l) { return categorical_crossentropy({.from_logits = l}); }},
      {"sparse_categorical_crossentropy", "",
       [](bool l) { return sparse_categorical_crossentropy({.from_logits = l}); }},
      {"binary_focal_crossentropy", "",
       [](bool l) { return binary_focal_crossentropy({.from_logits = l}); }},
      {"categorical_focal_crossentropy", "",
       [](bool l) { return categorical_focal_crossentropy({.from_logits = l}); }},
      {"dice", "", [](bool l) { return dice({.from_logits = l}); }},
      {"hinge", "", [](bool) { return hinge(); }},
      {"squared_hinge", "", [](bool) { return squared_hinge(); }},
      {"categorical_hinge", "", [](bool) { return categorical_hinge(); }},
      {"kl_divergence", "", [](bool l) { return kl_divergence({.from_logits = l}); }},
      {"contrastive", "", [](bool) { return contrastive(); }},
      {"triplet", "", [](bool) { return triplet(); }},
      {"ctc", "", [](bool) { return ctc(); }},
  };
  return all;
}
}  // namespace

std::vector<std::string> loss_names() {
  std::vector<std::string> names;
  for (const auto& maker : makers()) names.emplace_back(maker.name);
  return names;
}

Loss loss(std::string_view name, bool from_logits) {
  for (const auto& maker : makers())
    if (name == maker.name || (!name.empty() && name == maker.short_form))
      return maker.make(from_logits);
  fail("E-NN-01", "unknown loss '{}'{}", name, suggest(name, loss_names()));
}

Value l2_penalty(Graph& graph) {
  Value sum;
  for (const Variable& variable : graph.variables()) {
    if (variable.l2 == 0) continue;
    const Value term = reduce_sum(square(graph.find_variable(variable.name))) * variable.l2;
    sum = sum ? sum + term : term;
  }
  return sum;
}

}  // namespace glia::nn
