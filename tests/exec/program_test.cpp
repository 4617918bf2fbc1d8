// Compiled programs against the reference, and their memory plans.
#include "glia/exec/program.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "glia/backends/cpu.h"
#include "glia/backends/reference.h"
#include "glia/ops/ops.h"
#include "tests/exec/networks.h"

namespace glia {
namespace {

using testing::batch_of;
using testing::bind_all;
using testing::compiled;
using testing::Network;
using testing::networks;
using testing::step_of;
using testing::thrown;
using Tensors = std::map<std::string, Tensor>;

void expect_near(const Tensor& got, const Tensor& expected, double tolerance,
                 const std::string& what) {
  ASSERT_EQ(got.shape().text(), expected.shape().text()) << what;
  for (std::int64_t i = 0; i < got.size(); ++i)
    ASSERT_NEAR(got.at(i), expected.at(i), tolerance * (1 + std::fabs(expected.at(i))))
        << what << ", element " << i;
}

class OfNetwork : public ::testing::TestWithParam<Network> {};
INSTANTIATE_TEST_SUITE_P(Programs, OfNetwork, ::testing::ValuesIn(networks()),
                         [](const auto& info) { return info.param.name; });

// What the reference says of a step: outputs and new values of variables by name.
struct Judged {
  Tensors outputs, variables;
};
Judged judge(const Graph& step, const Store& store, const Tensors& inputs, std::int64_t batch) {
  const Graph bound = bind(step, {{"batch", batch}});
  Tensors given = store.snapshot();
  for (const auto& [name, tensor] : inputs) given.emplace(name, tensor);
  const auto values = interpret(bound, given);
  Judged judged;
  for (const auto& [name, value] : bound.outputs()) judged.outputs.emplace(name, values.at(value));
  for (const auto& [variable, next] : bound.updates())
    judged.variables.emplace(bound.variable_of(variable).name, values.at(next));
  return judged;
}

void expect_as_judged(const Graph& step, const Network& network, std::vector<std::string> off) {
  const std::int64_t batch = 6;
  Store store;
  store.initialize(step, 5);
  const auto inputs = batch_of(network, batch);
  Session session(compiled(step, batch, std::move(off)), store);
  bind_all(session, inputs);
  for (int i = 0; i < 2; ++i) {  // the second step has momentum, and another dropout mask
    const Judged expected = judge(step, store, inputs, batch);
    ASSERT_TRUE(session.run());
    for (const auto& [name, tensor] : expected.outputs)
      expect_near(session.output_tensor(name), tensor, 2e-4, name);
    for (const auto& [name, tensor] : expected.variables)
      expect_near(store.at(name), tensor, 2e-4, name);
  }
}

TEST_P(OfNetwork, EqualsTheReferenceWhateverPassesAreOff) {
  const Graph step = step_of(GetParam());
  std::vector<std::string> names;
  for (const Pass& pass : passes()) names.emplace_back(pass.name);
  std::vector<std::vector<std::string>> subsets{{}, names};
  for (std::size_t i = 0; i < names.size(); ++i) {
    subsets.push_back({names[i]});
    for (std::size_t k = 0; k < i; ++k) subsets.push_back({names[i], names[k]});
    subsets.push_back(names);
    std::erase(subsets.back(), names[i]);  // all but this one
  }
  for (const auto& off : subsets) {
    std::string text;
    for (const auto& name : off) text += " " + name;
    SCOPED_TRACE("off:" + text);
    expect_as_judged(step, GetParam(), off);
    if (HasFatalFailure()) return;
  }
}

// A target that looks over the shoulder of another one's kernels: everything a kernel reads must be
// what its maker wrote there, bit for bit. What a kernel is to write, and its scratch, hold NaN
// before. So buffers that overlap while both live, or are read before they are written, show.
class Watching final : public Target {
 public:
  std::string name() const override { return "watching"; }
  std::string fingerprint() const override { return "watching"; }
  bool supports(const Node& node) const override { return cpu_target().supports(node); }
  Layout layout(const Node& node) const override { return cpu_target().layout(node); }

  std::optional<Kernel> kernel(const Node& node, int threads) const override {
    auto kernel = cpu_target().kernel(node, threads);
    if (!kernel) kernel = reference_target().kernel(node, 1);
    if (!kernel) return kernel;
    const auto run = kernel->run;
    const std::size_t scratch = kernel->scratch_bytes;
    kernel->run = [this, run, scratch, &node](const Args& args) {
      before(node, args, scratch);
      run(args);
      for (std::size_t k = 0; k < node.outputs.size(); ++k)
        written_[Value(&node, static_cast<int>(k))] = copy(args.out[k], node.outputs[k].bytes());
    };
    return kernel;
  }

