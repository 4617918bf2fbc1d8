// Kernels of the CPU held against the reference: the same node, the same inputs, every instruction
// set, one and two threads, in place and not.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "glia/backends/cpu.h"
#include "glia/backends/cpu/simd.h"
#include "glia/backends/reference.h"
#include "glia/base/random.h"
#include "glia/ops/ops.h"
#include "glia/ops/registry.h"
#include "tests/ops/sample_graph.h"

namespace glia::testing {

using Buffers = std::vector<Buffer>;

inline Buffer filled_buffer(const Type& type, const SampleInput& how, Random& random) {
  Buffer buffer(type.bytes());
  const std::int64_t n = type.shape.elements();
  dispatch(type.dtype, [&](auto zero) {
    auto* to = reinterpret_cast<decltype(zero)*>(buffer.data());
    for (std::int64_t i = 0; i < n; ++i) {
      double v = how.a;
      if (how.kind == SampleInput::Kind::normal) v = how.a + how.b * random.normal();
      if (how.kind == SampleInput::Kind::uniform) v = how.a + (how.b - how.a) * random.uniform();
      if (how.kind == SampleInput::Kind::integers)
        v = how.a + static_cast<double>(random.below(static_cast<std::uint64_t>(how.b - how.a)));
      to[i] = static_cast<decltype(zero)>(v);
    }
  });
  return buffer;
}

// A graph of one node of this op, and inputs for it.
struct Case {
  explicit Case(const OpSample& s) {
    SampleGraph sample = sample_graph(*s.op, *s.sample, DType::f32);
    for (const Value& v : sample.inputs) {
      const Tensor& tensor = sample.tensors.at(v.node()->attributes.text("name"));
      in.emplace_back(tensor.bytes());
      if (tensor.bytes()) std::memcpy(in.back().data(), tensor.raw(), tensor.bytes());
    }
    graph = std::move(sample.graph);
    node = &graph.nodes().back();
  }
  Case(const OpDef& op, const std::vector<SampleInput>& inputs, const Attributes& attributes,
       const std::vector<Layout>& layouts = {}, std::uint64_t seed = 1) {
    Random random(seed, op.name);
    Values values;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const Type type{inputs[i].dtype, inputs[i].shape,
                      i < layouts.size() ? layouts[i] : Layout::plain};
      values.push_back(graph.input("x" + std::to_string(i), type));
      in.push_back(filled_buffer(type, inputs[i], random));
    }
    node = graph.add(op, values, attributes)[0].node();
  }

  Graph graph;
  const Node* node = nullptr;
  Buffers in;
};

inline Buffers copies_of(const Buffers& buffers) {
  Buffers copies;
  for (const Buffer& b : buffers) {
    copies.emplace_back(b.bytes());
    if (b.bytes()) std::memcpy(copies.back().data(), b.data(), b.bytes());
  }
  return copies;
}

// Runs a kernel on copies of the inputs. Outputs named in `over` lie where that input lies; the
// others start as NaN patterns, and nothing behind them may be written.
inline Buffers run_kernel(const Kernel& kernel, const Node& node, const Buffers& inputs,
                          const std::vector<std::pair<int, int>>& over = {}) {
  constexpr std::size_t kGuard = 64;
  Buffers in = copies_of(inputs), out;
  std::vector<void*> in_pointers, out_pointers;
  for (Buffer& b : in) in_pointers.push_back(b.data());
  for (const Type& type : node.outputs) {
    out.emplace_back(type.bytes() + kGuard);
    std::memset(out.back().data(), 0xff, out.back().bytes());
    out_pointers.push_back(out.back().data());
  }
  for (const auto& [o, i] : over)
    out_pointers[static_cast<std::size_t>(o)] = in_pointers[static_cast<std::size_t>(i)];
  Buffer scratch(kernel.scratch_bytes + kGuard);
  kernel.run({in_pointers.data(), out_pointers.data(), scratch.data()});
  for (std::size_t i = 0; i < kGuard; ++i)
    EXPECT_EQ(scratch.data()[kernel.scratch_bytes + i], std::byte{0}) << "scratch overrun";
  Buffers results;
  for (std::size_t o = 0; o < out.size(); ++o) {
    const std::size_t bytes = node.outputs[o].bytes();
    for (std::size_t i = 0; i < kGuard; ++i)
      EXPECT_EQ(out[o].data()[bytes + i], std::byte{0xff}) << "output " << o << " overrun";
    results.emplace_back(bytes);
    if (bytes) std::memcpy(results.back().data(), out_pointers[o], bytes);
  }
  return results;
}

