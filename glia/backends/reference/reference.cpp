#include "glia/backends/reference.h"

#include <cmath>

#include "glia/backends/reference/kernels.h"
#include "glia/base/format.h"
#include "glia/ops/ctc.h"
#include "glia/ops/ops.h"
#include "glia/ops/recurrent.h"

namespace glia {
namespace {

// The type without its layout.
Type plain(const Type& type) { return {type.dtype, type.shape}; }

// What is not elementwise, by op.
const std::map<const OpDef*, naive::Function>& functions() {
  static const std::map<const OpDef*, naive::Function> table{
      {&constant_def, naive::constant},
      {&fused_def, naive::elementwise},
      {&reshape_def, naive::copy},
      {&reorder_def, naive::copy},
      {&transpose_def, naive::transpose},
      {&broadcast_to_def, naive::broadcast_to},
      {&reduce_sum_def, naive::reduce_sum},
      {&reduce_max_def, naive::reduce_max},
      {&element_count_def, naive::element_count},
      {&one_hot_def, naive::one_hot},
      {&cast_def, naive::cast},
      {&concatenate_def, naive::concatenate},
      {&slice_def, naive::slice},
      {&pad_def, naive::pad},
      {&iota_def, naive::iota},
      {&gather_def, naive::gather},
      {&scatter_add_def, naive::scatter_add},
      {&matmul_def, naive::matmul},
      {&batch_matmul_def, naive::batch_matmul},
      {&conv2d_def, naive::conv2d},
      {&conv2d_input_gradient_def, naive::conv2d_input_gradient},
      {&conv2d_weight_gradient_def, naive::conv2d_weight_gradient},
      {&max_pool2d_def, naive::max_pool2d},
      {&max_pool2d_gradient_def, naive::max_pool2d_gradient},
      {&max_pool2d_gather_def, naive::max_pool2d_gather},
      {&average_pool2d_def, naive::average_pool2d},
      {&average_pool2d_gradient_def, naive::average_pool2d_gradient},
      {&global_average_pool2d_def, naive::global_average_pool2d},
      {&global_average_pool2d_gradient_def, naive::global_average_pool2d_gradient},
      {&batch_norm_def, naive::batch_norm},
      {&batch_norm_gradient_def, naive::batch_norm_gradient},
      {&rnn_sequence_def, naive::rnn_sequence},
      {&rnn_sequence_gradient_def, naive::rnn_sequence_gradient},
      {&lstm_sequence_def, naive::lstm_sequence},
      {&lstm_sequence_gradient_def, naive::lstm_sequence_gradient},
      {&gru_sequence_def, naive::gru_sequence},
      {&gru_sequence_gradient_def, naive::gru_sequence_gradient},
      {&softmax_def, naive::softmax},
      {&log_softmax_def, naive::log_softmax},
      {&softmax_crossentropy_def, naive::softmax_crossentropy},
      {&softmax_crossentropy_gradient_def, naive::softmax_crossentropy_gradient},
      {&ctc_loss_def, naive::ctc_loss},
      {&ctc_loss_gradient_def, naive::ctc_loss_gradient},
      {&dropout_mask_def, naive::dropout_mask},
      {&random_uniform_def, naive::random_uniform},
      {&all_finite_def, naive::all_finite},
      {&sgd_update_def, naive::sgd_update},
      {&adam_update_def, naive::adam_update},
  };
  return table;
}

std::map<const OpDef*, ReferenceKernel>& others() {
  static std::map<const OpDef*, ReferenceKernel> table;
  return table;
}

// Kernels of ops from elsewhere see tensors.
naive::Arrays run_other(const Node& node, const naive::Arrays& in) {
  std::vector<Tensor> tensors;
  for (const naive::Array& array : in) {
    const Type type{array.dtype, Shape(array.sizes)};
    tensors.emplace_back(type.dtype, type.shape);
    naive::store(array, type, tensors.back().raw());
  }
  const auto results = others().at(node.op)(node, tensors);
  naive::Arrays out;
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    const Type type = plain(node.outputs[i]);
    if (i >= results.size() || results[i].dtype() != type.dtype || results[i].shape() != type.shape)
      fail("E-REF-05", "{}: its reference kernel gives {} results; output {} must be {}",
           node.call().where(), results.size(), i, type.text());
    out.push_back(naive::load(type, results[i].raw()));
  }
  return out;
}

naive::Function function_of(const OpDef& op) {
  if (op.elementwise) return naive::elementwise;
  if (const auto it = functions().find(&op); it != functions().end()) return it->second;
  return others().contains(&op) ? run_other : nullptr;
}

// A node as a kernel may keep it: nothing in it points into the graph.
Node detached(const Node& node) {
  return {node.op, Values(node.inputs.size()), node.attributes, node.outputs, node.scope};
}

class Reference : public Target {
 public:
  std::string name() const override { return "reference"; }
  std::string fingerprint() const override { return "reference"; }
  bool supports(const Node& node) const override { return function_of(*node.op) != nullptr; }

