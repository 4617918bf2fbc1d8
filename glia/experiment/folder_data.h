// Internal: images in files, with labels or masks.
#pragma once

#include "glia/data/augment.h"
#include "glia/data/image_source.h"
#include "glia/experiment/data_plan.h"

namespace glia::experiment {

class FolderEncoder : public Encoder {
 public:
  data::ImageOptions images;  // with the pixels that were fitted

  std::vector<data::Field> inputs() const override;
};

// Where images are: a folder with one for each class; a manifest, with labels; or a folder of
// images and one of masks.
struct FolderFiles {
  std::filesystem::path folder, manifest, images, masks;
  std::string path = "path", label = "label";  // columns of the manifest
  bool given() const { return !places().empty(); }
  std::vector<std::filesystem::path> places() const;  // those that are named
};

class FolderData : public DataPlan {
 public:
  FolderFiles train, test;
  data::ImageOptions images;
  bool standardize = true;  // pixels by mean and deviation of the training images
  data::MaskKind mask = data::MaskKind::binary;
  std::vector<std::string> labels;  // of masks
  bool skip = false;                // files that cannot be read
  data::AugmentOptions augment;

  std::string_view things() const override { return "images"; }
  std::string_view example() const override { return "images/"; }
  bool gives_masks() const override { return !train.masks.empty(); }
  std::vector<std::filesystem::path> test_files() const override { return test.places(); }
  std::shared_ptr<const DataPlan> with_files(const FindFile& find) const override;
  Prepared prepare(const Experiment& experiment) const override;
  NewRows labelled(const Bundle& bundle,
                   const std::vector<std::filesystem::path>& files) const override;
  NewRows unlabelled(const Bundle& bundle, const std::filesystem::path& file) const override;
  RawRows raw(Part part, std::span<const std::int64_t> places) const override;
  report::Document preview(const Prepared& prepared, const PreviewOptions& options) const override;

 private:
  data::Target target_of(const data::ImageFiles& files) const;
};

}  // namespace glia::experiment
