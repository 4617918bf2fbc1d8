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
  if (word.find_first_of("0123456789") == std::string::npos)
    fail("E-EXP-05", "{}: padding is '{}', expected valid, same, causal, a whole number or a list",
         s.where("padding"), word);
  return {Kind::amount, s.integer("padding", std::int64_t{0}, kMeaning, {.least = 0})};
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

std::optional<std::string> read_name(Settings& o) {
  const auto name = o.text("name", "begins the names of its parameters; unless given its kind");
  if (name && name->empty())
    fail("E-NN-05",
         "{}: a layer's name is of letters, digits, '_' and '-', and not empty; leave it out to "
         "take "
         "its kind",
         o.where("name"));
  return name;
}

nn::Module make_layer(Settings::Choice& choice) {
  const auto name = read_name(choice.options);
  nn::Module layer = make(all_layers(), "layer", choice);
  choice.options.done();
  if (name) layer = choice.options.placed("name", [&] { return layer.named(*name); });
  return layer.placed(choice.options.where());
}

}  // namespace glia::experiment
