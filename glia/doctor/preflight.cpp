#include "glia/doctor/preflight.h"

#include <algorithm>
#include <limits>

#include "glia/base/format.h"
#include "glia/ops/ops.h"
#include "glia/ops/shapes.h"

namespace glia::doctor {
namespace {

// The value without what only changes its shape.
Value source_of(Value v) {
  while (v.node()->op == &reshape_def || v.node()->op == &cast_def) v = v.node()->inputs[0];
  return v;
}

bool made_by(Value v, const OpDef& op) { return source_of(v).node()->op == &op; }

using Findings = std::vector<Finding>;

void softmax_alone(const Graph& graph, Findings& findings) {
  for (const Node& node : graph.nodes()) {
    if (node.op != &softmax_def) continue;
    const Value x = node.inputs[0];
    const Dim units = x.dim(static_cast<int>(node.attributes.integer("axis")));
    if (units == Dim(1))
      findings.push_back({"D-42", Severity::error, node.scope,
                          "softmax over one unit is 1 whatever the input: nothing can be learned",
                          "use sigmoid with binary_crossentropy, or two units"});
  }
}

// x * sigmoid(x), as swish has it: no probability is asked for.
bool weighs_its_input(const Graph& graph, const Node& node) {
  const auto has = [](const Node& n, const Node* source) {
    return n.inputs[0].node() == source || n.inputs[1].node() == source;
  };
  return std::any_of(graph.nodes().begin(), graph.nodes().end(), [&](const Node& n) {
    return n.op == &mul_def && has(n, &node) && has(n, node.inputs[0].node());
  });
}

// Sigmoid and softmax take any number to 0..1: a second one finds next to nothing to tell apart.
// Looked at as it predicts, where no dropout stands between them.
void squashed_twice(const Graph& graph, Findings& findings) {
  for (const Node& node : graph.nodes()) {
    if (node.op != &softmax_def && node.op != &sigmoid_def) continue;
    const Node* first = source_of(node.inputs[0]).node();
    if (first->op != &softmax_def && first->op != &sigmoid_def) continue;
    if (weighs_its_input(graph, node)) continue;
    findings.push_back({"D-24", Severity::error, node.scope,
                        fmt::format("{} of a {}: the second one flattens what the first one says",
                                    node.op->name, first->op->name),
                        "remove one of the two"});
  }
}

// Softmax over the last axis of images. Of other values with four axes (scores of attention) that
// may well be meant.
void softmax_along_a_row(const Graph& graph, Findings& findings) {
  for (const Node& node : graph.nodes()) {
    if (node.op != &softmax_def) continue;
    const Value x = node.inputs[0];
    if (x.rank() != 4 || normal_axis(node.call(), node.attributes.integer("axis")) != 3) continue;
    Value source = x;
    while (source.node()->op == &add_def) source = source.node()->inputs[0];  // a bias
    const OpDef* op = source.node()->op;
    if (op == &conv2d_def || op == &max_pool2d_def || op == &batch_norm_def || op == &relu_def ||
        op == &input_def)
      findings.push_back(
          {"D-25", Severity::error, node.scope,
           fmt::format("softmax over the width of images {}: the pixels of each row share 1, each "
                       "channel for itself",
                       x.type().shape.text()),
           "use relu here; for classes end with flatten, then dense: {units: K, activation: "
           "softmax}"});
  }
}

void head_against_loss(Value output, const nn::Loss& loss, Findings& findings) {
  const std::string layer = source_of(output).node()->scope;
  const bool softmax = made_by(output, softmax_def), sigmoid = made_by(output, sigmoid_def);
  const auto one_of = [&](std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), loss.name) != names.end();
  };
  const bool binary = one_of({"binary_crossentropy", "binary_focal_crossentropy"});
  const bool many = one_of({"categorical_crossentropy", "sparse_categorical_crossentropy",
                            "categorical_focal_crossentropy", "kl_divergence"});
  if (binary && softmax)
    findings.push_back(
        {"D-41", Severity::error, layer,
         fmt::format("softmax under {}: its units are not yes-or-no answers of their own",
                     loss.name),
         "use sigmoid, or categorical_crossentropy with this softmax"});
  if ((binary || many) && loss.from_logits && (softmax || sigmoid))
    findings.push_back(
        {"D-40", Severity::error, layer,
         fmt::format("{} is told to take logits (from_logits: true), and the model ends in {}",
                     loss.name, softmax ? "softmax" : "sigmoid"),
         "remove the activation, or from_logits"});
  if (binary && !loss.from_logits && !sigmoid && !softmax)
    findings.push_back(
        {"D-41", Severity::error, layer,
         fmt::format("{} takes probabilities, and the model's last layer gives any number",
                     loss.name),
         fmt::format("end with activation: sigmoid, or say {}: {{from_logits: true}}", loss.name)});
  if (many && !loss.from_logits && !softmax)
    findings.push_back(
        {"D-41", Severity::error, layer,
         fmt::format("{} takes probabilities, and the model does not end in softmax", loss.name),
         "end with activation: softmax, or say from_logits: true"});
  if (loss.of_numbers() && softmax)
    findings.push_back({"D-43", Severity::warning, layer,
                        fmt::format("{} on a softmax: values are held between 0 and 1", loss.name),
                        "use a linear last layer for regression, crossentropy for classes"});
}

