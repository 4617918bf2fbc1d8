// The steps that preprocessing is made of: their names, options and defaults.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "glia/data/schema.h"

namespace glia::data {

// One step of a chain: "standardize", or {"quantile", {{"output", "normal"}}}.
struct Step {
  // monostate: not given, where that means something of its own.
  using Value = std::variant<std::monostate, bool, std::int64_t, double, std::string,
                             std::vector<std::string>>;
  std::string name;
  std::map<std::string, Value> options;

  Step(const char* name) : name(name) {}
  Step(std::string name, std::map<std::string, Value> options = {})
      : name(std::move(name)), options(std::move(options)) {}

  // Of a step that complete() gave: the option as this type.
  double number(const std::string& option) const;  // a whole number, too
  std::int64_t whole(const std::string& option) const;
  bool flag(const std::string& option) const;
  const std::string& text(const std::string& option) const;
  std::optional<double> maybe(const std::string& option) const;

  friend bool operator==(const Step&, const Step&) = default;
};
using Chain = std::vector<Step>;  // in their order

struct StepOption {
  std::string name;
  Step::Value otherwise;  // its type is that of the option; monostate: a number that may be absent
  std::string meaning;
  std::vector<std::string> words = {};  // of a text, or of a list of texts: those that it may have
  double least = -std::numeric_limits<double>::infinity();  // of a number
  double most = std::numeric_limits<double>::infinity();
};

struct StepInfo {
  std::string name, meaning;
  std::vector<StepOption> options = {};
};

// What columns of a kind may go through; none for drop.
const std::vector<StepInfo>& known_steps(Kind kind);
std::span<const Kind> kinds_with_steps();

// The step with a value for each of its options. Errors: E-DATA-14 there is none of this name;
// E-DATA-100 an option that it does not have, or a value that the option cannot have.
Step complete(Kind kind, const Step& step);

// The same for a chain, whose order must make sense. Numbers: drop_* first, then missing; one
// impute step at most; no two of standardize, min_max, robust in a row; none alone. Categories: one
// impute step or none, then one encoding (one_hot where none is named). Dates: impute_median or
// not, then date_parts. Texts: impute_constant or not, then tfidf. Error E-DATA-14 otherwise.
Chain complete(Kind kind, const Chain& chain);

// The one kind of column that knows all steps of a chain; nothing where several do, or none does.
std::optional<Kind> kind_of(const Chain& chain);

}  // namespace glia::data
