// A streamed file: an epoch of training, beside reading it and nothing else.
#pragma once

#include <filesystem>
#include <optional>

#include "bench/machine.h"
#include "glia/data/table_stream.h"
#include "glia/experiment/run.h"

namespace glia::bench {

class Streaming {
 public:
  // file: an experiment with `stream: true`, whose data lies in `folder`; runs go there, too.
  Streaming(const std::filesystem::path& file, const std::filesystem::path& folder, int threads);

  Timing preparing() const { return preparing_; }
  // All pieces into tables, one after the other, by so many threads.
  Timing read() const;
  // From when everything is checked to the epoch's end.
  Timing epoch() const;

 private:
  int threads_;
  std::filesystem::path folder_;
  Timing preparing_;
  experiment::Experiment experiment_;
  std::optional<experiment::Prepared> prepared_;
  std::optional<data::TableStream> stream_;
};

}  // namespace glia::bench
