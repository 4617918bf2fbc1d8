// glia predict, of masks
#include <algorithm>
#include <set>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/cli/interrupt.h"
#include "glia/cli/json.h"
#include "glia/cli/predict.h"
#include "glia/data/csv.h"
#include "glia/data/image.h"
#include "glia/data/sampling.h"

namespace glia::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kAtOnce = 64;  // images whose predictions are in memory
constexpr auto kList = "masks.csv";

fs::path expect_folder(const PredictOptions& options) {
  if (options.out.empty())
    fail("E-DATA-241",
         "this model gives a mask for each image: say -o FOLDER, where they are written as PNG "
         "files, with {} that names them",
         kList);
  const fs::path folder = options.out;
  if (fs::exists(folder) && !fs::is_directory(folder))
    fail("E-DATA-242", "{}: is a file; masks are files in a folder: name one with -o",
         folder.string());
  if (!options.force && fs::exists(folder) && !fs::is_empty(folder))
    fail(
        "E-DATA-242",
        "{}: there are files in this folder already; replace those of the same names with --force, "
        "or name another with -o",
        folder.string());
  return folder;
}

// "a/7.png" of "a/7.jpg"; where that is taken, "a/7.jpg.png".
std::string name_of(const std::string& image, std::set<std::string>& taken) {
  auto name = fs::path(image).replace_extension(".png").generic_string();
  if (!taken.insert(name).second) taken.insert(name = image + ".png");
  return name;
}

struct Mask {
  data::Image image;
  std::vector<double> shares;  // of the pixels, of each class
};

// values: [planes, height, width], of one image; one plane is the probability of the second class.
Mask mask_of(std::span<const float> values, int height, int width, std::size_t classes,
             double threshold) {
  Mask mask{{height, width, 1, {}}, std::vector<double>(classes)};
  const auto area = static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
  const std::size_t planes = values.size() / area;
  for (std::size_t p = 0; p < area; ++p) {
    std::size_t best = 0;
    if (planes == 1)
      best = static_cast<double>(values[p]) > threshold ? 1 : 0;
    else
      for (std::size_t k = 1; k < planes; ++k)
        if (values[k * area + p] > values[best * area + p]) best = k;
    mask.image.pixels.push_back(static_cast<std::uint8_t>(planes == 1 ? 255 * best : best));
    mask.shares[best] += 1 / static_cast<double>(area);
  }
  return mask;
}

// Calls `each` with the number of an image and its mask, some at a time.
template <class Each>
void for_masks(const experiment::Bundle& bundle, const experiment::NewRows& rows, int threads,
               Each each) {
  const auto& labels = bundle.encoding.target.labels;
  for (std::int64_t from = 0; from < rows.rows->size(); from += kAtOnce) {
    std::vector<std::int64_t> some;
    for (auto row = from; row < std::min(from + kAtOnce, rows.rows->size()); ++row)
      some.push_back(row);
    const Tensor output = bundle.predict(*data::picked_rows(rows.rows, some), threads, 1).front();
    const auto& shape = output.shape();
    const auto height = shape[shape.rank() - 2].value(), width = shape[shape.rank() - 1].value();
    const auto all = output.data<float>();
    const std::size_t size = all.size() / some.size();
    const std::size_t planes = size / static_cast<std::size_t>(height * width);
    if (shape.rank() < 3 || (planes != labels.size() && !(planes == 1 && labels.size() == 2)))
      fail("E-CLI-06", "model '{}': it gives {}, and a mask has {} classes", bundle.experiment.name,
           shape.text(), labels.size());
    for (std::size_t i = 0; i < some.size(); ++i)
      each(some[i],
           mask_of(all.subspan(i * size, size), static_cast<int>(height), static_cast<int>(width),
                   labels.size(), bundle.experiment.fit.threshold.value_or(0.5)));
  }
}

}  // namespace

int predict_masks(const experiment::Bundle& bundle, const PredictOptions& options,
                  Context& context) {
  const fs::path folder = expect_folder(options);
  const auto rows = bundle.experiment.data->unlabelled(bundle, options.file);
  std::string list = "file,mask";
  for (const auto& label : bundle.encoding.target.labels)
    list += "," + data::csv_field("share_" + label);
  list += "\n";
  std::set<std::string> taken;
  for_masks(bundle, rows, threads_or_default(options.threads),
            [&](std::int64_t row, const Mask& mask) {
              const auto& image = rows.ids[static_cast<std::size_t>(row)];
              const auto name = name_of(image, taken);
              fs::create_directories((folder / name).parent_path());
              write_atomically(folder / name, data::encode_png(mask.image));
              list += data::csv_field(image) + "," + data::csv_field(name);
              for (const double share : mask.shares) list += "," + exact(static_cast<float>(share));
              list += "\n";
            });
  write_atomically(folder / kList, list);
  if (context.json)
    print_json(context.terminal, {{"run", options.run},
                                  {"file", options.file},
                                  {"rows", rows.rows->size()},
                                  {"out", folder.string()}});
  else
    context.terminal.say(fmt::format("{} masks and {} written to {}\n",
                                     with_commas(rows.rows->size()), kList, folder.string()));
  return kSuccess;
}

}  // namespace glia::cli
