// Pages of training rows: what they show is what a training gets.
#include <gtest/gtest.h>

#include <cmath>

#include "glia/base/format.h"
#include "glia/data/series_source.h"
#include "glia/experiment/previews.h"
#include "tests/data/wav.h"
#include "tests/experiment/case.h"

namespace glia::experiment {
namespace {

using testing::write;

template <class Block>
std::vector<Block> all_of(const report::Document& page) {
  std::vector<Block> found;
  for (const auto& block : page.blocks)
    if (const auto* one = std::get_if<Block>(&block)) found.push_back(*one);
  return found;
}

constexpr auto kModel = R"(
model:
  layers: [{dense: {units: 1, activation: sigmoid}}]
train: {loss: binary_crossentropy}
)";

Experiment parse_at(const TempFolder& folder, const std::string& data,
                    const std::string& rest = kModel) {
  return parse("data:\n" + data + rest, "preview.yaml", {}, folder.path());
}

TEST(Preview, RowsOfATableBesideTheirFeatures) {
  const testing::Case c;
  const auto e = c.load({"data.columns={colour: {target: {folds: 3}}}"});
  const auto prepared = prepare(e);
  const PreviewOptions options{.rows = 6, .seed = 3};
  const auto page = e.data->preview(prepared, options);
  const auto tables = all_of<report::Table>(page);
  ASSERT_EQ(tables.size(), 6u);
  const auto table = data::read_csv(c.folder / "rows.csv");
  const auto rows = drawn_rows(options, prepared.train->size());
  const auto batch = batch_of(*prepared.train, rows, 0);
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const auto& lines = tables[i].rows;
    ASSERT_EQ(lines.size(), 3u) << "x, colour and kind";
    EXPECT_EQ(lines[0][2].text, "x");
    for (std::int64_t f = 0; f < 2; ++f)
      EXPECT_EQ(lines[static_cast<std::size_t>(f)][3].text,
                fmt::format("{:.5g}", static_cast<float>(
                                          batch.features.at(2 * static_cast<std::int64_t>(i) + f))))
          << "as the training gets it, cross-fitted";
    EXPECT_EQ(lines[2][2].text, "target");
    EXPECT_EQ(lines[2][3].text, lines[2][1].text == "yes" ? "1" : "0");
    const auto line = std::stoll(tables[i].title.substr(tables[i].title.rfind(':') + 1));
    EXPECT_EQ(lines[0][1].text, table.cell(line - 2, 0)) << "a header stands above";
  }
  EXPECT_NE(report::html(page).find("colour"), std::string::npos);
  const auto streamed = c.load({"data.stream=true"});
  EXPECT_EQ(all_of<report::Table>(streamed.data->preview(prepare(streamed), options)).size(), 6u);
}

struct Messages {
  TempFolder folder;
  Messages() {
    std::string csv = "label,message\n";
    for (int i = 0; i < 40; ++i)
      csv += i % 2 ? "spam,win the prize now " : "ham,see you at home ", csv += "again\n";
    csv += "ham,\nspam,win\n";
    write(folder / "sms.csv", csv);
  }
  static constexpr auto kData =
      "  train: sms.csv\n  target: label\n  validation: 0.2\n  text: {column: message, encode: ";
};

TEST(Preview, TextsBesideTokensOrTerms) {
  const Messages messages;
  const auto tokens =
      parse_at(messages.folder, Messages::kData + std::string("{words: {length: 4}}}"));
  const auto page = tokens.data->preview(prepare(tokens), {.rows = 40});
  const auto codes = all_of<report::Code>(page);
  const auto grids = all_of<report::Table>(page);
  ASSERT_EQ(all_of<report::Heading>(page).size(), codes.size());
  std::size_t grid = 0;
  for (const auto& code : codes) {
    if (code.text == "(missing)") continue;
    std::string first;
    for (std::size_t i = 1; i < grids.at(grid).rows[0].size(); ++i)
      first += (i > 1 ? " " : "") + grids[grid].rows[0][i].text;
    EXPECT_TRUE(code.text.starts_with(first)) << code.text << " / " << first;
    EXPECT_LE(grids[grid].rows[1].size(), 5u) << "four tokens behind a title";
    ++grid;
  }
  EXPECT_EQ(grid, grids.size());
  const auto terms = parse_at(messages.folder, Messages::kData + std::string("tfidf}"));
  const auto other = terms.data->preview(prepare(terms), {.rows = 5});
  for (const auto& table : all_of<report::Table>(other))
    EXPECT_EQ(table.rows.front().back().share, 1) << "the heaviest first";
  EXPECT_NE(report::html(other).find("again"), std::string::npos);
}

