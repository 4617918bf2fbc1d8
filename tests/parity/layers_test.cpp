// Every layer against PyTorch: outputs, gradients and statistics, in f32 and f64.
#include <yaml-cpp/yaml.h>

#include "glia/autodiff/gradient.h"
#include "glia/base/random.h"
#include "glia/exec/session.h"
#include "glia/experiment/parts.h"
#include "glia/ops/ops.h"
#include "tests/parity/parity_file.h"

namespace glia {
namespace {

using testing::expect_close;
using testing::ParityCase;

nn::Module make(const ParityCase& c) {
  auto choice = experiment::Settings::choice_of(YAML::Load(c.setting()), "layer", "case", {});
  return experiment::make_layer(choice).named("m");
}

// A case's graph: outputs "y<i>", "dx<i>", "dp/<parameter>", and "after/<statistic>" as updates.
class LayerCase {
 public:
  LayerCase(const ParityCase& c, DType dtype) : case_(c), dtype_(dtype) {
    graph_.dtype = dtype;
    graph_.training = c.about.value("training", false);
    Values inputs, wrt;
    std::vector<std::string> names;
    for (int i = 0; c.has("x" + std::to_string(i)); ++i) {
      const std::string name = "x" + std::to_string(i);
      const Tensor& x = given(name, c.at(name));
      inputs.push_back(graph_.input(name, {x.dtype(), x.shape()}));
      if (!is_floating(x.dtype())) continue;
      wrt.push_back(inputs.back());
      names.push_back("d" + name);
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const std::string name = i == 0 ? "mask" : "mask" + std::to_string(i);
      if (!c.has(name)) continue;
      const Tensor& mask = given(name, c.at(name));
      graph_.set_mask(inputs[i], graph_.input(name, {mask.dtype(), mask.shape()}));
    }
    const Values outputs = make(c)(inputs);
    for (const Value& p : graph_.parameters()) {
      wrt.push_back(p);
      names.push_back("dp/" + graph_.variable_of(p).name.substr(2));
    }
    add_outputs(outputs, wrt, names);
  }

  // Holds everything against the case.
  void check(double tolerance) {
    Store store = filled_store();
    expect_no_other_variables(store);
    Session session = run(store);
    for (const auto& [name, value] : graph_.outputs())
      expect_close(session.output_tensor(name), case_.at(name), tolerance, name);
    for (const auto& name : case_.names("after/"))
      expect_close(store.at("m." + name), case_.at("after/" + name), tolerance, "after/" + name);
  }

  Tensor output(const std::string& name) {
    Store store = filled_store();
    return run(store).output_tensor(name);
  }

  // The sum of all outputs, weighted by the gradients that come in.
  double loss() {
    Store store = filled_store();
    Session session = run(store);
    double sum = 0;
    for (std::size_t i = 0; i < outputs_; ++i) {
      const Tensor y = session.output_tensor("y" + std::to_string(i));
      const Tensor& dy = case_.at("dy" + std::to_string(i));
      for (std::int64_t k = 0; k < y.size(); ++k) sum += y.at(k) * dy.at(k);
    }
    return sum;
  }

 private:
  Store filled_store() const {
    Store store;
    store.initialize(graph_, 1);
    for (const auto& name : case_.names("p/"))
      store.assign("m." + name, case_.at("p/" + name).to(dtype_));
    return store;
  }

  Session run(Store& store) const {
    Session session(compile(graph_, {}), store);
    for (const auto& [name, tensor] : given_) session.bind(name, tensor);
    session.run();
    return session;
  }

  const Tensor& given(const std::string& name, const Tensor& value) {
    return given_[name] = is_floating(value.dtype()) ? value.to(dtype_) : value.clone();
  }

  void add_outputs(const Values& outputs, const Values& wrt,
                   const std::vector<std::string>& names) {
    outputs_ = outputs.size();
    Values seeds;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      graph_.output("y" + std::to_string(i), outputs[i]);
      seeds.push_back(graph_.constant(case_.at("dy" + std::to_string(i)).to(dtype_)));
    }
    ASSERT_FALSE(case_.has("y" + std::to_string(outputs.size()))) << "an output is missing";
    if (wrt.empty()) return;
    const Values gradients = gradient(outputs, seeds, wrt);
    for (std::size_t i = 0; i < wrt.size(); ++i) graph_.output(names[i], gradients[i]);
  }