inline void expect_same_bits(const Buffers& a, const Buffers& b, const std::string& what) {
  for (std::size_t o = 0; o < a.size(); ++o)
    EXPECT_EQ(std::memcmp(a[o].data(), b[o].data(), a[o].bytes()), 0) << what << ", output " << o;
}

inline void expect_close(const Node& node, const Buffers& got, const Buffers& want,
                         double tolerance, const std::string& what) {
  for (std::size_t o = 0; o < got.size(); ++o)
    dispatch(node.outputs[o].dtype, [&](auto zero) {
      const auto* a = reinterpret_cast<const decltype(zero)*>(got[o].data());
      const auto* b = reinterpret_cast<const decltype(zero)*>(want[o].data());
      int told = 0;
      for (std::int64_t i = 0; i < node.outputs[o].shape.elements() && told < 3; ++i) {
        const double x = static_cast<double>(a[i]), y = static_cast<double>(b[i]);
        if (x == y || (std::isnan(x) && std::isnan(y))) continue;
        if (std::fabs(x - y) <= tolerance * (1 + std::fabs(y))) continue;
        ++told;
        ADD_FAILURE() << what << ", output " << o << ", element " << i << ": got " << x
                      << ", the reference has " << y;
      }
    });
}

// Restores the best instruction set at its end.
struct AnyInstructionSet {
  ~AnyInstructionSet() { cpu::use_instruction_set(""); }
};

// All of it for one case.
inline void expect_like_reference(const Case& c, const std::string& name, double tolerance = 0) {
  const Node& node = *c.node;
  if (tolerance == 0) tolerance = node.op->tolerance;
  const auto judge = reference_target().kernel(node, 1);
  ASSERT_TRUE(judge.has_value()) << name;
  const Buffers want = run_kernel(*judge, node, c.in);
  const AnyInstructionSet restore;
  for (const std::string& set : cpu::instruction_sets()) {
    cpu::use_instruction_set(set);
    const std::string what = std::string(node.op->name) + " '" + name + "' on " + set;
    const auto kernel = cpu_target().kernel(node, 1);
    ASSERT_TRUE(kernel.has_value()) << what << ": no kernel";
    const Buffers got = run_kernel(*kernel, node, c.in);
    expect_close(node, got, want, tolerance, what);
    for (const auto& pair : kernel->in_place)
      expect_same_bits(got, run_kernel(*kernel, node, c.in, {pair}),
                       what + ", output " + std::to_string(pair.first) + " over input " +
                           std::to_string(pair.second));
    if (node.op->updates)
      expect_same_bits(got, run_kernel(*kernel, node, c.in, node.op->updates(node.call())),
                       what + ", all in place");
    for (const int threads : {2, 3}) {
      const auto more = cpu_target().kernel(node, threads);
      ASSERT_TRUE(more.has_value()) << what;
      const Buffers again = run_kernel(*more, node, c.in);
      const std::string on = what + " on " + std::to_string(threads) + " threads";
      // oneDNN promises the same bits only for the same number of threads.
      if (more->name.find("dnnl") != std::string::npos)
        expect_close(node, again, want, tolerance, on);
      else
        expect_same_bits(got, again, on);
      expect_same_bits(again, run_kernel(*more, node, c.in), on + ", once more");
    }
  }
}

}  // namespace glia::testing
