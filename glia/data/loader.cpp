#include "glia/data/loader.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "glia/base/format.h"

namespace glia::data {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t kNone = -1;

// A batch's place in the ring. Batch b lies in slot b % ring.
struct Slot {
  Batch batch;
  std::vector<std::int64_t> rows;  // of it
  std::int64_t ready = kNone;      // the batch that lies here, filled or failed
  std::exception_ptr failure;
};

}  // namespace

// Workers take batch numbers in order (taken) and fill those that fit into the ring, which is the
// batch that the caller holds and `prefetch` ahead of it. start() lets them take no more, waits
// until none fills, and begins anew.
struct Loader::State {
  std::shared_ptr<const Source> source;
  LoaderOptions options;
  std::int64_t batches = 0, rows = 0;

  std::vector<Slot> ring;
  std::shared_ptr<const Order> order;
  std::int64_t order_epoch = kNone;

  std::mutex mutex;
  std::condition_variable work, done;
  std::int64_t epoch = 0;
  std::int64_t next = 0;   // the batch that next() gives next
  std::int64_t taken = 0;  // the batch that a worker takes next
  int filling = 0;
  bool stop = false;
  double waited = 0;
  std::vector<std::thread> threads;

  ~State() {
    {
      const std::lock_guard lock(mutex);
      stop = true;
    }
    work.notify_all();
    for (auto& thread : threads) thread.join();
  }

  Slot& slot(std::int64_t batch) { return ring[static_cast<std::size_t>(batch) % ring.size()]; }

  void set_order() {
    if (order_epoch == epoch) return;
    order = source->order(options.shuffle, options.seed, epoch);
    order_epoch = epoch;
  }

  void fill(Slot& s, std::int64_t batch) {
    s.failure = nullptr;
    try {
      const std::int64_t from = batch * options.batch_size;
      const std::int64_t count = std::min(options.batch_size, source->size() - from);
      s.batch.epoch = epoch, s.batch.index = batch, s.batch.count = count;
      s.rows.resize(static_cast<std::size_t>(count));
      order->rows(from, s.rows);
      s.batch.rows = s.rows;
      source->fill(s.batch);
    } catch (...) {
      s.failure = std::current_exception();
    }
  }

  // The batch before `next` lies with the caller: its slot is not free.
  bool may_take() const {
    return taken < batches &&
           taken < std::max<std::int64_t>(next - 1, 0) + static_cast<std::int64_t>(ring.size());
  }

  // Whether the caller may go on, after a wait: with a few batches where they are small, for to be
  // woken takes as long as a small step. Always after the last batch.
  bool enough() {
    const auto few = std::max<std::int64_t>(1, options.prefetch / 4);
    for (std::int64_t b = next; b < std::min(next + few, batches); ++b)
      if (slot(b).ready != b) return false;
    return true;
  }

  void serve() {
    std::unique_lock lock(mutex);
    for (;;) {
      work.wait(lock, [&] { return stop || may_take(); });
      if (stop) return;
      const std::int64_t batch = taken++;
      Slot& s = slot(batch);
      ++filling;
      lock.unlock();
      fill(s, batch);
      lock.lock();
      --filling;
      s.ready = batch;
      if (enough()) done.notify_all();
    }
  }

  void start(std::int64_t at_epoch, std::int64_t batch) {
    std::unique_lock lock(mutex);
    next = taken = batches;  // no more of the old round
    done.wait(lock, [&] { return filling == 0; });
    epoch = at_epoch;
    set_order();
    for (Slot& s : ring) s.ready = kNone;
    next = taken = batch;
    lock.unlock();
    work.notify_all();
  }

  const Batch* give() {
    std::unique_lock lock(mutex);
    if (next >= batches) return nullptr;
    Slot& s = slot(next);
    const auto from = Clock::now();
    if (threads.empty()) {
      fill(s, next);
      waited += std::chrono::duration<double>(Clock::now() - from).count();
    } else if (s.ready != next) {
      done.wait(lock, [&] { return enough(); });
      waited += std::chrono::duration<double>(Clock::now() - from).count();
    }
    ++next;
    lock.unlock();
    work.notify_one();  // the slot before this one is free
    if (s.failure) std::rethrow_exception(s.failure);
    return &s.batch;
  }
};

Loader::Loader(const Dataset& dataset, LoaderOptions options)
    : Loader(std::make_shared<const Dataset>(dataset), options) {}

Loader::Loader(std::shared_ptr<const Source> source, LoaderOptions options)
    : state_(std::make_unique<State>()) {
  constexpr int kMostWorkers = 256, kMostPrefetch = 4096;
  const std::int64_t size = source->size();
  if (options.batch_size < 1)
    fail("E-DATA-75", "loader: batch_size is {}; expected 1 or more", options.batch_size);
  if (options.workers < 0 || options.workers > kMostWorkers)
    fail("E-DATA-75", "loader: workers is {}; expected 0 to {}", options.workers, kMostWorkers);
  if (options.prefetch < 1 || options.prefetch > kMostPrefetch)
    fail("E-DATA-75", "loader: prefetch is {}; expected 1 to {}", options.prefetch, kMostPrefetch);
  if (size < 1) fail("E-DATA-75", "loader: the dataset has no rows; expected one at least");
  if (options.drop_last && size < options.batch_size)
    fail("E-DATA-75",
         "loader: drop_last with {} rows and batch_size {} leaves no batch; take a smaller one",
         size, options.batch_size);
  State& s = *state_;
  s.source = std::move(source);
  s.options = options;
  s.batches = options.drop_last ? size / options.batch_size
                                : size / options.batch_size + (size % options.batch_size != 0);
  s.rows = options.drop_last ? s.batches * options.batch_size : size;
  const std::int64_t slots =
      options.workers == 0 ? 1 : 1 + std::min<std::int64_t>(options.prefetch, s.batches);
  s.ring.resize(static_cast<std::size_t>(slots));
  for (Slot& slot : s.ring) {
    slot.batch = s.source->allocate(options.batch_size);
    slot.rows.reserve(static_cast<std::size_t>(options.batch_size));
  }
  s.set_order();
  for (int w = 0; w < options.workers; ++w)
    s.threads.emplace_back([state = &s] { state->serve(); });
}

Loader::~Loader() = default;
Loader::Loader(Loader&&) noexcept = default;
Loader& Loader::operator=(Loader&&) noexcept = default;

std::int64_t Loader::batches() const { return state_->batches; }
std::int64_t Loader::rows() const { return state_->rows; }
const LoaderOptions& Loader::options() const { return state_->options; }

void Loader::start(std::int64_t epoch, std::int64_t batch) {
  if (epoch < 0 || batch < 0 || batch > state_->batches)
    fail("E-DATA-75",
         "loader: batch {} of epoch {} was asked for; expected 0 to {} of an epoch from 0", batch,
         epoch, state_->batches);
  state_->start(epoch, batch);
}

const Batch* Loader::next() { return state_->give(); }
double Loader::waited_seconds() const { return state_->waited; }

}  // namespace glia::data