  // What PyTorch calls otherwise, or does not have, would go untested.
  void expect_no_other_variables(const Store& store) {
    for (const auto& name : store.names())
      EXPECT_TRUE(!name.starts_with("m.") || case_.has("p/" + name.substr(2))) << name;
  }

  const ParityCase& case_;
  DType dtype_;
  std::size_t outputs_ = 0;
  Graph graph_;
  std::map<std::string, Tensor> given_;
};

// The gradient in f64 against central differences, along a random direction of all that it is of.
void check_gradient(const ParityCase& c) {
  std::map<std::string, Tensor> at;  // inputs "x0" and parameters "p/weight", by the case's names
  double slope = 0;
  Random random(1, "direction");
  std::map<std::string, Tensor> direction;
  for (const std::string kind : {"dx", "dp/"})
    for (const auto& name : c.names(kind)) {
      const std::string of = kind == "dx" ? "x" + name : "p/" + name;
      const Tensor& gradient = c.at(kind + name);
      Tensor d(DType::f64, gradient.shape());
      for (std::int64_t i = 0; i < d.size(); ++i) {
        d.set(i, random.normal());
        slope += d.at(i) * gradient.at(i);
      }
      direction.emplace(of, std::move(d));
    }
  const auto value = [&](double step) {
    serialize::Safetensors moved = *c.file;
    for (const auto& [name, d] : direction) {
      Tensor t = c.at(name).clone();
      for (std::int64_t i = 0; i < t.size(); ++i) t.set(i, t.at(i) + step * d.at(i));
      moved.tensors[std::to_string(c.index) + "/" + name] = std::move(t);
    }
    ParityCase there = c;
    there.file = std::make_shared<const serialize::Safetensors>(std::move(moved));
    return LayerCase(there, DType::f64).loss();
  };
  const double step = 1e-6, difference = (value(step) - value(-step)) / (2 * step);
  EXPECT_NEAR(slope, difference, 1e-5 * (1 + std::fabs(slope)));
}

class LayerParity : public ::testing::TestWithParam<ParityCase> {};

TEST_P(LayerParity, SingleAndDoublePrecision) {
  const ParityCase& c = GetParam();
  LayerCase(c, DType::f32).check(c.about.value("tolerance", 1e-5));
  LayerCase(c, DType::f64).check(1e-10);
}

TEST_P(LayerParity, GradientAgainstDifferences) { check_gradient(GetParam()); }

INSTANTIATE_TEST_SUITE_P(All, LayerParity, ::testing::ValuesIn(testing::parity_cases("layer")),
                         [](const auto& info) { return testing::name_of_case(info.param); });

// Random: what their numbers are distributed as stands in tests/nn.
const std::vector<std::string> kRandom{
    "dropout",       "spatial_dropout1d", "spatial_dropout2d", "spatial_dropout3d",
    "alpha_dropout", "gaussian_dropout",  "gaussian_noise"};

// One draw is one function: seed, layer and step say what is drawn.
TEST(LayerParityTest, RandomLayersGradientAgainstDifferences) {
  const std::map<std::string, Shape> shapes{{"spatial_dropout1d", {2, 3, 4}},
                                            {"spatial_dropout2d", {2, 3, 2, 2}},
                                            {"spatial_dropout3d", {2, 3, 2, 1, 2}}};
  for (const auto& name : kRandom) {
    SCOPED_TRACE(name);
    const Shape shape = shapes.contains(name) ? shapes.at(name) : Shape{4, 5};
    serialize::Safetensors file;
    Random random(1, name);
    for (const auto* key : {"0/x0", "0/dy0"}) {
      Tensor t(DType::f64, shape);
      for (std::int64_t i = 0; i < t.size(); ++i) t.set(i, random.normal());
      file.tensors.emplace(key, std::move(t));
    }
    ParityCase c;
    c.about = {{"setting", name + ": {}"}, {"training", true}};
    c.file = std::make_shared<const serialize::Safetensors>(file);
    file.tensors.emplace("0/dx0", LayerCase(c, DType::f64).output("dx0"));
    c.file = std::make_shared<const serialize::Safetensors>(file);
    check_gradient(c);
  }
}

// Whoever adds a layer adds cases: at least five.
TEST(LayerParityTest, EveryLayerHasFiveCases) {
  std::map<std::string, int> count;
  for (const auto& c : testing::parity_cases("layer"))
    ++count[c.setting().substr(0, c.setting().find(':'))];
  for (const auto& name : kRandom) count[name] = 5;
  for (const auto& name : experiment::layer_names()) EXPECT_GE(count[name], 5) << name;
}

}  // namespace
}  // namespace glia
