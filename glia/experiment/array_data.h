// Internal: arrays of numbers, as NumPy saves them.
#pragma once

#include "glia/data/dataset.h"
#include "glia/experiment/data_plan.h"

namespace glia::experiment {

class ArrayEncoder : public Encoder {
 public:
  Shape row;                      // of one row's features
  std::vector<double> mean, std;  // of each feature, or one of all; none: as they are

  std::vector<data::Field> inputs() const override { return {{"features", DType::f32, row}}; }
};

// Files of features and of targets: two .npy files, or two arrays of one .npz file.
struct ArrayFiles {
  std::filesystem::path features, targets;  // .npy; or both the .npz file
  std::string features_name, targets_name;  // of the arrays in a .npz file
  bool empty() const { return features.empty(); }
};

class ArrayData : public DataPlan {
 public:
  ArrayFiles train, test;           // test may be empty
  std::vector<std::string> labels;  // names of the classes; empty: their numbers
  bool standardize = true;

  std::string_view things() const override { return "rows"; }
  std::string_view example() const override { return "rows.npy"; }
  std::vector<std::filesystem::path> test_files() const override;
  std::shared_ptr<const DataPlan> with_files(const FindFile& find) const override;
  Prepared prepare(const Experiment& experiment) const override;
  NewRows labelled(const Bundle& bundle,
                   const std::vector<std::filesystem::path>& files) const override;
  NewRows unlabelled(const Bundle& bundle, const std::filesystem::path& file) const override;
};

}  // namespace glia::experiment
