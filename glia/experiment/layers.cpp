#include "glia/experiment/layer_makers.h"

#include "glia/base/format.h"
#include "glia/base/text.h"

namespace glia::experiment {

nn::Padding padding(Settings& s) {
  using Kind = nn::Padding::Kind;
  constexpr auto kMeaning =
      "zeros around the values: valid (none), same, causal, a number, or a list for axes or sides";
  s.describe("padding", "word, whole number or list", "valid", kMeaning);
  if (s.is_list("padding")) return {Kind::sides, 0, s.integers("padding", {}, kMeaning)};
  const std::string word = s.text("padding", "valid", kMeaning);
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
         {dense_layers(), conv_layers(), pool_layers(), norm_layers(), noise_layers(),
          recurrent_layers(), attention_layers(), shaping_layers(), activation_layers()})
      makers.insert(makers.end(), family.begin(), family.end());
    return makers;
  }();
  return all;
}
}  // namespace

std::vector<Entry> layer_entries() { return entries_of(all_layers()); }

nn::Module make_layer(Settings::Choice& choice) {
  const std::string name = choice.options.text("name", "", "");
  nn::Module layer = make(all_layers(), "layer", choice);
  choice.options.done();
  return name.empty() ? layer : layer.named(name);
}

}  // namespace glia::experiment
