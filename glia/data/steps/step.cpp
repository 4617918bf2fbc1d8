#include "glia/data/steps/step.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "glia/base/format.h"
#include "glia/base/text.h"

namespace glia::data {
namespace {

constexpr std::array kKinds = {Kind::numeric, Kind::categorical, Kind::date, Kind::text};

StepOption indicator() {
  return {"indicator", false, "one more feature, 1 where the value was missing, if any was"};
}

StepOption min_frequency() {
  return {"min_frequency",
          0.0,
          "categories with fewer training rows become one; below 1 a share of the rows",
          {},
          0};
}

std::vector<StepInfo> numeric_steps() {
  const auto share = [](const char* name, double otherwise) {
    return StepOption{name, otherwise, "a quantile of the training rows", {}, 0, 1};
  };
  return {
      {"drop_iqr",
       "training rows beyond the quartiles by more than this many distances between them are left "
       "out",
       {{"factor", 1.5, "times q3 - q1", {}, 0}}},
      {"drop_z",
       "training rows farther from the mean than this many deviations are left out",
       {{"factor", 3.0, "times the deviation", {}, 0}}},
      {"missing",
       "a number that stands for a missing value, such as 0 for what was not measured",
       {{"value", 0.0, "that number"}}},
      {"clip",
       "values beyond a bound become the bound",
       {{"low", std::monostate(), "the bound below; unless given none"},
        {"high", std::monostate(), "the bound above; unless given none"}}},
      {"winsorize",
       "values beyond two quantiles become these",
       {share("lower", 0.05), share("upper", 0.95)}},
      {"impute_mean", "the mean for what is missing", {indicator()}},
      {"impute_median", "the median for what is missing", {indicator()}},
      {"impute_mode", "the most frequent value, of equal ones the least", {indicator()}},
      {"impute_constant",
       "one value for what is missing",
       {{"value", 0.0, "that value"}, indicator()}},
      {"impute_knn",
       "the mean of the nearest training rows that have the value",
       {{"n_neighbors", std::int64_t{5}, "how many rows", {}, 1},
        {"weights",
         "uniform",
         "of the rows: all the same, or 1 / distance",
         {"uniform", "distance"}},
        indicator()}},
      {"impute_iterative",
       "Bayesian ridge regression on the other columns that ask for it, round by round",
       {{"max_iter", std::int64_t{10}, "rounds, at most", {}, 1, 1000},
        {"tolerance",
         1e-3,
         "ends the rounds: a change below this share of the largest value",
         {},
         0},
        {"initial", "mean", "what the first round begins with", {"mean", "median", "mode"}},
        indicator()}},
      {"standardize", "(value - mean) / deviation"},
      {"min_max",
       "the least value to low, the largest to high",
       {{"low", 0.0, "what the least becomes"}, {"high", 1.0, "what the largest becomes"}}},
      {"robust",
       "(value - median) / distance of two quantiles",
       {share("lower", 0.25), share("upper", 0.75)}},
      {"quantile",
       "the share of training values below, as it is or as a normal deviate",
       {{"n_quantiles",
         std::int64_t{1000},
         "points of the map; at most one for each row",
         {},
         1,
         1e6},
        {"output", "uniform", "the distribution that it makes", {"uniform", "normal"}}}},
      {"power",
       "the power that makes the values most like a normal distribution",
       {{"method", "yeo_johnson", "box_cox takes only numbers above 0", {"yeo_johnson", "box_cox"}},
        {"standardize", true, "mean 0 and deviation 1 afterwards"}}},
      {"none", "nothing at all; stands alone"},
  };
}

std::vector<StepInfo> categorical_steps() {
  return {
      {"impute_mode", "the most frequent category for what is missing", {indicator()}},
      {"impute_constant",
       "a category for what is missing",
       {{"value", "missing", "its name; it need not occur"}, indicator()}},
      {"one_hot", "one feature for each category", {min_frequency()}},
      {"ordinal", "the category's number, in their order; -1 for an unseen one", {min_frequency()}},
      {"frequency", "the category's share of the training rows", {min_frequency()}},
      {"hashing",
       "features that categories share by their MurmurHash3; nothing is fitted",
       {{"n_features", std::int64_t{16}, "how many", {}, 1, 1 << 20},
        {"alternate_sign", true, "half of the categories count as -1"}}},
      {"target",
       "the mean of the target over the category's training rows, shrunk to that of all; training "
       "rows get it from the other folds",
       {{"smooth", "auto", "how many rows of the overall mean are mixed in; auto: by variances"},
        {"folds", std::int64_t{5}, "of the cross-fitting", {}, 2, 1000},
        {"seed", std::int64_t{1}, "of the folds", {}, 0},
        min_frequency()}},
  };
}

std::vector<StepInfo> date_steps() {
  const std::vector<std::string> parts = {"days",    "year",        "month", "day",
                                          "weekday", "day_of_year", "hour"};
  return {
      {"impute_median", "the median date for what is missing", {indicator()}},
      {"date_parts",
       "features of the date; a part that all training rows have in common gives none",
       {{"parts", std::vector<std::string>{"days", "month", "weekday", "hour"},
         "days: since the first training date; weekday: Monday is 0", parts},
        {"cyclic", true, "month, day, weekday, day_of_year and hour as sine and cosine"},
        {"standardize", true, "the others to mean 0 and deviation 1"},
        {"slashes",
         "refuse",
         "what 03/05/2020 means: the third of May, or March the fifth",
         {"refuse", "day_first", "month_first"}}}},
  };
}

std::vector<StepInfo> text_steps() {
  constexpr std::int64_t kMostGrams = 100;
  return {
      {"impute_constant",
       "a text for what is missing, which otherwise has no terms",
       {{"value", "", "that text; an empty one has no terms"}, indicator()}},
      {"tfidf",
       "the weights of terms, more for rare ones",
       {{"max_features",
         std::int64_t{5000},
         "terms that are kept, the most frequent; 0: all",
         {},
         0},
        {"analyzer",
         "words",
         "what terms are made of",
         {"words", "characters", "characters_in_words"}},
        {"rule",
         "unicode",
         "what a word is: by Unicode's boundaries, or two letters or more",
         {"unicode", "scikit_learn"}},
        {"punctuation", false, "marks are words, too"},
        {"lower_case", true, "capital letters are like small ones"},
        {"min_ngram",
         std::int64_t{1},
         "words or characters of a term, at least",
         {},
         1,
         kMostGrams},
        {"max_ngram", std::int64_t{0}, "and at most; 0: as many", {}, 0, kMostGrams},
        {"min_df",
         2.0,
         "training texts that a term stands in: a number, or below 1 a share",
         {},
         0},
        {"max_df", 1.0, "and at most: a share, or above 1 a number", {}, 0},
        {"binary", false, "a term counts once in a text"},
        {"sublinear_tf", false, "1 + ln(count) in place of the count"},
        {"use_idf", true, "rare terms weigh more"},
        {"smooth_idf", true, "as if one more text had every term"},
        {"norm", "l2", "what the weights of a text come to", {"none", "l1", "l2"}}}},
  };
}

const StepInfo* find(Kind kind, std::string_view name) {
  for (const auto& info : known_steps(kind))
    if (info.name == name) return &info;
  return nullptr;
}

[[noreturn]] void wrong(const Step& step, const std::string& option, const std::string& what) {
  fail("E-DATA-100", "{}: {}: {}", shown(step.name), shown(option), what);
}

void expect_words(const Step& step, const StepOption& info, const std::string& word) {
  if (!info.words.empty() &&
      std::find(info.words.begin(), info.words.end(), word) == info.words.end())
    wrong(step, info.name, fmt::format("got '{}'{}", shown(word), suggest(word, info.words)));
}

// The value in the option's own type, within its range.
Step::Value checked(const Step& step, const StepOption& info, const Step::Value& given) {
  const bool number = std::holds_alternative<double>(info.otherwise) ||
                      std::holds_alternative<std::monostate>(info.otherwise);
  const bool whole = std::holds_alternative<std::int64_t>(info.otherwise);
  if (number || whole) {
    if (!whole && std::holds_alternative<std::monostate>(given)) return info.otherwise;
    const auto* integer = std::get_if<std::int64_t>(&given);
    const auto* real = std::get_if<double>(&given);
    if (!integer && (whole || !real))
      wrong(step, info.name, whole ? "expected a whole number" : "expected a number");
    const double value = integer ? static_cast<double>(*integer) : *real;
    if (!std::isfinite(value) || value < info.least || value > info.most)
      wrong(step, info.name,
            fmt::format("got {}, expected {} to {}", value, info.least, info.most));
    return whole ? given : Step::Value(value);
  }
  if (given.index() != info.otherwise.index())
    wrong(step, info.name,
          std::holds_alternative<bool>(info.otherwise)          ? "expected true or false"
          : std::holds_alternative<std::string>(info.otherwise) ? "expected a text"
                                                                : "expected a list of texts");
  if (const auto* word = std::get_if<std::string>(&given)) expect_words(step, info, *word);
  if (const auto* list = std::get_if<std::vector<std::string>>(&given))
    for (const auto& word : *list) expect_words(step, info, word);
  return given;
}

void check_together(const Step& step) {
  const auto below = [&](const char* low, const char* high) {
    const auto a = step.maybe(low), b = step.maybe(high);
    if (a && b && *a >= *b) wrong(step, low, fmt::format("{} is not below {} ({})", *a, high, *b));
  };
  if (step.options.contains("low")) below("low", "high");
  if (step.options.contains("lower")) below("lower", "upper");
  if (step.name == "clip" && !step.maybe("low") && !step.maybe("high"))
    wrong(step, "low", "neither it nor high is given");
  if (step.name == "date_parts" &&
      std::get<std::vector<std::string>>(step.options.at("parts")).empty())
    wrong(step, "parts", "the list is empty");
  if (step.name == "tfidf" && step.whole("max_ngram") != 0 &&
      step.whole("max_ngram") < step.whole("min_ngram"))
    wrong(step, "max_ngram",
          fmt::format("{} is below min_ngram ({})", step.whole("max_ngram"),
                      step.whole("min_ngram")));
  if (step.name == "target" && step.text("smooth") != "auto") {
    const auto value = parse_number(step.text("smooth"));
    if (!value || *value < 0)
      wrong(
          step, "smooth",
          fmt::format("got '{}', expected auto or a number from 0 on", shown(step.text("smooth"))));
  }
}

bool imputes(const Step& step) { return step.name.starts_with("impute_"); }
bool drops(const Step& step) { return step.name.starts_with("drop_"); }
bool is_linear(const Step& step) {
  return step.name == "standardize" || step.name == "min_max" || step.name == "robust";
}

[[noreturn]] void bad_order(Kind kind, const std::string& what) {
  fail("E-DATA-14", "preprocess.{}: {}", name_of(kind), what);
}

void check_numeric(const Chain& chain) {
  const Step* imputer = nullptr;
  for (std::size_t i = 0; i < chain.size(); ++i) {
    const Step& step = chain[i];
    if (step.name == "none" && chain.size() > 1)
      bad_order(Kind::numeric, "'none' stands alone; leave it out beside other steps");
    if (drops(step) && i > 0 && !drops(chain[i - 1]))
      bad_order(Kind::numeric,
                fmt::format("'{}' looks at the values of the file; it stands before '{}'",
                            step.name, chain[0].name));
    if (step.name == "missing" && i > 0 && !drops(chain[i - 1]) && chain[i - 1].name != "missing")
      bad_order(Kind::numeric,
                fmt::format("'missing' looks at the values of the file; it stands before '{}'",
                            chain[i - 1].name));
    if (imputes(step) && imputer)
      bad_order(Kind::numeric, fmt::format("'{}' cannot follow '{}', which leaves nothing missing",
                                           step.name, imputer->name));
    if (i > 0 && is_linear(step) && is_linear(chain[i - 1]))
      bad_order(Kind::numeric, fmt::format("'{}' cannot follow '{}', which it would undo; take one",
                                           step.name, chain[i - 1].name));
    if (imputes(step)) imputer = &step;
  }
}

// One impute step or none, then one of the others.
void check_pair(Kind kind, const Chain& chain) {
  const std::size_t first = !chain.empty() && imputes(chain[0]) ? 1 : 0;
  if (chain.size() > first + 1 || (chain.size() == first + 1 && imputes(chain[first])))
    bad_order(kind,
              fmt::format("'{}' cannot follow '{}'; expected one impute step at most, then one "
                          "that makes features",
                          chain.back().name, chain[chain.size() - 2].name));
}

}  // namespace

double Step::number(const std::string& option) const {
  const Value& value = options.at(option);
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return static_cast<double>(*integer);
  return std::get<double>(value);
}
std::int64_t Step::whole(const std::string& option) const {
  return std::get<std::int64_t>(options.at(option));
}
bool Step::flag(const std::string& option) const { return std::get<bool>(options.at(option)); }
const std::string& Step::text(const std::string& option) const {
  return std::get<std::string>(options.at(option));
}
std::optional<double> Step::maybe(const std::string& option) const {
  if (std::holds_alternative<std::monostate>(options.at(option))) return std::nullopt;
  return number(option);
}

const std::vector<StepInfo>& known_steps(Kind kind) {
  static const auto numeric = numeric_steps(), categorical = categorical_steps(),
                    dates = date_steps(), texts = text_steps();
  static const std::vector<StepInfo> nothing;
  switch (kind) {
    case Kind::numeric:
      return numeric;
    case Kind::categorical:
      return categorical;
    case Kind::date:
      return dates;
    case Kind::text:
      return texts;
    default:
      return nothing;
  }
}

std::span<const Kind> kinds_with_steps() { return kKinds; }

Step complete(Kind kind, const Step& step) {
  const StepInfo* info = find(kind, step.name);
  if (!info) {
    std::vector<std::string> names;
    for (const auto& known : known_steps(kind)) names.push_back(known.name);
    fail("E-DATA-14", "preprocess.{}: unknown step '{}'{}", name_of(kind), shown(step.name),
         suggest(step.name, names));
  }
  Step whole(step.name);
  std::vector<std::string> names;
  for (const auto& option : info->options) {
    const auto given = step.options.find(option.name);
    whole.options[option.name] =
        checked(step, option, given == step.options.end() ? option.otherwise : given->second);
    names.push_back(option.name);
  }
  for (const auto& [name, value] : step.options)
    if (!whole.options.contains(name))
      wrong(step, name,
            names.empty() ? "the step has no options" : "unknown" + suggest(name, names));
  check_together(whole);
  return whole;
}

Chain complete(Kind kind, const Chain& chain) {
  Chain whole;
  for (const auto& step : chain) whole.push_back(complete(kind, step));
  if (kind == Kind::numeric) {
    check_numeric(whole);
    return whole;
  }
  check_pair(kind, whole);
  if (whole.empty() || imputes(whole.back()))
    whole.push_back(complete(kind, kind == Kind::date   ? "date_parts"
                                   : kind == Kind::text ? "tfidf"
                                                        : "one_hot"));
  return whole;
}

std::optional<Kind> kind_of(const Chain& chain) {
  std::optional<Kind> only;
  for (const Kind kind : kKinds) {
    if (chain.empty() || !std::all_of(chain.begin(), chain.end(), [&](const Step& step) {
          return find(kind, step.name) != nullptr;
        }))
      continue;
    if (only) return std::nullopt;
    only = kind;
  }
  return only;
}

}  // namespace glia::data
