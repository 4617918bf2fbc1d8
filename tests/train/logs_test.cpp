// Writers of logs: event files as TensorBoard's own package reads them, and CSV.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <limits>
#include <nlohmann/json.hpp>

#include "../temp_folder.h"
#include "../thrown.h"
#include "event_files.h"
#include "glia/base/file.h"
#include "glia/base/random.h"
#include "glia/data/codecs.h"
#include "glia/nn/layers.h"
#include "glia/train/graphs.h"
#include "glia/train/logs/crc32c.h"
#include "glia/train/logs/csv.h"
#include "glia/train/logs/tensorboard.h"

namespace glia::train {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::thrown;

// RFC 3720, appendix B.4.
TEST(Crc32c, PublishedValues) {
  const auto counting = [](int from, int by) {
    std::string bytes;
    for (int i = 0; i < 32; ++i) bytes += static_cast<char>(from + by * i);
    return bytes;
  };
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  EXPECT_EQ(crc32c(counting(0, 1)), 0x46dd794eu);
  EXPECT_EQ(crc32c(counting(31, -1)), 0x113fdb5cu);
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);  // the check value of the catalogue of CRCs
  EXPECT_EQ(crc32c(""), 0u);
}

std::vector<float> normal(std::size_t count) {
  std::vector<float> values(count);
  Random random(7, "histogram");
  for (float& value : values) value = static_cast<float>(random.normal());
  return values;
}

data::Image noise(int channels) {
  data::Image image{.height = 5, .width = 9, .channels = channels};
  for (int i = 0; i < 45 * channels; ++i)
    image.pixels.push_back(static_cast<std::uint8_t>(37 * i + 11));
  return image;
}

