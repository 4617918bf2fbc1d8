// Layers, losses, optimizers and schedules from their settings.
#include "glia/experiment/parts.h"

#include "glia/base/format.h"
#include "glia/base/text.h"

namespace glia::experiment {
namespace {

nn::Padding padding(Settings& s) {
  const std::string word = s.text("padding", "valid");
  if (word == "valid") return {};
  if (word == "same") return {nn::Padding::Kind::same, 0};
  const auto amount = data::parse_number(word);
  if (!amount || *amount < 0 || *amount != static_cast<double>(static_cast<std::int64_t>(*amount)))
    fail("E-EXP-05", "{}: padding is '{}', expected valid, same or a whole number",
         s.where("padding"), word);
  return {nn::Padding::Kind::amount, static_cast<std::int64_t>(*amount)};
}

nn::Activation activation(Settings& s) {
  return s.placed("activation", [&] { return nn::activation(s.text("activation", "linear")); });
}

nn::Initializer initializer(Settings& s, const std::string& key) {
  return s.placed(key, [&] { return nn::initializer(s.text(key, "fan_in_uniform")); });
}

nn::Module dense(Settings& s) {
  nn::DenseOptions o;
  o.units = s.required_integer("units");
  o.activation = activation(s);
  o.bias = s.flag("bias", true);
  o.kernel_initializer = initializer(s, "kernel_initializer");
  o.bias_initializer = initializer(s, "bias_initializer");
  o.l2 = s.real("l2", 0);
  return nn::dense(std::move(o));
}

nn::Module conv2d(Settings& s) {
  nn::Conv2dOptions o;
  o.filters = s.required_integer("filters");
  o.kernel_size = s.pair("kernel_size", {3, 3});
  o.stride = s.pair("stride", {1, 1});
  o.dilation = s.pair("dilation", {1, 1});
  o.padding = padding(s);
  o.groups = s.integer("groups", 1);
  o.activation = activation(s);
  o.bias = s.flag("bias", true);
  o.kernel_initializer = initializer(s, "kernel_initializer");
  o.bias_initializer = initializer(s, "bias_initializer");
  o.l2 = s.real("l2", 0);
  return nn::conv2d(std::move(o));
}

nn::Module max_pool2d(Settings& s) {
  nn::MaxPool2dOptions o;
  o.pool_size = s.pair("pool_size", {2, 2});
  o.stride = s.pair("stride", o.pool_size);
  o.padding = padding(s);
  return nn::max_pool2d(o);
}

nn::Module batch_norm(Settings& s) {
  return nn::batch_norm({.momentum = s.real("momentum", 0.1), .epsilon = s.real("epsilon", 1e-5)});
}

struct LayerMaker {
  const char* name;
  nn::Module (*make)(Settings&);
};

const std::vector<LayerMaker>& makers() {
  static const std::vector<LayerMaker> all{
      {"dense", dense},
      {"conv2d", conv2d},
      {"max_pool2d", max_pool2d},
      {"global_average_pool2d", [](Settings&) { return nn::global_average_pool2d(); }},
      {"flatten", [](Settings&) { return nn::flatten(); }},
      {"batch_norm", batch_norm},
      {"dropout", [](Settings& s) { return nn::dropout({.rate = s.real("rate", 0.5)}); }},
      {"leaky_relu", [](Settings& s) { return nn::leaky_relu_with(s.real("slope", 0.01)); }},
      {"linear", [](Settings&) { return nn::Module(nn::linear); }},
      {"sigmoid", [](Settings&) { return nn::Module(nn::sigmoid); }},
      {"tanh", [](Settings&) { return nn::Module(nn::tanh); }},
      {"relu", [](Settings&) { return nn::Module(nn::relu); }},
      {"softmax", [](Settings&) { return nn::Module(nn::softmax); }},
  };
  return all;
}

}  // namespace

nn::Module make_layer(Settings::Choice& choice) {
  std::vector<std::string> names;
  for (const auto& maker : makers()) {
    names.emplace_back(maker.name);
    if (choice.name != maker.name) continue;
    std::string name = choice.options.text("name", "");
    nn::Module layer = choice.options.placed("", [&] { return maker.make(choice.options); });
    choice.options.done();
    return name.empty() ? layer : layer.named(std::move(name));
  }
  fail("E-NN-01", "{}: unknown layer '{}'{}", choice.options.where(), choice.name,
       suggest(choice.name, names));
}

nn::Loss make_loss(Settings::Choice& choice) {
  const auto names = nn::loss_names();
  if (std::find(names.begin(), names.end(), choice.name) == names.end())
    fail("E-NN-01", "{}: unknown loss '{}'{}", choice.options.where(), choice.name,
         suggest(choice.name, names));
  const bool entropy = choice.name.ends_with("crossentropy");
  const bool logits = entropy && choice.options.flag("from_logits", false);
  choice.options.done();
  return nn::loss(choice.name, logits);
}

optim::Optimizer make_optimizer(Settings::Choice& choice) {
  Settings& s = choice.options;
  const auto finish = [&](optim::Optimizer optimizer) {
    s.done();
    return optimizer;
  };
  if (choice.name == "sgd") {
    const optim::SgdOptions d;
    const optim::SgdOptions o{.learning_rate = s.real("learning_rate", d.learning_rate),
                              .momentum = s.real("momentum", d.momentum),
                              .nesterov = s.flag("nesterov", d.nesterov),
                              .weight_decay = s.real("weight_decay", d.weight_decay)};
    return s.placed("", [&] { return finish(optim::sgd(o)); });
  }
  if (choice.name == "adam") {
    const optim::AdamOptions d;
    const optim::AdamOptions o{.learning_rate = s.real("learning_rate", d.learning_rate),
                               .beta1 = s.real("beta1", d.beta1),
                               .beta2 = s.real("beta2", d.beta2),
                               .epsilon = s.real("epsilon", d.epsilon),
                               .weight_decay = s.real("weight_decay", d.weight_decay)};
    return s.placed("", [&] { return finish(optim::adam(o)); });
  }
  fail("E-NN-01", "{}: unknown optimizer '{}'{}", s.where(), choice.name,
       suggest(choice.name, {"sgd", "adam"}));
}

optim::Schedule make_schedule(Settings::Choice& choice) {
  Settings& s = choice.options;
  optim::Schedule schedule;
  if (choice.name == "constant") {
    schedule = optim::constant();
  } else if (choice.name == "step") {
    const optim::StepOptions o{.every = s.integer("every", 10), .factor = s.real("factor", 0.1)};
    schedule = s.placed("", [&] { return optim::step(o); });
  } else if (choice.name == "cosine") {
    const optim::CosineOptions o{.minimum = s.real("minimum", 0), .warmup = s.real("warmup", 0)};
    schedule = s.placed("", [&] { return optim::cosine(o); });
  } else {
    fail("E-NN-01", "{}: unknown schedule '{}'{}", s.where(), choice.name,
         suggest(choice.name, {"constant", "step", "cosine"}));
  }
  s.done();
  return schedule;
}

}  // namespace glia::experiment
