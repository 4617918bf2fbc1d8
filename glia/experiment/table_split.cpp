// Which rows train, validate and test; and how often.
#include <algorithm>
#include <map>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/sampling.h"
#include "glia/experiment/kinds.h"
#include "glia/experiment/makers.h"
#include "glia/experiment/table_data.h"

namespace glia::experiment {

data::Split split_table(const SplitPlan& plan, const data::Table& table,
                        const std::vector<std::int64_t>& rows, const data::LeakageOptions& equal,
                        const std::vector<std::int64_t>& classes, const data::Target& target) {
  auto options = split_options(plan, classes, target);
  const auto of_rows = [&](const auto& all) {
    std::decay_t<decltype(all)> some;
    for (const auto row : rows) some.push_back(all[static_cast<std::size_t>(row)]);
    return some;
  };
  std::vector<std::int64_t> groups;
  if (!plan.groups.empty()) groups = of_rows(data::groups_of(table, table.column(plan.groups)));
  if (plan.equal_rows_together) {
    auto together = of_rows(data::groups_of_equal_rows(table, equal));
    groups = groups.empty() ? std::move(together) : data::joined_groups(groups, together);
  }
  std::vector<double> times;
  if (!plan.time.empty())
    times = of_rows(data::times_of(table, table.column(plan.time), !plan.sort));
  if (plan.validation > 0 || plan.test > 0 || plan.fold > 0)
    options.groups = groups, options.times = times;
  auto parts = parts_of(plan, std::ssize(rows), options);
  draw_training_rows(plan, classes, target, times, parts);
  for (auto* part : {&parts.train, &parts.validation, &parts.test})
    for (auto& row : *part) row = rows[static_cast<std::size_t>(row)];
  return parts;
}

namespace {

using How = SamplingPlan::How;

std::function<SamplingPlan(Settings&)> sampling(How how) {
  return [how](Settings& s) {
    SamplingPlan plan;
    plan.how = how;
    plan.ratio = s.real("ratio", plan.ratio, "rows of a smaller class to those of the largest");
    plan.seed = s.integer("seed", plan.seed, "of the drawing");
    if (how == How::smote)
      plan.k_neighbors =
          s.integer("k_neighbors", plan.k_neighbors,
                    "rows of the class, one of which is the other end", {.least = 1});
    if (!(plan.ratio > 0 && plan.ratio <= 1))
      fail("E-EXP-05", "{}: got {}, expected above 0 and up to 1", s.where("ratio"), plan.ratio);
    return plan;
  };
}

const Makers<SamplingPlan> kSamplings{
    {"oversample", "rows of smaller classes are drawn again", sampling(How::oversample)},
    {"undersample", "rows of larger classes are left out", sampling(How::undersample)},
    {"smote", "new rows of smaller classes between two of them; for numbers",
     sampling(How::smote)}};

// SMOTE makes rows between rows: of categories there are none.
void expect_numbers(const Prepared& prepared) {
  const auto* table = dynamic_cast<const TableEncoder*>(prepared.encoding.encoder.get());
  if (!table) return;  // the rows themselves are looked at: E-DATA-179
  for (const auto& column : table->preprocessor.columns()) {
    const auto* info = table->preprocessor.schema().find(column.name);
    if (info && info->kind == data::Kind::categorical)
      fail("E-EXP-05",
           "data.sampling: smote makes rows between rows, and the column '{}' holds categories; "
           "take oversample, or declare it drop",
           shown(column.name));
  }
}

std::string counts_text(const std::vector<std::int64_t>& classes, const data::Target& target) {
  std::map<std::int64_t, std::int64_t> counts;
  for (const auto c : classes) ++counts[c];
  std::vector<std::string> words;
  for (const auto& [c, count] : counts) {
    const auto at = static_cast<std::size_t>(c);
    words.push_back(
        fmt::format("{} of {}", with_commas(count),
                    at < target.labels.size() ? shown(target.labels[at]) : std::to_string(c)));
  }
  return words.size() > 8
             ? fmt::format("{} rows of {} classes", with_commas(std::ssize(classes)), words.size())
             : fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace

std::vector<std::int64_t> class_of_each(const Tensor& targets) {
  const std::int64_t rows = targets.shape()[0].value(), each = targets.size() / rows;
  std::vector<std::int64_t> classes;
  for (std::int64_t row = 0; row < rows; ++row) {
    std::int64_t label = each == 1 ? static_cast<std::int64_t>(targets.at(row)) : 0;
    for (std::int64_t c = 1; c < each; ++c)
      if (targets.at(row * each + c) > targets.at(row * each + label)) label = c;
    classes.push_back(label);
  }
  return classes;
}

std::vector<Entry> sampling_entries() { return entries_of(kSamplings); }

void read_sampling(Settings& data, SamplingPlan& plan) {
  auto choice = data.choice("sampling", "sampling",
                            "training rows by which classes become alike; unless given none");
  if (!choice) return;
  plan = make(kSamplings, "sampling", *choice);
  choice->options.done();
}

void sample(const SamplingPlan& plan, Prepared& prepared) {
  if (plan.how == How::none) return;
  const auto& target = prepared.encoding.target;
  const auto targets = prepared.train->all_targets(0);
  if (target.labels.empty() || !prepared.encoding.outputs.empty() || !targets)
    fail("E-EXP-05", "data.sampling: it makes classes alike, and {}; remove it",
         target.labels.empty() ? "the target holds numbers"
         : targets             ? "the model has several outputs"
                               : "these rows do not fit into the memory");
  const auto classes = class_of_each(*targets);
  if (plan.how == How::smote) {
    expect_numbers(prepared);
    const auto* rows = dynamic_cast<const data::Dataset*>(prepared.train.get());
    if (!rows) fail("E-EXP-05", "data.sampling: smote takes rows of numbers; take oversample");
    prepared.rows.train.clear();  // some of them are no rows of the file
    prepared.train = std::make_shared<data::Dataset>(data::smote(
        *rows, {.ratio = plan.ratio, .seed = plan.seed, .k_neighbors = plan.k_neighbors}));
  } else {
    const data::SamplingOptions options{plan.ratio, plan.seed};
    const auto picked = plan.how == How::oversample ? data::oversample(classes, options)
                                                    : data::undersample(classes, options);
    prepared.train = data::picked_rows(prepared.train, picked);
    if (auto& rows = prepared.rows.train; !rows.empty()) {
      const auto all = std::exchange(rows, {});
      for (const auto row : picked) rows.push_back(all[static_cast<std::size_t>(row)]);
    }
  }
  prepared.notes.push_back(
      fmt::format("training rows: {} became {}", counts_text(classes, target),
                  counts_text(class_of_each(*prepared.train->all_targets(0)), target)));
}

}  // namespace glia::experiment