TEST(TensorBoard, ItsOwnPackageReadsEveryThingThatIsWritten) {
  const auto python = peer_python("tensorboard");
  if (python.empty()) GTEST_SKIP() << kNoPeerPython;
  const TempFolder folder;
  const auto weights = normal(10'000);
  auto odd = normal(100);
  odd[3] = NAN, odd[50] = std::numeric_limits<float>::infinity();
  {
    TensorBoardWriter writer(folder / "logs");
    EXPECT_FALSE(writer.continues());
    for (int step = 1; step <= 1500; ++step) {  // more than TensorBoard shows at once
      Summary summary;
      summary.scalar("step/loss", 1.0 / step);
      if (step % 500 == 0) {
        summary.scalar("epoch/loss", step == 1000 ? NAN : 0.25 * step);
        summary.histogram("weights/dense.weight", weights);
        summary.histogram("weights/odd", odd);
        summary.histogram("weights/constant", std::vector<float>(12, 0.5f));
        summary.histogram("weights/nothing", std::vector<float>(3, NAN));
      }
      writer.add(step, summary);
    }
    Summary images;
    images.image("inputs/grey", noise(1));
    images.image("inputs/rgb", noise(3));
    writer.add(0, images);
    writer.flush();
  }
  const json found = read_events(folder / "logs", python);
  ASSERT_TRUE(found.is_object());
  const auto& losses = found["scalars"]["step/loss"];
  ASSERT_EQ(losses.size(), 1500u);
  for (int step = 1; step <= 1500; ++step) {
    const auto& one = losses[static_cast<std::size_t>(step - 1)];
    EXPECT_EQ(one[0], step);
    EXPECT_EQ(std::stod(one[1].get<std::string>()), static_cast<float>(1.0 / step));
  }
  EXPECT_EQ(found["scalars"]["epoch/loss"], json::parse(R"([[500, "125.0"], [1000, "nan"],
                                                            [1500, "375.0"]])"));
  EXPECT_EQ(found["scalars"].size(), 2u);

  EXPECT_EQ(found["histograms"].size(), 3u);  // none of nothing
  const auto& histogram = found["histograms"]["weights/dense.weight"];
  ASSERT_EQ(histogram.size(), 3u);
  ASSERT_EQ(histogram[2][1].size(), 30u);
  // By numpy's rule: the last bucket holds its right end, the others do not.
  const auto [least, most] = std::minmax_element(weights.begin(), weights.end());
  double before = *least, all = 0;
  for (const auto& bucket : histogram[2][1]) {
    const double left = bucket[0], right = bucket[1], count = bucket[2];
    EXPECT_FLOAT_EQ(static_cast<float>(left), static_cast<float>(before));
    const auto inside = [&](double to) {
      return std::count_if(weights.begin(), weights.end(), [&](float w) { return w < to; });
    };
    // f32 edges as TensorBoard keeps them may move a value that lies on one.
    EXPECT_NEAR(count, inside(right) - inside(left), 2);
    before = right, all += count;
  }
  EXPECT_EQ(before, *most);
  EXPECT_EQ(all, 10'000);
  double finite = 0;
  for (const auto& bucket : found["histograms"]["weights/odd"][0][1])
    finite += bucket[2].get<double>();
  EXPECT_EQ(finite, 98);
  EXPECT_EQ(found["histograms"]["weights/constant"][0][1], json::parse("[[0.5, 0.5, 12]]"));

  for (const auto& [tag, channels] : {std::pair{"inputs/grey", 1}, {"inputs/rgb", 3}}) {
    const auto png = sha256_hex(data::codecs().encode_png(noise(channels)));
    EXPECT_EQ(found["images"][tag], json({{0, 9, 5, {png}}})) << tag;
  }
}

TEST(TensorBoard, ItsOwnPackageReadsTheGraph) {
  const auto python = peer_python("tensorboard");
  if (python.empty()) GTEST_SKIP() << kNoPeerPython;
  const TempFolder folder;
  const auto model = nn::sequential({nn::dense({.units = 4, .activation = nn::relu}),
                                     nn::dense({.units = 3, .activation = nn::softmax})});
  const Objective objective(nn::sparse_categorical_crossentropy());
  const Graph graph = loss_graph(model, objective, batch_types({5}, {}, false), true, 1);
  TensorBoardWriter(folder / "logs").graph(graph);
  const json found = read_events(folder / "logs", python);
  const auto& nodes = found["graph"];
  ASSERT_EQ(nodes.size(), graph.nodes().size());
  std::map<std::string, json> by_name;
  for (const auto& node : nodes) by_name[node["name"]] = node;
  EXPECT_EQ(by_name.size(), nodes.size()) << "every name once";
  EXPECT_EQ(by_name["dense/weight"]["op"], "variable");
  EXPECT_EQ(by_name["dense/weight"]["shapes"], json::parse("[[4, 5]]"));
  EXPECT_EQ(by_name["features"]["shapes"], json::parse("[[-1, 5]]"));
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const Node& node = graph.nodes()[i];
    EXPECT_EQ(nodes[i]["op"], node.op->name);
    ASSERT_EQ(nodes[i]["inputs"].size(), node.inputs.size());
    for (std::size_t k = 0; k < node.inputs.size(); ++k) {
      auto from = nodes[i]["inputs"][k].get<std::string>();
      from = from.substr(0, from.find(':'));
      EXPECT_EQ(from, nodes[static_cast<std::size_t>(node.inputs[k].node()->id)]["name"]);
    }
  }
}

// What was written after the checkpoint that a resume goes on from is shown once, as it is now.
TEST(TensorBoard, NoStepIsShownTwiceAfterAResume) {
  const auto python = peer_python("tensorboard");
  if (python.empty()) GTEST_SKIP() << kNoPeerPython;
  const TempFolder folder;
  const auto write = [&](std::int64_t first, std::int64_t last, double value) {
    TensorBoardWriter writer(folder / "logs", first);
    EXPECT_EQ(writer.continues(), first > 1);
    for (auto step = first; step <= last; ++step) {
      Summary summary;
      summary.scalar("loss", value);
      writer.add(step, summary);
    }
  };
  write(1, 30, 1);
  // A kill in the middle of a write.
  for (const auto& file : fs::directory_iterator(folder / "logs"))
    fs::resize_file(file.path(), fs::file_size(file.path()) - 5);
  write(21, 40, 2);
  write(36, 50, 3);
  const json found = read_events(folder / "logs", python);
  json expected = json::array();
  for (int step = 1; step <= 50; ++step)
    expected.push_back({step, step <= 20 ? "1.0" : step <= 35 ? "2.0" : "3.0"});
  EXPECT_EQ(found["scalars"]["loss"], expected);
}

TEST(TensorBoard, SaysWhereItCannotWrite) {
  const TempFolder folder;
  write_atomically(folder / "file", "x");
  const auto problem = thrown([&] { TensorBoardWriter writer(folder / "file"); });
  EXPECT_EQ(problem.code, "E-TRAIN-20");
  EXPECT_TRUE(problem.says((folder / "file").string())) << problem.message;
}

TEST(CsvLog, ColumnsThatComeLaterAndRowsThatAreReplaced) {
  const TempFolder folder;
  const auto file = folder / "metrics.csv";
  CsvLog log(file);
  log.add({{"epoch", 1}, {"loss", 0.1}});
  log.add({{"epoch", 2}, {"loss", NAN}, {"val, \"loss\"", 1e-7}});
  EXPECT_EQ(read_file(file), "epoch,loss,\"val, \"\"loss\"\"\"\n1,0.1,\n2,nan,1e-07\n");
  CsvLog resumed(file);
  resumed.begin({{{"epoch", 1}, {"loss", 0.1}}});
  resumed.add({{"epoch", 2}, {"loss", 0.05}});
  EXPECT_EQ(read_file(file), "epoch,loss\n1,0.1\n2,0.05\n");
}

}  // namespace
}  // namespace glia::train
