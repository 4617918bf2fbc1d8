// From a CSV file to a run's folder and back to predictions.
#include "glia/experiment/run.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/data/leakage.h"
#include "glia/data/loader.h"
#include "glia/data/split.h"
#include "glia/serialize/safetensors.h"
#include "tests/experiment/case.h"

namespace glia {
namespace {

namespace fs = std::filesystem;
using testing::Case;
using testing::kYaml;
using testing::table;
using testing::table_of;
using testing::thrown;
using testing::write;

TEST(Prepare, FitsOnTrainingRowsOnly) {
  Case c;
  const auto e = c.load();
  const auto before = experiment::prepare(e);
  EXPECT_EQ(before.train->size() + before.validation->size() + before.test->size(), 150);
  EXPECT_NEAR(static_cast<double>(before.test->size()), 30, 1);
  // Every row that is not in training changes: x becomes enormous, the colour one never seen.
  std::vector<std::int64_t> labels;
  const auto whole = data::read_csv(c.folder / "rows.csv");
  for (std::int64_t i = 0; i < 150; ++i) labels.push_back(whole.cell(i, 2) == "yes");
  data::SplitOptions split;
  split.validation = 0.2, split.test = 0.2, split.stratify = labels;
  const auto parts = data::split(150, split);
  std::vector<bool> training(150, false);
  for (const auto row : parts.train) training[static_cast<std::size_t>(row)] = true;
  std::string csv = "x,colour,kind\n";
  for (std::int64_t i = 0; i < 150; ++i)
    csv += (training[static_cast<std::size_t>(i)]
                ? std::string(whole.cell(i, 0)) + "," + std::string(whole.cell(i, 1))
                : "99999,violet") +
           "," + std::string(whole.cell(i, 2)) + "\n";
  write(c.folder / "rows.csv", csv);
  const auto after = experiment::prepare(e);
  EXPECT_EQ(before.encoding.to_json(), after.encoding.to_json());
  EXPECT_NE(before.fingerprint, after.fingerprint);
  write(c.folder / "rows.csv", table(150, 1, 1));  // training rows shifted: now it must differ
  EXPECT_NE(before.encoding.to_json(), experiment::prepare(e).encoding.to_json());
}

TEST(Prepare, RefusesLeakage) {
  Case c;
  write(c.folder / "test.csv", table(150));
  const auto same = thrown([&] {
    experiment::prepare(c.load({"data.split=", "data.test=test.csv"}));
  });
  EXPECT_EQ(same.code, "E-DATA-60") << same.message;
  // The same record id in training and validation rows of one file.
  std::string csv = "id,x,kind\n";
  for (int i = 0; i < 60; ++i)
    csv += std::to_string(i / 6) + "," + std::to_string(0.37 * i) + "," + (i % 2 ? "yes" : "no") +
           "\n";
  write(c.folder / "rows.csv", csv);
  const auto ids = thrown([&] {
    experiment::prepare(c.load({"data.id=id", "data.split={validation: 0.3}"}));
  });
  EXPECT_EQ(ids.code, "E-DATA-61");
  EXPECT_TRUE(ids.says("validation")) << ids.message;
  // Equal rows alone are chance: counted and said.
  std::string equal = "x,kind\n";
  for (int i = 0; i < 60; ++i) equal += std::string(i % 2 ? "1,yes" : "2,no") + "\n";
  write(c.folder / "rows.csv", equal);
  const auto prepared = experiment::prepare(c.load());
  EXPECT_EQ(prepared.equal_rows, prepared.test->size());
  EXPECT_GE(prepared.notes.size(), 2u);
}

// Each warning has its code, by which it is waived; what is left out stays told.
TEST(Prepare, WarningsAreNamedAndCanBeAllowed) {
  const Case c;
  std::string rows = "x,same,kind\nword,3\n";
  for (int i = 0; i < 60; ++i) rows += fmt::format("{},3,{}\n", i % 30, i % 2 ? "yes" : "no");
  for (int i = 0; i < 7; ++i) rows += "1,2\n";
  write(c.folder / "rows.csv", rows);
  const auto notes = [&](const std::string& allow) {
    const auto prepared = experiment::prepare(experiment::parse(
        R"(data:
  train: rows.csv
  on_error: skip
  target: {column: kind}
  split: {validation: 0.2, test: 0.1}
model:
  layers: [dense: {units: 2, activation: softmax}]
train: {loss: sparse_categorical_crossentropy, allow: )" +
            allow + "}\n",
        "rows.yaml", {}, c.folder.path()));
    return fmt::format("{}\n", fmt::join(prepared.notes, "\n"));
  };
  const auto all = notes("[]");
  for (const char* part :
       {"warning: D-60 ", "warning: D-61 1 column has one value in all training rows",
        "warning: D-62 8 rows are left out (they cannot be read):\n  ",
        "rows.csv:2: ", "\n  and 3 more\n", "warning: D-63 the test has only"})
    EXPECT_NE(all.find(part), all.npos) << part << "\n" << all;
  EXPECT_EQ(notes("[D-60, D-61, D-62, D-63]"),
            "warning: D-62 8 rows are left out (they cannot be read)\n");
}

TEST(Prepare, TellsOfPartsThatAreTooLargeOrTooSmall) {
  const Case c;
  const auto notes = [&](const std::string& split) {
    const auto prepared = experiment::prepare(c.load({"data.split=" + split}));
    return fmt::format("{}", fmt::join(prepared.notes, "\n"));
  };
  EXPECT_EQ(notes("{validation: 0.2, test: 0.2}"), "");
  const auto large = notes("{validation: 0.9}");
  EXPECT_NE(large.find("takes 135 rows (a share of 0.9) and leaves 15"), large.npos) << large;
  const auto small = notes("{validation: 0.2, test: 0.02}");
  EXPECT_NE(small.find("the test has only 3 rows"), small.npos) << small;
}

TEST(Prepare, ATextAmongNumbersIsNamed) {
  Case c;
  write(c.folder / "rows.csv", table(150) + "1o,red,yes\n");
  // The split decides whether training rows or others meet it: each way it is an error.
  for (const std::string seed : {"1", "2", "3"}) {
    const auto refused = thrown([&] { experiment::prepare(c.load({"data.split.seed=" + seed})); });
    EXPECT_EQ(refused.code, "E-DATA-11");
    EXPECT_TRUE(refused.says("rows.csv:152: column 'x' holds '1o'")) << refused.message;
  }
  const auto prepared = experiment::prepare(c.load({"data.missing=[\"1o\"]"}));
  EXPECT_EQ(prepared.encoding.as<experiment::TableEncoder>().preprocessor.columns()[0].kind(),
            data::Kind::numeric);
  const auto dropped = experiment::prepare(c.load({"data.columns={x: drop}"}));
  EXPECT_EQ(dropped.train->inputs().front().row, Shape{3});
}

TEST(Bundle, KnowsTheRowsThatItWasTrainedOn) {
  const Case c;
  const auto e = c.load();
  experiment::train(e, experiment::prepare(e), c.options());
  const auto bundle = experiment::load_bundle(c.folder / "run");
  std::string written = table(150);  // the same rows, written in another way
  for (std::size_t at = 0; (at = written.find(',', at)) != written.npos;) written[at] = ';';
  write(c.folder / "again.csv", written);
  write(c.folder / "new.csv", table(150, 2));
  const auto trained_on = [&](const char* file) {
    return bundle.experiment.data->labelled(bundle, {c.folder / file}).trained_on;
  };
  EXPECT_TRUE(trained_on("rows.csv"));
  EXPECT_TRUE(trained_on("again.csv"));
  EXPECT_FALSE(trained_on("new.csv"));
}

// A resolved experiment is a file beside the one that it came from; its own files go with it.
TEST(Experiment, OwnFilesAreNamedFromTheCopysPlace) {
  const Case c;
  fs::create_directories(c.folder / "data");
  write(c.folder / "data/more.csv", table(60, 3));
  experiment::LoadOptions options;
  options.set = {"data.split=", "data.validation=0.2", "data.test=more.csv"};
  options.data_folders = {c.folder / "data"};
  const auto e = experiment::parse(kYaml, "kinds.yaml", options, c.folder.path());
  fs::create_directories(c.folder / "deep/run");
  fs::create_directory_symlink("deep/run", c.folder / "link");
  const auto text = experiment::resolved_in(c.folder / "link", e);
  write(c.folder / "link/experiment.yaml", text);
  EXPECT_NE(text.find("train: ../../rows.csv\n"), text.npos) << text;
  EXPECT_NE(text.find("test: more.csv\n"), text.npos) << text;  // of a folder of data: its name
  experiment::LoadOptions folders;
  folders.data_folders = options.data_folders;
  const auto copy = experiment::load(c.folder / "link/experiment.yaml", folders);
  EXPECT_TRUE(fs::equivalent(table_of(copy).train, table_of(e).train));
  EXPECT_TRUE(fs::equivalent(table_of(copy).test, table_of(e).test));
  // Nothing else differs, and a copy of the copy is the same text.
  EXPECT_EQ(experiment::resolved_in(c.folder / "deep/run", copy), text);
}

std::string idx(const std::vector<unsigned char>& sizes, const std::string& bytes) {
  std::string text{'\0', '\0', '\x08', static_cast<char>(sizes.size())};
  for (const auto size : sizes) text += std::string(3, '\0') + static_cast<char>(size);
  return text + bytes;
}

TEST(Prepare, ALabelWithoutAClassIsNamedWithItsFile) {
  TempFolder folder;
  for (const std::string part : {"train", "test"})
    write(folder / (part + ".idx"), idx({4, 1, 1}, part == "train" ? "abcd" : "efgh"));
  const auto refused = [&](const std::string& train, const std::string& test) {
    write(folder / "train-labels.idx", idx({4}, train));
    write(folder / "test-labels.idx", idx({4}, test));
    return thrown([&] {
      experiment::prepare(experiment::parse(R"(data:
  train: {images: train.idx, labels: train-labels.idx}
  test: {images: test.idx, labels: test-labels.idx}
  labels: [cat, dog]
model:
  layers: [flatten, dense: {units: 2, activation: softmax}]
train: {loss: sparse_categorical_crossentropy}
)",
                                            "images.yaml", {}, folder.path()));
    });
  };
  const std::string good{0, 1, 0, 1}, bad{0, 1, 7, 1};
  EXPECT_EQ(refused(good, good).code, "nothing");
  for (const auto& [error, file] : {std::pair{refused(bad, good), "train-labels.idx: image 2"},
                                    std::pair{refused(good, bad), "test-labels.idx: image 2"}}) {
    EXPECT_EQ(error.code, "E-DATA-22");
    EXPECT_TRUE(error.says(file) && error.says("label 7")) << error.message;
  }
}

// Labels of images are always numbers; what is made of them for a loss of rows is told.
TEST(Prepare, NumbersOfClassesThatBecomeRowsAreTold) {
  TempFolder folder;
  write(folder / "train.idx", idx({4, 1, 1}, "abcd"));
  write(folder / "labels.idx", idx({4}, {0, 1, 0, 1}));
  const auto notes = [&](const std::string& loss) {
    return experiment::prepare(experiment::parse(R"(data:
  train: {images: train.idx, labels: labels.idx}
model:
  layers: [flatten, dense: {units: 2, activation: softmax}]
train: {loss: )" + loss + "}\n",
                                                 "images.yaml", {}, folder.path()))
        .notes;
  };
  const auto told = notes("categorical_crossentropy");
  ASSERT_EQ(told.size(), notes("sparse_categorical_crossentropy").size() + 1);
  EXPECT_NE(told[0].find("rows of 0 and 1"), std::string::npos) << told[0];
}

