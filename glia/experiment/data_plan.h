// What an experiment's `data` describes, and how it becomes what a model takes. Each kind of data
// is one DataPlan with one Encoder; kinds.h lists them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "glia/data/preprocess.h"
#include "glia/data/source.h"
#include "glia/data/split.h"
#include "glia/data/target.h"
#include "glia/report/document.h"
#include "glia/train/graphs.h"

namespace glia::experiment {

struct Experiment;
struct Bundle;

// How raw data of one kind becomes what a model takes: fitted on training rows, saved with a model.
class Encoder {
 public:
  virtual ~Encoder() = default;
  virtual std::vector<data::Field> inputs() const = 0;   // of the model, without the rows
  virtual std::int64_t vocabulary() const { return 0; }  // of texts as tokens: how many there are
  // Predictions or targets [N, ...] of all rows in order, as they are learned, in the target's
  // unit.
  virtual Tensor in_unit(const data::Source& rows, const Tensor& values,
                         const data::Target& target) const;
};

// An encoder, and what is predicted.
struct Encoding {
  std::shared_ptr<const Encoder> encoder;
  data::Target target;  // the labels, or the regression's unit
  // Of a model of several outputs: their names and targets, of which `target` is the first.
  std::vector<std::pair<std::string, data::Target>> outputs;

  train::BatchTypes types() const;  // what a batch is, as far as the model's inputs go
  // The encoder as what it is. E-BUNDLE-04 where the model was trained on data of another kind.
  template <class Kind>
  const Kind& as() const {
    const auto* kind = dynamic_cast<const Kind*>(encoder.get());
    if (!kind) refuse_kind();
    return *kind;
  }

  std::string to_json() const;
  static Encoding from_json(std::string_view text);  // E-BUNDLE-02

 private:
  [[noreturn]] static void refuse_kind();
};

// Datasets of an experiment, fitted on its training rows only.
struct Prepared {
  std::shared_ptr<const data::Source> train;
  std::shared_ptr<const data::Source> validation, test;  // or null
  Encoding encoding;
  std::int64_t equal_rows = 0;     // test rows that also stand in training: counted, not refused
  std::vector<std::string> notes;  // what a person may want to know of the data
  std::string fingerprint;         // SHA-256 over what was read
  // Whether a table is streamed, where that was chosen by the free memory of the moment.
  std::optional<bool> streamed = std::nullopt;
  std::string training_digest;  // content_digest() of the rows or images that `train` is of
  // Which rows of their files (from 0) the parts are; of series the last row before each forecast.
  // Empty where a kind of data does not know.
  data::Split rows;
};

// New data for a saved model.
struct NewRows {
  std::shared_ptr<const data::Source> rows;  // targets are zeros where none were read
  data::TransformReport report = {};
  std::string id_name = {};           // where rows have names: what these are ("id", "file")
  std::vector<std::string> ids = {};  // of each row
  // Where a row's prediction is of several steps: what these are ("Month"), the name of each, row
  // by row, and of the numbers that a step has.
  std::string step_name = {};
  std::vector<std::string> steps = {}, values = {};
  bool trained_on = false;  // it is the file that the training rows were taken from
};

// How training, validation and test rows are told apart.
struct SplitPlan {
  double validation = 0;  // share of the training rows
  double test = 0;        // share of all rows, where no test file is given
  bool stratify = true;   // of classes
  std::uint64_t seed = 1;
  // Of data with columns, "" for none: rows of one value of `groups` stay in one part; training is
  // before validation by `time`, and that before the test.
  std::string groups, time;
  bool sort = false;                 // by time: where the file is in another order
  bool equal_rows_together = false;  // in one part
  // Of the training rows that many are drawn, of all together (by time: the last ones) or of each
  // class; the others are left out. 0: all stay.
  std::int64_t rows = 0, per_class = 0;
  std::uint64_t rows_seed = 1;     // of that drawing
  bool validation_trains = false;  // the validation rows are training rows after all
  // Cross-validation of what is no test row (data/split.h); 0 folds: none.
  std::int64_t folds = 0, repeats = 1, gap = 0, inner_folds = 0;
  bool final_model = true;  // after the folds one model is trained on all their rows
  // From 1: one training of a cross-validation, whose test rows are those of this fold (of all
  // repeats' folds), or of this inner fold of it.
  std::int64_t fold = 0, inner_fold = 0;

