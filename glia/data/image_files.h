// Image files with labels: from a folder of folders, from a list, and what is wrong with them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "glia/data/image.h"
#include "glia/data/leakage.h"

namespace glia::data {

struct ImageFiles {
  std::vector<std::filesystem::path> paths;
  std::vector<std::int64_t> labels;  // a class for each; none where nothing is known of them
  std::vector<std::string> classes;
  std::vector<std::string> notes;  // what was left out

  std::int64_t size() const { return static_cast<std::int64_t>(paths.size()); }
  ImageFiles subset(Rows rows) const;
};

// torchvision's layout, root/<class>/**/*.{jpg,jpeg,png,webp}: a folder is a class, at any depth
// below it lie its files. Classes are sorted by name, byte by byte, and files likewise; names that
// begin with a dot are passed over, other files are counted in the notes. `classes`: those of the
// training, so that numbers mean the same; empty: the folders found. Errors: E-FILE-01 to -03 no
// such folder; E-DATA-133 no class folders, or one without images; E-DATA-134 a class that the
// training has not; E-DATA-261 a name that is not UTF-8.
ImageFiles list_image_folder(const std::filesystem::path& root,
                             const std::vector<std::string>& classes = {});

// The images of a folder, at any depth and sorted, or a single file; without labels. Errors
// E-FILE-01, E-DATA-133.
ImageFiles list_images(const std::filesystem::path& place);

// A CSV file with a row for each image; paths are relative to its folder. Classes: the labels,
// sorted, or `classes`. Errors: those of read_csv; E-DATA-10 no such column; E-DATA-135 a row
// without a path or label, or a file that is not there; E-DATA-134 as above.
ImageFiles read_image_manifest(const std::filesystem::path& csv, const std::string& path = "path",
                               const std::string& label = "label",
                               const std::vector<std::string>& classes = {});

// Pairs for segmentation: images and masks of the same name, whatever their endings, in two
// folders. The masks, in the order of the images. Error E-DATA-133 where one has no partner.
std::vector<std::filesystem::path> masks_of(const ImageFiles& images,
                                            const std::filesystem::path& folder);

struct DamagedImages {
  std::vector<std::int64_t> rows;     // in order
  std::vector<std::string> messages;  // of each
};

enum class ImageCheck { head, pixels };

// Looks at every file before the first step: at its head (tens of microseconds each), or at all of
// it, which costs as much as an epoch's decoding. By `threads`; the result is the same.
DamagedImages find_damaged(const ImageFiles& files, ImageCheck check, int threads = 1);

// Error E-DATA-139 with their number and the first few. None: nothing.
void refuse_damaged(const DamagedImages& damaged, std::int64_t files);

// Files of b with the same bytes as one of a. Reads only files of equal sizes.
Leakage count_equal_files(std::span<const std::filesystem::path> a,
                          std::span<const std::filesystem::path> b);

}  // namespace glia::data
