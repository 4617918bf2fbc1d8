// Fitting, on rows that are there at once or come in pieces.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/each.h"
#include "glia/data/preprocess.h"
#include "glia/data/preprocess_parts.h"
#include "glia/data/steps/category.h"
#include "glia/data/steps/date.h"
#include "glia/data/steps/imputers.h"
#include "glia/data/steps/number.h"
#include "glia/data/steps/numeric.h"
#include "glia/data/steps/terms.h"

namespace glia::data {
namespace {

// Of a column whose rows come in pieces: what it takes to count them must not grow without end.
constexpr std::int64_t kMostCategories = 1'000'000;
constexpr std::int64_t kMostTerms = 4'000'000;
constexpr std::int64_t kNoBound = std::numeric_limits<std::int64_t>::max();

// Says of which column an error is.
template <class Make>
auto placed(const std::string& source, const std::string& column, Make make) -> decltype(make()) {
  try {
    return make();
  } catch (const Error& error) {
    std::string message = error.what();
    if (const auto code = message.rfind(" [" + error.code() + "]"); code != message.npos)
      message.resize(code);
    if (message == "no value") message = "it has no value in the training rows; declare it drop";
    throw Error(error.code(), fmt::format("{}: column '{}': {}", source, shown(column), message));
  }
}

struct Column {
  std::string name;
  Kind kind = Kind::numeric;
  Chain drops;  // of numbers: these come before all others
  std::unique_ptr<Sample> drop_sample = {};
  std::vector<DropOutside> bounds = {};
  std::optional<NumberFitter> number = {};
  std::optional<CategoryFitter> category = {};
  std::optional<DateFitter> date = {};
  std::optional<TextFitter> text = {};
};

// What a group of columns has in common; an indicator is each column's own.
Step without_indicator(Step step) {
  step.options.erase("indicator");
  return step;
}

}  // namespace

// Pieces wait for others until there is work for all threads: each thread fits columns of its own,
// a column takes the pieces in their order, and so what comes out is the same with any number of
// them.
struct PreprocessFitter::State {
  struct Part {
    Table table;
    std::vector<std::int64_t> rows;
  };
  static constexpr std::int64_t kCellsAtOnce = 1 << 22;  // 32 MB, and their text

  State(PreprocessOptions o, bool in_pieces)
      : options(std::move(o)),
        streamed(in_pieces),
        sample(in_pieces ? streamed_sample : exact_sample) {
    if (streamed && options.target) targets.emplace(*options.target);
  }

  PreprocessOptions options;
  bool streamed;
  int threads = streamed ? 0 : 1;  // of each()
  std::vector<Part> waiting = {};
  std::int64_t cells = 0;
  MakeSample sample;
  std::string source = {};
  bool begun = false;
  // The target and the drop steps are fitted before all else.
  bool first = true, first_alone = false;
  std::int64_t rows = 0, rows_before = -1, kept = 0;
  Schema schema = {};
  std::vector<Column> columns = {};
  std::vector<Imputer> imputers = {};
  std::optional<TargetFitter> targets = {};
  std::optional<Target> target = {};

