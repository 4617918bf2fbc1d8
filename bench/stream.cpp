#include "bench/stream.h"

#include <atomic>
#include <thread>
#include <vector>

namespace glia::bench {

namespace fs = std::filesystem;

Streaming::Streaming(const fs::path& file, const fs::path& folder, int threads)
    : threads_(threads), folder_(folder) {
  experiment::LoadOptions options;
  options.data_folders = {folder};
  experiment_ = experiment::load(file, options);
  const Timing before = clocks();
  prepared_ = experiment::prepare(experiment_);
  preparing_ = clocks() - before;
  stream_ = data::TableStream::open(folder / "stream.csv");
}

Timing Streaming::read() const {
  const Timing before = clocks();
  std::atomic<std::int64_t> next = 0;
  std::vector<std::jthread> readers;
  for (int t = 0; t < threads_; ++t)
    readers.emplace_back([&] {
      for (std::int64_t p; (p = next.fetch_add(1)) < stream_->pieces();) (void)stream_->read(p);
    });
  readers.clear();
  return clocks() - before;
}

Timing Streaming::epoch() const {
  experiment::RunOptions run;
  run.folder = folder_ / "run";
  run.overwrite = true;
  run.loader_workers = threads_;
  Timing start, end;
  train::Observer observer;
  observer.message = [&](std::string_view) { start = clocks(); };  // notes, before all else
  observer.epoch = [&](const train::EpochRecord&) { end = clocks(); };
  experiment::train(experiment_, *prepared_, run, observer);
  return end - start;
}

}  // namespace glia::bench
