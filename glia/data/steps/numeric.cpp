#include "glia/data/steps/numeric.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "glia/base/format.h"
#include "glia/data/steps/normal.h"
#include "glia/data/steps/power.h"

namespace glia::data {
namespace {

// The share of training values below x: linear between quantiles. Of equal quantiles it is the mean
// of the first's and the last's share.
double share_below(const std::vector<double>& quantiles, double x) {
  if (quantiles.size() == 1) return 0;
  const double step = 1 / static_cast<double>(quantiles.size() - 1);
  const auto share = [&](std::ptrdiff_t i) {
    return i + 1 == std::ssize(quantiles) ? 1 : static_cast<double>(i) * step;
  };
  if (x < quantiles.front()) return 0;
  if (x > quantiles.back()) return 1;
  const auto first = quantiles.begin();
  const auto from = std::lower_bound(first, quantiles.end(), x);   // the first not below x
  const auto to = std::upper_bound(from, quantiles.end(), x) - 1;  // the last not above x
  if (*from == x) return 0.5 * (share(from - first) + share(to - first));
  return share(to - first) +
         (x - *to) * ((share(from - first) - share(to - first)) / (*from - *to));
}

// As scikit-learn's QuantileTransformer: the ends of the range are the ends of the distribution,
// for a normal one those that lie at shares of 1e-7.
double mapped(const QuantileMap& map, double x) {
  constexpr double kNearEnd = 1e-7;
  static const double end =
      normal_quantile(1 - (kNearEnd - std::numeric_limits<double>::epsilon()));
  if (!map.normal) {
    if (x == map.quantiles.front()) return 0;
    return x == map.quantiles.back() ? 1 : share_below(map.quantiles, x);
  }
  if (x - kNearEnd < map.quantiles.front()) return -end;
  if (x + kNearEnd > map.quantiles.back()) return end;
  return std::clamp(normal_quantile(share_below(map.quantiles, x)), -end, end);
}

struct Apply {
  std::span<double> values;