// A head that cannot give what it is to learn: it stops where its range does.
void head_against_numbers(Value output, const nn::Loss& loss, const Numbers& numbers,
                          Findings& findings) {
  struct Range {
    const OpDef* op;
    double least, most;
  };
  constexpr double kEndless = std::numeric_limits<double>::infinity();
  static const Range ranges[] = {{&relu_def, 0, kEndless}, {&softplus_def, 0, kEndless},
                                 {&exp_def, 0, kEndless},  {&square_def, 0, kEndless},
                                 {&abs_def, 0, kEndless},  {&sigmoid_def, 0, 1},
                                 {&tanh_def, -1, 1}};
  Value last = source_of(output);
  if (last.node()->op == &select_def && made_by(last.node()->inputs[2], softplus_def))
    last = source_of(last.node()->inputs[2]);  // nn::softplus, which passes large x on
  const Node& head = *last.node();
  const auto* range = std::find_if(std::begin(ranges), std::end(ranges),
                                   [&](const Range& r) { return r.op == head.op; });
  if (range == std::end(ranges) || loss.target != nn::Loss::Target::values) return;
  const auto holds = [&](double least, double most) {
    const double rounding = 1e-6 * (most - least);
    return least >= range->least - rounding && most <= range->most + rounding;
  };
  if (holds(numbers.least, numbers.most)) return;
  const auto original = [&](double x) { return x * numbers.std + numbers.mean; };
  const bool standardized = numbers.mean != 0 || numbers.std != 1;
  const double least = original(numbers.least), most = original(numbers.most);
  findings.push_back(
      {"D-45", Severity::warning, head.scope,
       fmt::format("{} of a {}, which gives {}, and the {}targets go from {:.3g} to {:.3g}",
                   loss.name, head.op->name,
                   range->most == kEndless
                       ? std::string("nothing below 0")
                       : fmt::format("{} to {} only", range->least, range->most),
                   standardized ? "standardized " : "", numbers.least, numbers.most),
       standardized && holds(least, most)
           ? fmt::format("use a linear last layer, or learn the numbers as they are, {:.3g} to "
                         "{:.3g}, with target: {{standardize: false}}",
                         least, most)
           : "use a linear last layer"});
}

void rise_against_epochs(const optim::Schedule& schedule, std::int64_t epochs, Findings& findings) {
  if (epochs < 1 || schedule.rise <= static_cast<double>(epochs)) return;
  findings.push_back(
      {"D-46", Severity::warning, "",
       fmt::format("the learning rate of the schedule '{}' rises for {} epochs, and the training "
                   "has {}: it never gets to its height",
                   schedule.name, schedule.rise, epochs),
       "give fewer epochs of warm-up, or train longer"});
}

void linear_chain(const Graph& graph, Findings& findings) {
  for (const Node& node : graph.nodes()) {
    if (node.op != &matmul_def || node.inputs[1].node()->op != &variable_def) continue;
    Value x = source_of(node.inputs[0]);
    if (x.node()->op == &add_def) x = source_of(x.node()->inputs[0]);
    if (x.node()->op == &matmul_def && x.node()->inputs[1].node()->op == &variable_def)
      findings.push_back(
          {"D-23", Severity::warning, node.scope,
           fmt::format("no activation between '{}' and '{}': together they are one linear layer",
                       x.node()->scope, node.scope),
           "give the first one an activation, for example relu"});
  }
}

Values traced(const Subject& subject, Graph& graph, bool training) {
  graph.training = training;
  Values inputs{graph.input("features", subject.features)};
  for (const Type& type : subject.more_features)
    inputs.push_back(graph.input("features:" + std::to_string(inputs.size()), type));
  return subject.model(inputs);
}

}  // namespace

std::string Finding::text() const {
  return fmt::format("{} {}{}; {}", code, layer.empty() ? "" : "layer '" + layer + "': ", cause,
                     remedy);
}

std::vector<Finding> preflight(const Subject& subject) {
  Findings findings;
  if (subject.class_numbers && subject.loss.target == nn::Loss::Target::one_hot)
    findings.push_back({"D-44", Severity::error, "",
                        fmt::format("{} takes one-hot rows, and the targets are numbers of classes",
                                    subject.loss.name),
                        "use sparse_categorical_crossentropy, or ask for target: {one_hot: true}"});
  Graph graph, predicting;
  const Values outputs = traced(subject, graph, true);
  traced(subject, predicting, false);
  softmax_alone(graph, findings);
  squashed_twice(predicting, findings);
  softmax_along_a_row(graph, findings);
  for (std::size_t i = 0; i < outputs.size() && i <= subject.more_losses.size(); ++i)
    head_against_loss(outputs[i], i == 0 ? subject.loss : subject.more_losses[i - 1], findings);
  for (std::size_t i = 0; i < outputs.size() && i < subject.numbers.size(); ++i)
    if (const auto& numbers = subject.numbers[i])
      head_against_numbers(outputs[i], i == 0 ? subject.loss : subject.more_losses.at(i - 1),
                           *numbers, findings);
  linear_chain(graph, findings);
  rise_against_epochs(subject.schedule, subject.epochs, findings);
  return findings;
}

const std::vector<std::string>& codes() {
  static const std::vector<std::string> all{"D-23", "D-24", "D-25", "D-40", "D-41", "D-42", "D-43",
                                            "D-44", "D-45", "D-46", "D-60", "D-61", "D-62", "D-63"};
  return all;
}

std::vector<Finding> insist(std::vector<Finding> findings, const std::vector<std::string>& allow) {
  std::erase_if(findings, [&](const Finding& f) {
    return std::find(allow.begin(), allow.end(), f.code) != allow.end();
  });
  for (const Finding& f : findings)
    if (f.severity == Severity::error)
      fail("E-DOCTOR-01",
           "{0}. If this is meant, say so: train: {{allow: [{1}]}}, in C++ .allow = {{\"{1}\"}}",
           f.text(), f.code);
  return findings;
}

}  // namespace glia::doctor