  void start(const Tensors& variables) {
    written_.clear();
    variables_ = variables;
    reads_ = 0;
  }
  std::string bytes_of(Value v) const { return expected(v); }
  long reads() const { return reads_; }

 private:
  static std::string copy(const void* data, std::size_t bytes) {
    return {static_cast<const char*>(data), bytes};
  }

  void before(const Node& node, const Args& args, std::size_t scratch) const {
    for (std::size_t k = 0; k < node.inputs.size(); ++k) {
      const std::string bytes = expected(node.inputs[k]);
      if (bytes.empty()) continue;
      ++reads_;
      EXPECT_EQ(std::memcmp(bytes.data(), args.in[k], bytes.size()), 0)
          << node.call().where() << " reads input " << k << " after something wrote over it";
    }
    for (std::size_t k = 0; k < node.outputs.size(); ++k) {
      bool shared = false;
      for (std::size_t i = 0; i < node.inputs.size(); ++i)
        shared = shared || args.in[i] == args.out[k];
      if (!shared) std::memset(args.out[k], 0xff, node.outputs[k].bytes());
    }
    if (scratch > 0) std::memset(args.scratch, 0xff, scratch);
  }

  // What a value must be; empty for inputs of the graph and constants, which nobody may touch.
  std::string expected(Value v) const {
    const Node& node = *v.node();
    if (const auto it = written_.find(v); it != written_.end()) return it->second;
    if (node.op == &variable_def) {
      const Tensor& t = variables_.at(node.attributes.text("name"));
      return copy(t.raw(), t.bytes());
    }
    if (node.inputs.size() == 1 && (node.op->view || node.op == &reorder_def))
      return expected(node.inputs[0]);
    return {};
  }

