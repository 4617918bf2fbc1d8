// Internal: images with labels.
#pragma once

#include "glia/data/augment.h"
#include "glia/experiment/data_plan.h"

namespace glia::experiment {

class ImageEncoder : public Encoder {
 public:
  Shape shape;          // [C, H, W]
  data::Pixels pixels;  // how bytes become numbers

  std::vector<data::Field> inputs() const override { return {{"features", DType::f32, shape}}; }
};

class ImageData : public DataPlan {
 public:
  std::filesystem::path train_images, train_labels, test_images, test_labels;
  std::vector<std::string> labels;   // names of the classes; empty: their numbers
  std::vector<std::string> classes;  // images of these alone are taken; empty: of all
  bool standardize = true;       // (pixel - mean) / deviation of the training pixels; else / 255
  data::AugmentOptions augment;  // of training images

  std::string_view things() const override { return "images"; }
  std::string_view example() const override { return "images.idx"; }
  std::vector<std::filesystem::path> test_files() const override;
  std::shared_ptr<const DataPlan> with_files(const FindFile& find) const override;
  Prepared prepare(const Experiment& experiment) const override;
  NewRows labelled(const Bundle& bundle,
                   const std::vector<std::filesystem::path>& files) const override;
  NewRows unlabelled(const Bundle& bundle, const std::filesystem::path& file) const override;
  RawRows raw(Part part, std::span<const std::int64_t> places) const override;
  report::Document preview(const Prepared& prepared, const PreviewOptions& options) const override;
};

}  // namespace glia::experiment