TEST(Prepare, ImagesThatTrainingSawAreCountedOrRefused) {
  TempFolder folder;
  const auto images = [](int first, int count) {  // one pixel each tells them apart
    std::string bytes;
    for (int i = first; i < first + count; ++i)
      bytes += std::string{static_cast<char>(i), '\1', '\2', '\3'};
    return bytes;
  };
  const auto save = [&](const std::string& name, int first, int count) {
    const auto n = static_cast<unsigned char>(count);
    write(folder / (name + ".idx"), idx({n, 2, 2}, images(first, count)));
    std::string labels;
    for (int i = 0; i < count; ++i) labels += static_cast<char>(i % 2);
    write(folder / (name + "-labels.idx"), idx({n}, labels));
  };
  const auto prepare = [&] {
    return experiment::prepare(experiment::parse(R"(data:
  train: {images: train.idx, labels: train-labels.idx}
  test: {images: test.idx, labels: test-labels.idx}
model:
  layers: [flatten, dense: {units: 2, activation: softmax}]
train: {loss: sparse_categorical_crossentropy}
)",
                                                 "images.yaml", {}, folder.path()));
  };
  save("train", 0, 40);
  save("test", 30, 20);
  const auto prepared = prepare();
  EXPECT_EQ(prepared.equal_rows, 10);
  ASSERT_EQ(prepared.notes.size(), 1u);
  EXPECT_NE(prepared.notes[0].find("10 test images"), std::string::npos) << prepared.notes[0];
  // The same images packed: other bytes, one content.
  save("test", 0, 40);
  const auto command =
      "gzip -c '" + (folder / "test.idx").string() + "' > '" + (folder / "packed").string() + "'";
  ASSERT_EQ(std::system(command.c_str()), 0);
  fs::rename(folder / "packed", folder / "test.idx");
  EXPECT_EQ(thrown(prepare).code, "E-DATA-60");
}