TEST(Preview, WindowsOfALanguageModel) {
  const TempFolder folder;
  std::string text;
  for (int i = 0; i < 200; ++i) text += "abc de\n";
  write(folder / "book.txt", text);
  const auto e = parse_at(folder, "  train: book.txt\n  language_model: {length: 14}\n",
                          "model:\n  layers:\n    - embedding: {input_dim: 8, output_dim: 4}\n"
                          "    - dense: {units: 8, activation: softmax}\n"
                          "train: {loss: sparse_categorical_crossentropy}\n");
  const auto page = e.data->preview(prepare(e), {.rows = 2, .times = 3});
  const auto codes = all_of<report::Code>(page);
  ASSERT_EQ(codes.size(), 6u);
  for (const auto& code : codes) EXPECT_NE(text.find(code.text), std::string::npos) << code.text;
  const auto grid = all_of<report::Table>(page).front();
  ASSERT_EQ(grid.rows.size(), 3u);
  for (std::size_t i = 1; i + 1 < grid.rows[1].size(); ++i)
    EXPECT_EQ(grid.rows[2][i].text, grid.rows[1][i + 1].text) << "what follows";
}

TEST(Preview, WindowsOfASeries) {
  const TempFolder folder;
  std::string csv = "day,sales\n";
  for (int d = 0; d < 100; ++d) csv += fmt::format("{},{}\n", d, 3 * d + d % 7);
  write(folder / "sales.csv", csv);
  const auto e = parse_at(folder,
                          "  train: sales.csv\n"
                          "  series: {target: sales, time: day, window: 5, horizon: 2}\n",
                          "model:\n  layers: [{flatten: {}}, {dense: {units: 2}}]\n"
                          "train: {loss: mean_squared_error}\n");
  const auto page = e.data->preview(prepare(e), {.rows = 4});
  const auto plots = all_of<report::Plot>(page);
  ASSERT_EQ(plots.size(), 8u) << "in the unit, and as the network gets it";
  for (std::size_t i = 0; i < plots.size(); i += 2) {
    const int first = std::stoi(plots[i].title);
    ASSERT_EQ(plots[i].series.size(), 2u);
    for (int r = 0; r < 7; ++r) {
      const auto& line = plots[i].series[r < 5 ? 0 : 1];
      const auto at = static_cast<std::size_t>(r < 5 ? r : r - 5);
      EXPECT_EQ(line.y.at(at), 3 * (first + r) + (first + r) % 7);
      EXPECT_EQ(line.x.at(at), r - 4);
    }
  }
  EXPECT_EQ(all_of<report::Table>(page).size(), 4u);
}

TEST(Preview, SoundsBeforeAndAfter) {
  const TempFolder folder;
  for (int i = 0; i < 6; ++i)
    data::write(folder / "sounds" / (i % 2 ? "high" : "low") / (std::to_string(i) + ".wav"),
                data::wav(data::tone(i % 2 ? 2000 : 400, 1600, 8000), 8000));
  const auto e = parse_at(folder,
                          "  train: {folder: sounds}\n  sounds: {n_mels: 10}\n"
                          "  augment: {gain: 6, time_masks: {count: 1, frames: 4}}\n",
                          "model:\n  layers: [{global_average_pool1d: {}}, "
                          "{dense: {units: 1, activation: sigmoid}}]\n"
                          "train: {loss: binary_crossentropy}\n");
  const auto prepared = prepare(e);
  const auto lines = all_of<report::Pictures>(e.data->preview(prepared, {.rows = 2, .times = 3}));
  ASSERT_EQ(lines.size(), 4u) << "samples and features of two sounds";
  for (const auto& line : lines) {
    ASSERT_EQ(line.pictures.size(), 4u);
    EXPECT_NE(line.pictures[1].pixels, line.pictures[2].pixels) << "each epoch draws anew";
  }
  EXPECT_EQ(lines[1].pictures[0].height, 10);

  const auto& sounds = dynamic_cast<const data::SoundSource&>(*prepared.train);
  const std::vector<std::int64_t> rows{4};
  for (const std::int64_t epoch : {0, 5}) {
    const auto batch = batch_of(sounds, rows, epoch);
    const auto heard = sounds.heard(4, epoch);
    const auto features = batch.features.data<float>();
    ASSERT_EQ(features.size(), heard.features.size());
    EXPECT_TRUE(std::equal(features.begin(), features.end(), heard.features.begin()))
        << "the bits of the training";
  }
}

}  // namespace
}  // namespace glia::experiment
