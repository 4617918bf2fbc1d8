#include "glia/data/streamed_rows.h"

#include <algorithm>
#include <bit>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <numeric>

#include "glia/base/format.h"
#include "glia/base/random.h"
#include "glia/data/each.h"

namespace glia::data {
namespace {

// Uniform numbers for row numbers, four of a block of Philox.
class RowDraws {
 public:
  explicit RowDraws(std::uint64_t seed)
      : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)} {}
  double at(std::int64_t row) {
    const auto block = static_cast<std::uint64_t>(row) / 4;
    if (block != block_)
      words_ = philox({static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32),
                       stream_id("split"), 0},
                      key_);
    block_ = block;
    return words_[static_cast<std::size_t>(row) % 4] * 0x1p-32;
  }

 private:
  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> words_{};
  std::uint64_t block_ = ~std::uint64_t{0};
};

// The pieces of an epoch in a random order, in windows of which each has a permutation of its own.
class WindowOrder : public Order {
 public:
  WindowOrder(const StreamPart& part, std::int64_t window, std::uint64_t seed, std::int64_t epoch)
      : part_(part), window_(window), seed_(seed), epoch_(epoch) {
    const std::int64_t n = part.stream().pieces();
    pieces_ = Random(seed, "shuffle pieces", static_cast<std::uint64_t>(epoch)).permutation(n);
    std::int64_t row = 0;
    for (std::int64_t place = 0; place < n; ++place) {
      if (place % window == 0) first_.push_back(row);
      const std::int64_t piece = pieces_[static_cast<std::size_t>(place)];
      row += part.first_row(piece + 1) - part.first_row(piece);
    }
    first_.push_back(row);
  }

  void rows(std::int64_t from, std::span<std::int64_t> to) const override {
    auto w = std::upper_bound(first_.begin(), first_.end(), from) - first_.begin() - 1;
    for (std::size_t i = 0; i < to.size();) {
      const auto made = window(w);
      const auto& rows = made->rows;
      const std::int64_t start = from + static_cast<std::int64_t>(i) - first_[at(w)];
      const auto count = std::min(to.size() - i, rows.size() - static_cast<std::size_t>(start));
      std::copy_n(rows.begin() + start, count, to.begin() + static_cast<std::ptrdiff_t>(i));
      i += count, ++w;
    }
  }

  // Of the window behind the one in which place `row` of the epoch is, as large a share as has been
  // passed of that one, and a piece more. Its order is made when half is passed.
  std::span<const std::int64_t> ahead_of(std::int64_t row) const {
    const auto w = std::upper_bound(first_.begin(), first_.end() - 1, row) - first_.begin() - 1;
    const auto from = static_cast<std::size_t>((w + 1) * window_);
    if (from >= pieces_.size()) return {};
    const auto count = std::min(static_cast<std::size_t>(window_), pieces_.size() - from);
    const auto passed = static_cast<double>(row - first_[at(w)]) /
                        static_cast<double>(first_[at(w + 1)] - first_[at(w)]);
    if (passed > 0.5) prepare(w + 1);
    const auto share = static_cast<std::size_t>(passed * static_cast<double>(count));
    return std::span(pieces_).subspan(from, std::min(count, share + 1));
  }

 private:
  struct Window {
    std::int64_t number = -1;
    std::once_flag once = {};
    std::vector<std::int64_t> rows = {};  // in their order
  };
  static std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

  // Window w. Who needs one that another thread makes waits for it.
  std::shared_ptr<const Window> window(std::int64_t w) const {
    const auto [one, anew] = find(w);
    std::call_once(one->once, [&, made = one.get()] { make(*made); });
    return one;
  }

  // Makes window w, unless another thread is at it.
  void prepare(std::int64_t w) const {
    const auto [one, anew] = find(w);
    if (anew) std::call_once(one->once, [&, made = one.get()] { make(*made); });
  }

  // Three are remembered: batches are made in order, but for those that several threads are at.
  std::pair<std::shared_ptr<Window>, bool> find(std::int64_t w) const {
    const std::lock_guard lock(mutex_);
    for (const auto& one : made_)
      if (one && one->number == w) return {one, false};
    auto& place = made_[next_++ % made_.size()];
    place = std::make_shared<Window>();
    place->number = w;
    return {place, true};
  }