  template <class F>
  void each(F f) const {
    for (double& v : values)
      if (!std::isnan(v)) v = f(v);
  }
  void operator()(const Missing& s) const {
    for (double& v : values)
      if (v == s.value) v = std::numeric_limits<double>::quiet_NaN();
  }
  void operator()(const Fill& s) const {
    for (double& v : values)
      if (std::isnan(v)) v = s.value;
  }
  void operator()(const FillTogether&) const {}
  void operator()(const Linear& s) const {
    // Four at a time, and no number that could lie among the values, for the compiler to take
    // vectors: a division is slow.
    const double center = s.center, scale = s.scale;
    std::size_t i = 0;
    for (; i + 4 <= values.size(); i += 4) {
      double* const four = values.data() + i;
      for (int k = 0; k < 4; ++k) four[k] = (four[k] - center) / scale;
    }
    for (; i < values.size(); ++i) values[i] = (values[i] - center) / scale;
  }
  void operator()(const Clip& s) const {
    each([&](double v) { return std::min(std::max(v, s.low), s.high); });
  }
  void operator()(const DropOutside&) const {}
  void operator()(const QuantileMap& s) const {
    each([&](double v) { return mapped(s, v); });
  }
  void operator()(const PowerMap& s) const {
    each([&](double v) { return s.box_cox ? box_cox(v, s.lambda) : yeo_johnson(v, s.lambda); });
  }
};

NumericStep finite(const NumericStep& step) {
  const auto check = [](std::initializer_list<double> numbers) {
    for (const double number : numbers)
      if (!std::isfinite(number))
        fail("E-DATA-35",
             "the values are too far apart or too near to be scaled; rescale the "
             "column, or declare it drop");
  };
  if (const auto* s = std::get_if<Fill>(&step)) check({s->value});
  if (const auto* s = std::get_if<Linear>(&step)) check({s->center, s->scale, 1 / s->scale});
  if (const auto* s = std::get_if<PowerMap>(&step)) check({s->lambda});
  return step;
}

Linear linear(double center, double scale) { return {center, scale == 0 ? 1 : scale}; }

NumericStep fit_linear(const Step& step, const Sample& sample) {
  const double low = sample.least(), high = sample.most();
  if (step.name == "standardize")
    return low == high ? Linear{low, 1} : Linear{sample.mean(), sample.deviation()};
  if (step.name == "robust")
    return linear(sample.median(),
                  sample.quantile(step.number("upper")) - sample.quantile(step.number("lower")));
  const double from = step.number("low"), to = step.number("high");
  const double scale = low == high ? 1 : (high - low) / (to - from);
  return Linear{low - from * scale, scale};
}

NumericStep fit_fill(const Step& step, const Sample& sample) {
  Fill fill;
  fill.indicator = step.flag("indicator") && sample.missing() > 0;
  if (step.name == "impute_constant")
    fill.value = step.number("value");
  else if (step.name == "impute_mean")
    fill.value = sample.mean();
  else
    fill.value = step.name == "impute_mode" ? sample.mode() : sample.median();
  return fill;
}

NumericStep fit_quantiles(const Step& step, const Sample& sample) {
  const std::int64_t rows = sample.present() + sample.missing();
  const auto points = std::max<std::int64_t>(1, std::min(step.whole("n_quantiles"), rows));
  QuantileMap map;
  map.normal = step.text("output") == "normal";
  const double part = points == 1 ? 0 : 1 / static_cast<double>(points - 1);
  for (std::int64_t i = 0; i < points; ++i) {
    const double percent = 100 * (static_cast<double>(i) * part);  // as numpy comes to it
    map.quantiles.push_back(sample.quantile(points > 1 && i + 1 == points ? 1 : percent / 100));
  }
  return map;
}

NumericStep fit_power(const Step& step, const Sample& sample) {
  PowerMap power;
  power.box_cox = step.text("method") == "box_cox";
  if (power.box_cox && sample.least() <= 0)
    fail("E-DATA-102",
         "the power of Box and Cox takes numbers above 0, and the least is {}; take power: "
         "{{method: yeo_johnson}}",
         sample.least());
  const auto points = sample.points();
  power.lambda = power.box_cox ? fit_box_cox(points) : fit_yeo_johnson(points);
  return power;
}

NumericStep fit_drop(const Step& step, const Sample& sample) {
  const double factor = step.number("factor");
  if (step.name == "drop_z") {
    const double reach = factor * sample.deviation();
    return DropOutside{sample.mean() - reach, sample.mean() + reach};
  }
  const double q1 = sample.quantile(0.25), q3 = sample.quantile(0.75);
  return DropOutside{q1 - factor * (q3 - q1), q3 + factor * (q3 - q1)};
}

}  // namespace

void apply_step(const NumericStep& step, std::span<double> values) {
  std::visit(Apply{values}, step);
}

void mark_missing(std::span<const NumericStep> steps, std::span<double> values) {
  for (const auto& step : steps)
    if (std::holds_alternative<Missing>(step)) apply_step(step, values);
}

bool fills_together(const Step& step) {
  return step.name == "impute_knn" || step.name == "impute_iterative";
}

NumericStep fit_step(const Step& step, const Sample& sample) {
  if (sample.present() == 0 && step.name != "impute_constant") fail("E-DATA-34", "no value");
  if (step.name.starts_with("drop_")) return fit_drop(step, sample);
  if (step.name.starts_with("impute_")) return finite(fit_fill(step, sample));
  if (step.name == "clip")
    return Clip{step.maybe("low").value_or(-std::numeric_limits<double>::infinity()),
                step.maybe("high").value_or(std::numeric_limits<double>::infinity())};
  if (step.name == "winsorize")
    return Clip{sample.quantile(step.number("lower")), sample.quantile(step.number("upper"))};
  if (step.name == "quantile") return fit_quantiles(step, sample);
  if (step.name == "power") return finite(fit_power(step, sample));
  return finite(fit_linear(step, sample));
}

}  // namespace glia::data
