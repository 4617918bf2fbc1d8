// Rows of a stream as batches: decoded when they are needed, a bounded number of them held.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "glia/data/source.h"
#include "glia/data/table_stream.h"

namespace glia::data {

// Some rows of a stream: a share of all, drawn by row numbers, without those that are left out.
// Row r belongs where a number drawn for it from (seed, "split", r), uniform in [0, 1), lies in
// [from, to): so parts with ranges that do not meet share no row, and no list of rows is needed.
// Shares are therefore met up to chance, and not by class.
class StreamPart {
 public:
  struct Options {
    double from = 0, to = 1;
    std::uint64_t seed = 1;
    std::vector<std::int64_t> left_out = {};  // of the stream's rows, ascending
  };
  StreamPart(TableStream stream, Options options);

  const TableStream& stream() const { return stream_; }
  std::int64_t rows() const { return first_.back(); }
  // Of the rows of this part, counted through: the first that is in a piece. piece: [0, pieces()].
  std::int64_t first_row(std::int64_t piece) const {
    return first_[static_cast<std::size_t>(piece)];
  }
  // Which of a piece's rows belong, counted in the piece, ascending.
  std::vector<std::int64_t> rows_of(std::int64_t piece) const;

 private:
  TableStream stream_;
  Options options_;
  std::vector<std::int64_t> first_;
};

// Tensors of some rows: of each input and of each output [rows, ...], as the fields say.
struct DecodedRows {
  std::vector<Tensor> inputs, outputs;
};

// As a Source. Its shuffled order permutes the pieces, and then the rows within every `window`
// pieces of that order; so a batch mixes the rows of a window, and memory has room for three
// windows, however long the file is. Orders and batches depend on (stream, part, seed, epoch)
// alone. What fill() finds missing it decodes itself: threads that wait for the same pieces take
// different ones.
class StreamedRows : public Source {
 public:
  // `first`: which of the part's rows, counted through, the first one is.
  using Decode = std::function<DecodedRows(const Table& piece, Rows rows, std::int64_t first)>;
  struct Options {
    std::int64_t window = 32;        // pieces
    std::vector<bool> as_text = {};  // of TableStream::read
  };

  // decode: called by several threads at once. Error E-DATA-123 where the part has no row, or for a
  // window below 1.
  StreamedRows(StreamPart part, std::vector<Field> inputs, std::vector<Field> outputs,
               Decode decode, Options options);
  StreamedRows(StreamPart part, std::vector<Field> inputs, std::vector<Field> outputs,
               Decode decode)
      : StreamedRows(std::move(part), std::move(inputs), std::move(outputs), std::move(decode),
                     Options{}) {}
  ~StreamedRows() override;

  std::int64_t size() const override;
  std::vector<Field> inputs() const override;
  std::vector<Field> outputs() const override;
  std::optional<Tensor> all_targets(std::size_t) const override { return std::nullopt; }
  std::shared_ptr<const Order> order(bool shuffle, std::uint64_t seed,
                                     std::int64_t epoch) const override;
  void fill(Batch& batch) const override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace glia::data
