// glia init, and glia data describe.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "glia/base/format.h"
#include "glia/data/npy.h"
#include "glia/report/style.h"
#include "tests/cli/process.h"
#include "tests/cli/rows.h"
#include "tests/temp_folder.h"

namespace glia::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

class Init : public testing::Test {
 protected:
  Outcome run(const std::vector<std::string>& arguments) { return glia(folder_.path(), arguments); }
  TempFolder folder_;
};

TEST_F(Init, WhatItWritesTrainsAtOnce) {
  write(folder_ / "people.csv", rows({.count = 600, .order = "id,a,b,c,group,answer"}));
  const auto outcome = run({"init", "people.csv", "--target", "answer", "--positive", "yes"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const auto text = read(folder_ / "people.yaml");
  EXPECT_NE(text.find("group: categorical"), std::string::npos) << text;
  EXPECT_NE(text.find("id: drop"), std::string::npos) << text;
  const auto trained = run({"train", "people.yaml", "--json"});
  ASSERT_EQ(trained.code, 0) << trained.err;
  EXPECT_GT(Json::parse(trained.out)["test"]["metrics"]["accuracy"]["value"].get<double>(), 0.9);
  const auto again = run({"init", "people.csv", "--target", "answer"});
  EXPECT_EQ(again.code, 1);
  EXPECT_NE(again.err.find("[E-CLI-07]"), std::string::npos) << again.err;
  EXPECT_EQ(read(folder_ / "people.yaml"), text);
  EXPECT_EQ(run({"init", "people.csv", "--target", "answer", "--force"}).code, 0);
}

TEST_F(Init, KnowsTheTask) {
  std::string text = "x y,\"kind: of\",price\n";
  for (int i = 0; i < 300; ++i)
    text += std::to_string(i * 0.37) + "," + std::string(1, "abc"[i % 3]) + "," +
            std::to_string(1000.25 + 3 * i) + "\n";
  write(folder_ / "odd.csv", text);
  fs::create_directories(folder_ / "sub");
  const auto task = [&](const std::string& target) {
    const auto outcome =
        run({"init", "odd.csv", "--target", target, "-o", "sub/odd.yaml", "--force", "--json"});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    const auto trained = run({"train", "sub/odd.yaml", "--overwrite", "--out", "run", "--set",
                              "train.epochs=2", "--json"});
    EXPECT_EQ(trained.code, 0) << trained.err << read(folder_ / "sub/odd.yaml");
    return Json::parse(outcome.out)["task"].get<std::string>();
  };
  EXPECT_EQ(task("price"), "regression");
  EXPECT_EQ(task("kind: of"), "multiclass");
  const auto unknown = run({"init", "odd.csv", "--target", "prize", "-o", "x.yaml"});
  EXPECT_EQ(unknown.code, 1);
  EXPECT_NE(unknown.err.find("'price'"), std::string::npos) << unknown.err;
  EXPECT_FALSE(fs::exists(folder_ / "x.yaml"));
}

TEST_F(Init, AsksWhichColumnWhereThatIsNotPlain) {
  write(folder_ / "people.csv", rows({.count = 60, .order = "id,a,b,c,group,answer"}));
  const auto asked = run({"init", "people.csv"});
  EXPECT_EQ(asked.code, 1);
  for (const char* part : {"[E-CLI-11]", "two classes: 'group', 'answer'", "amounts: 'a'"})
    EXPECT_NE(asked.err.find(part), std::string::npos) << part << ": " << asked.err;
  EXPECT_EQ(asked.err.find("'id'"), std::string::npos) << asked.err;
  write(folder_ / "named.csv", "x,Label\n1,a\n2.5,b\n1.25,a\n3,b\n4,a\n5,b\n");
  EXPECT_EQ(run({"init", "named.csv"}).code, 0);
  EXPECT_NE(read(folder_ / "named.yaml").find("column: Label"), std::string::npos);
  std::string text;
  for (int i = 0; i < 60; ++i) text += std::to_string(i * 0.25) + (i % 3 ? ",yes\n" : ",no\n");
  write(folder_ / "bare.csv", text);
  EXPECT_EQ(run({"init", "bare.csv"}).code, 0);
  EXPECT_NE(read(folder_ / "bare.yaml").find("column: column_2"), std::string::npos);
}

TEST_F(Init, ALongTextBecomesALanguageModel) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += "ab, and then ba; ";
  write(folder_ / "song.txt", text + "\n");
  ASSERT_EQ(run({"init", "song.txt"}).code, 0);
  const auto trained = run({"train", "song.yaml", "--set", "train.epochs=40", "--json"});
  ASSERT_EQ(trained.code, 0) << trained.err;
  EXPECT_GT(Json::parse(trained.out)["test"]["metrics"]["accuracy"]["value"].get<double>(), 0.6);
  write(folder_ / "rows.txt", rows({.count = 60}));  // columns all the same
  ASSERT_EQ(run({"init", "rows.txt", "--target", "answer"}).code, 0);
  EXPECT_NE(read(folder_ / "rows.yaml").find("target:"), std::string::npos);
}

TEST_F(Init, FreeTextBesideOtherColumnsIsLearnedByItsWords) {
  std::string text = "amount,note,churn\n";
  for (int i = 0; i < 600; ++i) {
    const bool angry = i * 7 % 3 == 0, large = i * 11 % 5 > 2;
    text += std::to_string((large ? 50 : -50) + i * 13 % 40) + ".5,order number " +
            std::to_string(i) + (angry ? " came broken to me" : " arrived fine here") + "," +
            (angry == large ? "yes\n" : "no\n");
  }
  write(folder_ / "orders.csv", text);
  const auto outcome = run({"init", "orders.csv", "--target", "churn", "--positive", "yes"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const auto yaml = read(folder_ / "orders.yaml");
  EXPECT_NE(yaml.find("note: {tfidf: {max_features: 50}}"), std::string::npos) << yaml;
  const auto trained = run({"train", "orders.yaml", "--json"});
  ASSERT_EQ(trained.code, 0) << trained.err;
  EXPECT_GT(Json::parse(trained.out)["test"]["metrics"]["accuracy"]["value"].get<double>(), 0.9);
  const auto described = Json::parse(run({"data", "describe", "orders.csv", "--json"}).out);
  ASSERT_EQ(described["findings"].size(), 1u) << described["findings"];
  EXPECT_EQ(described["findings"][0]["name"], "free_text");
  EXPECT_EQ(described["findings"][0]["columns"][0], "note");
  const auto shown = run({"data", "preview", "orders.yaml", "-o", "page.html", "--rows", "3"});
  ASSERT_EQ(shown.code, 0) << shown.err;
  EXPECT_NE(read(folder_ / "page.html").find("note[broken]"), std::string::npos);
}

TEST_F(Init, FoldersOfOtherFilesAreAnError) {
  fs::create_directories(folder_ / "notes");
  write(folder_ / "notes/a.txt", "hello");
  const auto outcome = run({"init", "notes/"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.err.find("[E-CLI-12]"), std::string::npos) << outcome.err;
  EXPECT_EQ(run({"init", "notes", "--target", "x"}).code, 1);
}

// What is not plain is told, and what teaches nothing is left out.
TEST_F(Init, TellsWhatItMadeOfOddColumns) {
  std::string text = "day;price;one;id;answer\n", quoted = "a,b,answer\n";
  for (int i = 0; i < 60; ++i) {
    text += fmt::format("{:02}.{:02}.2020;{},5;7;{};{}\n", 1 + i % 28, 1 + i / 28 % 12, i,
                        1000000000000000000 + i % 50, i % 3 == 0 ? 1 : 2);
    quoted += fmt::format("{},{},{}\n", i * i % 31, i == 30 ? "\"x" : "y", i % 3 == 0 ? 1 : 2);
  }
  write(folder_ / "odd.csv", text);
  const auto odd = run({"init", "odd.csv", "--target", "answer"});
  for (const char* note : {"'price': 60 numbers like '0,5' are read as text", "'one' is left out",
                           "'id': 60 of 60 values are whole numbers beyond 2^53", "'day' is dates"})
    EXPECT_NE(odd.out.find(note), std::string::npos) << note << "\n" << odd.out << odd.err;
  EXPECT_NE(read(folder_ / "odd.yaml").find("one: drop"), std::string::npos);
  write(folder_ / "quoted.csv", quoted);
  const auto letters = run({"init", "quoted.csv", "--target", "answer"});
  EXPECT_NE(letters.out.find("quotes are read as letters (quote: none), for they do not fit: "
                             "quoted.csv:32"),
            std::string::npos)
      << letters.out << letters.err;
  const auto described = run({"data", "describe", "quoted.csv", "--json"});
  EXPECT_EQ(Json::parse(described.out)["notes"].size(), 1u) << described.out;
}

// Two values are classes, though the rows have dates that only go on.
TEST_F(Init, ASeriesIsOfAmounts) {
  std::string text = "day,x,sold,rain\n";
  for (int i = 0; i < 60; ++i)
    text += fmt::format("2020-{:02}-{:02},{},{},{}\n", 1 + i / 28, 1 + i % 28, i * i % 17,
                        i * i % 23, i % 3 == 0 ? 1 : 0);
  write(folder_ / "days.csv", text);
  const auto kind = [&](const char* target) {
    const auto outcome = run({"init", "days.csv", "--target", target, "--force"});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return outcome.out;
  };
  EXPECT_NE(kind("sold").find("not looked at: 'x', 'rain'"), std::string::npos);
  EXPECT_NE(read(folder_ / "days.yaml").find("series:"), std::string::npos);
  kind("rain");
  EXPECT_EQ(read(folder_ / "days.yaml").find("series:"), std::string::npos);
}

// Every table of the shared data trains at once, with a sensible result on rows kept apart.
TEST_F(Init, RealTablesTrainAtOnce) {
  const char* folder = std::getenv("GLIA_DATA");
  if (!folder) GTEST_SKIP() << "GLIA_DATA is not set";
  struct Case {
    std::string file, target, metric;
    double least;
  };
  for (const auto& [file, target, metric, least] :
       std::vector<Case>{{"iris/iris.csv", "", "accuracy", 0.9},
                         {"titanic/titanic.csv", "Survived", "accuracy", 0.76},
                         {"german-credit/german.csv", "", "accuracy", 0.7},
                         {"pima/pima-indians-diabetes.csv", "", "accuracy", 0.7},
                         {"wine-quality/winequality-red.csv", "", "accuracy", 0.53}}) {
    std::vector<std::string> init{"init", std::string(folder) + "/" + file, "-o", "x.yaml",
                                  "--force"};
    if (!target.empty()) init.insert(init.end(), {"--target", target});
    const auto outcome = run(init);
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    const auto trained = run({"train", "x.yaml", "--overwrite", "--out", "run", "--json"});
    ASSERT_EQ(trained.code, 0) << file << trained.err;
    EXPECT_GT(Json::parse(trained.out)["test"]["metrics"][metric]["value"].get<double>(), least)
        << file;
  }
}

class DataDescribe : public Init {
 protected:
  Json json(const std::vector<std::string>& arguments) {
    std::vector<std::string> all{"data", "describe"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    all.emplace_back("--json");
    const auto outcome = run(all);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return Json::parse(outcome.out);
  }
};

TEST_F(DataDescribe, ShowsATableAsJsonAndAsAPage) {
  write(folder_ / "people.csv", rows({.count = 100, .order = "id,a,b,c,group,answer"}));
  const auto described = json({"people.csv", "--target", "answer"});
  EXPECT_EQ(described["rows"], 100);
  EXPECT_EQ(described["task"], "binary");
  EXPECT_EQ(described["columns"].size(), 6u);
  EXPECT_EQ(described["columns"][5]["target"], true);
  EXPECT_EQ(described["classes"].size(), 2u);
  const auto page = run({"data", "describe", "people.csv", "--html", "people.html"});
  EXPECT_EQ(page.code, 0) << page.err;
  EXPECT_NE(read(folder_ / "people.html").find("<!doctype html>"), std::string::npos);
  EXPECT_EQ(run({"data", "describe", "people.csv", "--html", "people.html"}).code, 1);
  EXPECT_EQ(run({"data", "describe", "people.csv", "--html", "people.html", "--force"}).code, 0);
  const auto missing = run({"data", "describe", "people.csv", "--target", "answr"});
  EXPECT_NE(missing.err.find("did you mean 'answer'?"), std::string::npos) << missing.err;
}

TEST_F(DataDescribe, KeepsToTheWidthOfAPipe) {
  write(folder_ / "people.csv", rows({.count = 100, .order = "id,a,b,c,group,answer"}));
  const auto outcome =
      glia(folder_.path(), {"data", "describe", "people.csv"}, {{"LANG", "C.UTF-8"}});
  for (std::size_t at = 0; at < outcome.out.size();) {
    const auto end = std::min(outcome.out.find('\n', at), outcome.out.size());
    EXPECT_LE(report::display_width(outcome.out.substr(at, end - at)), 100);
    at = end + 1;
  }
}

TEST_F(DataDescribe, TakesEveryFormAndNamesWhatItCannot) {
  write(folder_ / "x.jsonl", "{\"a\": 1, \"b\": {\"c\": \"x\"}}\n{\"a\": 2}\n");
  EXPECT_EQ(json({"x.jsonl"})["columns"][1]["name"], "b.c");
  data::write_npy(folder_ / "images.npy", Tensor(DType::u8, {3, 4, 4}));
  EXPECT_EQ(json({"images.npy"})["arrays"][0]["shape"], (Json{3, 4, 4}));
  fs::create_directories(folder_ / "sounds/dog");
  fs::create_directories(folder_ / "sounds/cat");
  for (const char* file : {"dog/1.wav", "dog/2.wav", "cat/1.wav"})
    write(folder_ / "sounds" / file, "not yet looked into");
  const auto sounds = json({"sounds"});
  EXPECT_EQ(sounds["classes"], (Json{{"cat", 1}, {"dog", 2}}));
  EXPECT_EQ(sounds["unreadable"]["files"], 3);
  write(folder_ / "book.txt", "To be, or not to be,\nthat is the question:\n");
  EXPECT_EQ(json({"book.txt"})["lines"], 2);
  fs::create_directories(folder_ / "none");
  EXPECT_NE(run({"data", "describe", "none"}).err.find("[E-CLI-10]"), std::string::npos);
  EXPECT_NE(run({"data", "describe", "nowhere.csv"}).err.find("[E-FILE-01]"), std::string::npos);
}

TEST_F(DataDescribe, AnExperimentsDataIsReadAsItReadsIt) {
  write(folder_ / "rows.csv", "1;yes\n2;no\n-;yes\n");
  write(folder_ / "x.yaml",
        "data: {train: rows.csv, header: false, names: [a, b], missing: [\"-\"], target: b}\n"
        "model: {layers: [{dense: {units: 1, activation: sigmoid}}]}\n"
        "train: {loss: binary_crossentropy, epochs: 1}\n");
  const auto described = json({"x.yaml"});
  EXPECT_EQ(described["columns"][0]["name"], "a");
  EXPECT_EQ(described["columns"][0]["missing"], 1);
  EXPECT_EQ(described["columns"][1]["target"], true);
}

TEST_F(DataDescribe, TakesExperimentsOfEveryKind) {
  const auto describe = [&](const std::string& data) {
    write(folder_ / "x.yaml",
          "data: {" + data +
              "}\nmodel: {layers: [flatten, {dense: {units: 2, activation: softmax}}]}\n"
              "train: {loss: sparse_categorical_crossentropy, epochs: 1}\n");
    return json({"x.yaml"});
  };
  data::write_npy(folder_ / "x.npy", Tensor(DType::f32, {6, 4}));
  data::write_npy(folder_ / "y.npy", Tensor(DType::i64, {6}));
  const auto arrays = describe("train: {features: x.npy, targets: y.npy}")["arrays"];
  ASSERT_EQ(arrays.size(), 2u);
  EXPECT_EQ(arrays[0]["shape"], (Json{6, 4}));
  fs::create_directories(folder_ / "sounds/dog");
  fs::create_directories(folder_ / "sounds/cat");
  for (const char* file : {"dog/1.wav", "dog/2.wav", "cat/1.wav"})
    write(folder_ / "sounds" / file, "not yet looked into");
  EXPECT_EQ(describe("train: {folder: sounds}, sounds: {n_mels: 9}")["classes"],
            (Json{{"cat", 1}, {"dog", 2}}));
  write(folder_ / "texts.csv", "text,kind\nto be,a\nor not,b\n");
  EXPECT_EQ(describe("train: texts.csv, text: {column: text}, target: kind")["columns"].size(), 2u);
}

}  // namespace
}  // namespace glia::cli