TEST(Targets, AsTheLossWantsThem) {
  using experiment::targets_for;
  const Tensor two = Tensor::of<std::int64_t>({3}, {0, 1, 1}),
               three = Tensor::of<std::int64_t>({3}, {0, 2, 1});
  const Tensor numbers(DType::f32, {3, 1});
  EXPECT_EQ(targets_for(nn::binary_crossentropy(), two, 2, false).shape().text(), "[3, 1]");
  EXPECT_EQ(targets_for(nn::sparse_categorical_crossentropy(), three, 3, false).dtype(),
            DType::i64);
  const Tensor hot = targets_for(nn::categorical_crossentropy(), three, 3, true);
  EXPECT_EQ(hot.at(0) + hot.at(5) + hot.at(7), 3);
  EXPECT_EQ(targets_for(nn::mean_squared_error(), numbers, 0, false).shape().text(), "[3, 1]");
  const auto refused = [&](const nn::Loss& loss, const Tensor& t, std::int64_t k, bool rows,
                           std::string_view says) {
    const auto error = thrown([&] { targets_for(loss, t, k, rows); });
    EXPECT_EQ(error.code, "E-LOSS-01");
    EXPECT_TRUE(error.says(loss.name) && error.says(says)) << error.message;
  };
  refused(nn::binary_crossentropy(), three, 3, false, "sparse_categorical_crossentropy");
  refused(nn::categorical_crossentropy(), three, 3, false, "one_hot: true");
  refused(nn::sparse_categorical_crossentropy(), three, 3, true, "categorical_crossentropy");
  refused(nn::mean_squared_error(), two, 2, false, "binary_crossentropy");
  refused(nn::binary_crossentropy(), numbers, 0, false, "mean_squared_error");
}

