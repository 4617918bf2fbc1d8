// Losses of classification.
#include <cmath>

#include "glia/base/format.h"
#include "glia/nn/loss_parts.h"
#include "glia/nn/options.h"

namespace glia::nn {
namespace {

using Target = Loss::Target;

std::function<Value(Value)> sigmoid_if(bool from_logits) {
  if (!from_logits) return nullptr;
  return [](Value output) { return glia::sigmoid(output); };
}

// A loss over classes along an axis; its prediction is softmax along it where it takes logits.
Loss of_classes(std::string name, Target target, bool from_logits, std::optional<int> axis,
                EachElement each) {
  Loss loss = loss_of(std::move(name), target, from_logits, std::move(each));
  loss.axis = axis;
  if (from_logits)
    loss.to_prediction = [probe = loss](Value output) {
      return glia::softmax(output, probe.axis_of_classes(output.rank()));
    };
  return loss;
}

int class_axis(std::string_view loss, std::optional<int> axis, Value x) {
  Loss probe;
  probe.name = loss;
  probe.axis = axis;
  return probe.axis_of_classes(x.rank());
}

// Numbers for the classes along `axis` of x, to multiply x with. E-SHAPE-06.
Value along_classes(std::string_view loss, std::string_view option,
                    const std::vector<double>& weights, Value x, int axis) {
  const auto count = static_cast<std::int64_t>(weights.size());
  if (count != 1 && !(x.dim(axis) == Dim(count)))
    fail("E-SHAPE-06", "[{}] {} has {} numbers, and axis {} of the prediction {} has {}", loss,
         option, count, axis, x.shape().text(), x.dim(axis).text());
  Shape shape{count};
  for (int i = axis + 1; i < x.rank(); ++i) shape.push_back(1);
  return x.graph().constant(Tensor::of<double>(shape, weights).to(x.dtype()));
}

// Logits whose softmax is the prediction, or nothing.
Value logits_of(Value prediction, bool from_logits, int axis) {
  return from_logits ? prediction : argument_of(prediction, softmax_def, axis);
}

Value log_probabilities(Value prediction, bool from_logits, int axis) {
  if (const Value logits = logits_of(prediction, from_logits, axis))
    return glia::log_softmax(logits, axis);
  return safe_log(prediction / reduce_sum(prediction, {axis}, true));
}

void check(std::string_view loss, const CrossentropyOptions& o) {
  expect(
      o.label_smoothing >= 0 && o.label_smoothing < 1, loss,
      fmt::format("label_smoothing is {}, expected 0 <= label_smoothing < 1", o.label_smoothing));
  for (const auto* weights : {&o.class_weight, &o.pos_weight})
    for (const double w : *weights)
      expect(w >= 0 && std::isfinite(w), loss,
             fmt::format("a weight of {} is given, expected at least 0", w));
}

// An option that this loss does not look at.
void expect_unset(bool unset, std::string_view loss, std::string_view option,
                  std::string_view hint) {
  expect(unset, loss, fmt::format("{} has no meaning here; {}", option, hint));
}
void expect_no_pos_weight(std::string_view loss, const CrossentropyOptions& o) {
  expect_unset(o.pos_weight.empty(), loss, "pos_weight", "give each class its class_weight");
}
void expect_no_ignore_index(std::string_view loss, const CrossentropyOptions& o) {
  expect_unset(!o.ignore_index, loss, "ignore_index",
               "give the rows that shall not count a weight of 0");
}

Value smoothed(Value t, double smoothing, std::int64_t classes) {
  if (smoothing == 0) return t;
  return t * (1 - smoothing) + smoothing / static_cast<double>(classes);
}

// Yes costs softplus(-z), no softplus(z): never their difference, which would cancel.
Value binary_elements(Value p, Value t, bool from_logits, Value pos_weight) {
  const Value logits = from_logits ? p : argument_of(p, sigmoid_def);
  Value yes = t * (logits ? glia::softplus(-logits) : -safe_log(p));
  if (pos_weight) yes = yes * pos_weight;
  return yes + (1.0 - t) * (logits ? glia::softplus(logits) : -safe_log(1.0 - p));
}

Value classes_last(Value x, int axis) {
  if (axis == x.rank() - 1) return x;
  std::vector<int> order;
  for (int i = 0; i < x.rank(); ++i)
    if (i != axis) order.push_back(i);
  order.push_back(axis);
  return transpose(x, order);
}

void expect_labels(Value logits, Value t) {
  const std::string name = "sparse_categorical_crossentropy";
  if (t.dtype() != DType::i64)
    fail("E-LOSS-01",
         "[{}] the targets are {}, expected class indices i64[N]; for one-hot rows use "
         "categorical_crossentropy",
         name, t.type().text());
  Shape shape = logits.shape();
  shape = Shape(std::vector<Dim>(shape.begin(), shape.end() - 1));
  if (!(t.shape() == shape))
    fail("E-SHAPE-06",
         "[{}] the labels have shape {}, and the prediction's without its classes is {}", name,
         t.shape().text(), shape.text());
}

// logits: [..., K], labels: [...] i64.
Elements sparse_elements(const CrossentropyOptions& o, Value logits, Value labels) {
  expect_labels(logits, labels);
  const std::int64_t classes = logits.dim(-1).value();
  Value kept;  // 1 where the label is a class
  if (o.ignore_index) {
    Graph& graph = logits.graph();
    const Value ignored =
        equal(labels, graph.scalar(static_cast<double>(*o.ignore_index), DType::i64));
    labels = select(ignored, zero_like(labels), labels);
    kept = select(ignored, zero_like(logits), graph.scalar(1, logits.dtype()));
  }
  const Dim rows = labels.shape().element_dim();
  Value loss =
      reshape(softmax_crossentropy(reshape(logits, {rows, classes}), reshape(labels, {rows})),
              labels.shape());
  Value count = kept;
  Value weights;
  if (!o.class_weight.empty()) {
    weights = along_classes("sparse_categorical_crossentropy", "class_weight", o.class_weight,
                            logits, logits.rank() - 1);
    const Value own = reduce_sum(one_hot(labels, classes, logits.dtype()) * weights, {-1});
    loss = loss * own;
    count = count ? count * own : own;
  }
  if (o.label_smoothing > 0) {
    Value all = glia::log_softmax(logits, -1);
    if (weights) all = all * weights;
    loss = loss * (1 - o.label_smoothing) -
           reduce_sum(all, {-1}) * (o.label_smoothing / static_cast<double>(classes));
  }
  if (kept) loss = loss * kept;
  return {loss, count};
}

}  // namespace

Loss binary_crossentropy(CrossentropyOptions o) {
  const std::string name = "binary_crossentropy";
  check(name, o);
  expect_no_ignore_index(name, o);
  expect_unset(!o.axis, name, "axis", "each element is a yes or no of its own");
  Loss loss =
      loss_of(name, Target::probabilities, o.from_logits, [=](Value p, Value t) -> Elements {
        expect_same_shape(name, p, t);
        const int last = p.rank() - 1;
        const auto numbers = [&](std::string_view option, const std::vector<double>& weights) {
          return weights.empty() ? Value() : along_classes(name, option, weights, p, last);
        };
        const Value each = binary_elements(p, smoothed(t, o.label_smoothing, 2), o.from_logits,
                                           numbers("pos_weight", o.pos_weight));
        const Value weights = numbers("class_weight", o.class_weight);
        return {weights ? each * weights : each};
      });
  loss.to_prediction = sigmoid_if(o.from_logits);
  return loss;
}

Loss categorical_crossentropy(CrossentropyOptions o) {
  const std::string name = "categorical_crossentropy";
  check(name, o);
  expect_no_pos_weight(name, o);
  expect_no_ignore_index(name, o);
  return of_classes(
      name, Target::one_hot, o.from_logits, o.axis, [=](Value p, Value t) -> Elements {
        if (t.dtype() == DType::i64)
          fail("E-LOSS-01",
               "[{}] the targets are class indices {}, expected one-hot rows {}; use "
               "sparse_categorical_crossentropy",
               name, t.type().text(), p.shape().text());
        expect_same_shape(name, p, t);
        const int axis = class_axis(name, o.axis, p);
        Value terms = log_probabilities(p, o.from_logits, axis) *
                      smoothed(t, o.label_smoothing, p.dim(axis).value());
        if (!o.class_weight.empty())
          terms = terms * along_classes(name, "class_weight", o.class_weight, p, axis);
        return {-reduce_sum(terms, {axis})};
      });
}

Loss sparse_categorical_crossentropy(CrossentropyOptions o) {
  const std::string name = "sparse_categorical_crossentropy";
  check(name, o);
  expect_no_pos_weight(name, o);
  Loss loss = of_classes(name, Target::indices, o.from_logits, o.axis, [=](Value p, Value t) {
    const int axis = class_axis(name, o.axis, p);
    Value logits = logits_of(p, o.from_logits, axis);
    if (!logits) logits = safe_log(p);  // a valid set of logits
    return sparse_elements(o, classes_last(logits, axis), t);
  });
  loss.ignored_index = o.ignore_index;
  return loss;
}

namespace {
void check(std::string_view name, const FocalOptions& o) {
  expect(o.gamma >= 0, name, fmt::format("gamma is {}, expected at least 0", o.gamma));
  expect(o.alpha >= 0 && o.alpha <= 1, name,
         fmt::format("alpha is {}, expected 0 <= alpha <= 1", o.alpha));
}
}  // namespace

Loss binary_focal_crossentropy(FocalOptions o) {
  const std::string name = "binary_focal_crossentropy";
  check(name, o);
  Loss loss =
      loss_of(name, Target::probabilities, o.from_logits, [=](Value p, Value t) -> Elements {
        expect_same_shape(name, p, t);
        const Value logits = o.from_logits ? p : argument_of(p, sigmoid_def);
        const Value no = logits ? glia::sigmoid(-logits) : 1.0 - p,
                    yes = logits ? glia::sigmoid(logits) : p;
        const Value wrong = maximum(t * no + (1.0 - t) * yes, kSmallest);
        Value each = power(wrong, o.gamma) * binary_elements(p, t, o.from_logits, {});
        if (o.balanced) each = each * (t * o.alpha + (1.0 - t) * (1 - o.alpha));
        return {each};
      });
  loss.to_prediction = sigmoid_if(o.from_logits);
  return loss;
}

Loss categorical_focal_crossentropy(FocalOptions o) {
  const std::string name = "categorical_focal_crossentropy";
  check(name, o);
  return of_classes(name, Target::one_hot, o.from_logits, {}, [=](Value p, Value t) -> Elements {
    expect_same_shape(name, p, t);
    const int axis = class_axis(name, {}, p);
    const Value log_p = log_probabilities(p, o.from_logits, axis);
    const Value wrong = maximum(-glia::expm1(log_p), kSmallest);  // 1 - p
    return {reduce_sum(power(wrong, o.gamma) * t * log_p, {axis}) * -o.alpha};
  });
}

Loss dice(DiceOptions o) {
  expect(o.smooth >= 0, "dice", fmt::format("smooth is {}, expected at least 0", o.smooth));
  Loss loss =
      loss_of("dice", Target::probabilities, o.from_logits, [o](Value output, Value t) -> Elements {
        expect_same_shape("dice", output, t);
        Value p = o.from_logits ? glia::sigmoid(output) : output;
        if (const Value mask = mask_along(output)) {
          const Value real = cast(mask, p.dtype());
          p = p * real, t = t * real;
        }
        return {1.0 - (row_sums(p * t) * 2.0 + o.smooth) / (row_sums(p) + row_sums(t) + o.smooth)};
      });
  loss.to_prediction = sigmoid_if(o.from_logits);
  return loss;
}

namespace {
Value margin_below(Value p, Value t) {
  const Value sign = select(equal(t, zero_like(t)), t.graph().scalar(-1, t.dtype()), t);
  return glia::relu(1.0 - sign * p);
}

// Scores decide by their sign; their sigmoid says the same as a number around a half.
Loss of_scores(std::string name, Value (*formula)(Value margin)) {
  Loss loss = loss_of(name, Target::signs, false, [=](Value p, Value t) -> Elements {
    expect_same_shape(name, p, t);
    return {formula(margin_below(p, t))};
  });
  loss.to_prediction = sigmoid_if(true);
  return loss;
}
}  // namespace

Loss hinge() {
  return of_scores("hinge", [](Value margin) { return margin; });
}

Loss squared_hinge() {
  return of_scores("squared_hinge", [](Value margin) { return square(margin); });
}

Loss categorical_hinge() {
  Loss loss =
      loss_of("categorical_hinge", Target::one_hot, false, [](Value p, Value t) -> Elements {
        expect_same_shape("categorical_hinge", p, t);
        return {glia::relu(reduce_max((1.0 - t) * p, {-1}) - reduce_sum(t * p, {-1}) + 1.0)};
      });
  loss.to_prediction = [](Value output) { return glia::softmax(output, -1); };
  loss.axis = -1;
  return loss;
}

Loss kl_divergence(KlDivergenceOptions o) {
  const Target target = o.log_target ? Target::values : Target::one_hot;
  return of_classes("kl_divergence", target, o.from_logits, -1, [o](Value p, Value t) -> Elements {
    expect_same_shape("kl_divergence", p, t);
    const Value logits = logits_of(p, o.from_logits, p.rank() - 1);
    const Value log_p = logits ? glia::log_softmax(logits, -1) : safe_log(p);
    const Value log_t = o.log_target ? t : safe_log(t);
    return {reduce_sum((o.log_target ? glia::exp(t) : t) * (log_t - log_p), {-1})};
  });
}

}  // namespace glia::nn
