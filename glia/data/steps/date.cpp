#include "glia/data/steps/date.h"

#include <chrono>
#include <cmath>
#include <limits>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/dates.h"

namespace glia::data {
namespace {

constexpr double kDay = 86400, kHour = 3600;

// "03/05/2020 ..." as parse_date() reads it: "03.05.2020", day first.
std::optional<std::int64_t> parse(std::string_view text, const std::string& slashes) {
  if (const auto date = parse_date(text); date || slashes == "refuse") return date;
  const auto first = text.find('/');
  const auto second = first == text.npos ? first : text.find('/', first + 1);
  if (second == text.npos) return std::nullopt;
  const std::string a(text.substr(0, first)), b(text.substr(first + 1, second - first - 1));
  const std::string rest(text.substr(second + 1));
  return parse_date(slashes == "day_first" ? a + "." + b + "." + rest : b + "." + a + "." + rest);
}

std::chrono::year_month_day day_of(double seconds) {
  return std::chrono::sys_days(
      std::chrono::days(static_cast<std::int64_t>(std::floor(seconds / kDay))));
}

double hour_of(double seconds) { return (seconds - std::floor(seconds / kDay) * kDay) / kHour; }

}  // namespace

std::vector<double> read_dates(const Table& table, Rows rows, std::int64_t column,
                               const std::string& slashes) {
  std::vector<double> seconds;
  seconds.reserve(rows.size());
  for (const std::int64_t row : rows) {
    if (table.missing(row, column)) {
      seconds.push_back(std::numeric_limits<double>::quiet_NaN());
      continue;
    }
    const auto date = parse(table.cell(row, column), slashes);
    if (!date)
      fail("E-DATA-101",
           "{}: column '{}' holds '{}' where a date is expected (2020-05-03, 2020-05-03 14:30, "
           "03.05.2020); correct the cell, list its text under `missing`, or say date_parts: "
           "{{slashes: day_first}} where 03/05/2020 is meant",
           table.where(row), shown(table.names()[static_cast<std::size_t>(column)]),
           shown(table.cell(row, column)));
    seconds.push_back(static_cast<double>(*date));
  }
  return seconds;
}

double part_of(const std::string& part, double seconds) {
  if (part == "days") return seconds / kDay;
  if (part == "hour") return hour_of(seconds);
  const auto date = day_of(seconds);
  if (part == "year") return static_cast<int>(date.year());
  if (part == "month") return static_cast<unsigned>(date.month());
  if (part == "day") return static_cast<unsigned>(date.day());
  const std::chrono::sys_days day(date);
  if (part == "weekday") return std::chrono::weekday(day).iso_encoding() - 1;
  return static_cast<double>((day - std::chrono::sys_days(date.year() / 1 / 1)).count());
}

bool is_cyclic(const std::string& part) { return part != "days" && part != "year"; }

double turn_of(const std::string& part, double seconds) {
  const double value = part_of(part, seconds);
  if (part == "month") return (value - 1) / 12;
  if (part == "day") return (value - 1) / 31;
  if (part == "weekday") return value / 7;
  return part == "hour" ? value / 24 : value / 366;
}

DateFitter::DateFitter(const Chain& chain, MakeSample sample)
    : chain_(chain),
      slashes_(chain.back().text("slashes")),
      parts_(std::get<std::vector<std::string>>(chain.back().options.at("parts"))),
      times_(sample({.ranks = chain_.size() > 1})) {
  for (std::size_t i = 0; i < parts_.size(); ++i) samples_.push_back(sample({.ranks = false}));
}

void DateFitter::add(std::span<const double> seconds) {
  times_->add(seconds);
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    std::vector<double> values;
    for (const double s : seconds)
      if (!std::isnan(s)) values.push_back(part_of(parts_[i], s));
    samples_[i]->add(values);
  }
}

FittedDate DateFitter::finish() const {
  if (times_->present() == 0) fail("E-DATA-34", "no value");
  FittedDate date;
  date.slashes = slashes_;
  date.origin = times_->least();
  if (chain_.size() > 1) {
    date.impute = true;
    date.indicator = chain_[0].flag("indicator") && times_->missing() > 0;
    date.fill = times_->median();
    date.rank_error = times_->rank_error();
  }
  const Step& step = chain_.back();
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const Sample& sample = *samples_[i];
    if (sample.least() == sample.most()) continue;
    FittedDate::Part part{parts_[i], step.flag("cyclic") && is_cyclic(parts_[i])};
    const double origin = parts_[i] == "days" ? date.origin / kDay : 0;
    if (!part.cyclic && step.flag("standardize"))
      part.center = sample.mean() - origin, part.scale = sample.deviation();
    date.parts.push_back(part);
  }
  return date;
}

}  // namespace glia::data