TEST(Run, WritesItsFolderAndTheBundlePredicts) {
  Case c;
  const auto e = c.load();
  const auto prepared = experiment::prepare(e);
  const auto result = experiment::train(e, prepared, c.options());
  for (const char* name :
       {"experiment.yaml", "metrics.jsonl", "result.json", "model/weights.safetensors",
        "model/encoding.json", "model/experiment.yaml", "model/README.md"})
    EXPECT_TRUE(fs::exists(c.folder / "run" / name)) << name;
  EXPECT_EQ(result.weights_sha256, sha256_file(c.folder / "run/model/weights.safetensors"));
  EXPECT_EQ(result.parameters, 4 * 6 + 6 + 6 + 1);  // x and three colours

  fs::remove(c.folder / "rows.csv");  // a saved model needs no data
  const auto bundle = experiment::load_bundle(c.folder / "run");
  const auto again = experiment::assess(bundle, *prepared.test);
  EXPECT_EQ(again.loss, result.test->loss);
  EXPECT_EQ(again.rows, prepared.test->size());
  EXPECT_EQ(bundle.encoding.to_json(), prepared.encoding.to_json());
  // Saved anew: the same bytes, and the same predictions to the bit.
  experiment::save_bundle(c.folder / "copy", bundle, "card");
  for (const char* name : {"weights.safetensors", "encoding.json", "experiment.yaml"})
    EXPECT_EQ(read_file(c.folder / "run/model" / name), read_file(c.folder / "copy" / name))
        << name;
  const auto copy = experiment::load_bundle(c.folder / "copy");
  EXPECT_TRUE(same_bits(bundle.predict(*prepared.test)[0], copy.predict(*prepared.test)[0]));
  const data::Dataset wide(Tensor(DType::f32, {3, 9}), Tensor(DType::i64, {3}));
  EXPECT_EQ(thrown([&] { (void)bundle.predict(wide); }).code, "E-SESSION-02");
}

