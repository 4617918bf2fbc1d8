// Event files as TensorBoard reads them. Knows nothing of a training.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "glia/data/image.h"
#include "glia/ir/graph.h"

namespace glia::train {

// Values that belong to one step. A tag "epoch/loss" is shown as "loss" in a group "epoch".
class Summary {
 public:
  Summary();
  Summary(Summary&&) noexcept;
  Summary& operator=(Summary&&) noexcept;
  ~Summary();

  void scalar(std::string_view tag, double value);  // kept as f32, as TensorBoard does
  // 30 buckets of one width between the least and the largest value, one where these are equal.
  // Values that are not finite are left out; where no other are there, so is the histogram.
  void histogram(std::string_view tag, std::span<const float> values);
  // As PNG. Of 1, 3 or 4 channels. Error E-DATA-89 where the module of codecs is not there.
  void image(std::string_view tag, const data::Image& image);
  bool empty() const;

 private:
  friend class TensorBoardWriter;
  struct Bytes;
  std::unique_ptr<Bytes> bytes_;
};

// One event file, events.out.tfevents.<seconds>.<...>, made by the constructor in `folder`, which
// is made too. TensorBoard reads the files of a folder in the order of their names, so each is
// named after those that are there, also where the clock went back. Where there are some, it begins
// by saying that everything from `first_step` on is to be forgotten: so no step of a run that was
// stopped and resumed is shown twice. Each call is one write to the file; nothing is held back, so
// that a killed process loses nothing. Error E-TRAIN-20 where the file cannot be made or written.
class TensorBoardWriter {
 public:
  explicit TensorBoardWriter(const std::filesystem::path& folder, std::int64_t first_step = 0);
  TensorBoardWriter(TensorBoardWriter&& other) noexcept;
  TensorBoardWriter& operator=(TensorBoardWriter&&) = delete;
  ~TensorBoardWriter();

  void add(std::int64_t step, const Summary& summary);  // an empty one is not written
  // Every node with its op, inputs, shapes and attributes, under its layers' names.
  void graph(const Graph& graph);
  void flush();                                  // to the disk
  bool continues() const { return continues_; }  // there were files before this one
  const std::filesystem::path& file() const { return file_; }

 private:
  void record(std::string_view event);
  std::filesystem::path file_;
  int descriptor_ = -1;
  bool continues_ = false;
};

// The nodes of a graph as a serialised GraphDef of TensorFlow.
std::string graph_def(const Graph& graph);

}  // namespace glia::train
