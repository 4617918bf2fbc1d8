// Batches of a stream: every row once, the same with any number of threads and from any start.
#include "glia/data/streamed_rows.h"

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <numeric>
#include <set>

#include "glia/base/error.h"
#include "glia/data/loader.h"
#include "tests/temp_folder.h"

namespace glia::data {
namespace {

constexpr std::int64_t kRows = 5'000;

// Row r is r, 2 r, and the class r % 3.
TableStream open_rows(const TempFolder& folder, std::int64_t piece_bytes = 1'000) {
  const auto path = folder.path() / "rows.csv";
  if (std::filesystem::exists(path)) return TableStream::open(path, {.piece_bytes = piece_bytes});
  std::ofstream file(path);
  file << "id,twice,label\n";
  for (std::int64_t r = 0; r < kRows; ++r)
    file << r << ',' << 2 * r << ",\"label\n" << r % 3 << "\"\n";
  file.close();
  return TableStream::open(path, {.piece_bytes = piece_bytes});
}

StreamedRows rows_of(const StreamPart& part, std::atomic<int>* decoded = nullptr,
                     std::int64_t window = 4) {
  const auto decode = [decoded](const Table& piece, Rows rows) {
    if (decoded) ++*decoded;
    const auto n = static_cast<std::int64_t>(rows.size());
    DecodedRows made{{Tensor(DType::f32, {n, 2})}, {Tensor(DType::i64, {n})}};
    for (std::int64_t i = 0; i < n; ++i) {
      const std::int64_t row = rows[static_cast<std::size_t>(i)];
      made.inputs[0].set(2 * i, piece.number(row, 0));
      made.inputs[0].set(2 * i + 1, piece.number(row, 1));
      made.outputs[0].set(i, piece.cell(row, 2).back() - '0');
    }
    return made;
  };
  return {part,
          {{"features", DType::f32, {2}}},
          {{"target", DType::i64, {}}},
          decode,
          {.window = window, .as_text = {}}};
}

// The ids of an epoch from a batch on, in order; each row's other numbers are looked at.
std::vector<std::int64_t> epoch_of(const Source& source, LoaderOptions options,
                                   std::int64_t epoch = 0, std::int64_t batch = 0) {
  Loader loader(borrowed(source), options);
  loader.start(epoch, batch);
  std::vector<std::int64_t> ids;
  while (const Batch* b = loader.next()) {
    for (std::int64_t i = 0; i < b->count; ++i) {
      const auto id = static_cast<std::int64_t>(b->features.at(2 * i));
      EXPECT_EQ(b->features.at(2 * i + 1), 2 * id);
      EXPECT_EQ(b->targets.at(i), id % 3);
      EXPECT_EQ(b->weights.at(i), 1);
      ids.push_back(id);
    }
    for (std::int64_t i = b->count; i < options.batch_size; ++i)
      EXPECT_EQ(b->features.at(2 * i) + b->weights.at(i), 0) << "padding";
  }
  return ids;
}

TEST(StreamedRows, AnEpochHasEveryRowOnceInAnOrderOfItsOwn) {
  const TempFolder folder;
  const auto source = rows_of(StreamPart(open_rows(folder), {}));
  std::vector<std::int64_t> all(kRows);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_EQ(epoch_of(source, {.batch_size = 64}), all);
  const LoaderOptions shuffled{.batch_size = 64, .shuffle = true, .seed = 3};
  auto first = epoch_of(source, shuffled), second = epoch_of(source, shuffled, 1);
  EXPECT_NE(first, second);
  EXPECT_EQ(first, epoch_of(source, shuffled));
  // A batch comes from all over the file.
  const auto [low, high] = std::minmax_element(first.begin(), first.begin() + 64);
  EXPECT_GT(*high - *low, kRows / 8);
  for (auto* epoch : {&first, &second}) {
    std::sort(epoch->begin(), epoch->end());
    EXPECT_EQ(*epoch, all);
  }
}

TEST(StreamedRows, TheSameBatchesForAnyThreadsAndFromAnyStart) {
  const TempFolder folder;
  const StreamPart part(open_rows(folder), {});
  for (const bool shuffle : {false, true}) {
    LoaderOptions options{.batch_size = 70, .shuffle = shuffle, .seed = 9};
    const auto wanted = epoch_of(rows_of(part), options, 2);
    for (const int workers : {0, 1, 2, 4})
      for (const std::int64_t start : {0, 1, 33, 71}) {
        options.workers = workers;
        const auto source = rows_of(part);  // nothing of it decoded yet
        EXPECT_EQ(epoch_of(source, options, 2, start),
                  std::vector<std::int64_t>(wanted.begin() + start * 70, wanted.end()));
      }
  }
}

TEST(StreamedRows, PiecesAreDecodedOnceInAnEpoch) {
  const TempFolder folder;
  const auto stream = open_rows(folder);
  for (const int workers : {0, 2, 4}) {
    std::atomic<int> decoded = 0;
    const auto source = rows_of(StreamPart(stream, {}), &decoded);
    epoch_of(source, {.batch_size = 16, .shuffle = true, .workers = workers});
    EXPECT_EQ(decoded, stream.pieces());
  }
}

TEST(StreamedRows, PartsShareNoRowAndHoldAll) {
  const TempFolder folder;
  const auto stream = open_rows(folder);
  std::set<std::int64_t> seen;
  const double at[] = {0, 0.2, 0.5, 1};
  for (int i = 0; i < 3; ++i) {
    const StreamPart part(stream, {.from = at[i], .to = at[i + 1], .seed = 4});
    EXPECT_NEAR(static_cast<double>(part.rows()), (at[i + 1] - at[i]) * kRows, 150);
    const auto ids = epoch_of(rows_of(part), {.batch_size = 64});
    EXPECT_EQ(std::ssize(ids), part.rows());
    for (const auto id : ids) EXPECT_TRUE(seen.insert(id).second);
  }
  EXPECT_EQ(std::ssize(seen), kRows);
  // The parts do not depend on how the file is cut.
  const StreamPart coarse(open_rows(folder, 1 << 20), {.from = 0.2, .to = 0.5, .seed = 4});
  const StreamPart fine(stream, {.from = 0.2, .to = 0.5, .seed = 4});
  EXPECT_EQ(epoch_of(rows_of(coarse), {.batch_size = 64}),
            epoch_of(rows_of(fine), {.batch_size = 64}));
}

TEST(StreamedRows, RowsThatAreLeftOutAreInNoPart) {
  const TempFolder folder;
  const StreamPart part(open_rows(folder), {.left_out = {0, 7, 2'000, kRows - 1}});
  const auto ids = epoch_of(rows_of(part), {.batch_size = 64});
  EXPECT_EQ(std::ssize(ids), kRows - 4);
  for (const std::int64_t out : {std::int64_t{0}, std::int64_t{7}, std::int64_t{2'000}, kRows - 1})
    EXPECT_EQ(std::count(ids.begin(), ids.end(), out), 0);
}

TEST(StreamedRows, WhatDecodingThrowsComesWithItsBatch) {
  const TempFolder folder;
  const StreamedRows source(StreamPart(open_rows(folder), {}), {{"features", DType::f32, {2}}},
                            {{"target", DType::i64, {}}},
                            [](const Table& piece, Rows rows) -> DecodedRows {
                              (void)piece.numbers(2, rows);  // it is text
                              return {};
                            });
  for (const int workers : {0, 2}) {
    Loader loader(borrowed(source), {.batch_size = 8, .workers = workers});
    EXPECT_THROW(loader.next(), Error);
  }
  EXPECT_THROW(rows_of(StreamPart(open_rows(folder), {.from = 0.5, .to = 0.5})), Error);
}

}  // namespace
}  // namespace glia::data