  bool limited() const { return rows > 0 || per_class > 0; }
};

// How classes of unlike sizes are made more alike, in the training rows.
struct SamplingPlan {
  enum class How : std::uint8_t { none, oversample, undersample, smote } how = How::none;
  double ratio = 1;
  std::int64_t k_neighbors = 5;
  std::uint64_t seed = 1;
};

// Rows as they stand in their files, for a person to look at. What a kind of data has none of stays
// empty.
struct RawRows {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> cells;  // of each row, one for each column
  std::vector<std::string> categories;          // columns by whose values rows can be told apart
  std::vector<report::Picture> pictures;        // of each row
  std::vector<std::string> sounds;              // of each row, the bytes of its file
  std::vector<std::string> names;               // of each row: that of its file
  std::vector<std::string> truth;               // of each row, the target as the file has it
};
enum class Part : std::uint8_t { validation, test };

struct PreviewOptions {
  int rows = 8;   // drawn from the training rows
  int times = 5;  // each, as it comes in as many epochs
  std::uint64_t seed = 1;
};

class DataPlan {
 public:
  using FindFile = std::function<std::filesystem::path(const std::filesystem::path&)>;

  virtual ~DataPlan() = default;
  SplitPlan split;
  SamplingPlan sampling;

  virtual std::string_view things() const = 0;   // "rows", "images"
  virtual std::string_view example() const = 0;  // of what predict takes: "rows.csv"
  virtual std::vector<std::string> input_names() const { return {}; }  // where there are several
  virtual bool has_columns() const { return false; }                   // by which rows can be split
  virtual bool has_order() const { return false; }    // by which they always are, and not by chance
  virtual bool has_rows() const { return true; }      // one by one, of which some can be drawn
  virtual bool gives_masks() const { return false; }  // a prediction is an image
  virtual std::vector<std::filesystem::path> test_files() const = 0;  // none: no test data
  // Whether prepare() takes test rows from the training files.
  virtual bool splits_test_off() const { return split.test > 0 || split.fold > 0; }
  // The same with its files elsewhere.
  virtual std::shared_ptr<const DataPlan> with_files(const FindFile& find) const = 0;

  // Errors: those of reading and preprocessing; E-DATA-60, -61 leakage; E-EXP-05.
  virtual Prepared prepare(const Experiment& experiment) const = 0;
  // Rows with their targets, from files of the form of test_files(); and without.
  virtual NewRows labelled(const Bundle& bundle,
                           const std::vector<std::filesystem::path>& files) const = 0;
  virtual NewRows unlabelled(const Bundle& bundle, const std::filesystem::path& file) const = 0;
  // Rows of a part by their places in the file (Prepared). Errors: those of reading; E-REPORT-12 a
  // file that has not so many rows.
  virtual RawRows raw(Part part, std::span<const std::int64_t> places) const;
  // Training rows before and after what changes them at random, for a person to look at. Error
  // E-DATA-143 where there is none of this kind.
  virtual report::Document preview(const Prepared& prepared, const PreviewOptions& options) const;
};

// Labels i64 [N, ...] as a loss wants them: as they are, or with an axis of one number for
// binary_crossentropy, or of `count` numbers, one-hot, where asked: [N, k], [N, T, k], [N, k, H,
// W].
Tensor targets_for(const nn::Loss& loss, const Tensor& classes, std::int64_t count, bool one_hot);

}  // namespace glia::experiment