  void begin(const Table& table, Rows some);
  const Chain& chain_of(Kind kind) const;
  Chain chain_of(const ColumnInfo& info) const;
  void make_column(const ColumnInfo& info);
  void add(const Table& table, Rows some);
  void add_waiting();
  void add_first(const std::vector<Part>& parts);
  void finish_first();
  std::vector<Part> staying(const std::vector<Part>& parts) const;
  void add_columns(const std::vector<Part>& parts);
  void add_number(Column& column, const Table& table, Rows some);
  TargetValues target_values(const Table& table, Rows some) const;
  void fit_together();
  bool next_pass();
  [[noreturn]] void fail_without_rows() const {
    fail("E-DATA-108", "{}: the drop steps leave no row to train on; take larger factors", source);
  }
};

const Chain& PreprocessFitter::State::chain_of(Kind kind) const {
  if (kind == Kind::numeric) return options.numeric;
  return kind == Kind::categorical ? options.categorical : options.date;
}

Chain PreprocessFitter::State::chain_of(const ColumnInfo& info) const {
  const auto own = options.steps.find(info.name);
  Chain chain = own != options.steps.end() ? own->second : chain_of(info.kind);
  if (info.kind == Kind::numeric)
    for (Step& step : chain)
      if (step.name == "impute_constant") step.options.try_emplace("value", options.constant);
  return placed(source, info.name, [&] { return complete(info.kind, chain); });
}

void PreprocessFitter::State::make_column(const ColumnInfo& info) {
  Column column{info.name, info.kind, {}};
  Chain chain = chain_of(info);
  if (info.kind == Kind::categorical) {
    column.category.emplace(chain, streamed ? kMostCategories : kNoBound);
    if (column.category->wants_target() && !options.target)
      fail("E-DATA-105", "{}: column '{}' is to be encoded by its target, and there is none",
           source, shown(info.name));
    first_alone = first_alone || column.category->wants_target();
  } else if (info.kind == Kind::date) {
    column.date.emplace(chain, sample);
  } else if (info.kind == Kind::text) {
    column.text.emplace(chain, streamed ? kMostTerms : kNoBound);
  } else {
    const auto split = std::find_if(chain.begin(), chain.end(), [](const Step& step) {
      return !step.name.starts_with("drop_");
    });
    column.drops.assign(chain.begin(), split);
    chain.erase(chain.begin(), split);
    if (!column.drops.empty()) column.drop_sample = sample({}), first_alone = true;
    if (streamed)
      for (const Step& step : chain)
        if (fills_together(step))
          fail("E-DATA-103",
               "{}: column '{}': {} needs all rows at once, and these come in pieces; take "
               "impute_median, or a file that fits into memory",
               source, shown(info.name), step.name);
    column.number.emplace(chain, sample);
  }
  columns.push_back(std::move(column));
}

void PreprocessFitter::State::begin(const Table& table, Rows some) {
  begun = true;
  source = table.source();
  for (const Kind kind : {Kind::numeric, Kind::categorical, Kind::date})
    complete(kind, chain_of(kind));  // E-DATA-14, also where no column is of the kind
  if (some.empty()) fail("E-DATA-34", "{}: no rows to fit the preprocessing on", source);
  SchemaOptions kinds{.kinds = options.columns, .max_categories = options.max_categories};
  for (const auto& [name, chain] : options.steps) {
    table.column(name);  // E-DATA-10
    if (const auto kind = kind_of(chain)) kinds.kinds.try_emplace(name, *kind);
  }
  if (options.target && (options.columns.contains(options.target->column) ||
                         options.steps.contains(options.target->column)))
    fail("E-DATA-24", "columns: '{}' is the target, not a feature; leave it out there",
         shown(options.target->column));
  if (options.target && !streamed) target = Target::fit(table, some, *options.target);
  schema = infer_schema(table, some, kinds);
  for (const auto& info : schema.columns)
    if (!(options.target && info.name == options.target->column) && info.kind != Kind::drop &&
        (info.kind != Kind::text || options.steps.contains(info.name)))
      make_column(info);
  if (columns.empty())
    fail("E-DATA-12",
         "{}: no column is left to learn from: all are text, dropped or the target; declare "
         "one numeric, categorical or date, or give a text the step tfidf",
         source);
}

void PreprocessFitter::State::add(const Table& table, Rows some) {
  table.check_rows(some);
  if (!begun) begin(table, some);
  rows += std::ssize(some);
  waiting.push_back({table, {some.begin(), some.end()}});
  cells += table.rows() * table.columns();
  if (!streamed || cells >= kCellsAtOnce) add_waiting();
}

void PreprocessFitter::State::add_waiting() {
  const auto parts = std::exchange(waiting, {});
  cells = 0;
  if (parts.empty()) return;
  if (first) add_first(parts);
  if (first && !streamed) finish_first();
  if (first && first_alone) return;
  const auto some = staying(parts);
  add_columns(some);
  for (const Part& part : some) kept += std::ssize(part.rows);
  if (!streamed) fit_together();
}

void PreprocessFitter::State::add_first(const std::vector<Part>& parts) {
  std::vector<std::function<void(const Part&)>> work;
  if (targets) work.emplace_back([&](const Part& part) { targets->add(part.table, part.rows); });
  for (Column& column : columns)
    if (column.drop_sample)
      work.emplace_back([&](const Part& part) {
        column.drop_sample->add(part.table.numbers(part.table.column(column.name), part.rows));
      });
  each(std::ssize(work), threads, [&](std::int64_t i) {
    for (const Part& part : parts)
      if (!part.rows.empty()) work[static_cast<std::size_t>(i)](part);
  });
}

// Without the rows that drop steps leave out.
std::vector<PreprocessFitter::State::Part> PreprocessFitter::State::staying(
    const std::vector<Part>& parts) const {
  std::vector<DropColumn> drops;
  for (const Column& column : columns)
    if (!column.bounds.empty()) drops.push_back({column.name, column.bounds});
  if (drops.empty()) return parts;
  auto some = parts;
  each(std::ssize(some), threads, [&](std::int64_t i) {
    auto& [table, part_rows] = some[static_cast<std::size_t>(i)];
    part_rows = rows_within(table, part_rows, drops, nullptr);
  });
  if (!streamed && some.front().rows.empty()) fail_without_rows();
  return some;
}

void PreprocessFitter::State::finish_first() {
  if (targets) target = targets->finish();
  for (Column& column : columns) {
    for (const Step& step : column.drops)
      column.bounds.push_back(std::get<DropOutside>(
          placed(source, column.name, [&] { return fit_step(step, *column.drop_sample); })));
    column.drop_sample.reset();
  }
  first = false;
}

TargetValues PreprocessFitter::State::target_values(const Table& table, Rows some) const {
  TargetValues targets;
  if (std::none_of(columns.begin(), columns.end(), [](const Column& column) {
        return column.category && column.category->wants_target();
      }))
    return targets;
  if (target->task == Task::regression) {
    targets.values = target->values(table, some);
    for (double& y : targets.values) y = (y - target->mean) / target->std;
    return targets;
  }
  const Tensor classes = target->transform(table, some);
  if (target->task == Task::multiclass)
    targets.outputs = target->classes(), targets.labels = target->labels;
  for (const auto c : classes.data<std::int64_t>())
    if (targets.outputs == 1)
      targets.values.push_back(static_cast<double>(c));
    else
      for (std::int64_t o = 0; o < targets.outputs; ++o) targets.values.push_back(o == c ? 1 : 0);
  return targets;
}

void PreprocessFitter::State::add_number(Column& column, const Table& table, Rows some) {
  auto values = table.numbers(table.column(column.name), some);
  mark_missing(column.number->steps(), values);
  if (!column.number->imputes())
    for (std::size_t i = 0; i < values.size(); ++i)
      if (std::isnan(values[i]))
        fail("E-DATA-31",
             "{}: column '{}' has no value here, and no step imputes it; add impute_median",
             table.where(some[i]), shown(column.name));
  column.number->add(std::move(values));
  // What is there at once is fitted at once, so that no values are kept longer than needed.
  if (!streamed) placed(source, column.name, [&] { column.number->fit(); });
}

void PreprocessFitter::State::add_columns(const std::vector<Part>& parts) {
  std::vector<TargetValues> wanted(parts.size());
  std::vector<std::int64_t> positions;  // of each part's first row among all
  std::int64_t position = kept;
  for (const Part& part : parts) {
    positions.push_back(position);
    position += std::ssize(part.rows);
  }
  each(std::ssize(parts), threads, [&](std::int64_t i) {
    const Part& part = parts[static_cast<std::size_t>(i)];
    wanted[static_cast<std::size_t>(i)] = target_values(part.table, part.rows);
  });
  each(std::ssize(columns), threads, [&](std::int64_t c) {
    Column& column = columns[static_cast<std::size_t>(c)];
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const auto& [table, some] = parts[i];
      const std::int64_t at = table.column(column.name);
      if (column.number)
        add_number(column, table, some);
      else if (column.category)
        column.category->add(table, some, at, wanted[i], positions[i]);
      else if (column.date)
        column.date->add(read_dates(table, some, at, column.date->slashes()));
      else
        placed(source, column.name, [&] { column.text->add(table, some, at); });
    }
  });
}

