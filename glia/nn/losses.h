// Losses: scalars from predictions and targets.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "glia/ir/graph.h"

namespace glia::nn {

// A mean and what it counts for beside those of other batches: the number, or the sum of the
// weights, of what was averaged, so that sum(weight value) / sum(weight) over batches is the mean
// over all. Empty: the batch's rows, or their weights.
struct Mean {
  Mean(Value value, Value weight = {}) : value(value), weight(weight) {}  // NOLINT: a loss of rows
  Value value, weight;
};

// The mean over all elements, or over those that count: with weights, sum(w l) / sum(w). Weights
// are [N], one for each row, or [N, T, ...], the first axes of the target's shape; l is the mean
// over the others. Where the prediction carries a mask [N, T] (Graph::mask), padded positions weigh
// nothing. Where nothing counts the mean is 0. Shapes must be equal, apart from class indices:
// E-SHAPE-06, so that [N, 1] is never quietly stretched against [N].
struct Loss {
  enum class Target : std::uint8_t {
    values,         // any numbers, shape and dtype of the prediction (as the next five)
    nonnegative,    // numbers from 0
    probabilities,  // numbers from 0 to 1
    one_hot,        // probabilities that sum to 1 over the classes
    signs,          // -1 or 1; 0 stands for -1
    indices,        // i64, the prediction's shape without the axis of classes
    sequences,      // i64 [N, S], labels of classes; a negative number ends a row
    pairs,          // 1 (alike) or 0 for each pair: [N]
    none,           // [N], not looked at
  };
  std::string name;
  Target target = Target::values;
  bool from_logits = false;
  std::function<Mean(Value prediction, Value target, Value weights)> apply;

  // What a person means by the model's output: sigmoid or softmax of logits, and so on. Null: the
  // output itself.
  std::function<Value(Value output)> to_prediction = nullptr;
  std::optional<int> axis = {};                    // of the classes, where it is not the usual one
  std::optional<std::int64_t> ignored_index = {};  // a class number that is no class

