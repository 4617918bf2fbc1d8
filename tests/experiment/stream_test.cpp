// Tables that are streamed, and rows that are left out.
#include <gtest/gtest.h>
#include <sched.h>

#include <algorithm>
#include <cmath>

#include "glia/base/error.h"
#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/data/loader.h"
#include "tests/experiment/case.h"

namespace glia::testing {
namespace {

using experiment::Prepared;

// What an epoch's batches hold, byte for byte.
std::string bytes_of(const data::Source& source, const data::LoaderOptions& options) {
  data::Loader loader(data::borrowed(source), options);
  std::string bytes;
  const auto add = [&](const Tensor& t) {
    bytes.append(reinterpret_cast<const char*>(t.raw()), t.bytes());
  };
  while (const data::Batch* batch = loader.next()) {
    add(batch->features);
    add(batch->targets);
  }
  return bytes;
}

// A source's rows in the order of another's epochs, in memory.
class InOrderOf : public data::Source {
 public:
  InOrderOf(std::shared_ptr<const data::Source> rows, std::shared_ptr<const data::Source> orders)
      : rows_(std::move(rows)), orders_(std::move(orders)) {}
  std::int64_t size() const override { return rows_->size(); }
  std::vector<data::Field> inputs() const override { return rows_->inputs(); }
  std::vector<data::Field> outputs() const override { return rows_->outputs(); }
  std::optional<Tensor> all_targets(std::size_t i) const override { return rows_->all_targets(i); }
  std::shared_ptr<const data::Order> order(bool shuffle, std::uint64_t seed,
                                           std::int64_t epoch) const override {
    return orders_->order(shuffle, seed, epoch);
  }
  void fill(data::Batch& batch) const override { rows_->fill(batch); }

