// glia weights
#include <filesystem>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/cli/command.h"
#include "glia/cli/interrupt.h"
#include "glia/cli/json.h"
#include "glia/report/table.h"
#include "glia/serialize/safetensors.h"

namespace glia::cli {
namespace {

namespace fs = std::filesystem;

// A file, or the weights in a run's or a bundle's folder.
fs::path file_of(const fs::path& what) {
  for (const auto& members : {what / "model" / "members", what / "members"})
    if (fs::exists(members / "1" / "weights.safetensors"))
      fail("E-EXP-26",
           "{}: this is an ensemble, of which each member has weights of its own; name one: {}",
           what.string(), (members / "1").string());
  for (const auto& inside : {what / "model" / "weights.safetensors", what / "weights.safetensors"})
    if (fs::exists(inside)) return inside;
  return what;
}

int run_weights(const std::string& what, Context& context) {
  const auto file = file_of(what);
  const auto weights = serialize::read_safetensors(file);
  std::int64_t elements = 0;
  std::size_t bytes = 0;
  for (const auto& [name, tensor] : weights.tensors)
    elements += tensor.size(), bytes += tensor.bytes();
  if (context.json) {
    Json json{{"file", file.string()}, {"tensors", Json::array()}};
    for (const auto& [name, tensor] : weights.tensors)
      json["tensors"].push_back(
          {{"name", name}, {"dtype", name_of(tensor.dtype())}, {"shape", tensor.shape().sizes()}});
    json["elements"] = elements;
    for (const auto& [key, text] : weights.metadata) json["metadata"][key] = text;
    print_json(context.terminal, json);
    return kSuccess;
  }
  const auto style = context.terminal.out_style();
  report::Table table{.columns = {"tensor", "dtype", "shape", "elements"}};
  for (const auto& [name, tensor] : weights.tensors)
    table.rows.push_back({{report::clean(name, style)},
                          {std::string(name_of(tensor.dtype()))},
                          {tensor.shape().text()},
                          {with_commas(tensor.size())}});
  context.print(report::render(table, style));
  context.print(fmt::format("\n{} tensors, {} elements, {}\n",
                            with_commas(std::ssize(weights.tensors)), with_commas(elements),
                            human_bytes(static_cast<double>(bytes))));
  for (const auto& [key, text] : weights.metadata)
    context.print(report::clean(fmt::format("{}: {}", key, text), style) + "\n");
  return kSuccess;
}

}  // namespace

void add_weights(CLI::App& app, Context& context) {
  auto file = std::make_shared<std::string>();
  auto* command = app.add_subcommand("weights", "Names, shapes and dtypes in a file of weights.");
  command->add_option("file", *file, "a safetensors file, or a run's folder")->required();
  add_json(*command, context);
  command->callback(
      [file, &context] { context.run = [file, &context] { return run_weights(*file, context); }; });
}

}  // namespace glia::cli