  void make(Window& window) const {
    const std::int64_t w = window.number;
    std::vector<std::int64_t> rows;
    rows.reserve(at(first_[at(w + 1)] - first_[at(w)]));
    for (std::int64_t place = w * window_; place < (w + 1) * window_; ++place) {
      if (place == std::ssize(pieces_)) break;
      const std::int64_t piece = pieces_[at(place)];
      for (std::int64_t r = part_.first_row(piece); r < part_.first_row(piece + 1); ++r)
        rows.push_back(r);
    }
    const auto step = static_cast<std::uint64_t>(epoch_) << 32 | static_cast<std::uint64_t>(w);
    window.rows = Random(seed_, "shuffle window", step).permutation(std::ssize(rows));
    for (std::int64_t& row : window.rows) row = rows[at(row)];
  }

  const StreamPart& part_;  // of the source, which outlives its orders
  std::int64_t window_;
  std::uint64_t seed_;
  std::int64_t epoch_;
  std::vector<std::int64_t> pieces_;
  std::vector<std::int64_t> first_;  // rows of the windows, counted through
  mutable std::mutex mutex_;
  mutable std::array<std::shared_ptr<Window>, 3> made_;
  mutable std::size_t next_ = 0;
};

// Of numbers of four or eight bytes. Most rows are short, and a call would take longer.
void copy_row(std::byte* to, const std::byte* from, std::size_t bytes) {
  constexpr std::size_t kShort = 512, kAtOnce = 16, kLeast = 4;
  if (bytes > kShort) {
    std::memcpy(to, from, bytes);
    return;
  }
  std::size_t at = 0;
  for (; at + kAtOnce <= bytes; at += kAtOnce) std::memcpy(to + at, from + at, kAtOnce);
  for (; at < bytes; at += kLeast) std::memcpy(to + at, from + at, kLeast);
}

}  // namespace

StreamPart::StreamPart(TableStream stream, Options options)
    : stream_(std::move(stream)), options_(std::move(options)) {
  first_.resize(static_cast<std::size_t>(stream_.pieces()) + 1);
  each(stream_.pieces(), 0, [&](std::int64_t piece) {
    first_[static_cast<std::size_t>(piece) + 1] = std::ssize(rows_of(piece));
  });
  std::partial_sum(first_.begin(), first_.end(), first_.begin());
}

std::vector<std::int64_t> StreamPart::rows_of(std::int64_t piece) const {
  RowDraws draws(options_.seed);
  const std::int64_t first = stream_.first_row(piece), end = stream_.first_row(piece + 1);
  auto left_out = std::lower_bound(options_.left_out.begin(), options_.left_out.end(), first);
  std::vector<std::int64_t> rows;
  rows.reserve(static_cast<std::size_t>(end - first));
  const bool all = options_.from <= 0 && options_.to >= 1;
  for (std::int64_t row = first; row < end; ++row) {
    if (left_out != options_.left_out.end() && *left_out == row) {
      ++left_out;
      continue;
    }
    const double u = all ? 0 : draws.at(row);
    if (all || (u >= options_.from && u < options_.to)) rows.push_back(row - first);
  }
  return rows;
}

struct StreamedRows::State {
  using Held = std::shared_ptr<const DecodedRows>;
  struct Slot {
    bool begun = false;
    Held rows;  // null while a thread decodes it
    std::uint64_t used = 0;
  };

  StreamPart part;
  std::vector<Field> inputs, outputs;
  Decode decode;
  Options options;

  std::mutex mutex;
  std::condition_variable decoded;
  std::vector<Slot> slots;          // by piece
  std::vector<std::int64_t> begun;  // those of which there is something
  std::uint64_t clock = 0;
  std::shared_ptr<const WindowOrder> ahead;  // the order asked for last: what may be read ahead

  State(StreamPart p, Decode d, Options o)
      : part(std::move(p)), decode(std::move(d)), options(std::move(o)) {
    slots.resize(static_cast<std::size_t>(part.stream().pieces()));
    find_blocks();
  }

  Slot& slot(std::int64_t piece) { return slots[static_cast<std::size_t>(piece)]; }

