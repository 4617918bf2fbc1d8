#include "glia/experiment/reference.h"

#include <algorithm>

#include "glia/base/format.h"
#include "glia/experiment/kinds.h"
#include "glia/experiment/parts.h"
#include "glia/metrics/metric.h"

namespace glia::experiment {
namespace {

std::vector<Entry> layers() {
  auto entries = layer_entries();
  entries.push_back(shared_entry());
  return entries;
}

std::vector<Entry> metric_entries() {
  std::vector<Entry> entries;
  for (const auto& info : metrics::known_metrics())
    entries.push_back(
        {std::string(info.name),
         std::string(info.doc) +
             (info.averaged ? fmt::format("; also {0}_macro, {0}_micro, {0}_weighted", info.name)
                            : ""),
         "",
         {}});
  return entries;
}

std::string cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2)
    text.insert(at, "\\");
  return text;
}

std::string otherwise(const Option& o) {
  if (o.required) return "required";
  return o.otherwise.empty() ? "" : "`" + o.otherwise + "`";
}

std::string table(const std::vector<Option>& options) {
  if (options.empty()) return "";
  std::string text = "| key | takes | unless given | meaning |\n|---|---|---|---|\n";
  for (const auto& o : options)
    text += fmt::format("| `{}` | {} | {} | {} |\n", o.name, cell(o.type), otherwise(o),
                        cell(o.meaning));
  return "\n" + text;
}

// "rate: number = 0.5 (share of ...)", one line for each option.
std::string list(const std::vector<Option>& options) {
  std::string text;
  for (const auto& o : options)
    text += fmt::format("  - `{}`: {}{}; {}\n", o.name, o.type,
                        otherwise(o).empty() ? "" : ", " + otherwise(o), o.meaning);
  return text;
}

// With the kinds of data after the first topic.
std::vector<Topic> with_data(std::vector<Topic> topics) {
  auto at = topics.begin() + 1;
  for (const DataKind& kind : data_kinds())
    at = 1 + topics.insert(at, {std::string(&kind == data_kinds().data() ? "data" : kind.name),
                                fmt::format("The section `data`, {}.", kind.summary),
                                data_options(kind),
                                {}});
  return topics;
}

}  // namespace

const std::vector<Topic>& reference() {
  static const std::vector<Topic> all = with_data({
      {"experiment", "The first level of an experiment's file.", experiment_options(), {}},
      {"model",
       "The section `model`. A layer is one name, or one name with its options: "
       "`dense: {units: 8}`; `glia help layers` lists them.",
       model_options(),
       {}},
      {"layer", "Options that every layer has, besides its own.", layer_options(), {}},
      {"train", "The section `train`.", train_options(), {}},
      {"encodings",
       "Under `data.text.encode`; the tokens also under `data.language_model.tokens`, where "
       "windows have their length.",
       {},
       encoding_entries()},
      {"samplings", "Under `data.sampling`.", {}, sampling_entries()},
      {"numeric_steps",
       "In the list `data.preprocess.numeric`, or for one column under `data.columns`, in their "
       "order; `docs/preprocessing.md` has the formulas.",
       {},
       step_entries(data::Kind::numeric)},
      {"categorical_steps",
       "In the list `data.preprocess.categorical`, or for one column.",
       {},
       step_entries(data::Kind::categorical)},
      {"date_steps",
       "In the list `data.preprocess.date`, or for one column.",
       {},
       step_entries(data::Kind::date)},
      {"text_steps",
       "Of a column of texts beside others, under `data.columns`: `note: tfidf`.",
       {},
       step_entries(data::Kind::text)},
      {"layers", "Layers, in the list `model.layers`.", {}, layers()},
      {"activations",
       "As the option `activation` of a layer, or as layers.",
       {},
       activation_entries()},
      {"initializers",
       "As the options `kernel_initializer`, `bias_initializer`, "
       "`embeddings_initializer` of a layer.",
       {},
       initializer_entries()},
      {"constraints",
       "As the options `kernel_constraint` and `bias_constraint` of a layer.",
       {},
       constraint_entries()},
      {"losses", "Under `train.loss`.", {}, loss_entries()},
      {"optimizers", "Under `train.optimizer`.", {}, optimizer_entries()},
      {"schedules", "Under `train.schedule`.", {}, schedule_entries()},
      {"averages", "Under `train.average`.", {}, average_entries()},
      {"calibrations", "Under `train.calibrate`.", {}, calibration_entries()},
      {"metrics", "In the list `train.metrics`.", {}, metric_entries()},
  });
  return all;
}

std::string reference_markdown() {
  std::string text =
      "# What an experiment may say\n\n"
      "Written by `glia help --markdown`; a test compares. `glia help NAME` shows the same of one "
      "name. A name with options is written `adam: {learning_rate: 1e-3}`, one without them "
      "`adam`. A dot means a mapping inside: `clip.norm` is `clip: {norm: 1}`; `[]` means each "
      "item of a list.\n";
  for (const auto& topic : reference()) {
    text += fmt::format("\n## {}\n\n{}\n{}", topic.name, topic.about, table(topic.options));
    if (!topic.entries.empty()) text += "\n";
    for (const auto& entry : topic.entries) {
      text += fmt::format("- **{}**: {}", entry.name, entry.meaning);
      if (!entry.short_option.empty())
        text += fmt::format("; `{}: VALUE` gives `{}`", entry.name, entry.short_option);
      text += "\n" + list(entry.options);
    }
  }
  return text;
}

}  // namespace glia::experiment
