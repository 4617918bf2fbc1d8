#include "glia/nn/losses.h"

#include <limits>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/ops/ops.h"

namespace glia::nn {
namespace {

// The smallest normal f32, so that logarithms stay finite: the largest loss of an element is 87.3.
constexpr double kSmallest = std::numeric_limits<float>::min();

void expect_same_shape(std::string_view loss, Value prediction, Value target) {
  if (prediction.shape() == target.shape()) return;
  fail("E-SHAPE-06", "[{}] the prediction has shape {}, the target {}; they must be equal{}", loss,
       prediction.shape().text(), target.shape().text(),
       prediction.rank() == target.rank() + 1
           ? ": give the target a last dimension, or flatten the prediction"
           : "");
}

// [N, ...] -> [N]: the mean of each row.
Value row_means(Value x) {
  if (x.rank() <= 1) return x;
  std::vector<int> axes;
  for (int i = 1; i < x.rank(); ++i) axes.push_back(i);
  return reduce_mean(x, axes);
}

Value over_batch(std::string_view loss, Value rows, Value weights) {
  if (!weights) return reduce_mean(rows);
  if (weights.shape() != rows.shape())
    fail("E-SHAPE-06", "[{}] weights have shape {}, expected one for each row: {}", loss,
         weights.shape().text(), rows.shape().text());
  return reduce_sum(rows * weights) / reduce_sum(weights);
}

Value argument_of(Value v, const OpDef& op) {
  return v.node()->op == &op ? v.node()->inputs[0] : Value();
}

Value safe_log(Value p) { return glia::log(maximum(p, kSmallest)); }

Value log_probabilities(Value prediction, bool from_logits) {
  if (from_logits) return log_softmax(prediction);
  if (const Value logits = argument_of(prediction, softmax_def)) return log_softmax(logits);
  return safe_log(prediction / reduce_sum(prediction, {-1}, true));
}

}  // namespace

Loss mean_squared_error() {
  return {"mean_squared_error", Loss::Target::values, false, [](Value p, Value t, Value w) {
            expect_same_shape("mean_squared_error", p, t);
            return over_batch("mean_squared_error", row_means(square(p - t)), w);
          }};
}

Loss mean_absolute_error() {
  return {"mean_absolute_error", Loss::Target::values, false, [](Value p, Value t, Value w) {
            expect_same_shape("mean_absolute_error", p, t);
            return over_batch("mean_absolute_error", row_means(glia::abs(p - t)), w);
          }};
}

Loss binary_crossentropy(CrossentropyOptions o) {
  return {"binary_crossentropy", Loss::Target::probabilities, o.from_logits,
          [o](Value p, Value t, Value w) {
            expect_same_shape("binary_crossentropy", p, t);
            Value logits = o.from_logits ? p : argument_of(p, sigmoid_def);
            const Value each = logits ? softplus(logits) - logits * t
                                      : -(t * safe_log(p) + (1.0 - t) * safe_log(1.0 - p));
            return over_batch("binary_crossentropy", row_means(each), w);
          }};
}

Loss categorical_crossentropy(CrossentropyOptions o) {
  return {"categorical_crossentropy", Loss::Target::one_hot, o.from_logits,
          [o](Value p, Value t, Value w) {
            if (t.dtype() == DType::i64)
              fail("E-LOSS-01",
                   "[categorical_crossentropy] the targets are class indices {}, expected one-hot "
                   "rows {}; "
                   "use sparse_categorical_crossentropy",
                   t.type().text(), p.shape().text());
            expect_same_shape("categorical_crossentropy", p, t);
            return over_batch("categorical_crossentropy",
                              -reduce_sum(t * log_probabilities(p, o.from_logits), {-1}), w);
          }};
}

Loss sparse_categorical_crossentropy(CrossentropyOptions o) {
  return {"sparse_categorical_crossentropy", Loss::Target::indices, o.from_logits,
          [o](Value p, Value t, Value w) {
            if (t.dtype() != DType::i64)
              fail("E-LOSS-01",
                   "[sparse_categorical_crossentropy] the targets are {}, expected class indices "
                   "i64[N]; "
                   "for one-hot rows use categorical_crossentropy",
                   t.type().text());
            Value logits = o.from_logits ? p : argument_of(p, softmax_def);
            // The logarithm of probabilities is a valid set of logits.
            if (!logits) logits = safe_log(p);
            return over_batch("sparse_categorical_crossentropy", softmax_crossentropy(logits, t),
                              w);
          }};
}

namespace {
const std::vector<Loss (*)(bool)>& makers() {
  static const std::vector<Loss (*)(bool)> all{
      [](bool) { return mean_squared_error(); }, [](bool) { return mean_absolute_error(); },
      [](bool logits) { return binary_crossentropy({logits}); },
      [](bool logits) { return categorical_crossentropy({logits}); },
      [](bool logits) { return sparse_categorical_crossentropy({logits}); }};
  return all;
}
}  // namespace

std::vector<std::string> loss_names() {
  std::vector<std::string> names;
  for (const auto& make : makers()) names.push_back(make(false).name);
  return names;
}

Loss loss(std::string_view name, bool from_logits) {
  for (const auto& make : makers()) {
    Loss loss = make(from_logits);
    if (loss.name == name) return loss;
  }
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
