// glia help: what experiments may say and what codes mean, from the command itself.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>

#include "glia/base/file.h"
#include "tests/cli/process.h"
#include "tests/temp_folder.h"

namespace glia::cli {
namespace {

std::string help(const std::vector<std::string>& words) {
  const TempFolder folder;
  std::vector<std::string> arguments{"help"};
  arguments.insert(arguments.end(), words.begin(), words.end());
  const auto outcome = glia(folder.path(), arguments);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  return outcome.out;
}

void expect(const std::string& name, const std::vector<std::string>& parts) {
  const auto text = help(name.empty() ? std::vector<std::string>{} : std::vector{name});
  for (const auto& part : parts)
    EXPECT_NE(text.find(part), std::string::npos) << name << ": " << part << "\n" << text;
}

TEST(Help, KnowsWhatAPersonAsksFor) {
  expect("", {"usage: glia", "layers", "optimizers", "E-DATA-03"});
  expect("layers", {"dense", "transformer_encoder_layer", "residual", "shared"});
  expect("dense", {"units", "(whole number, required)", "kernel_initializer",
                   "default fan_in_uniform", "`dense: VALUE`"});
  expect("adam", {"train.optimizer", "beta2", "default 0.999"});
  expect("train", {"early_stopping.patience", "clip.global_norm", "`glia train --help`"});
  expect("predict", {"usage: glia predict"});  // a command that is no section
  expect("patience", {"train.early_stopping.patience", "reduce_on_plateau.patience"});
  expect("clip.norm", {"train.clip.norm"});
  expect("softmax", {"model.layers", "option `activation`"});
  expect("metrics", {"roc_auc"});
  expect("D-24", {"error: softmax or sigmoid", "remove one"});
}

// Whatever code the library can say has its sentences in the command.
TEST(Help, ExplainsEveryCode) {
  const auto codes = [](const std::string& text, const std::string& pattern) {
    std::vector<std::string> found;
    const std::regex expression(pattern);
    for (std::sregex_iterator at(text.begin(), text.end(), expression), end; at != end; ++at)
      found.push_back((*at)[1]);
    return found;
  };
  int tried = 0;
  for (const auto& entry : std::filesystem::directory_iterator(GLIA_SOURCE_DIR "/docs/errors.d")) {
    const auto all = codes(read_file(entry.path()), "- \\*\\*(E-[A-Z]+-[0-9]+)\\*\\* ");
    if (all.empty()) continue;
    expect(all.front(), {all.front() + ": "});
    expect(all.back(), {all.back() + ": "});
    ++tried;
  }
  EXPECT_GT(tried, 10);
  expect("E-RUN-03", {"Another process is training in this folder"});
}

TEST(Help, NamesTheNearest) {
  const TempFolder folder;
  const auto outcome = glia(folder.path(), {"help", "dens"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.err.find("did you mean 'dense'?"), std::string::npos) << outcome.err;
}

TEST(Help, GivesTheDocumentAndJson) {
  EXPECT_EQ(help({"--markdown"}), read_file(GLIA_SOURCE_DIR "/docs/experiments.md"));
  const auto json = nlohmann::json::parse(help({"dropout", "--json"}));
  EXPECT_EQ(json["help"][0]["options"][0]["name"], "rate");
  EXPECT_EQ(json["help"][0]["options"][0]["default"], "0.5");
}

}  // namespace
}  // namespace glia::cli