  // E-OPTION-01 where it is empty.
  Value operator()(Value prediction, Value target, Value weights = {}) const;
  // 1 for images [N, K, H, W], the last for all others. E-SHAPE-08 where `axis` is none.
  int axis_of_classes(int rank) const;
  bool of_classes() const {
    return target == Target::probabilities || target == Target::one_hot ||
           target == Target::indices || target == Target::signs;
  }
  bool of_numbers() const { return target == Target::values || target == Target::nonnegative; }
};

// Regression: of each element. d = prediction - target.

Loss mean_squared_error();              // d^2
Loss mean_absolute_error();             // |d|
Loss mean_absolute_percentage_error();  // 100 |d| / max(|target|, 1e-7)
Loss mean_squared_logarithmic_error();  // (ln(1 + prediction) - ln(1 + target))^2, each from 0
Loss huber(double delta = 1);           // d^2 / 2 up to |d| = delta, delta (|d| - delta / 2) beyond
Loss log_cosh();                        // ln(cosh(d))
// The prediction is the logarithm of a rate, or (log_input: false) the rate: rate - target
// ln(rate). full: plus Stirling's approximation of ln(target!), for targets above 1.
struct PoissonOptions {
  bool log_input = true, full = false;
};
Loss poisson(PoissonOptions options = {});
// -cos of the angle between prediction and target along the last axis: [N, ..., D] -> [N, ...].
Loss cosine_similarity();

// Classification. From probabilities, or from logits: then fused and stable at any size, and with
// full relative accuracy also where a row is nearly certain. Where probabilities are the direct
// result of sigmoid or softmax, the loss is computed from its argument, which is the same function
// without its overflow. Otherwise logarithms are taken of at least 1.2e-38, the smallest normal
// f32; a probability of exactly 0 gets no gradient.
struct CrossentropyOptions {
  bool from_logits = false;
  double label_smoothing = 0;          // targets become (1 - s) t + s / K; K is 2 where binary
  std::vector<double> class_weight{};  // [K]; binary: [k], one for each column. Empty: all 1
  std::vector<double> pos_weight{};    // binary: of the yes in each column, [k] or one for all
  std::optional<std::int64_t> ignore_index{};  // sparse: rows of this class count nothing
  std::optional<int> axis{};  // of the classes; 1 for images [N, K, H, W], the last for all others
};
// prediction, target: [N, ..., k], each element a yes or no of its own.
Loss binary_crossentropy(CrossentropyOptions options = {});
// prediction, target: [N, ..., K], rows of target summing to 1. Probabilities are scaled to sum to
// 1. Class weights multiply the terms of their class; the mean is over the rows, as in PyTorch.
Loss categorical_crossentropy(CrossentropyOptions options = {});
// prediction: [N, ..., K], target: [N, ...] i64. A label outside 0..K-1 gives NaN. With class
// weights a row counts by the weight of its class.
Loss sparse_categorical_crossentropy(CrossentropyOptions options = {});
// Lin et al., arXiv 1708.02002: crossentropy times (1 - p)^gamma, p the probability of the right
// answer. balanced: yes counts alpha, no 1 - alpha. Of classes: alpha multiplies all.
struct FocalOptions {
  bool from_logits = false;
  double gamma = 2, alpha = 0.25;
  bool balanced = false;  // binary
};
Loss binary_focal_crossentropy(FocalOptions options = {});
Loss categorical_focal_crossentropy(FocalOptions options = {});
// 1 - (2 sum(p t) + smooth) / (sum(p) + sum(t) + smooth) of each row [N, ...]; arXiv 1606.04797.
struct DiceOptions {
  bool from_logits = false;
  double smooth = 1e-7;
};
Loss dice(DiceOptions options = {});
Loss hinge();              // max(0, 1 - t p) of each element
Loss squared_hinge();      // its square
Loss categorical_hinge();  // max(0, 1 + max((1 - t) p) - sum(t p)) along the last axis
// sum(t (ln t - ln p)) along the last axis, with the logarithm of 0 as in crossentropy. log_target:
// the target holds ln t.
struct KlDivergenceOptions {
  bool from_logits = false, log_target = false;
};
Loss kl_divergence(KlDivergenceOptions options = {});

// Embeddings. The members of a pair or a triplet lie along axis 1, so that a row stays a row.

// prediction: [N, 2, D], target: [N]. d^2 for pairs that are alike, max(0, margin - d)^2 for
// others; d is the distance. Hadsell, Chopra and LeCun, CVPR 2006, without the factor 1/2.
Loss contrastive(double margin = 1);
// prediction: [N, 3, D]: anchor, positive, negative. max(0, |a - p| - |a - n| + margin) in the
// p-norm of the difference + 1e-6, as PyTorch has it. The target is not looked at.
struct TripletOptions {
  double margin = 1, p = 2;
};
Loss triplet(TripletOptions options = {});
// The same for members that stand apart, [N, D] each -> [N].
Value contrastive_loss(Value a, Value b, Value alike, double margin = 1);
Value triplet_loss(Value anchor, Value positive, Value negative, TripletOptions options = {});

// Connectionist temporal classification, Graves et al., ICML 2006. prediction: [N, T, K], logits or
// their softmax or log_softmax; its mask says how many steps of a row are real. target: [N, S] i64,
// labels other than `blank`, ended by a negative number. A row's loss is divided by its number of
// labels. A row whose labels do not fit into its steps has an infinite loss, or with zero_infinity
// none.
struct CtcOptions {
  std::int64_t blank = 0;
  bool zero_infinity = false;
};
Loss ctc(CtcOptions options = {});

// By name with usual options; "mse", "mae", "mape", "msle" are short forms. E-NN-01 with the
// nearest name.
Loss loss(std::string_view name, bool from_logits = false);
std::vector<std::string> loss_names();

// Sum over the graph's parameters of l2 * sum of squares; empty where no parameter asks for it.
Value l2_penalty(Graph& graph);

}  // namespace glia::nn
