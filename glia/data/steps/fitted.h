// What fitting leaves: enough to compute, or to export, what each column becomes.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "glia/data/schema.h"
#include "glia/data/text_encoder.h"

namespace glia::data {

// Steps of a column of numbers. A missing value is NaN, and passes all of them but the two that
// fill it (Fill, FillTogether).
struct Fill {
  double value = 0;
  bool indicator = false;  // one more feature: 1 where the value was missing
  friend bool operator==(const Fill&, const Fill&) = default;
};
struct FillTogether {  // by an imputer of several columns, of which this is one
  std::int64_t imputer = 0, member = 0;
  bool indicator = false;
  friend bool operator==(const FillTogether&, const FillTogether&) = default;
};
struct Missing {  // this value stands for a missing one; before all steps but DropOutside
  double value = 0;
  friend bool operator==(const Missing&, const Missing&) = default;
};
struct Linear {  // (value - center) / scale
  double center = 0, scale = 1;
  friend bool operator==(const Linear&, const Linear&) = default;
};
struct Clip {  // infinite: no bound
  double low = 0, high = 0;
  friend bool operator==(const Clip&, const Clip&) = default;
};
struct DropOutside {  // of training rows; nothing to any other row
  double low = 0, high = 0;
  friend bool operator==(const DropOutside&, const DropOutside&) = default;
};
struct QuantileMap {  // quantiles[i] becomes i / (size - 1)
  std::vector<double> quantiles;
  bool normal = false;  // and then the normal deviate of that
  friend bool operator==(const QuantileMap&, const QuantileMap&) = default;
};
struct PowerMap {  // Box & Cox (1964), or Yeo & Johnson (2000)
  bool box_cox = false;
  double lambda = 1;
  friend bool operator==(const PowerMap&, const PowerMap&) = default;
};
using NumericStep =
    std::variant<Fill, FillTogether, Missing, Linear, Clip, DropOutside, QuantileMap, PowerMap>;

// Imputers of several columns; values are rows of all their members, [N, members].
struct KnnImputer {
  std::int64_t neighbors = 5;
  bool by_distance = false;
  std::vector<double> means;   // of the members
  std::vector<double> donors;  // the training rows, NaN where a value is missing
  friend bool operator==(const KnnImputer&, const KnnImputer&) = default;
};
struct IterativeImputer {
  struct Model {  // member = intercept + sum of coefficients * other members
    std::int64_t member = 0;
    double intercept = 0;
    std::vector<double> coefficients;
    friend bool operator==(const Model&, const Model&) = default;
  };
  std::vector<double> initial;  // of the members
  std::vector<Model> models;    // in the order in which they are applied
  friend bool operator==(const IterativeImputer&, const IterativeImputer&) = default;
};
using Imputer = std::variant<KnnImputer, IterativeImputer>;

struct FittedNumber {
  std::vector<NumericStep> steps;
  double rank_error = 0;  // of medians and quantiles that were fitted piece by piece, at most
  bool imputes() const;
  bool indicator() const;
  friend bool operator==(const FittedNumber&, const FittedNumber&) = default;
};

enum class Encoding : std::uint8_t { one_hot, ordinal, frequency, hashing, target };

struct FittedCategory {
  bool impute = false, indicator = false;
  std::string fill;  // the category of a missing value; of no use without `impute`
  Encoding encoding = Encoding::one_hot;
  std::vector<std::string> categories;  // in order
  // Too few rows each: together they are one more category, the last, and so are unseen ones.
  std::vector<std::string> rare;
  std::vector<double> values;        // frequency, target: [places, outputs]
  std::vector<double> unseen;        // the same of what has no place: [outputs]
  std::vector<std::string> outputs;  // target of several classes: their labels
  std::int64_t hashes = 0;           // hashing: features
  bool signs = false;                // hashing
  std::int64_t places() const {
    return static_cast<std::int64_t>(categories.size()) + (rare.empty() ? 0 : 1);
  }
  friend bool operator==(const FittedCategory&, const FittedCategory&) = default;
};

struct FittedDate {
  struct Part {  // cyclic: sine and cosine of a whole turn; else (value - center) / scale
    std::string name;
    bool cyclic = false;
    double center = 0, scale = 1;
    friend bool operator==(const Part&, const Part&) = default;
  };
  std::vector<Part> parts;
  bool impute = false, indicator = false;
  std::string slashes;          // "refuse", "day_first", "month_first"
  double fill = 0, origin = 0;  // seconds since 1970, UTC
  double rank_error = 0;        // of the fill
  friend bool operator==(const FittedDate&, const FittedDate&) = default;
};

struct FittedText {
  bool impute = false, indicator = false;
  std::string fill;  // the text of a missing value; without `impute` it has no terms
  TextEncoder terms;
  friend bool operator==(const FittedText&, const FittedText&) = default;
};

// One column of features.
struct FittedColumn {
  std::string name;
  std::variant<FittedNumber, FittedCategory, FittedDate, FittedText> fitted;

  Kind kind() const;
  std::int64_t width() const;  // features that it becomes
  std::vector<std::string> features()
      const;  // their names: "age", "sex=Male", "when:month_sin", "note[late]"
  friend bool operator==(const FittedColumn&, const FittedColumn&) = default;
};

}  // namespace glia::data
