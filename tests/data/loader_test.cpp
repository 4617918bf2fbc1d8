#include "glia/data/loader.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <new>
#include <numeric>
#include <thread>

#include "glia/base/error.h"
#include "glia/base/random.h"
#include "tests/thrown.h"

// Sanitizers bring their own allocator, which must not be replaced.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define COUNTS_ALLOCATIONS 1
namespace {
std::atomic<long> allocations{0};  // of the whole process
void* counted(std::size_t size, std::size_t alignment) {
  ++allocations;
  void* p = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (!p) throw std::bad_alloc();
  return p;
}
}  // namespace

void* operator new(std::size_t size) { return counted(size ? size : 1, 16); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return counted(size ? size : 1, static_cast<std::size_t>(alignment));
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
#endif

namespace glia::data {
namespace {

using glia::testing::code_of;

// Row r has features (r, -r) and class r % 3.
Dataset numbered(std::int64_t rows) {
  Tensor features(DType::f32, {rows, 2}), targets(DType::i64, {rows});
  for (std::int64_t r = 0; r < rows; ++r) {
    features.set(2 * r, static_cast<double>(r));
    features.set(2 * r + 1, static_cast<double>(-r));
    targets.set(r, static_cast<double>(r % 3));
  }
  return Dataset(features, targets);
}

// The row numbers of the rest of the epoch, read off the features.
std::vector<std::int64_t> drain(Loader& loader) {
  std::vector<std::int64_t> rows;
  while (const Batch* b = loader.next()) {
    for (std::int64_t i = 0; i < b->count; ++i) {
      rows.push_back(static_cast<std::int64_t>(b->features.at(2 * i)));
      EXPECT_EQ(b->features.at(2 * i + 1), -b->features.at(2 * i));
      EXPECT_EQ(b->targets.at(i), static_cast<double>(rows.back() % 3));
      EXPECT_EQ(b->rows[static_cast<std::size_t>(i)], rows.back());
      EXPECT_EQ(b->weights.at(i), 1);
    }
    for (std::int64_t i = b->count; i < b->weights.size(); ++i) {
      EXPECT_EQ(b->weights.at(i), 0) << "padding weighs nothing";
      EXPECT_EQ(b->features.at(2 * i), 0);
    }
  }
  return rows;
}

TEST(Loader, OrderAndBitsDoNotDependOnTheWorkers) {
  const Dataset data = numbered(103);
  for (const std::int64_t epoch : {0, 1, 7}) {
    const auto expected = Random(9, "shuffle", static_cast<std::uint64_t>(epoch)).permutation(103);
    for (const int workers : {0, 1, 2, 5}) {
      for (const int prefetch : {1, 2, 9, 100}) {
        Loader loader(data, {.batch_size = 10,
                             .shuffle = true,
                             .seed = 9,
                             .workers = workers,
                             .prefetch = prefetch});
        EXPECT_EQ(loader.batches(), 11);
        loader.start(epoch);
        EXPECT_EQ(drain(loader), expected) << workers << " workers";
        EXPECT_EQ(loader.next(), nullptr);
      }
    }
  }
}

TEST(Loader, StartsAtAnyBatchAndGoesOnAsIfItHadReadTheRest) {
  const Dataset data = numbered(64);
  for (const int workers : {0, 3}) {
    Loader loader(data, {.batch_size = 5, .shuffle = true, .workers = workers});
    Random random(3, "jumps");
    for (int jump = 0; jump < 200; ++jump) {
      const auto epoch = static_cast<std::int64_t>(random.below(3));
      const auto batch = static_cast<std::int64_t>(random.below(14));
      loader.start(epoch, batch);
      auto expected = Random(1, "shuffle", static_cast<std::uint64_t>(epoch)).permutation(64);
      expected.erase(expected.begin(), expected.begin() + std::min<std::int64_t>(64, 5 * batch));
      if (jump % 2) {
        EXPECT_EQ(drain(loader), expected);
      } else if (const Batch* b = loader.next()) {  // leave in the middle
        EXPECT_EQ(b->rows[0], expected[0]);
        EXPECT_EQ(b->epoch, epoch);
        EXPECT_EQ(b->index, batch);
      }
    }
    EXPECT_EQ(code_of([&] { loader.start(0, 14); }), "E-DATA-75");
    EXPECT_EQ(code_of([&] { loader.start(-1); }), "E-DATA-75");
  }
}

TEST(Loader, ABatchStaysAsItIsUntilTheNextCall) {
  Loader loader(numbered(1000), {.batch_size = 4, .workers = 2, .prefetch = 1});
  for (std::int64_t row = 0; const Batch* b = loader.next(); row += 4) {
    if (row % 100 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    for (std::int64_t i = 0; i < 4; ++i)
      ASSERT_EQ(b->features.at(2 * i), static_cast<double>(row + i));
  }
}

TEST(Loader, DropLastLeavesOutTheRest) {
  Loader loader(numbered(10), {.batch_size = 4, .drop_last = true});
  EXPECT_EQ(loader.batches(), 2);
  EXPECT_EQ(loader.rows(), 8);
  EXPECT_EQ(drain(loader).size(), 8u);
}

TEST(Loader, AllocatesNothingPerBatch) {
#ifndef COUNTS_ALLOCATIONS
  GTEST_SKIP() << "built with a sanitizer, whose allocator is not counted";
#else
  for (const int workers : {0, 2}) {
    Loader loader(numbered(20000), {.batch_size = 10, .shuffle = true, .workers = workers});
    for (int i = 0; i < 50; ++i) loader.next();
    const long before = allocations;
    for (int i = 0; i < 1000; ++i) ASSERT_NE(loader.next(), nullptr);
    EXPECT_EQ(allocations - before, 0) << workers << " workers";
  }
#endif
}

struct Failing : Dataset {
  explicit Failing(std::int64_t row) : Dataset(numbered(100)), row_(row) {}
  void fill(Batch& batch) const override {
    for (const auto row : batch.rows)
      if (row == row_) throw Error("E-TEST-01", "this row cannot be read");
    Dataset::fill(batch);
  }
  std::int64_t row_;
};

TEST(Loader, WhatGoesWrongInAWorkerIsThrownInItsTurn) {
  for (const int workers : {0, 1, 3}) {
    Loader loader(std::make_shared<Failing>(42), {.batch_size = 10, .workers = workers});
    for (int i = 0; i < 4; ++i) EXPECT_EQ(loader.next()->index, i);
    EXPECT_EQ(code_of([&] { loader.next(); }), "E-TEST-01");
    EXPECT_EQ(loader.next()->index, 5) << "the others are still there";
    loader.start(1);
    EXPECT_EQ(loader.next()->epoch, 1);
  }
}

TEST(Loader, IsGivenUpPromptlyAtAnyMoment) {
  const auto from = std::chrono::steady_clock::now();
  for (int i = 0; i < 200; ++i) {
    Loader loader(numbered(1000), {.batch_size = 3, .workers = 1 + i % 4, .prefetch = 1 + i % 7});
    for (int n = 0; n < i % 5; ++n) loader.next();
  }
  EXPECT_LT(std::chrono::steady_clock::now() - from, std::chrono::seconds(20));
}

TEST(Loader, RefusesOptionsThatCannotBe) {
  const Dataset data = numbered(3);
  EXPECT_EQ(code_of([&] { Loader(data, {.batch_size = 0}); }), "E-DATA-75");
  EXPECT_EQ(code_of([&] { Loader(data, {.workers = -1}); }), "E-DATA-75");
  EXPECT_EQ(code_of([&] { Loader(data, {.prefetch = 0}); }), "E-DATA-75");
  EXPECT_EQ(code_of([&] { Loader(data, {.batch_size = 4, .drop_last = true}); }), "E-DATA-75");
  EXPECT_EQ(code_of([&] { Loader(data.subset({}), {}); }), "E-DATA-75");
}

TEST(Dataset, SubsetsComposeAndShare) {
  const Dataset data = numbered(10);
  const std::vector<std::int64_t> odd = {1, 3, 5, 7, 9}, last = {4, 0};
  const Dataset part = data.subset(odd).subset(last);
  EXPECT_EQ(part.size(), 2);
  Loader loader(part, {.batch_size = 2});
  const Batch* b = loader.next();
  EXPECT_EQ(b->features.at(0), 9);
  EXPECT_EQ(b->features.at(2), 1);
  EXPECT_EQ(part.targets().at(0), 0);
  EXPECT_EQ(part.targets().at(1), 1);
  EXPECT_EQ(code_of([&] { part.subset(odd); }), "E-DATA-73");
}

TEST(Dataset, BytesBecomeNumbersPerChannel) {
  // Two pixels in three channels: [1, 3, 1, 2].
  const Tensor bytes = Tensor::of<std::uint8_t>({1, 3, 1, 2}, {0, 255, 51, 102, 255, 0});
  const Tensor classes = Tensor::of<std::int64_t>({1}, {0});
  Loader loader(Dataset(bytes, classes, {}, {.mean = {0, 0.5f, 1}, .std = {1, 0.5f, 2}}),
                {.batch_size = 1});
  const Batch* b = loader.next();
  const double expected[] = {0, 1, (0.2 - 0.5) / 0.5, (0.4 - 0.5) / 0.5, 0, -0.5};
  for (int i = 0; i < 6; ++i) EXPECT_NEAR(b->features.at(i), expected[i], 1e-6);
  EXPECT_EQ(b->features.shape(), (Shape{1, 3, 1, 2}));
  EXPECT_EQ(code_of([&] { Dataset(bytes, classes, {}, {.mean = {0, 1}}); }), "E-DATA-72");
  EXPECT_EQ(code_of([&] { Dataset(bytes, classes, {}, {.std = {0}}); }), "E-DATA-72");
}

TEST(Dataset, RefusesWhatDoesNotFit) {
  const Tensor features(DType::f32, {4, 2}), classes(DType::i64, {4});
  EXPECT_EQ(code_of([&] { Dataset(features, Tensor(DType::i64, {3})); }), "E-DATA-70");
  EXPECT_EQ(code_of([&] { Dataset(features, classes, Tensor(DType::f32, {3})); }), "E-DATA-70");
  EXPECT_EQ(code_of([&] { Dataset(features, Tensor(DType::f64, {4})); }), "E-DATA-71");
  EXPECT_EQ(code_of([&] { Dataset(features, classes, Tensor(DType::i64, {4})); }), "E-DATA-71");
  for (const float w : {-1.0f, NAN, INFINITY})
    EXPECT_EQ(code_of([&] {
                Dataset(features, classes, Tensor::of<float>({4}, {1, 1, w, 1}));
              }),
              "E-DATA-71");
  EXPECT_EQ(code_of([&] { Dataset(Tensor(DType::f64, {4, 2}), classes); }), "E-DATA-71");
}

TEST(Dataset, WeightsReachTheBatch) {
  const Dataset data(Tensor(DType::f32, {2, 1}), Tensor(DType::f32, {2, 1}),
                     Tensor::of<float>({2}, {0.5f, 2}));
  Loader loader(data, {.batch_size = 3});
  const Batch* b = loader.next();
  EXPECT_EQ(b->weights.at(0), 0.5);
  EXPECT_EQ(b->weights.at(1), 2);
  EXPECT_EQ(b->weights.at(2), 0);
}

// Tokens, a class for each of them, and a mask, through subsets and batches.
TEST(Dataset, RowsOfAnyRank) {
  Tensor tokens(DType::i64, {4, 3}), next(DType::i64, {4, 3}), mask(DType::boolean, {4, 3});
  for (std::int64_t i = 0; i < 12; ++i)
    tokens.set(i, static_cast<double>(i)), next.set(i, static_cast<double>(i + 1)),
        mask.set(i, i % 3 < 2);
  const std::vector<std::int64_t> order = {3, 1};
  const Dataset data = Dataset(tokens, next, mask).subset(order);
  EXPECT_EQ(data.inputs().at(0).dtype, DType::i64);
  EXPECT_EQ(data.target_shape(), (Shape{3}));
  EXPECT_EQ(data.weight_shape(), (Shape{3}));
  EXPECT_EQ(data.targets().at(0), 10);
  EXPECT_EQ(data.weights().shape(), (Shape{2, 3}));
  Loader loader(data, {.batch_size = 3});
  const Batch* b = loader.next();
  const double expected[] = {9, 10, 11, 3, 4, 5, 0, 0, 0};
  for (int i = 0; i < 9; ++i) {
    EXPECT_EQ(b->features.at(i), expected[i]);
    EXPECT_EQ(b->targets.at(i), i < 6 ? expected[i] + 1 : 0);
    EXPECT_EQ(b->weights.at(i), i < 6 && i % 3 < 2 ? 1 : 0);
  }
  const Dataset halved = data.with_weights(Tensor::of<float>({2, 3}, {1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(halved.weights().at(4), 5);
}

TEST(ClassWeights, BalancedAsScikitLearnDefinesThem) {
  const std::vector<std::int64_t> classes = {0, 0, 0, 1};  // 4 / (2 * 3), 4 / (2 * 1)
  const auto weights = balanced_class_weights(classes, 2);
  EXPECT_DOUBLE_EQ(weights[0], 2.0 / 3);
  EXPECT_DOUBLE_EQ(weights[1], 2.0);
  EXPECT_EQ(code_of([&] { balanced_class_weights(classes, 1); }), "E-DATA-74");
  EXPECT_EQ(code_of([&] { balanced_class_weights(classes, 3); }), "E-DATA-74");
}

}  // namespace
}  // namespace glia::data