// Steps of several columns: those that ask for the same step are imputed together.
void PreprocessFitter::State::fit_together() {
  std::vector<std::pair<Step, std::vector<Column*>>> groups;
  for (Column& column : columns) {
    if (!column.number || !column.number->together()) continue;
    const Step step = without_indicator(*column.number->together());
    auto group = std::find_if(groups.begin(), groups.end(),
                              [&](const auto& one) { return one.first == step; });
    if (group == groups.end()) group = groups.insert(groups.end(), {step, {}});
    group->second.push_back(&column);
  }
  for (const auto& [step, members] : groups) {
    const std::size_t width = members.size();
    const auto n = static_cast<std::size_t>(kept);
    std::vector<double> values(n * width);
    for (std::size_t m = 0; m < width; ++m) {
      const auto column = members[m]->number->values();
      if (members[m]->number->missing() == kept)
        fail("E-DATA-34", "{}: column '{}' has no value in the training rows; declare it drop",
             source, shown(members[m]->name));
      for (std::size_t i = 0; i < n; ++i) values[i * width + m] = column[i];
    }
    imputers.push_back(placed(source, members[0]->name, [&, &step = step] {
      return fit_imputer(step, values, static_cast<std::int64_t>(width));
    }));
    impute(imputers.back(), values);
    for (std::size_t m = 0; m < width; ++m) {
      std::vector<double> column(n);
      for (std::size_t i = 0; i < n; ++i) column[i] = values[i * width + m];
      members[m]->number->filled(std::ssize(imputers) - 1, static_cast<std::int64_t>(m),
                                 std::move(column));
      placed(source, members[m]->name, [&] { members[m]->number->fit(); });
    }
  }
}

