// Text that a language model writes.
#pragma once

#include "glia/experiment/run.h"

namespace glia::experiment {

struct GenerateOptions {
  std::int64_t tokens = 200;  // to write
  // The probabilities are raised to 1 / temperature before a token is drawn; 0: always the most
  // probable one.
  double temperature = 0.8;
  std::uint64_t seed = 1;
};

// Whether a model was trained on text whose next token it predicts.
bool is_language_model(const Bundle& bundle);

// What the model writes behind `prompt`, each token drawn from its prediction after those before
// it, of which it sees as many as its windows have. The model must be causal: what is behind a
// place may not decide there. Errors: E-BUNDLE-04 a model of another kind; E-EXP-05 an option, or
// an empty prompt.
std::string generate(const Bundle& bundle, std::string_view prompt,
                     const GenerateOptions& options = {}, int threads = 1);

}  // namespace glia::experiment
