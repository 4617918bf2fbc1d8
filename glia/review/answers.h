// Internal: what a model said and what is true, as plain numbers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "glia/review/stored_run.h"

namespace glia::review {

// Of one output. Of sequences and images each place is an answer.
struct Answers {
  enum class Kind : std::uint8_t { binary, classes, labels, numbers } kind = Kind::numbers;
  std::string output;  // its name; of the only one ""
  data::Target target;
  std::size_t count = 0, width = 1;  // width: numbers of an answer
  bool by_row = true;                // answer i is row i
  bool in_order = false;             // rows are windows of a series or text, in its order
  bool thinned = false;              // there were too many: some at equal distances
  std::vector<double> predicted;     // [count, width]: probabilities or numbers
  std::vector<std::int64_t> truth;   // classes: [count]; labels: [count, width] of 0 and 1
  std::vector<double> values;        // numbers: [count, width]
  double threshold = 0.5;            // binary

  double score(std::size_t i) const { return predicted[i * width + width - 1]; }  // binary
  std::int64_t said(std::size_t i) const;  // the class that is decided
  double probability(std::size_t i, std::int64_t c) const;
  double confidence(std::size_t i) const { return probability(i, said(i)); }
  bool wrong(std::size_t i) const { return said(i) != truth[i]; }
  std::string label(std::int64_t c) const;
  bool is_classified() const { return kind == Kind::binary || kind == Kind::classes; }
};

// Of each output. Answers whose numbers are not finite, or whose targets cannot be what the target
// says, are an Error.
std::vector<Answers> answers_of(const experiment::Bundle& bundle,
                                const experiment::Predictions& predictions);

}  // namespace glia::review