TEST(Run, OneLineForEachEpochThroughInterruptions) {
  Case c;
  const auto e = c.load();
  const auto prepared = experiment::prepare(e);
  const auto whole = experiment::train(e, prepared, c.options("whole"));
  std::atomic<bool> stop{false};
  int steps = 0;
  train::Observer observer;
  observer.stop = &stop;
  observer.step = [&](const train::StepRecord&) { stop = ++steps % 7 == 0; };
  auto options = c.options("pieces");
  experiment::RunResult last;
  for (int i = 0; i < 10 && last.weights_sha256.empty(); ++i) {
    last = experiment::train(e, prepared, options, observer);
    EXPECT_EQ(fs::exists(c.folder / "pieces/model"), !last.weights_sha256.empty());
    options.resume = true;
  }
  EXPECT_EQ(whole.weights_sha256, last.weights_sha256);
  EXPECT_GT(steps, 7);
  const auto epochs = [&](const char* run) {
    std::ifstream file(c.folder / run / "metrics.jsonl");
    std::vector<nlohmann::json> lines;
    for (std::string line; std::getline(file, line);) {
      lines.push_back(nlohmann::json::parse(line));
      lines.back().erase("seconds");
    }
    return lines;
  };
  EXPECT_EQ(epochs("whole").size(), 6u);
  EXPECT_EQ(epochs("whole"), epochs("pieces"));
}

TEST(Run, FoldersAreNotOverwrittenWithoutAWord) {
  Case c;
  const auto e = c.load();
  const auto prepared = experiment::prepare(e);
  experiment::train(e, prepared, c.options());
  const auto there = thrown([&] { experiment::train(e, prepared, c.options()); });
  EXPECT_TRUE(there.code == "E-RUN-01" && there.says("--resume") && there.says("--overwrite"));
  // Another experiment cannot go on there, and leaves the folder as it was.
  const std::string before = read_file(c.folder / "run/experiment.yaml");
  auto resume = c.options();
  resume.resume = true;
  const auto other = c.load({"train.batch_size=16"});
  EXPECT_EQ(thrown([&] { experiment::train(other, prepared, resume); }).code, "E-TRAIN-03");
  EXPECT_EQ(read_file(c.folder / "run/experiment.yaml"), before);
  // Replaced where asked for, but for what the run did not write.
  write(c.folder / "run/notes.txt", "mine");
  auto replace = c.options();
  replace.overwrite = true;
  experiment::train(other, prepared, replace);
  EXPECT_NE(read_file(c.folder / "run/experiment.yaml"), before);
  EXPECT_EQ(read_file(c.folder / "run/notes.txt"), "mine");
  // A folder that holds no run is nobody's to replace, experiment.yaml or not.
  fs::create_directories(c.folder / "mine");
  write(c.folder / "mine/thesis.txt", "years");
  write(c.folder / "mine/experiment.yaml", kYaml);
  replace.folder = c.folder / "mine";
  EXPECT_EQ(thrown([&] { experiment::train(e, prepared, replace); }).code, "E-RUN-02");
  EXPECT_EQ(read_file(c.folder / "mine/thesis.txt"), "years");
  EXPECT_EQ(read_file(c.folder / "mine/experiment.yaml"), kYaml);
}

TEST(Run, WhatCannotWorkLeavesNoFolder) {
  Case c;
  const auto e = c.load({"model.layers.2.dense.activation=softmax"});
  const auto prepared = experiment::prepare(e);
  EXPECT_EQ(thrown([&] { experiment::train(e, prepared, c.options()); }).code, "E-DOCTOR-01");
  EXPECT_FALSE(fs::exists(c.folder / "run"));
  const auto weights = c.load({"train.class_weight={maybe: 2}"});
  const auto unknown = thrown([&] { experiment::train(weights, prepared, c.options("w")); });
  EXPECT_TRUE(unknown.code == "E-EXP-05" && unknown.says("'maybe'") &&
              unknown.says("--set train.class_weight: "))
      << unknown.message;
  EXPECT_FALSE(fs::exists(c.folder / "w"));
  const auto refused = [&](const std::vector<std::string>& set) {
    const auto error =
        thrown([&] { experiment::train(c.load(set), prepared, c.options("never")); });
    EXPECT_FALSE(fs::exists(c.folder / "never")) << error.message;
    return error;
  };
  const auto zeros = refused({"train.class_weight={yes: 0, no: 0}"});
  EXPECT_TRUE(zeros.code == "E-EXP-05" && zeros.says("are 0")) << zeros.message;
  const auto monitor = refused({"train.early_stopping={monitor: val_f1}"});
  EXPECT_TRUE(monitor.code == "E-TRAIN-05" && monitor.says("val_f1") && monitor.says("metrics"))
      << monitor.message;
  write(c.folder / "w.safetensors", "PK\x03\x04 and so on");
  const auto weights_of_another = refused({"train.start_from=w.safetensors"});
  EXPECT_EQ(weights_of_another.code, "E-SAFE-02") << weights_of_another.message;
  const auto memory =
      refused({"model.layers.0.dense.units=1000000", "model.layers.1={dense: 1000000}"});
  EXPECT_TRUE(memory.code == "E-STORE-03" && memory.says("dense_1.weight")) << memory.message;
}

