// The steps that columns go through: data.preprocess, and data.columns.
#include <algorithm>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/experiment/parts.h"

namespace glia::experiment {
namespace {

using data::Chain;
using data::Kind;
using data::Step;
using data::StepInfo;
using data::StepOption;

const StepInfo* find_step(Kind kind, const std::string& name) {
  for (const auto& info : data::known_steps(kind))
    if (info.name == name) return &info;
  return nullptr;
}

// An option of a step: its default says of which type it is.
struct ReadOption {
  Settings& s;
  const StepOption& option;

  Step::Value operator()(std::monostate) const {
    const auto given = s.real(option.name, option.meaning);
    return given ? Step::Value(*given) : Step::Value();
  }
  Step::Value operator()(bool otherwise) const {
    return s.flag(option.name, otherwise, option.meaning);
  }
  Step::Value operator()(std::int64_t otherwise) const {
    return s.integer(option.name, otherwise, option.meaning);
  }
  Step::Value operator()(double otherwise) const {
    return s.real(option.name, otherwise, option.meaning);
  }
  Step::Value operator()(const std::string& otherwise) const {
    return option.words.empty() ? s.text(option.name, otherwise, option.meaning)
                                : s.one_of(option.name, otherwise, option.words, option.meaning);
  }
  Step::Value operator()(const std::vector<std::string>& otherwise) const {
    return s.texts(option.name, otherwise, option.meaning);
  }
};

// The option that `impute_constant: 0` gives, or "".
std::string short_option(const StepInfo& info) {
  return info.options.empty() || info.options.front().name == "indicator"
             ? ""
             : info.options.front().name;
}

Step read_step(Kind kind, Settings::Choice choice, double constant) {
  Settings& s = choice.options;
  const StepInfo* info = find_step(kind, choice.name);
  if (!info) s.placed("", [&] { return data::complete(kind, Step(choice.name)); });  // E-DATA-14
  if (const auto option = short_option(*info); s.has_value() && !option.empty())
    s.give_value(option, {});
  StepInfo with = *info;
  if (kind == Kind::numeric && with.name == "impute_constant")
    with.options.front().otherwise = constant;
  return read_step_options(s, kind, with);
}

Chain read_chain(Settings& steps, Kind kind, const Chain& otherwise, double constant,
                 std::string_view meaning) {
  const std::string key(data::name_of(kind));
  std::vector<std::string> names;
  for (const auto& step : otherwise) names.push_back(step.name);
  steps.describe(key, "list of steps", fmt::format("[{}]", fmt::join(names, ", ")), meaning);
  if (steps.describing()) return otherwise;
  Chain chain;
  if (steps.has(key) && !steps.is_list(key))  // a single one
    chain.push_back(read_step(kind, *steps.choice(key, "step", meaning), constant));
  else
    for (auto& item : steps.list_of_maps(key, meaning, names))
      chain.push_back(read_step(kind, item.only_choice(), constant));
  steps.placed(key, [&] { return data::complete(kind, chain); });  // their order
  return chain;
}

// The kind of column that a chain of one column is for.
Kind kind_for(const Settings& columns, const std::string& name, const Chain& names) {
  if (const auto kind = data::kind_of(names)) return *kind;
  std::vector<std::string> known;
  for (const Kind kind : data::kinds_with_steps())
    for (const auto& info : data::known_steps(kind)) known.push_back(info.name);
  for (const auto& step : names)
    if (std::find(known.begin(), known.end(), step.name) == known.end())
      fail("E-DATA-14", "{}: unknown step '{}'{}", columns.where(name), shown(step.name),
           suggest(step.name, known));
  fail("E-DATA-14",
       "{}: these steps do not say one kind of column: expected steps of numbers, of categories, "
       "of dates or of texts, and more than an imputation",
       columns.where(name));
}

std::string step_name(const YAML::Node& node) {
  if (node.IsScalar()) return node.Scalar();
  return node.IsMap() && node.size() == 1 ? node.begin()->first.Scalar() : "";
}

// `age: [impute_knn, {quantile: {output: normal}}]`, `city: {target: {smooth: 10}}`, `age: power`.
void read_own_steps(Settings& columns, const std::string& name, const YAML::Node& node,
                    data::PreprocessOptions& options) {
  Chain names;
  if (node.IsSequence())
    for (const auto& item : node) names.emplace_back(step_name(item));
  else
    names.emplace_back(step_name(node));
  const Kind kind = kind_for(columns, name, names);
  Chain chain;
  if (node.IsSequence())
    for (auto& item : columns.list_of_maps(name, ""))
      chain.push_back(read_step(kind, item.only_choice(), options.constant));
  else
    chain.push_back(read_step(kind, *columns.choice(name, "step", ""), options.constant));
  columns.placed(name, [&] { return data::complete(kind, chain); });
  options.steps.insert_or_assign(name, std::move(chain));
}

void read_columns(Settings& data, data::PreprocessOptions& options) {
  constexpr auto kMeaning =
      "numeric, categorical, date or drop, where it is not what it looks like; or steps of its "
      "own, such as tfidf of a text";
  data.describe("columns", "{column: kind or steps}", "", kMeaning);
  if (!data.has("columns")) return;
  if (!data.is_map("columns"))
    fail("E-EXP-03", "{}: expected column: kind (numeric, categorical, date, drop) or steps",
         data.where("columns"));
  const YAML::Node node = data.raw("columns", "", "");
  Settings columns = *data.map("columns", kMeaning);
  for (const auto& entry : node) {
    const auto name = entry.first.Scalar();
    const std::string word = entry.second.IsScalar() ? entry.second.Scalar() : "";
    const auto kinds = data::kinds_with_steps();
    const bool is_step =
        !word.empty() && std::any_of(kinds.begin(), kinds.end(),
                                     [&](const Kind kind) { return find_step(kind, word); });
    if (!is_step && entry.second.IsScalar())
      options.columns[name] =
          columns.placed(name, [&] { return data::kind_from(columns.required_text(name, "")); });
    else
      read_own_steps(columns, name, entry.second, options);
  }
  columns.done();
}

}  // namespace

data::Step read_step_options(Settings& s, data::Kind kind, const data::StepInfo& info) {
  Step step(info.name);
  for (const StepOption& option : info.options)
    step.options[option.name] = std::visit(ReadOption{s, option}, option.otherwise);
  if (s.describing()) return step;
  s.done();  // an unknown option is told before a value that is missing
  return s.placed("", [&] { return data::complete(kind, step); });
}

std::vector<Entry> step_entries(data::Kind kind) {
  std::vector<Entry> entries;
  for (const auto& info : data::known_steps(kind))
    entries.push_back({info.name, info.meaning, short_option(info),
                       options_of([&](Settings& s) { read_step_options(s, kind, info); })});
  return entries;
}

void read_preprocess(Settings& data, data::PreprocessOptions& options) {
  Settings steps = data.map_or_empty(
      "preprocess", "what columns go through, fitted on the training rows", "numeric");
  options.constant = steps.real("constant", 0, "of impute_constant of numbers");
  options.numeric = read_chain(steps, Kind::numeric, options.numeric, options.constant,
                               "of numbers; `glia help numeric_steps` lists them");
  options.categorical = read_chain(steps, Kind::categorical, options.categorical, 0,
                                   "of categories; `glia help categorical_steps` lists them");
  options.date =
      read_chain(steps, Kind::date, options.date, 0, "of dates; `glia help date_steps` lists them");
  steps.done();
  read_columns(data, options);
}

}  // namespace glia::experiment
