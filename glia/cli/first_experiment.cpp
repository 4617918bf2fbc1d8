#include "glia/cli/first_experiment.h"

#include <algorithm>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/cli/first_parts.h"

namespace glia::cli {

namespace fs = std::filesystem;

std::string path_in(const FirstExperimentOptions& options, const fs::path& data) {
  const auto folder = fs::absolute(options.file).parent_path().lexically_normal();
  const auto absolute = fs::absolute(data).lexically_normal();
  const auto relative = absolute.lexically_relative(folder);
  return yaml_text(relative.empty() ? absolute.string() : relative.string());
}

std::string heading(const FirstExperimentOptions& options, const std::string& what) {
  const auto clean = [](std::string text) {  // a comment is one line
    std::replace_if(
        text.begin(), text.end(), [](unsigned char c) { return c < ' '; }, ' ');
    return text;
  };
  return fmt::format("# {} of {}. Train with: glia train {}\nname: {}\n", what,
                     clean(fs::absolute(options.data).lexically_normal().filename().string()),
                     clean(options.file.string()), yaml_text(options.file.stem().string()));
}

Ending ending_for(data::Task task, std::int64_t classes) {
  switch (task) {
    case data::Task::binary:
      return {"1", "sigmoid", "binary_crossentropy", "accuracy, precision, recall, f1, roc_auc"};
    case data::Task::multiclass:
      return {std::to_string(classes), "softmax", "sparse_categorical_crossentropy",
              "accuracy, f1"};
    case data::Task::regression:
      break;
  }
  return {"1", "linear", "mean_squared_error", "rmse, mae, r2"};
}

Length length_for(std::int64_t rows) {
  if (rows < 300) return {16, 100, 0};  // validation rows too few to stop by
  if (rows < 1000) return {16, 100, 15};
  if (rows < 10000) return {32, 60, 8};
  if (rows < 100000) return {128, 40, 5};
  return {256, 20, 3};
}

std::string training(const Length& length, const Ending& ending, const std::string& rate) {
  const std::string stop =
      length.patience > 0
          ? fmt::format(
                "  epochs: {}  # at most\n"
                "  early_stopping: {{monitor: val_loss, patience: {}}}\n",
                length.epochs, length.patience)
          : fmt::format(
                "  schedule: cosine  # to the end: validation rows are too few to stop by\n"
                "  epochs: {}\n",
                length.epochs);
  return fmt::format(
      "train:\n"
      "  loss: {}\n"
      "  optimizer: {{adam: {{learning_rate: {}}}}}\n"
      "  batch_size: {}\n"
      "{}"
      "  metrics: [{}]\n"
      "seed: 1\n",
      ending.loss, rate, length.batch, stop, ending.metrics);
}

std::string yaml_text(const std::string& text) {
  static const std::vector<std::string> words{"true", "false", "yes", "no", "on",  "off",
                                              "null", "~",     "y",   "n",  "nan", "inf"};
  std::string lower = text;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const bool plain =
      !text.empty() && std::isalpha(static_cast<unsigned char>(text[0])) != 0 &&
      std::all_of(text.begin(), text.end(),
                  [](unsigned char c) {
                    return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.' || c == '/';
                  }) &&
      std::find(words.begin(), words.end(), lower) == words.end();
  if (plain) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (c == '\n')
      quoted += "\\n";
    else if (c == '\t')
      quoted += "\\t";
    else if (c == '\r')
      quoted += "\\r";
    else if (static_cast<unsigned char>(c) < ' ')
      quoted += fmt::format("\\x{:02x}", c);
    else
      quoted += c;
  }
  return quoted + "\"";
}

FirstExperiment first_experiment(const FirstExperimentOptions& options) {
  std::error_code error;  // of links in a circle: the readers say what is wrong
  if (fs::is_directory(options.data, error)) return first_of_folder(options);
  if (auto prose = first_of_prose(options)) return std::move(*prose);
  return first_of_table(options);
}

}  // namespace glia::cli