TEST(Run, BalancedWeightsOfNumbersAndOfRows) {
  Case c;
  const auto numbers =
      c.load({"train.loss=sparse_categorical_crossentropy", "train.class_weight=balanced",
              "model.layers.2={dense: {units: 2, activation: softmax}}"});
  const auto rows = c.load({"train.loss=categorical_crossentropy", "train.class_weight=balanced",
                            "data.target.one_hot=true",
                            "model.layers.2={dense: {units: 2, activation: softmax}}"});
  const auto a = experiment::train(numbers, experiment::prepare(numbers), c.options("a"));
  const auto b = experiment::train(rows, experiment::prepare(rows), c.options("b"));
  EXPECT_NEAR(*a.history.epochs.at(0).find("loss"), *b.history.epochs.at(0).find("loss"), 1e-4);
}

TEST(Bundle, DamageIsNamed) {
  Case c;
  const auto e = c.load();
  experiment::train(e, experiment::prepare(e), c.options());
  const auto model = c.folder / "run/model";
  const auto load = [&] { return thrown([&] { experiment::load_bundle(c.folder / "run"); }); };
  EXPECT_EQ(load().code, "nothing");

  const std::string encoding = read_file(model / "encoding.json");
  for (const std::string& bad : {std::string("{"), std::string("{\"kind\": \"sound\"}"),
                                 std::string("[]"), encoding.substr(0, encoding.size() / 2)}) {
    write(model / "encoding.json", bad);
    const auto error = load();
    EXPECT_EQ(error.code, "E-BUNDLE-02") << bad << ": " << error.message;
  }
  write(model / "encoding.json", encoding);

  // Weights of another model: every difference is listed.
  auto weights = serialize::read_safetensors(model / "weights.safetensors").tensors;
  const std::string whole = read_file(model / "weights.safetensors");
  for (const float bad : {std::nanf(""), -INFINITY}) {
    auto poisoned = serialize::read_safetensors(model / "weights.safetensors").tensors;
    poisoned.at("dense_1.weight").set(2, bad);
    serialize::write_safetensors(model / "weights.safetensors", poisoned);
    const auto error = load();
    EXPECT_TRUE(error.code == "E-BUNDLE-05" && error.says("'dense_1.weight'")) << error.message;
    write(model / "weights.safetensors", whole);
  }
  weights.erase("dense.bias");
  weights.insert_or_assign("dense_1.weight", Tensor(DType::f32, {1, 5}));
  weights.emplace("extra", Tensor(DType::f32, {2}));
  const std::string good = read_file(model / "weights.safetensors");
  serialize::write_safetensors(model / "weights.safetensors", weights);
  const auto wrong = load();
  EXPECT_EQ(wrong.code, "E-BUNDLE-03");
  for (const char* part : {"'dense.bias'", "'dense_1.weight'", "[1, 5]", "[1, 6]", "'extra'"})
    EXPECT_TRUE(wrong.says(part)) << wrong.message;
  write(model / "weights.safetensors", good.substr(0, good.size() / 2));
  EXPECT_TRUE(load().code.starts_with("E-SAFE")) << load().message;
  write(model / "weights.safetensors", good);

  write(model / "experiment.yaml", "name: [");
  EXPECT_EQ(load().code, "E-EXP-01");
  EXPECT_EQ(thrown([&] { experiment::load_bundle(c.folder / "nowhere"); }).code, "E-BUNDLE-01");
}

// The file says another model than was trained: of one unit, softmax is 1 for every row.
TEST(Bundle, AModelThatCannotHaveBeenTrainedIsRefused) {
  Case c;
  const auto e = c.load();
  experiment::train(e, experiment::prepare(e), c.options());
  const auto file = c.folder / "run/model/experiment.yaml";
  auto yaml = read_file(file);
  yaml.replace(yaml.find("sigmoid"), 7, "softmax");
  write(file, yaml);
  const auto error = thrown([&] { experiment::load_bundle(c.folder / "run"); });
  EXPECT_EQ(error.code, "E-BUNDLE-06") << error.message;
  EXPECT_TRUE(error.says("D-4") && error.says("experiment.yaml") && error.says("dense_1"))
      << error.message;
}

}  // namespace
}  // namespace glia