  std::optional<Kernel> kernel(const Node& node, int) const override {
    const naive::Function function = function_of(*node.op);
    if (!function) return std::nullopt;
    std::vector<Type> types;
    for (const Value& v : node.inputs) types.push_back(v.type());
    Kernel kernel{.name = "reference"};
    kernel.run = [function, types, own = detached(node)](const Args& args) {
      naive::Arrays in;
      for (std::size_t i = 0; i < types.size(); ++i)
        in.push_back(naive::load(types[i], args.in[i]));
      const naive::Arrays out = function(own, in);
      for (std::size_t i = 0; i < out.size(); ++i)
        naive::store(out[i], own.outputs[i], args.out[i]);
    };
    if (node.op->updates) kernel.in_place = node.op->updates(node.call());
    return kernel;
  }
};

Tensor given_to(const Node& node, const std::map<std::string, Tensor>& given) {
  const auto& name = node.attributes.text("name");
  const auto it = given.find(name);
  if (it == given.end())
    fail("E-REF-01", "interpret: no tensor is given for the {} '{}' of type {}", node.op->name,
         name, node.outputs[0].text());
  const Type got{it->second.dtype(), it->second.shape()};
  if (got != plain(node.outputs[0]))
    fail("E-REF-02", "interpret: the {} '{}' is {}, the tensor given for it is {}", node.op->name,
         name, node.outputs[0].text(), got.text());
  return it->second;
}

bool is_finite(const Tensor& tensor) {
  for (std::int64_t i = 0; i < tensor.size(); ++i)
    if (!std::isfinite(tensor.at(i))) return false;
  return true;
}

}  // namespace

const Target& reference_target() {
  static const Reference target;
  return target;
}

void register_reference_kernel(const OpDef& op, ReferenceKernel kernel) {
  if (function_of(op)) fail("E-REF-04", "op '{}': it has a reference kernel already", op.name);
  others().emplace(&op, kernel);
}

std::map<Value, Tensor> interpret(const Graph& graph, const std::map<std::string, Tensor>& given) {
  std::map<Value, Tensor> values;
  for (const Node& node : graph.nodes()) {
    if (node.op == &input_def || node.op == &variable_def) {
      values.emplace(Value(&node, 0), given_to(node, given));
      continue;
    }
    const naive::Function function = function_of(*node.op);
    if (!function) fail("E-REF-03", "{}: the reference has no kernel", node.call().where());
    naive::Arrays in;
    for (const Value& v : node.inputs)
      in.push_back(naive::load(plain(v.type()), values.at(v).raw()));
    const naive::Arrays out = function(node, in);
    for (std::size_t i = 0; i < out.size(); ++i) {
      Tensor tensor(node.outputs[i].dtype, node.outputs[i].shape);
      naive::store(out[i], plain(node.outputs[i]), tensor.raw());
      values.emplace(Value(&node, static_cast<int>(i)), std::move(tensor));
    }
  }
  return values;
}

const Node* first_non_finite(const Graph& graph, const std::map<Value, Tensor>& values) {
  const auto finite = [&](const Values& vs) {
    for (const Value& v : vs)
      if (!is_finite(values.at(v))) return false;
    return true;
  };
  for (const Node& node : graph.nodes())
    if (finite(node.inputs) && !finite(node.values())) return &node;
  return nullptr;
}

}  // namespace glia
