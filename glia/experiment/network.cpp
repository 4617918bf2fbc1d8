// The `model` section of an experiment: a list of layers, or layers with names that form a graph.
#include <algorithm>
#include <set>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/experiment/parts.h"

namespace glia::experiment {
namespace {

constexpr auto kLayers = "in the order in which rows go through them";

// A layer of the file before it is linked.
struct Item {
  std::optional<nn::Module> layer;  // or a layer used again
  std::string shared;
  std::optional<std::string> given_name;
  std::vector<std::string> inputs;
  std::vector<train::ConstraintOn> constraints;  // on its parameters' own names
  Settings settings;
};

// kernel_constraint and bias_constraint of a layer that has a kernel, or two, and may learn none.
std::vector<train::ConstraintOn> read_constraints(Settings& layer, bool two_kernels = false,
                                                  bool frozen = false) {
  std::vector<train::ConstraintOn> found;
  const auto read = [&](const std::string& key, const char* meaning,
                        const std::vector<std::string>& parameters) {
    auto choice = layer.choice(key, "constraint", meaning);
    if (!choice) return;
    if (frozen)
      fail("E-EXP-05", "{}: the layer is not trainable, so it has no updates; leave it out",
           layer.where(key));
    const auto constraint = make_constraint(*choice);
    for (const auto& parameter : parameters) found.push_back({parameter, constraint});
  };
  using Names = std::vector<std::string>;
  read("kernel_constraint", "of the weights after each update; dense and convolutions",
       two_kernels ? Names{"depthwise.weight", "pointwise.weight"} : Names{"weight"});
  read("bias_constraint", "of the bias after each update; dense and convolutions",
       Names{two_kernels ? "pointwise.bias" : "bias"});
  return found;
}
std::vector<train::ConstraintOn> constraints_of(Settings::Choice& layer, bool frozen) {
  if (layer.name != "dense" && layer.name.find("conv") == std::string::npos) return {};
  Settings& o = layer.options;
  if (o.has("bias_constraint") && o.has("bias") && !o.flag("bias", true, ""))
    fail("E-EXP-05", "{}: the layer has no bias; leave it out", o.where("bias_constraint"));
  return read_constraints(o, layer.name.starts_with("separable"), frozen);
}

void read_place(Settings& o, Item& item) {
  item.given_name = read_name(o);
  constexpr auto kInputs = "the layers that it takes; unless given the one before it";
  o.describe("inputs", "name or list of names", "", kInputs);
  if (o.has("inputs")) item.inputs = o.texts("inputs", {}, kInputs);
}

bool read_trainable(Settings& o) {
  constexpr auto kMeaning = "whether its parameters are learned";
  o.describe("trainable", "true or false", "true", kMeaning);
  return !o.has("trainable") || o.flag("trainable", true, kMeaning);
}

std::string read_shared(Settings& o) {
  return o.required_text("layer", "the layer that is used again, with its parameters");
}

Item read_item(Settings& settings) {
  auto choice = settings.only_choice();
  Settings& o = choice.options;
  Item item{.settings = o};
  read_place(o, item);
  if (choice.name == "shared") {
    if (o.has_value()) o.give_value("layer", {});
    item.shared = read_shared(o);
    o.done();
    return item;
  }
  const bool frozen = !read_trainable(o);
  item.constraints = constraints_of(choice, frozen);
  item.layer = make_layer(choice);
  if (frozen) item.layer = item.layer->frozen();
  return item;
}

// As Keras numbers them: dense, dense_1; around the names that the file gives.
std::vector<std::string> names_of(const std::vector<Item>& items) {
  std::set<std::string> taken;
  for (const Item& item : items)
    if (item.given_name && !taken.insert(*item.given_name).second)
      fail("E-NN-04",
           "{}: two layers are called '{}'; give each a name of its own (to use one again: shared: "
           "{{layer: {}, inputs: ...}})",
           item.settings.where("name"), *item.given_name, *item.given_name);
  std::vector<std::string> names;
  for (const Item& item : items) {
    const std::string kind = item.layer ? item.layer->kind() : item.shared;
    std::string name = item.given_name.value_or(kind);
    for (int i = 1; !item.given_name && !taken.insert(name).second; ++i)
      name = fmt::format("{}_{}", kind, i);
    names.push_back(std::move(name));
  }
  return names;
}

// The names under which the outputs are known, and the layers that give them.
void read_outputs(Settings& model, Experiment& e) {
  const YAML::Node node = model.raw("outputs", "layer, or {output: layer}",
                                    "what the model gives; unless given the last layer");
  if (!node.IsDefined() || node.IsNull()) return;
  if (node.IsScalar()) {
    e.output_layers = {node.Scalar()};
    return;
  }
  if (!node.IsMap() || node.size() == 0)
    fail("E-EXP-03", "{}: expected a layer, or output: layer for each output",
         model.where("outputs"));
  for (const auto& entry : node) {
    if (!entry.second.IsScalar())
      fail("E-EXP-03", "{}: the output '{}' must name one layer", model.where("outputs"),
           entry.first.Scalar());
    train::Output output;
    output.name = entry.first.Scalar();
    e.fit.outputs.push_back(std::move(output));
    e.output_layers.push_back(entry.second.Scalar());
  }
}

void read_ends(Settings& model, Experiment& e) {
  constexpr auto kInputs = "of several, their order; unless given as data.inputs has them";
  model.describe("inputs", "list of names", "", kInputs);
  if (model.has("inputs")) e.inputs = model.texts("inputs", {}, kInputs);
  read_outputs(model, e);
}

}  // namespace

std::vector<Option> model_options() {
  return options_of([](Settings& model) {
    Experiment e;
    model.describe("layers", "list of layers", "", kLayers, true);
    read_ends(model, e);
  });
}

std::vector<Option> layer_options() {
  return options_of([](Settings& layer) {
    Item item{.settings = layer};
    read_place(layer, item);
    read_trainable(layer);
    read_constraints(layer);
  });
}

Entry shared_entry() {
  return {"shared", "a layer that stands above, used again with the same parameters", "layer",
          options_of([](Settings& s) { read_shared(s); })};
}

std::vector<Settings> read_model(Settings& model, Experiment& e) {
  std::vector<Item> items;
  std::vector<Settings> places;
  auto layers = model.list_of_maps("layers", kLayers);
  read_ends(model, e);
  for (Settings& item : layers) items.push_back(read_item(item));
  if (items.empty()) fail("E-EXP-04", "{}: the model has no layers", model.where("layers"));
  model.done();
  const auto names = names_of(items);
  for (std::size_t i = 0; i < items.size(); ++i) {
    Item& item = items[i];
    e.functional = e.functional || !item.layer || !item.inputs.empty();
    if (item.layer) e.layers.push_back(item.layer->named(names[i]));
    for (auto& on : item.constraints)
      e.fit.updates.constraints.push_back({names[i] + "." + on.match, std::move(on.constraint)});
    e.links.push_back({names[i],
                       item.layer ? std::variant<nn::Module, std::string>(*item.layer)
                                  : std::variant<nn::Module, std::string>(item.shared),
                       item.inputs, item.settings.where()});
    places.push_back(item.settings);
  }
  e.functional = e.functional || !e.inputs.empty() || !e.output_layers.empty();
  return places;
}

// What can only be said when the data's inputs are known: whether all names fit.
void link_model(const Settings& model, const std::vector<Settings>& places, Experiment& e) {
  if (!e.functional) return;
  const auto groups = e.data->input_names();
  if (groups.empty() && e.inputs.size() > 1)
    fail("E-EXP-05",
         "{}: {} inputs are named, and the data has one; say under data.inputs which columns are "
         "of which",
         model.where("inputs"), e.inputs.size());
  for (const auto& name : e.inputs)
    if (!groups.empty() && std::find(groups.begin(), groups.end(), name) == groups.end())
      fail("E-EXP-05", "{}: the data has no input '{}'{}", model.where("inputs"), name,
           suggest(name, groups));
  if (!groups.empty()) {
    if (!e.inputs.empty() && e.inputs.size() != groups.size())
      fail("E-EXP-05", "{}: the data has the inputs {}; name all of them, or none",
           model.where("inputs"), fmt::join(groups, ", "));
    e.inputs = groups;
  }
  if (e.inputs.empty()) e.inputs = {"features"};
  // One step more at a time, so that a message has the line of the layer at fault.
  for (std::size_t n = 1; n <= e.links.size(); ++n) {
    std::vector<nn::Link> some(e.links.begin(), e.links.begin() + static_cast<std::ptrdiff_t>(n));
    std::vector<std::string> every = e.inputs;
    for (const auto& link : some) every.push_back(link.name);
    places[n - 1].placed("", [&] { return nn::functional(e.inputs, some, every); });
  }
  model.placed(e.output_layers.empty() ? "layers" : "outputs", [&] { return e.model(); });
}

}  // namespace glia::experiment
