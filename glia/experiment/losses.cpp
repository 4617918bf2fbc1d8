// Losses from their settings.
#include <algorithm>

#include "glia/experiment/makers.h"
#include "glia/experiment/parts.h"

namespace glia::experiment {
namespace {

std::optional<int> axis(Settings& s) {
  return s.integer<int>("axis",
                        "of the classes; unless given 1 for images and the last for all others");
}

bool from_logits(Settings& s) {
  return s.flag("from_logits", false, "the model ends without its sigmoid or softmax");
}

nn::CrossentropyOptions crossentropy(Settings& s) {
  nn::CrossentropyOptions o;
  o.from_logits = from_logits(s);
  o.label_smoothing = s.real("label_smoothing", o.label_smoothing,
                             "share of each target that is spread over all classes");
  o.class_weight = s.reals("class_weight", o.class_weight, "factor of each class");
  return o;
}

nn::Loss binary_crossentropy(Settings& s) {
  auto o = crossentropy(s);
  o.pos_weight = s.reals("pos_weight", o.pos_weight, "factor of the yes of each column, or of all");
  return nn::binary_crossentropy(o);
}

nn::Loss categorical_crossentropy(Settings& s) {
  auto o = crossentropy(s);
  o.axis = axis(s);
  return nn::categorical_crossentropy(o);
}

nn::Loss sparse_categorical_crossentropy(Settings& s) {
  auto o = crossentropy(s);
  o.axis = axis(s);
  o.ignore_index =
      s.integer("ignore_index", "a class number that counts nothing; unless given none");
  return nn::sparse_categorical_crossentropy(o);
}

nn::FocalOptions focal(Settings& s) {
  nn::FocalOptions o;
  o.from_logits = from_logits(s);
  o.gamma = s.real("gamma", o.gamma, "how much less what is easy counts");
  o.alpha = s.real("alpha", o.alpha, "factor (balanced: of the yes)");
  return o;
}

nn::Loss binary_focal_crossentropy(Settings& s) {
  auto o = focal(s);
  o.balanced = s.flag("balanced", o.balanced, "yes counts alpha, no 1 - alpha");
  return nn::binary_focal_crossentropy(o);
}

nn::Loss dice(Settings& s) {
  nn::DiceOptions o;
  o.from_logits = from_logits(s);
  o.smooth = s.real("smooth", o.smooth, "is added above and below the line");
  return nn::dice(o);
}

nn::Loss kl_divergence(Settings& s) {
  nn::KlDivergenceOptions o;
  o.from_logits = from_logits(s);
  o.log_target = s.flag("log_target", o.log_target, "the target holds logarithms");
  return nn::kl_divergence(o);
}

nn::Loss poisson(Settings& s) {
  nn::PoissonOptions o;
  o.log_input = s.flag("log_input", o.log_input, "the prediction is the logarithm of the rate");
  o.full = s.flag("full", o.full, "with Stirling's approximation of ln(target!)");
  return nn::poisson(o);
}

nn::Loss triplet(Settings& s) {
  nn::TripletOptions o;
  o.margin = s.real("margin", o.margin, "distance beyond which nothing is asked for");
  o.p = s.real("p", o.p, "of the norm");
  return nn::triplet(o);
}

nn::Loss ctc(Settings& s) {
  nn::CtcOptions o;
  o.blank = s.integer("blank", o.blank, "the class that stands for no label");
  o.zero_infinity =
      s.flag("zero_infinity", o.zero_infinity, "rows whose labels do not fit count nothing");
  return nn::ctc(o);
}

// One without options.
Maker<nn::Loss> plain(const char* name, const char* meaning) {
  return {name, meaning, [name](Settings&) { return nn::loss(name); }};
}

const Makers<nn::Loss>& makers() {
  static const Makers<nn::Loss> all{
      plain("mean_squared_error", "numbers: the squared difference; mse for short"),
      plain("mean_absolute_error", "numbers: the size of the difference; mae for short"),
      plain("mean_absolute_percentage_error", "numbers: the difference in percent of the target"),
      plain("mean_squared_logarithmic_error", "numbers from 0: the squared ratio, nearly"),
      {"huber", "numbers: squared near 0, straight beyond delta",
       [](Settings& s) { return nn::huber(s.real("delta", 1, "where it becomes straight")); }},
      plain("log_cosh", "numbers: ln(cosh(difference))"),
      {"poisson", "counts: how unlikely they are at the predicted rate", poisson},
      plain("cosine_similarity", "vectors: less the cosine of the angle between them"),
      {"binary_crossentropy", "yes or no: for sigmoid", binary_crossentropy},
      {"categorical_crossentropy", "classes as one-hot rows: for softmax",
       categorical_crossentropy},
      {"sparse_categorical_crossentropy", "classes as numbers: for softmax",
       sparse_categorical_crossentropy},
      {"binary_focal_crossentropy", "yes or no, where what is easy counts less",
       binary_focal_crossentropy},
      {"categorical_focal_crossentropy", "one-hot rows, where what is easy counts less",
       [](Settings& s) { return nn::categorical_focal_crossentropy(focal(s)); }},
      {"dice", "masks: how little they overlap", dice},
      plain("hinge", "yes or no by the sign of a score"),
      plain("squared_hinge", "the square of hinge"),
      plain("categorical_hinge", "one-hot rows: the right score is to be larger by 1"),
      {"kl_divergence", "distributions: Kullback and Leibler's divergence", kl_divergence},
      {"contrastive", "pairs [N, 2, D]: near where alike, far where not; in C++ programs only",
       [](Settings& s) {
         return nn::contrastive(s.real("margin", 1, "distance beyond which nothing is asked for"));
       }},
      {"triplet", "triplets [N, 3, D]: the anchor nearer to the positive; in C++ programs only",
       triplet},
      {"ctc", "sequences of labels without their places; in C++ programs only", ctc},
  };
  return all;
}

}  // namespace

std::vector<Entry> loss_entries() { return entries_of(makers()); }

nn::Loss make_loss(Settings::Choice& choice) {
  const auto names = names_of(makers());
  if (std::find(names.begin(), names.end(), choice.name) == names.end()) {
    try {
      choice.name = nn::loss(choice.name).name;  // a short form
    } catch (const Error&) {                     // make() says which name is near
    }
  }
  auto loss = make(makers(), "loss", choice);
  choice.options.done();
  choice.options.place(loss.apply);
  choice.options.place(loss.to_prediction);
  return loss;
}

}  // namespace glia::experiment