  void begin(std::int64_t piece) {
    slot(piece).begun = true;
    begun.push_back(piece);
  }

  void drop(std::int64_t piece) {
    slot(piece) = {};
    std::erase(begun, piece);
  }

  // The window that a slow thread still fills from, the one behind it, and what is read ahead.
  std::size_t most_held() const { return 3 * static_cast<std::size_t>(options.window) + 1; }

  // Decodes a piece that is marked as being decoded. `lock` is held before and after.
  void decode_piece(std::unique_lock<std::mutex>& lock, std::int64_t piece) {
    lock.unlock();
    Held rows;
    std::exception_ptr failure;
    try {
      const auto wanted = part.rows_of(piece);
      rows = std::make_shared<const DecodedRows>(
          decode(part.stream().read(piece, options.as_text), wanted, part.first_row(piece)));
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    if (failure)
      drop(piece);
    else
      slot(piece) = {true, std::move(rows), ++clock};
    evict();
    decoded.notify_all();
    if (failure) std::rethrow_exception(failure);
  }

  void evict() {
    while (begun.size() > most_held()) {
      const auto age = [this](std::int64_t p) { return slot(p).rows ? slot(p).used : ~clock; };
      const auto oldest = *std::min_element(begun.begin(), begun.end(),
                                            [&](auto a, auto b) { return age(a) < age(b); });
      if (!slot(oldest).rows) return;
      drop(oldest);
    }
  }

  // All of these pieces. Those that nobody decodes yet are decoded here.
  std::vector<Held> take(const std::vector<std::int64_t>& pieces) {
    std::vector<Held> held(pieces.size());
    std::unique_lock lock(mutex);
    for (;;) {
      std::size_t ready = 0;
      std::int64_t missing = -1;
      for (std::size_t i = 0; i < pieces.size(); ++i) {
        Slot& of = slot(pieces[i]);
        if (!held[i] && !of.begun && missing < 0) missing = pieces[i];
        if (!held[i] && of.rows) {
          of.used = ++clock;
          held[i] = of.rows;
        }
        ready += held[i] != nullptr;
      }
      if (ready == pieces.size()) return held;
      if (missing < 0) {
        decoded.wait(lock);
        continue;
      }
      begin(missing);
      decode_piece(lock, missing);
    }
  }

  // A part of the next window, so that it is there when this one ends. In equal parts, for all
  // threads to have work all the time. `row`: the place of the epoch that is reached.
  void read_ahead(std::int64_t row) {
    std::unique_lock lock(mutex);
    const auto order = ahead;
    if (!order) return;
    lock.unlock();
    const auto pieces = order->ahead_of(row);
    lock.lock();
    for (const std::int64_t p : pieces) {
      if (slot(p).begun) continue;
      begin(p);
      decode_piece(lock, p);
    }
  }

  // The pieces in which rows lie; of each row, which of these it is in, and its place there.
  void find_pieces(std::span<const std::int64_t> rows, std::vector<std::int64_t>& pieces,
                   std::span<std::size_t> which, std::span<std::int64_t> at) const {
    constexpr auto kNone = ~std::size_t{0};
    thread_local std::vector<std::size_t> places;  // by piece; kNone between two calls
    const auto most = static_cast<std::size_t>(part.stream().pieces());
    if (places.size() < most) places.resize(most, kNone);
    pieces.reserve(std::min(most, rows.size()));  // so that nothing is thrown halfway
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::int64_t piece = piece_of(rows[i]);
      std::size_t& place = places[static_cast<std::size_t>(piece)];
      if (place == kNone) place = pieces.size(), pieces.push_back(piece);
      which[i] = place;
      at[i] = rows[i] - part.first_row(piece);
    }
    for (const std::int64_t piece : pieces) places[static_cast<std::size_t>(piece)] = kNone;
  }

 private:
  std::int64_t piece_of(std::int64_t row) const {
    std::int64_t piece = first_pieces[static_cast<std::size_t>(row >> block_bits)];
    while (part.first_row(piece + 1) <= row) ++piece;
    return piece;
  }

