#include "glia/experiment/layer_makers.h"

#include "glia/base/format.h"
#include "glia/base/text.h"

namespace glia::experiment {

nn::Padding padding(Settings& s) {
  using Kind = nn::Padding::Kind;
  if (s.is_list("padding")) return {Kind::sides, 0, s.integers("padding", {})};
  const std::string word = s.text("padding", "valid");
  if (word == "valid") return {};
  if (word == "same") return {Kind::same};
  if (word == "causal") return {Kind::causal};
  const auto amount = data::parse_number(word);
  if (!amount || *amount < 0 || *amount != static_cast<double>(static_cast<std::int64_t>(*amount)))
    fail("E-EXP-05", "{}: padding is '{}', expected valid, same, causal, a whole number or a list",
         s.where("padding"), word);
  return {Kind::amount, static_cast<std::int64_t>(*amount)};
}

namespace {
const LayerMakers& all_layers() {
  static const LayerMakers all = [] {
    LayerMakers makers;
    for (const auto& family :
         {dense_layers(), activation_layers(), conv_layers(), pool_layers(), norm_layers(),
          noise_layers(), shaping_layers(), recurrent_layers(), attention_layers()})
      makers.insert(makers.end(), family.begin(), family.end());
    return makers;
  }();
  return all;
}
}  // namespace

std::vector<std::string> layer_names() {
  std::vector<std::string> names;
  for (const auto& maker : all_layers()) names.push_back(maker.name);
  return names;
}

nn::Module make_layer(Settings::Choice& choice) {
  for (const auto& maker : all_layers()) {
    if (choice.name != maker.name) continue;
    std::string name = choice.options.text("name", "");
    nn::Module layer = choice.options.placed("", [&] { return maker.make(choice.options); });
    choice.options.done();
    return name.empty() ? layer : layer.named(std::move(name));
  }
  fail("E-NN-01", "{}: unknown layer '{}'{}", choice.options.where(), choice.name,
       suggest(choice.name, layer_names()));
}

}  // namespace glia::experiment