bool PreprocessFitter::State::next_pass() {
  add_waiting();
  if (rows_before >= 0 && rows != rows_before)
    fail("E-DATA-107", "{}: this pass brought {} rows and the one before {}; the file has changed",
         source, rows, rows_before);
  if (!begun) fail("E-DATA-34", "no rows to fit the preprocessing on");
  rows_before = std::exchange(rows, 0);
  if (std::exchange(kept, 0) == 0 && !(first && first_alone)) fail_without_rows();
  if (first) {
    finish_first();
    if (first_alone) return true;
  }
  bool more = false;
  for (Column& column : columns)
    if (column.number && !column.number->done())
      more = placed(source, column.name, [&] { return column.number->fit(); }) || more;
  return more;
}

PreprocessFitter::PreprocessFitter(PreprocessOptions options)
    : state_(std::make_unique<State>(std::move(options), true)) {}
PreprocessFitter::PreprocessFitter(std::unique_ptr<State> state) : state_(std::move(state)) {}
PreprocessFitter::PreprocessFitter(PreprocessFitter&&) noexcept = default;
PreprocessFitter::~PreprocessFitter() = default;

void PreprocessFitter::add(const Table& piece, Rows rows) { state_->add(piece, rows); }
void PreprocessFitter::add(const Table& piece) { add(piece, all_rows(piece.rows())); }
bool PreprocessFitter::next_pass() { return state_->next_pass(); }

Preprocessor PreprocessFitter::finish() && {
  State& state = *state_;
  Preprocessor p;
  p.schema_ = std::move(state.schema);
  p.target_ = std::move(state.target);
  p.imputers_ = std::move(state.imputers);
  for (Column& column : state.columns) {
    FittedColumn fitted{column.name, {}};
    if (column.number) {
      auto number = std::move(*column.number).finish();
      number.steps.insert(number.steps.begin(), column.bounds.begin(), column.bounds.end());
      fitted.fitted = std::move(number);
    } else if (column.category) {
      auto cross = std::make_shared<CrossFit>();
      fitted.fitted = placed(state.source, column.name,
                             [&] { return std::move(*column.category).finish(*cross); });
      if (cross->folds > 0) p.cross_.emplace(column.name, std::move(cross));
    } else if (column.date) {
      fitted.fitted = placed(state.source, column.name, [&] { return column.date->finish(); });
    } else {
      fitted.fitted =
          placed(state.source, column.name, [&] { return std::move(*column.text).finish(); });
    }
    p.columns_.push_back(std::move(fitted));
  }
  p.name_features();
  if (p.features() == 0)
    fail("E-DATA-12", "{}: no column gives a feature: their values never differ", state.source);
  return p;
}

Preprocessor Preprocessor::fit(const Table& table, Rows rows, const PreprocessOptions& options) {
  PreprocessFitter fitter(std::make_unique<PreprocessFitter::State>(options, false));
  fitter.add(table, rows);
  return std::move(fitter).finish();
}

Preprocessor Preprocessor::fit(const Table& table, const PreprocessOptions& options) {
  return fit(table, all_rows(table.rows()), options);
}

}  // namespace glia::data
