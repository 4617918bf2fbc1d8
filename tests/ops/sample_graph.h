// A graph around one op from one of its samples, for the tests of every backend.
#pragma once

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "glia/base/random.h"
#include "glia/ir/graph.h"
#include "glia/ops/registry.h"

namespace glia::testing {

struct SampleGraph {
  Graph graph;
  Values inputs;                          // of the op: graph inputs "in0", "in1", ...
  Values outputs;                         // of the op: graph outputs "out0", "out1", ...
  std::map<std::string, Tensor> tensors;  // the sample's values, by input name
};

// The mean (or the biased variance) over all axes but 1, as a channel's statistics are made.
inline double channel_statistic(const Tensor& x, std::int64_t channel, bool variance) {
  const auto sizes = x.shape().sizes();
  const std::int64_t inner = x.size() / (sizes[0] * sizes[1]);
  double sum = 0, squares = 0, count = 0;
  for (std::int64_t i = 0; i < x.size(); ++i) {
    if (i / inner % sizes[1] != channel) continue;
    sum += x.at(i), squares += x.at(i) * x.at(i), count += 1;
  }
  const double mean = sum / count;
  return variance ? squares / count - mean * mean : mean;
}

// The sample's values. Floating ones are rounded to f32 whatever `dtype` is, so that every dtype is
// given the same numbers. `first` is the op's input 0, for the kinds that are derived from it.
inline Tensor sample_tensor(const SampleInput& s, DType dtype, Random& random,
                            const Tensor* first = nullptr) {
  using Kind = SampleInput::Kind;
  Tensor tensor(dtype, s.shape);
  for (std::int64_t i = 0; i < tensor.size(); ++i) {
    double v = s.a;
    if (s.kind == Kind::normal) v = s.a + s.b * random.normal();
    if (s.kind == Kind::uniform) v = s.a + (s.b - s.a) * random.uniform();
    if (s.kind == Kind::integers)
      v = s.a + static_cast<double>(random.below(static_cast<std::uint64_t>(s.b - s.a)));
    if (s.kind == Kind::channel_mean) v = channel_statistic(*first, i, false);
    if (s.kind == Kind::channel_variance) v = channel_statistic(*first, i, true);
    const bool derived = s.kind == Kind::channel_mean || s.kind == Kind::channel_variance;
    tensor.set(i, is_floating(dtype) && !derived ? static_cast<double>(static_cast<float>(v)) : v);
  }
  return tensor;
}

// The sample's attributes with f32 replaced by `dtype`, defaults included.
inline Attributes sample_attributes(const OpDef& op, const Sample& sample, DType dtype) {
  Attributes attributes = sample.attributes;
  for (const auto& spec : op.attributes) {
    if (!std::holds_alternative<DType>(spec.value)) continue;
    const DType given =
        attributes.has(spec.name) ? attributes.dtype(spec.name) : std::get<DType>(spec.value);
    attributes.set(spec.name, given == DType::f32 ? dtype : given);
  }
  return attributes;
}

// The graph in which the op's floating inputs are `dtype`. The same seed gives the same values.
inline SampleGraph sample_graph(const OpDef& op, const Sample& sample, DType dtype,
                                std::uint64_t seed = 1) {
  SampleGraph s;
  Random random(seed, std::string(op.name) + "/" + std::string(sample.name));
  for (const SampleInput& input : sample.inputs) {
    const std::string name = "in" + std::to_string(s.inputs.size());
    const DType type = input.dtype == DType::f32 ? dtype : input.dtype;
    s.inputs.push_back(s.graph.input(name, {type, input.shape}));
    const Tensor* first = s.tensors.empty() ? nullptr : &s.tensors.at("in0");
    s.tensors.emplace(name, sample_tensor(input, type, random, first));
  }
  s.outputs = s.graph.add(op, s.inputs, sample_attributes(op, sample, dtype));
  for (std::size_t i = 0; i < s.outputs.size(); ++i)
    s.graph.output("out" + std::to_string(i), s.outputs[i]);
  return s;
}

// Every op with each of its samples, for INSTANTIATE_TEST_SUITE_P; names read "conv2d_padded".
struct OpSample {
  const OpDef* op = nullptr;
  const Sample* sample = nullptr;
};
inline std::vector<OpSample> all_samples() {
  std::vector<OpSample> all;
  for (const OpDef* op : registry())
    for (const Sample& sample : op->samples) all.push_back({op, &sample});
  return all;
}
inline std::string name_of_sample(const OpSample& s) {
  return std::string(s.op->name) + "_" + std::string(s.sample->name);
}
inline void PrintTo(const OpSample& s, std::ostream* out) { *out << name_of_sample(s); }

}  // namespace glia::testing
