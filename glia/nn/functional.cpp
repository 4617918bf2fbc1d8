#include "glia/nn/functional.h"

#include <algorithm>
#include <map>

#include "glia/base/format.h"
#include "glia/base/text.h"

namespace glia::nn {
namespace {

struct Step {
  Module layer;
  std::string name;
  std::vector<std::string> inputs;
};

struct Functional {
  std::vector<std::string> inputs;
  std::vector<Step> steps;
  std::vector<std::string> outputs;
  static constexpr Masks masks = Masks::own;

  Values forward(const Values& given) const {
    if (given.size() != inputs.size())
      fail("E-NN-02", "[model] it takes {} inputs ({}), and was given {}", inputs.size(),
           fmt::join(inputs, ", "), given.size());
    std::map<std::string, Values> results;
    for (std::size_t i = 0; i < inputs.size(); ++i) results[inputs[i]] = {given[i]};
    const auto gathered = [&](const std::vector<std::string>& names) {
      Values all;
      for (const auto& name : names)
        all.insert(all.end(), results.at(name).begin(), results.at(name).end());
      return all;
    };
    for (const Step& step : steps) results[step.name] = step.layer(gathered(step.inputs));
    return gathered(outputs);
  }
  std::string kind() const { return ""; }  // no scope of its own, as sequential
};

class Linker {
 public:
  explicit Linker(std::vector<std::string> inputs) {
    if (inputs.empty()) fail("E-NN-04", "[model] a functional model has at least one input");
    for (const auto& name : inputs) define(name);
    model_.inputs = std::move(inputs);
  }

  void add(Link link) {
    if (link.inputs.empty()) link.inputs = {known_.back()};
    for (const auto& input : link.inputs) expect_known(link.name, input);
    if (link.name.empty())
      fail("E-NN-05", "functional: a layer's name is empty; others take its values by name");
    Module layer = layer_of(link).named(link.name).named(layer_name(link));
    if (!link.where.empty()) layer = layer.placed(link.where);
    define(link.name);
    model_.steps.push_back({std::move(layer), std::move(link.name), std::move(link.inputs)});
  }

  Functional finish(std::vector<std::string> outputs) {
    if (model_.steps.empty()) fail("E-NN-04", "[model] the model has no layers");
    if (outputs.empty()) outputs = {known_.back()};
    for (const auto& output : outputs) expect_known("outputs", output);
    model_.outputs = std::move(outputs);
    expect_all_used();
    return std::move(model_);
  }

 private:
  void define(const std::string& name) {
    if (name.empty()) fail("E-NN-04", "[model] a layer or an input has no name");
    if (std::find(known_.begin(), known_.end(), name) != known_.end())
      fail("E-NN-04", "[model] two layers or inputs are called '{}'; give each a name of its own",
           name);
    known_.push_back(name);
  }

  void expect_known(const std::string& user, const std::string& name) const {
    if (std::find(known_.begin(), known_.end(), name) == known_.end())
      fail("E-NN-04", "[model] '{}' asks for '{}', and nothing of that name stands before it{}",
           user, name, suggest(name, known_));
  }

  const Step* step_of(const std::string& name) const {
    for (const Step& step : model_.steps)
      if (step.name == name) return &step;
    return nullptr;
  }

  const Module& layer_of(const Link& link) const {
    if (const auto* module = std::get_if<Module>(&link.layer)) return *module;
    const auto& shared = std::get<std::string>(link.layer);
    const Step* step = step_of(shared);
    if (!step) {
      std::vector<std::string> steps;
      for (const Step& s : model_.steps) steps.push_back(s.name);
      fail("E-NN-04",
           "[model] '{}' shares the layer '{}', and no layer of that name stands "
           "before it{}",
           link.name, shared, suggest(shared, steps));
    }
    return step->layer;
  }

  // Parameters stand under the name of a layer's first use.
  std::string layer_name(const Link& link) const {
    if (std::holds_alternative<Module>(link.layer)) return link.name;
    return layer_of(link).name();
  }

  void expect_all_used() const {
    std::vector<std::string> needed = model_.outputs;
    for (auto step = model_.steps.rbegin(); step != model_.steps.rend(); ++step)
      if (std::find(needed.begin(), needed.end(), step->name) != needed.end())
        needed.insert(needed.end(), step->inputs.begin(), step->inputs.end());
    std::vector<std::string> idle;
    for (const auto& name : known_)
      if (std::find(needed.begin(), needed.end(), name) == needed.end())
        idle.push_back("'" + name + "'");
    if (!idle.empty())
      fail("E-NN-04", "[model] no output depends on {}; use {} or remove {}", fmt::join(idle, ", "),
           idle.size() == 1 ? "it" : "them", idle.size() == 1 ? "it" : "them");
  }

  Functional model_;
  std::vector<std::string> known_;
};

}  // namespace

Module functional(std::vector<std::string> inputs, std::vector<Link> links,
                  std::vector<std::string> outputs) {
  Linker linker(std::move(inputs));
  for (auto& link : links) linker.add(std::move(link));
  return linker.finish(std::move(outputs));
}

}  // namespace glia::nn
