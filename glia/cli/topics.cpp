// glia help
#include <algorithm>
#include <set>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/cli/command.h"
#include "glia/cli/explain.h"
#include "glia/cli/help.h"
#include "glia/cli/interrupt.h"
#include "glia/cli/json.h"
#include "glia/experiment/reference.h"

namespace glia::cli {
namespace {

using experiment::Entry;
using experiment::Option;
using experiment::Topic;
using report::Paint;
using report::Style;
using report::wrapped;

std::string row(const std::string& name, std::string_view text, int width, const Style& style) {
  std::string out = "  " + report::paint(report::pad_right(name, width), Paint::first, style);
  int column = 2 + std::max(width, report::display_width(name));
  if (column > width + 2) {
    out += "\n" + std::string(static_cast<std::size_t>(width + 2), ' ');
    column = width + 2;
  }
  return out + wrapped(text, width + 2, column, style);
}

// Left columns are as wide as their longest name, within reason.
template <class List>
int width_of(const List& list) {
  std::size_t width = 0;
  for (const auto& item : list) width = std::max(width, item.name.size());
  return static_cast<int>(std::min<std::size_t>(width, 31)) + 2;
}

std::string text_of(const Option& o) {
  std::string text = o.meaning + " (" + o.type;
  if (o.required) text += ", required";
  if (!o.otherwise.empty()) text += ", default " + o.otherwise;
  return text + ")";
}

std::string options_text(const std::vector<Option>& options, const Style& style) {
  std::string text;
  const int width = width_of(options);
  for (const auto& option : options) text += row(option.name, text_of(option), width, style);
  return text;
}

std::string heading(const std::string& name, const std::string& about, const Style& style) {
  return report::paint(name, Paint::bold, style) + ":" +
         wrapped(about, 0, report::display_width(name) + 1, style);
}

std::string topic_text(const Topic& topic, const Style& style) {
  std::string text = heading(topic.name, topic.about, style) + "\n";
  text += options_text(topic.options, style);
  const int width = width_of(topic.entries);
  for (const auto& entry : topic.entries) text += row(entry.name, entry.meaning, width, style);
  return text;
}

std::string entry_text(const Topic& topic, const Entry& entry, const Style& style) {
  std::string text = heading(entry.name, entry.meaning, style) + topic.about + "\n";
  if (!entry.options.empty()) text += "\n" + options_text(entry.options, style);
  if (!entry.short_option.empty())
    text += fmt::format("\n`{0}: VALUE` is short for `{0}: {{{1}: VALUE}}`.\n", entry.name,
                        entry.short_option);
  if (topic.name == "layers") text += "`glia help layer` tells what every layer takes besides.\n";
  return text;
}

// Where a key stands: by its whole name ("clip.norm") or its last word.
bool is_key(const Option& option, const std::string& name) {
  return option.name == name || option.name.ends_with("." + name);
}

struct Found {
  std::string text;
  Json json = Json::array();
};

Json to_json(const std::vector<Option>& options) {
  Json list = Json::array();
  for (const auto& o : options) {
    list.push_back({{"name", o.name}, {"type", o.type}, {"meaning", o.meaning}});
    if (!o.otherwise.empty()) list.back()["default"] = o.otherwise;
    if (o.required) list.back()["required"] = true;
  }
  return list;
}

Json to_json(const std::string& topic, const Entry& entry) {
  return {{"topic", topic},
          {"name", entry.name},
          {"meaning", entry.meaning},
          {"options", to_json(entry.options)}};
}

Found look_up(const std::string& name, const Style& style) {
  Found found;
  const auto add = [&](const std::string& text, Json json) {
    found.text += (found.text.empty() ? "" : "\n") + text;
    found.json.push_back(std::move(json));
  };
  bool is_topic = false;
  for (const auto& topic : experiment::reference()) {
    if (topic.name == name) {
      is_topic = true;
      Json json{{"topic", topic.name}, {"about", topic.about}, {"options", to_json(topic.options)}};
      for (const auto& entry : topic.entries) json["names"].push_back(to_json(topic.name, entry));
      add(topic_text(topic, style), std::move(json));
    }
    for (const auto& entry : topic.entries)
      if (entry.name == name) add(entry_text(topic, entry, style), to_json(topic.name, entry));
  }
  if (is_topic) return found;
  // A step or a layer may have the name of a section's key; options of the same name are others.
  const bool is_entry = !found.text.empty();
  for (const auto& topic : experiment::reference()) {
    const auto list = [&](const std::vector<Option>& options, const std::string& of) {
      for (const auto& option : options)
        if (is_key(option, name) || of + "." + option.name == name)
          add(row(of + "." + option.name, text_of(option), 30, style),
              {{"of", of}, {"options", to_json(std::vector{option})}});
    };
    list(topic.options, topic.name);
    if (!is_entry)
      for (const auto& entry : topic.entries) list(entry.options, entry.name);
  }
  return found;
}

std::string contents(const Style& style) {
  std::string text = overview(style) + "\n`glia help NAME` knows:\n\n";
  for (const auto& topic : experiment::reference()) text += row(topic.name, topic.about, 16, style);
  text += row("dense, adam, ...", "each name in these lists", 18, style);
  text += row("patience, ...", "each key: where it may stand, and what it means", 18, style);
  return text + row("E-DATA-03, D-24", "codes of errors and of the doctor's findings", 18, style);
}

std::vector<std::string> all_names(const std::map<std::string, std::string>& codes) {
  std::set<std::string> names;
  for (const auto& topic : experiment::reference()) {
    names.insert(topic.name);
    for (const auto& option : topic.options) names.insert(option.name);
    for (const auto& entry : topic.entries) {
      names.insert(entry.name);
      for (const auto& option : entry.options) names.insert(option.name);
    }
  }
  for (const auto& [code, text] : codes) names.insert(code);
  return {names.begin(), names.end()};
}

int run_help(const std::string& name, bool markdown, const CLI::App& app, Context& context) {
  const auto style = context.terminal.out_style();
  if (markdown) {
    context.print(experiment::reference_markdown());
    return kSuccess;
  }
  Found found;
  const auto codes = explained_codes();
  if (name.empty()) {
    found.text = contents(style);
    for (const auto& topic : experiment::reference()) found.json.push_back(topic.name);
  } else if (const auto code = codes.find(name); code != codes.end()) {
    found.text = heading(code->first, code->second, style);
    found.json.push_back({{"code", code->first}, {"meaning", code->second}});
  } else {
    found = look_up(name, style);
    for (const auto* command : app.get_subcommands(nullptr))
      if (command->get_name() == name)
        found.text += found.text.empty()
                          ? command->help()
                          : fmt::format("\n`glia {} --help` tells of the command.\n", name);
  }
  if (found.text.empty())
    throw UsageError(
        fmt::format("there is no help on '{}'{}", name, suggest(name, all_names(codes))));
  context.print(found.text);
  if (context.json) print_json(context.terminal, {{"help", found.json}});
  return kSuccess;
}

}  // namespace

void add_help(CLI::App& app, Context& context) {
  auto name = std::make_shared<std::string>();
  auto markdown = std::make_shared<bool>(false);
  auto* command = app.add_subcommand(
      "help", "Layers, settings and whatever an experiment may say; what error codes mean.");
  command->add_option("name", *name, "a layer, a loss, a key, a section, a code; none: the list");
  command->add_flag("--markdown", *markdown, "everything, as docs/experiments.md");
  add_json(*command, context);
  command->callback([name, markdown, &app, &context] {
    context.run = [name, markdown, &app, &context] {
      return run_help(*name, *markdown, app, context);
    };
  });
}

}  // namespace glia::cli
