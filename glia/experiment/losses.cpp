// Losses from their settings.
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/experiment/parts.h"

namespace glia::experiment {
namespace {

template <class T>
std::optional<T> if_given(Settings& s, const std::string& key) {
  if (!s.has(key)) return std::nullopt;
  return static_cast<T>(s.integer(key, 0));
}

bool from_logits(Settings& s) { return s.flag("from_logits", false); }

nn::CrossentropyOptions crossentropy(Settings& s) {
  nn::CrossentropyOptions o;
  o.from_logits = from_logits(s);
  o.label_smoothing = s.real("label_smoothing", 0);
  o.class_weight = s.reals("class_weight", {});
  return o;
}

nn::Loss binary_crossentropy(Settings& s) {
  auto o = crossentropy(s);
  o.pos_weight = s.reals("pos_weight", {});
  return nn::binary_crossentropy(o);
}

nn::Loss categorical_crossentropy(Settings& s) {
  auto o = crossentropy(s);
  o.axis = if_given<int>(s, "axis");
  return nn::categorical_crossentropy(o);
}

nn::Loss sparse_categorical_crossentropy(Settings& s) {
  auto o = crossentropy(s);
  o.axis = if_given<int>(s, "axis");
  o.ignore_index = if_given<std::int64_t>(s, "ignore_index");
  return nn::sparse_categorical_crossentropy(o);
}

nn::FocalOptions focal(Settings& s) {
  nn::FocalOptions o;
  o.from_logits = from_logits(s);
  o.gamma = s.real("gamma", o.gamma);
  o.alpha = s.real("alpha", o.alpha);
  return o;
}

nn::Loss binary_focal_crossentropy(Settings& s) {
  auto o = focal(s);
  o.balanced = s.flag("balanced", o.balanced);
  return nn::binary_focal_crossentropy(o);
}

nn::Loss dice(Settings& s) {
  nn::DiceOptions o;
  o.from_logits = from_logits(s);
  o.smooth = s.real("smooth", o.smooth);
  return nn::dice(o);
}

nn::Loss kl_divergence(Settings& s) {
  nn::KlDivergenceOptions o;
  o.from_logits = from_logits(s);
  o.log_target = s.flag("log_target", o.log_target);
  return nn::kl_divergence(o);
}

nn::Loss poisson(Settings& s) {
  nn::PoissonOptions o;
  o.log_input = s.flag("log_input", o.log_input);
  o.full = s.flag("full", o.full);
  return nn::poisson(o);
}

nn::Loss triplet(Settings& s) {
  nn::TripletOptions o;
  o.margin = s.real("margin", o.margin);
  o.p = s.real("p", o.p);
  return nn::triplet(o);
}

nn::Loss ctc(Settings& s) {
  nn::CtcOptions o;
  o.blank = s.integer("blank", o.blank);
  o.zero_infinity = s.flag("zero_infinity", o.zero_infinity);
  return nn::ctc(o);
}

struct LossMaker {
  const char* name;
  nn::Loss (*make)(Settings&);
};

// Those with options; all others are known by their name.
const std::vector<LossMaker>& with_options() {
  static const std::vector<LossMaker> makers{
      {"huber", [](Settings& s) { return nn::huber(s.real("delta", 1)); }},
      {"poisson", poisson},
      {"binary_crossentropy", binary_crossentropy},
      {"categorical_crossentropy", categorical_crossentropy},
      {"sparse_categorical_crossentropy", sparse_categorical_crossentropy},
      {"binary_focal_crossentropy", binary_focal_crossentropy},
      {"categorical_focal_crossentropy",
       [](Settings& s) { return nn::categorical_focal_crossentropy(focal(s)); }},
      {"dice", dice},
      {"kl_divergence", kl_divergence},
      {"contrastive", [](Settings& s) { return nn::contrastive(s.real("margin", 1)); }},
      {"triplet", triplet},
      {"ctc", ctc},
  };
  return makers;
}

nn::Loss make(const std::string& name, Settings& options) {
  for (const auto& maker : with_options())
    if (name == maker.name) return maker.make(options);
  return nn::loss(name);
}

}  // namespace

nn::Loss make_loss(Settings::Choice& choice) {
  auto loss = choice.options.placed("", [&] { return make(choice.name, choice.options); });
  choice.options.done();
  return loss;
}

}  // namespace glia::experiment
