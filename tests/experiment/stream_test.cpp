// Tables that are streamed, and rows that are left out.
#include <gtest/gtest.h>

#include <algorithm>

#include "glia/base/error.h"
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
  auto whole = experiment::prepare(in_memory);
  ASSERT_EQ(streamed.train->size(), 20'000);
  EXPECT_TRUE(tells(streamed, "is streamed"));
  EXPECT_EQ(streamed.encoding.to_json(), whole.encoding.to_json());
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
