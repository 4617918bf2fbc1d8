#include "glia/experiment/generate.h"

#include <algorithm>
#include <cmath>

#include "glia/base/format.h"
#include "glia/base/random.h"
#include "glia/experiment/language_model.h"
#include "glia/train/predictor.h"

namespace glia::experiment {
namespace {

// The number of a token drawn from probabilities^(1 / temperature), or of the most probable one.
std::int64_t draw(std::span<const float> probabilities, double temperature, Random& random) {
  const auto most = std::max_element(probabilities.begin(), probabilities.end());
  if (temperature == 0) return most - probabilities.begin();
  std::vector<double> sums;
  double sum = 0;
  for (const float p : probabilities)
    sums.push_back(sum +=
                   std::pow(static_cast<double>(p) / static_cast<double>(*most), 1 / temperature));
  const auto at = std::upper_bound(sums.begin(), sums.end(), random.uniform() * sum);
  return std::min<std::int64_t>(at - sums.begin(), std::ssize(sums) - 1);
}

}  // namespace

bool is_language_model(const Bundle& bundle) {
  return dynamic_cast<const LanguageEncoder*>(bundle.encoding.encoder.get()) != nullptr;
}

std::string generate(const Bundle& bundle, std::string_view prompt, const GenerateOptions& o,
                     int threads) {
  const auto& encoder = bundle.encoding.as<LanguageEncoder>();
  if (o.tokens < 0 || !(o.temperature >= 0) || std::isinf(o.temperature))
    fail("E-EXP-05", "generate: {} tokens at temperature {}; expected both from 0", o.tokens,
         o.temperature);
  if (bundle.ensemble)
    fail("E-EXP-26", "generate: this is an ensemble; give the folder of one member: members/1");
  auto tokens = encoder.tokenizer.encode(prompt);
  if (tokens.empty())
    fail("E-EXP-05", "generate: the beginning is empty; expected one token at least");
  const auto begin = tokens.size();
  train::Predictor predictor(bundle.experiment.model(), train::objective(bundle.experiment.fit),
                             bundle.encoding.types(), *bundle.store, threads);
  Random random(o.seed, "generate");
  for (std::int64_t i = 0; i < o.tokens; ++i) {
    // What is behind the last token does not matter to a causal model.
    const auto seen = std::min<std::int64_t>(std::ssize(tokens), encoder.length);
    Tensor window(DType::i64, {1, encoder.length});
    std::copy(tokens.end() - seen, tokens.end(), window.data<std::int64_t>().begin());
    const Tensor predicted = predictor.run(std::vector<Tensor>{window})[0];
    const auto width = static_cast<std::size_t>(encoder.tokenizer.size());
    if (predicted.size() != encoder.length * encoder.tokenizer.size())
      fail("E-BUNDLE-04",
           "generate: the model gives {}; expected {} probabilities for each of {} "
           "places",
           predicted.shape().text(), width, encoder.length);
    tokens.push_back(
        draw(predicted.data<float>().subspan(static_cast<std::size_t>(seen - 1) * width, width),
             o.temperature, random));
  }
  return encoder.tokenizer.decode(std::span(tokens).subspan(begin));
}

}  // namespace glia::experiment