 private:
  std::shared_ptr<const data::Source> rows_, orders_;
};

std::string weights_of(const std::filesystem::path& run) {
  const auto bundle = experiment::load_bundle(run);
  std::string bytes;
  for (const auto& name : bundle.store->names()) {
    const Tensor& t = bundle.store->at(name);
    bytes.append(reinterpret_cast<const char*>(t.raw()), t.bytes());
  }
  return bytes;
}

bool tells(const Prepared& prepared, const std::string& words) {
  return std::any_of(prepared.notes.begin(), prepared.notes.end(),
                     [&](const auto& note) { return note.find(words) != note.npos; });
}

TEST(Stream, TrainsAsInMemoryInTheSameOrder) {
  const Case c;
  write(c.folder / "rows.csv", table(20'000));
  write(c.folder / "test.csv", table(500, 2));
  const std::vector<std::string> set = {"data.split=null", "data.test=test.csv", "train.epochs=2",
                                        "train.early_stopping=null"};
  auto streaming = set;
  streaming.push_back("data.stream=true");
  const auto e = c.load(streaming), in_memory = c.load(set);
  const auto streamed = experiment::prepare(e);
  ASSERT_EQ(streamed.train->size(), 20'000);
  EXPECT_TRUE(tells(streamed, "is streamed"));
  // The same rows whole, by what was fitted on the stream: its quantiles are approximate.
  const auto in_memory_of = [&](const char* file) {
    const auto rows = data::read_csv(c.folder / file);
    const auto every = data::all_rows(rows.rows());
    const auto& encoder = streamed.encoding.as<experiment::TableEncoder>();
    return std::make_shared<data::Dataset>(
        encoder.preprocessor.transform(rows),
        experiment::targets_for(e.fit.loss, streamed.encoding.target.transform(rows, every), 2,
                                false));
  };
  Prepared whole = streamed;
  whole.train = in_memory_of("rows.csv");
  whole.test = in_memory_of("test.csv");
  EXPECT_EQ(bytes_of(*streamed.train, {.batch_size = 64}),
            bytes_of(*whole.train, {.batch_size = 64}));
  whole.train = std::make_shared<InOrderOf>(whole.train, streamed.train);
  auto options = c.options("streamed");
  options.loader_workers = 2;
  const auto a = experiment::train(e, streamed, options);
  const auto b = experiment::train(in_memory, whole, c.options("whole"));
  EXPECT_EQ(weights_of(c.folder / "streamed"), weights_of(c.folder / "whole"));
  ASSERT_TRUE(a.test && b.test);
  EXPECT_EQ(a.test->loss, b.test->loss);
}

// All numbers of a source's rows in their order.
std::vector<double> numbers_of(const data::Source& source) {
  data::Loader loader(data::borrowed(source), {.batch_size = 1'000});
  std::vector<double> numbers;
  const auto add = [&](const Tensor& t, std::int64_t rows) {
    const std::int64_t width = t.size() / t.shape()[0].value();
    for (std::int64_t i = 0; i < rows * width; ++i) numbers.push_back(t.at(i));
  };
  while (const data::Batch* batch = loader.next()) {
    add(batch->features, batch->count);
    for (const Tensor& t : batch->more_features) add(t, batch->count);
    add(batch->targets, batch->count);
    for (const Tensor& t : batch->more_targets) add(t, batch->count);
  }
  return numbers;
}

void expect_near(const data::Source& streamed, const data::Source& whole) {
  ASSERT_EQ(streamed.size(), whole.size());
  const auto a = numbers_of(streamed), b = numbers_of(whole);
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    ASSERT_NEAR(a[i], b[i], 2e-6 * std::max(1.0, std::abs(b[i]))) << i;
}

// Of several pieces; what is fitted of them is exact but for medians and quantiles.
TEST(Stream, FitsWhatIsFittedInMemory) {
  const Case c;
  write(c.folder / "rows.csv", table(200'000));
  for (const char* steps :
       {"{numeric: [drop_z, impute_mean, standardize]}",
        "{numeric: [impute_mean, min_max], categorical: [target]}",
        "{numeric: [drop_z, impute_mean, standardize], categorical: [impute_mode, target]}",
        "{numeric: [impute_mean], categorical: [frequency]}"}) {
    SCOPED_TRACE(steps);
    const std::vector<std::string> set = {"data.split=null",
                                          std::string("data.preprocess=") + steps};
    auto streaming = set;
    streaming.emplace_back("data.stream=true");
    const auto streamed = experiment::prepare(c.load(streaming));
    const auto whole = experiment::prepare(c.load(set));
    EXPECT_TRUE(tells(streamed, "200,000 rows in 8 pieces"));
    const bool drops = std::string(steps).find("drop") != std::string::npos;
    EXPECT_EQ(tells(streamed, "left out as outliers"), drops);
    EXPECT_EQ(streamed.train->size() < 200'000, drops);
    expect_near(*streamed.train, *whole.train);
  }
}

// What was chosen by the memory of a moment is not chosen again by that of another.
TEST(Stream, ARunSaysWhetherItsTableWasStreamed) {
  const Case c;
  const auto e = c.load({"train.epochs=1"});
  const auto prepared = experiment::prepare(e);
  ASSERT_EQ(prepared.streamed, false);
  EXPECT_EQ(experiment::stream_of_run(e, c.folder / "run"), std::nullopt) << "there is none";
  experiment::train(e, prepared, c.options());
  for (const char* place : {"run", "run/model"}) {
    const auto text = read_file(c.folder / place / "experiment.yaml");
    EXPECT_NE(text.find("stream: false"), text.npos) << place << text;
  }
  EXPECT_EQ(experiment::stream_of_run(e, c.folder / "run"), false);
  const auto said = c.load({"data.stream=true"});
  EXPECT_EQ(experiment::stream_of_run(said, c.folder / "run"), std::nullopt);
  EXPECT_EQ(experiment::prepare(said).streamed, std::nullopt);
  EXPECT_EQ(table_of(experiment::load_bundle(c.folder / "run").experiment).stream, false);
}

TEST(Stream, TheFitIsTheSameWithAnyNumberOfThreads) {
  const Case c;
  write(c.folder / "rows.csv", table(200'000));
  const auto e = c.load({"data.stream=true", "data.preprocess={categorical: [target]}"});
  const auto fitted = [&] {
    return experiment::prepare(e).encoding.as<experiment::TableEncoder>().preprocessor.to_json();
  };
  const auto with_all = fitted();
  cpu_set_t before, one;
  ASSERT_EQ(::sched_getaffinity(0, sizeof before, &before), 0);
  CPU_ZERO(&one);
  for (int cpu = 0; CPU_COUNT(&one) == 0; ++cpu)
    if (CPU_ISSET(cpu, &before)) CPU_SET(cpu, &one);
  ASSERT_EQ(::sched_setaffinity(0, sizeof one, &one), 0);
  const auto with_one = fitted();
  ::sched_setaffinity(0, sizeof before, &before);
  EXPECT_EQ(with_one, with_all);
}

TEST(Stream, SeveralInputsAndOutputs) {
  const TempFolder folder;
  std::string csv = "x,y,colour,cost,kind\n";
  Random random(8, "several");
  for (int i = 0; i < 100'000; ++i) {
    const double x = random.normal(), y = random.uniform();
    const auto colour = random.below(3);
    csv += fmt::format("{},{},{},{},{}\n", x, y, "rgb"[colour], 3 * x - y,
                       x + static_cast<double>(colour) > 1 ? "yes" : "no");
  }
  write(folder / "rows.csv", csv);
  const std::string yaml = R"(data:
  train: rows.csv
  inputs: {numbers: [x, y], words: [colour]}
  target: {price: cost, kind: {column: kind, positive: "yes"}}
  preprocess: {numeric: [drop_z, impute_mean, standardize]}
model:
  layers:
    - dense: {name: left, units: 2, inputs: numbers}
    - dense: {name: right, units: 2, inputs: words}
    - concatenate: {inputs: [left, right]}
    - dense: {name: cost_head, units: 1}
    - dense: {name: kind_head, units: 1, activation: sigmoid, inputs: concatenate}
  outputs: {price: cost_head, kind: kind_head}
train:
  loss: {price: mean_squared_error, kind: binary_crossentropy}
  epochs: 1
)";
  const auto load = [&](const std::string& stream) {
    experiment::LoadOptions options;
    options.set = {"data.stream=" + stream};
    return experiment::parse(yaml, "several.yaml", options, folder.path());
  };
  const auto streamed = experiment::prepare(load("true"));
  const auto whole = experiment::prepare(load("false"));
  ASSERT_EQ(streamed.train->inputs().size(), 2u);
  ASSERT_EQ(streamed.train->outputs().size(), 2u);
  EXPECT_EQ(streamed.train->outputs()[1].name, "kind");
  EXPECT_LT(streamed.train->size(), 100'000);
  expect_near(*streamed.train, *whole.train);
  const auto& fitted = streamed.encoding.outputs[0].second;
  EXPECT_NEAR(fitted.mean, whole.encoding.outputs[0].second.mean, 1e-12);
  EXPECT_NEAR(fitted.std, whole.encoding.outputs[0].second.std, 1e-12);
}

TEST(Stream, SplitsWithoutAListOfRows) {
  const Case c;
  write(c.folder / "rows.csv", table(5'000));
  const auto prepared = experiment::prepare(c.load({"data.stream=true"}));
  EXPECT_EQ(prepared.train->size() + prepared.validation->size() + prepared.test->size(), 5'000);
  EXPECT_NEAR(static_cast<double>(prepared.validation->size()), 1'000, 120);
  EXPECT_NEAR(static_cast<double>(prepared.test->size()), 1'000, 120);
  EXPECT_TRUE(tells(prepared, "not by class"));
  const auto run = experiment::train(c.load({"data.stream=true"}), prepared, c.options());
  ASSERT_TRUE(run.validation && run.test);
  EXPECT_EQ(run.test->rows, prepared.test->size());
  EXPECT_LT(run.test->loss, 0.4);
}

TEST(OnError, SkipLeavesOutTheSameRowsWholeAndStreamed) {
  const Case c;
  std::string good = table(3'000), bad = good;
  const auto insert = [&](std::size_t line, const std::string& row) {
    std::size_t at = 0;
    for (; line > 0; --line) at = bad.find('\n', at) + 1;
    bad.insert(at, row + "\n");
  };
  insert(2'000, "1,red,yes,more");   // cannot be read
  insert(1'500, "seven,green,no");   // a text among numbers
  insert(1'000, "2.5,blue,");        // no target
  insert(500, "3,\"red\"dish,yes");  // a quote
  const std::vector<std::string> set = {"data.split=null", "data.on_error=skip"};
  write(c.folder / "rows.csv", good);
  const auto wanted = experiment::prepare(c.load(set));
  write(c.folder / "rows.csv", bad);
  EXPECT_THROW(experiment::prepare(c.load({"data.split=null"})), Error);
  for (const char* stream : {"data.stream=false", "data.stream=true"}) {
    auto with = set;
    with.emplace_back(stream);
    const auto prepared = experiment::prepare(c.load(with));
    EXPECT_EQ(bytes_of(*prepared.train, {.batch_size = 64}),
              bytes_of(*wanted.train, {.batch_size = 64}))
        << stream;
    EXPECT_TRUE(tells(prepared, "2 rows are left out (they cannot be read)"));
    EXPECT_TRUE(tells(prepared, "2 rows are left out (a cell cannot be used)"));
    EXPECT_TRUE(tells(prepared, "rows.csv:501: column 2 has text after its closing quote"));
    EXPECT_TRUE(tells(prepared, "column 'x' holds 'seven' where a number is expected"));
    EXPECT_TRUE(tells(prepared, "target column 'kind' has no value"));
  }
}

}  // namespace
}  // namespace glia::testing
