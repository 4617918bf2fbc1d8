#include "glia/data/steps/fitted.h"

#include <algorithm>

namespace glia::data {
namespace {

std::vector<std::string> names_of(const std::string& name, const FittedNumber&) { return {name}; }

std::vector<std::string> names_of(const std::string& name, const FittedCategory& c) {
  std::vector<std::string> names;
  if (c.encoding == Encoding::one_hot) {
    for (const auto& category : c.categories) names.push_back(name + "=" + category);
    if (!c.rare.empty()) names.push_back(name + ":other");
  }
  for (std::int64_t i = 0; i < c.hashes; ++i) names.push_back(name + ":" + std::to_string(i));
  for (const auto& label : c.outputs) names.push_back(name + ":" + label);
  if (names.empty() && c.encoding != Encoding::one_hot) names.push_back(name);
  return names;
}

std::vector<std::string> names_of(const std::string& name, const FittedDate& date) {
  std::vector<std::string> names;
  for (const auto& part : date.parts) {
    const std::string feature = name + ":" + part.name;
    if (!part.cyclic) names.push_back(feature);
    if (part.cyclic) names.push_back(feature + "_sin"), names.push_back(feature + "_cos");
  }
  return names;
}

std::vector<std::string> names_of(const std::string& name, const FittedText& text) {
  std::vector<std::string> names;
  for (const auto& term : text.terms.terms()) names.push_back(name + "[" + term + "]");
  return names;
}

bool indicates(const FittedNumber& number) { return number.indicator(); }
bool indicates(const FittedCategory& c) { return c.indicator; }
bool indicates(const FittedDate& date) { return date.indicator; }
bool indicates(const FittedText& text) { return text.indicator; }

}  // namespace

bool FittedNumber::imputes() const {
  return std::any_of(steps.begin(), steps.end(), [](const NumericStep& step) {
    return std::holds_alternative<Fill>(step) || std::holds_alternative<FillTogether>(step);
  });
}

bool FittedNumber::indicator() const {
  return std::any_of(steps.begin(), steps.end(), [](const NumericStep& step) {
    const auto* fill = std::get_if<Fill>(&step);
    const auto* together = std::get_if<FillTogether>(&step);
    return (fill && fill->indicator) || (together && together->indicator);
  });
}

Kind FittedColumn::kind() const {
  if (std::holds_alternative<FittedNumber>(fitted)) return Kind::numeric;
  if (std::holds_alternative<FittedCategory>(fitted)) return Kind::categorical;
  return std::holds_alternative<FittedDate>(fitted) ? Kind::date : Kind::text;
}

std::vector<std::string> FittedColumn::features() const {
  return std::visit(
      [&](const auto& one) {
        auto names = names_of(name, one);
        if (indicates(one)) names.push_back(name + ":missing");
        return names;
      },
      fitted);
}

std::int64_t FittedColumn::width() const {
  if (const auto* text = std::get_if<FittedText>(&fitted))  // of thousands of names
    return text->terms.width() + (text->indicator ? 1 : 0);
  return std::ssize(features());
}

}  // namespace glia::data