  // Blocks of equal numbers of rows, some eight for each piece: so most lie in one piece, and a
  // row's piece is seldom more than a step away from that of its block's first row.
  int block_bits = 0;
  std::vector<std::int64_t> first_pieces;  // by block: the piece of its first row

  void find_blocks() {
    const std::int64_t rows = part.rows();
    const auto a_block = static_cast<std::uint64_t>(rows / part.stream().pieces() / 8);
    block_bits = std::max(0, static_cast<int>(std::bit_width(a_block)) - 1);
    std::int64_t piece = 0;
    for (std::int64_t row = 0; row < rows; row += std::int64_t{1} << block_bits) {
      while (part.first_row(piece + 1) <= row) ++piece;
      first_pieces.push_back(piece);
    }
  }
};

StreamedRows::StreamedRows(StreamPart part, std::vector<Field> inputs, std::vector<Field> outputs,
                           Decode decode, Options options) {
  if (options.window < 1)
    fail("E-DATA-123", "stream: the window is {} pieces; expected 1 or more", options.window);
  if (part.rows() == 0)
    fail("E-DATA-123", "{}: a part of the {} rows has none; expected a larger share of them",
         part.stream().path().string(), part.stream().rows());
  state_ = std::make_unique<State>(std::move(part), std::move(decode), std::move(options));
  state_->inputs = std::move(inputs);
  state_->outputs = std::move(outputs);
}

StreamedRows::~StreamedRows() = default;
std::int64_t StreamedRows::size() const { return state_->part.rows(); }
std::vector<Field> StreamedRows::inputs() const { return state_->inputs; }
std::vector<Field> StreamedRows::outputs() const { return state_->outputs; }

std::shared_ptr<const Order> StreamedRows::order(bool shuffle, std::uint64_t seed,
                                                 std::int64_t epoch) const {
  std::shared_ptr<const WindowOrder> order;
  if (shuffle)
    order = std::make_shared<WindowOrder>(state_->part, state_->options.window, seed, epoch);
  {
    const std::lock_guard lock(state_->mutex);
    state_->ahead = order;
  }
  return shuffle ? order : Source::order(false, seed, epoch);
}

void StreamedRows::fill(Batch& batch) const {
  State& s = *state_;
  const auto count = batch.rows.size();
  std::vector<std::int64_t> pieces, at(count);  // at: the row in its piece
  std::vector<std::size_t> which(count);
  s.find_pieces(batch.rows, pieces, which, at);
  const auto held = s.take(pieces);
  const auto copy = [&](auto tensor_of, Tensor& to) {
    const std::size_t bytes = to.bytes() / static_cast<std::size_t>(to.shape()[0].value());
    std::vector<const std::byte*> from;
    for (const auto& rows : held) from.push_back(tensor_of(*rows).raw());
    const auto row = [&](std::size_t i) {
      return from[which[i]] + static_cast<std::size_t>(at[i]) * bytes;
    };
    constexpr std::size_t kAhead = 16;  // rows lie anywhere in the window
    for (std::size_t i = 0; i < count; ++i) {
      const std::byte* const later = row(std::min(i + kAhead, count - 1));
      for (std::size_t b = 0; b < bytes; b += 64) __builtin_prefetch(later + b);
      __builtin_prefetch(later + bytes - 1);  // rows begin anywhere in a line of the cache
      copy_row(to.raw() + i * bytes, row(i), bytes);
    }
    std::memset(to.raw() + count * bytes, 0, to.bytes() - count * bytes);
  };
  for (std::size_t k = 0; k < s.inputs.size(); ++k)
    copy([k](const DecodedRows& d) -> const Tensor& { return d.inputs[k]; },
         k == 0 ? batch.features : batch.more_features[k - 1]);
  for (std::size_t k = 0; k < s.outputs.size(); ++k)
    copy([k](const DecodedRows& d) -> const Tensor& { return d.outputs[k]; },
         k == 0 ? batch.targets : batch.more_targets[k - 1]);
  auto* const weights = reinterpret_cast<float*>(batch.weights.raw());
  std::fill_n(weights, count, 1.0f);
  std::fill(weights + count, weights + batch.weights.size(), 0.0f);
  if (count > 0) s.read_ahead(batch.index * batch.features.shape()[0].value());
}

}  // namespace glia::data