  mutable std::map<Value, std::string> written_;
  mutable long reads_ = 0;
  Tensors variables_;
};

TEST_P(OfNetwork, EveryKernelReadsWhatWasWrittenForIt) {
  const std::int64_t batch = 6;
  const Graph step = step_of(GetParam());
  for (const std::vector<std::string>& off :
       {std::vector<std::string>{}, {"fuse"}, {"fuse", "epilogue", "simplify"}, {"layout"}}) {
    Watching target;
    CompileOptions options;
    options.target = &target;
    options.bindings = {{"batch", batch}};
    options.passes.disabled = off;
    const auto program = compile(step, options);
    Store store;
    store.initialize(step, 5);
    Session session(program, store);
    const auto inputs = batch_of(GetParam(), batch);
    bind_all(session, inputs);
    for (int i = 0; i < 3; ++i) {
      target.start(store.snapshot());
      ASSERT_TRUE(session.run());
      EXPECT_GT(target.reads(), 3);
      for (const auto& [name, value] : program->graph().outputs()) {
        const std::string bytes = target.bytes_of(value);
        EXPECT_EQ(std::memcmp(bytes.data(), session.output(name), bytes.size()), 0) << name;
      }
      for (const auto& [variable, next] : program->graph().updates()) {
        const std::string bytes = target.bytes_of(next);
        const auto& name = program->graph().variable_of(variable).name;
        EXPECT_EQ(std::memcmp(bytes.data(), store.at(name).raw(), bytes.size()), 0) << name;
      }
    }
  }
}

// The arena is far smaller than all results together, and updates write where the variables are.
TEST(Plan, ReusesMemoryAndUpdatesInPlace) {
  const Network network = networks()[1];
  const auto program = compiled(step_of(network, false), 64, {"fuse"});
  std::size_t all = 0;
  for (const auto& instruction : program->instructions())
    for (const Type& t : instruction.node->outputs) all += t.bytes();
  EXPECT_LT(program->arena_bytes(), all / 2);
  EXPECT_NE(program->text().find("copies 0,"), std::string::npos) << program->text();
  EXPECT_GT(program->commit_at(), 0u);
  EXPECT_LT(program->commit_at(), program->instructions().size());
}

struct Pair {
  Graph graph;
  Value a, b;
  Pair() {
    const auto make = [&](const char* name, float value) {
      return graph.variable({name, {DType::f32, {3}}, Role::parameter, true, [value](auto) {
                               return Tensor::of<float>({3}, {value, value, value});
                             }});
    };
    a = make("a", 1), b = make("b", 2);
  }
  // Values of a, b after one run, and of the output "old" where there is one.
  std::vector<double> run(std::vector<std::string> off = {}) {
    Store store;
    store.initialize(graph, 0);
    Session session(compiled(graph, 1, std::move(off)), store);
    EXPECT_TRUE(session.run());
    std::vector<double> values{store.at("a").at(2), store.at("b").at(2)};
    for (const auto& [name, value] : graph.outputs()) values.push_back(session.output_scalar(name));
    return values;
  }
};
using Numbers = std::vector<double>;

// Updates say what variables are after the run in terms of what they were before it, in whatever
// order they are named.
TEST(Updates, AreSimultaneous) {
  Pair swap;
  swap.graph.update(swap.a, swap.b);
  swap.graph.update(swap.b, swap.a);
  EXPECT_EQ(swap.run(), (Numbers{2, 1}));
  for (const bool first : {true, false}) {  // a follows b, b grows
    Pair p;
    const Value grown = p.b + 1.0;
    if (first) p.graph.update(p.a, p.b);
    p.graph.update(p.b, grown);
    if (!first) p.graph.update(p.a, p.b);
    EXPECT_EQ(p.run(), (Numbers{2, 3})) << first;
    EXPECT_EQ(p.run({"simplify", "fuse"}), (Numbers{2, 3})) << first;
  }
  Pair both;  // one value for two variables
  const Value sum = both.a + both.b;
  both.graph.update(both.a, sum);
  both.graph.update(both.b, sum);
  EXPECT_EQ(both.run(), (Numbers{3, 3}));
  Pair crossed;
  const Value next_a = crossed.a + crossed.b, next_b = crossed.a - crossed.b;
  crossed.graph.update(crossed.a, next_a);
  crossed.graph.update(crossed.b, next_b);
  EXPECT_EQ(crossed.run(), (Numbers{3, -1}));
  Pair same;  // to itself, also through a view
  same.graph.update(same.a, reshape(reshape(same.a, {3, 1}), {3}));
  same.graph.update(same.b, same.b);
  EXPECT_EQ(same.run(), (Numbers{1, 2}));
}

// An output that is a variable gives its value before the run, as the reference does.
TEST(Updates, OutputsAreOfBefore) {
  Pair p;
  p.graph.output("old", p.a);
  p.graph.output("view", reshape(p.a, {1, 3}));
  p.graph.output("times_one", p.b * 1.0);
  p.graph.update(p.a, p.a + 4.0);
  p.graph.update(p.b, p.b * 3.0);
  EXPECT_EQ(p.run(), (Numbers{5, 6, 1, 1, 2}));
  EXPECT_EQ(p.run({"simplify"}), (Numbers{5, 6, 1, 1, 2}));
}

TEST(Updates, WithheldByTheGateWhileOutputsAreThere) {
  Pair p;
  const Value x = p.graph.input("x", {DType::f32, {}});
  p.graph.output("old", p.a);
  p.graph.output("sum", reduce_sum(p.a + x));
  p.graph.update(p.a, p.b);
  p.graph.update(p.b, p.a * x);
  p.graph.gate(all_finite({x}));
  Store store;
  store.initialize(p.graph, 0);
  Session session(compiled(p.graph, 1), store);
  for (const float bad : {NAN, INFINITY, -INFINITY}) {
    const Tensor x_now = Tensor::scalar(bad);
    session.bind("x", x_now);
    EXPECT_FALSE(session.run());
    EXPECT_EQ(store.at("a").at(0), 1);
    EXPECT_EQ(store.at("b").at(0), 2);
    EXPECT_EQ(session.output_scalar("old"), 1);
  }
  const Tensor five = Tensor::scalar(5.0f);
  session.bind("x", five);
  EXPECT_TRUE(session.run());
  EXPECT_EQ(store.at("a").at(0), 2);
  EXPECT_EQ(store.at("b").at(0), 5);
  EXPECT_EQ(session.output_scalar("sum"), 18);
}

TEST(Compile, SaysWhatIsMissingOrWrong) {
  const Graph step = step_of(networks()[1]);
  const auto open = thrown([&] { compile(step, {}); });
  EXPECT_EQ(open.code, "E-COMPILE-01");
  EXPECT_TRUE(open.says("batch")) << open.message;
  EXPECT_EQ(thrown([&] { compile(step, {.bindings = {{"bacth", 3}}}); }).code, "E-COMPILE-01");
  const auto pass = thrown([&] { compiled(step, 3, {"fuze"}); });
  EXPECT_EQ(pass.code, "E-PASS-01");
  EXPECT_TRUE(pass.says("'fuse'")) << pass.message;
  Graph graph;
  graph.gate(graph.input("x", {DType::f32, {}}));
  EXPECT_EQ(thrown([&] { compile(graph, {}); }).code, "E-COMPILE-03");
}

TEST(Compile, TimesEachPassAndNamesTheMachine) {
  const auto program = compiled(step_of(networks()[1]), 4, {"share"});
  EXPECT_EQ(program->pass_times().size(), passes().size() - 1);
  for (const auto& time : program->pass_times()) EXPECT_NE(time.name, "share");
  EXPECT_NE(program->fingerprint().find("threads=1"), std::string::npos);
  EXPECT_EQ(program->threads(), 1);  // far too small for two
}

}  // namespace
}  // namespace glia
