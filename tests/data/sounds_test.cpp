#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "glia/data/csv.h"
#include "glia/data/sound.h"
#include "glia/data/sound_list.h"
#include "tests/data/wav.h"
#include "tests/temp_folder.h"
#include "tests/thrown.h"

namespace glia::data {
namespace {

using testing::thrown;
using Rows = std::vector<std::int64_t>;

std::vector<std::string> column(const SoundList& list, const char* name) {
  std::vector<std::string> cells;
  for (std::int64_t row = 0; row < list.size(); ++row)
    cells.emplace_back(list.table.cell(row, list.table.column(name)));
  return cells;
}

SoundEncoder fitted(const SoundList& list, const Rows& rows, const SoundOptions& options = {},
                    int threads = 0) {
  return SoundEncoder::fit(list, rows, check_sounds(list), options, threads);
}

TEST(SoundList, FoldersAreClasses) {
  const TempFolder folder;
  for (const char* name : {"up/b.wav", "up/a.WAV", "down/deep/c.flac", "down/note.txt", "top.wav"})
    write(folder / name, wav({1}));
  const auto list = sounds_in_classes(folder.path());
  EXPECT_EQ(column(list, "path"),
            (std::vector<std::string>{"down/deep/c.flac", "up/a.WAV", "up/b.wav"}));
  EXPECT_EQ(column(list, "label"), (std::vector<std::string>{"down", "up", "up"}));
  EXPECT_EQ(list.paths[2], folder / "up/b.wav");
  EXPECT_EQ(thrown([&] { sounds_in_classes(folder / "up"); }).code, "E-DATA-148");
  EXPECT_EQ(thrown([&] { sounds_in_classes(folder / "left"); }).code, "E-FILE-01");
  EXPECT_EQ(thrown([&] { sounds_in_classes(folder / "top.wav"); }).code, "E-FILE-03");
}

// A file counts once, whatever leads to it; a class may lie elsewhere.
TEST(SoundList, LinksAreNoCircles) {
  const TempFolder folder;
  for (const char* name : {"all/up/a.wav", "elsewhere/b.wav", "all/up/.hidden.wav"})
    write(folder / name, wav({1}));
  std::filesystem::create_directory_symlink("..", folder / "all/up/above");
  std::filesystem::create_directory_symlink(".", folder / "all/up/here");
  std::filesystem::create_directory_symlink(folder / "elsewhere", folder / "all/down");
  const auto list = sounds_in_classes(folder / "all");
  EXPECT_EQ(column(list, "path"), (std::vector<std::string>{"down/b.wav", "up/a.wav"}));
}

TEST(SoundList, NamesAreUtf8) {
  const TempFolder folder;
  write(folder / "c\xff/a.wav", wav({1}));
  EXPECT_EQ(thrown([&] { sounds_in_classes(folder.path()); }).code, "E-DATA-261");
}

TEST(SoundList, NamesByATemplate) {
  const TempFolder folder;
  for (const char* name : {"7_theo_1.wav", "0_lucas b_12.wav", "3_a,\"b\"_2.wav"})
    write(folder / name, wav({1}));
  const auto list = sounds_by_name(folder.path(), "{label}_{speaker}_{take}");
  EXPECT_EQ(column(list, "label"), (std::vector<std::string>{"0", "3", "7"}));
  EXPECT_EQ(column(list, "speaker"), (std::vector<std::string>{"lucas b", "a,\"b\"", "theo"}));
  EXPECT_EQ(rows_where(list.table, {{"take", {"1", "2"}}}), (Rows{1, 2}));
  EXPECT_EQ(rows_where(list.table, {{"take", {"1", "2"}}, {"label", {"7"}}}), (Rows{2}));
  const auto none = thrown([&] { rows_where(list.table, {{"take", {"1", "9"}}}); });
  EXPECT_EQ(none.code, "E-DATA-151");
  EXPECT_TRUE(none.says("'9' in column 'take'")) << none.message;

  write(folder / "other.wav", wav({1}));
  const auto error = thrown([&] { sounds_by_name(folder.path(), "{label}_{speaker}_{take}"); });
  EXPECT_EQ(error.code, "E-DATA-149");
  EXPECT_TRUE(error.says("1 of 4 sounds")) << error.message;
  EXPECT_TRUE(error.says("other.wav")) << error.message;
}

TEST(SoundList, TemplatesTakeAsLittleAsTheyCan) {
  using Parts = std::vector<std::string>;
  const NameTemplate plain("take {n} of {speaker}!");
  EXPECT_EQ(plain.read("take 3 of a of b!"), (Parts{"3", "a of b"}));
  EXPECT_EQ(plain.read("take 3 of a"), Parts{});
  EXPECT_EQ(plain.read("take  of a!"), Parts{}) << "nothing is no name";
  EXPECT_EQ(NameTemplate("{a}_{b}").read("1_2_3"), (Parts{"1", "2_3"}));
  for (const char* bad : {"", "label", "{a}{b}", "{a", "a}", "{}", "{a}_{a}", "{path}", "{{a}}"})
    EXPECT_EQ(thrown([&] { NameTemplate{bad}; }).code, "E-DATA-149") << bad;
}

TEST(SoundList, ManifestsNameFilesThatMustBeThere) {
  const TempFolder folder;
  write(folder / "a.wav", wav({1}));
  const auto good = parse_csv("path,label\na.wav,x\n", {}, "list.csv");
  EXPECT_EQ(sounds_of(good, folder.path()).paths.at(0), folder / "a.wav");
  const auto bad = parse_csv("path,label\na.wav,x\nb.wav,y\n,z\n", {}, "list.csv");
  const auto error = thrown([&] { sounds_of(bad, folder.path()); });
  EXPECT_EQ(error.code, "E-DATA-150");
  EXPECT_TRUE(error.says("list.csv:3")) << error.message;
  EXPECT_TRUE(error.says("2 of 3 files")) << error.message;
  EXPECT_EQ(thrown([&] { sounds_of(good, folder.path(), "file"); }).code, "E-DATA-10");
}

TEST(Sounds, RateChannelAndLength) {
  const TempFolder folder;
  write(folder / "a.wav", wav(tone(440, 8000), 8000));
  write(folder / "b.wav", wav(tone(440, 4000), 8000));
  write(folder / "c.wav", wav(tone(440, 22050, 44100), 44100));
  write(folder / "d.wav", wav({100, 300, 200, 400}, 8000, 2));
  const auto list = sounds_at(folder.path());
  const auto check = check_sounds(list);
  const auto encoder = SoundEncoder::fit(list, Rows{0, 1, 2}, check);
  EXPECT_EQ(encoder.options().sample_rate, 8000);
  EXPECT_EQ(encoder.length(), 8000) << "the longest training file";
  const auto a = encoder.samples(list.paths[0]), c = encoder.samples(list.paths[2]);
  ASSERT_EQ(c.size(), 4000u);
  for (std::size_t i = 200; i < 3800; ++i)
    ASSERT_NEAR(static_cast<double>(c[i]), static_cast<double>(a[i]), 1e-3);
  EXPECT_EQ(encoder.samples(list.paths[3]), (std::vector<float>{200.0f / 32768, 300.0f / 32768}));
  const auto right = fitted(list, {3}, {.features = SoundFeature::waveform, .channel = 1});
  EXPECT_EQ(right.samples(list.paths[3]), (std::vector<float>{300.0f / 32768, 400.0f / 32768}));
  EXPECT_EQ(thrown([&] { right.samples(list.paths[0]); }).code, "E-DATA-153");

  const auto report = encoder.report(check, all_rows(4));
  EXPECT_EQ(report.resampled, (std::map<int, std::int64_t>{{44100, 1}}));
  EXPECT_EQ(report.mixed, 1);
  EXPECT_EQ(report.padded, 3);
  const auto notes = report.notes();
  ASSERT_EQ(notes.size(), 2u);
  EXPECT_EQ(notes[0], "1 of 4 sounds are brought to another rate (1 of 44,100 Hz)");
}

// The training sounds themselves, as a network gets them, have mean 0 and deviation 1.
TEST(Sounds, FeaturesAreStandardised) {
  const TempFolder folder;
  for (int i = 0; i < 5; ++i)
    write(folder / (std::to_string(i) + ".wav"), wav(tone(200 + 300 * i, 2000 + 300 * i)));
  const auto list = sounds_at(folder.path());
  const auto encoder = fitted(list, all_rows(5), {.mel = {.n_mels = 20}});
  const auto [frames, width] = std::pair(encoder.frames(), encoder.row()[1].value());
  EXPECT_EQ(width, 20);
  std::vector<double> sum(20, 0), squares(20, 0);
  for (const auto& path : list.paths) {
    auto samples = encoder.samples(path);
    samples.resize(static_cast<std::size_t>(encoder.length()));
    std::vector<float> values(static_cast<std::size_t>(frames * width));
    encoder.encode(samples, values);
    for (std::size_t v = 0; v < values.size(); ++v) {
      const auto x = static_cast<double>(values[v]);
      sum[v % 20] += x, squares[v % 20] += x * x;
    }
  }
  for (std::size_t f = 0; f < 20; ++f) {
    EXPECT_NEAR(sum[f] / static_cast<double>(5 * frames), 0, 1e-5);
    EXPECT_NEAR(squares[f] / static_cast<double>(5 * frames), 1, 1e-5);
  }
}

// Whatever stands in files that are not for training, in each fold, the fit has the same bits; and
// it has the same bits with any number of threads.
TEST(Sounds, NothingOfOtherRowsIsFitted) {
  const TempFolder clean, other;
  for (int i = 0; i < 6; ++i) {
    const auto name = std::to_string(i) + ".wav";
    write(clean / name, wav(tone(200 + 100 * i, 1000)));
    write(other / name, wav(tone(200 + 100 * i, 1000)));
  }
  for (int fold = 0; fold < 3; ++fold) {
    Rows training;
    for (int i = 0; i < 6; ++i)
      if (i % 3 != fold) training.push_back(i);
    const auto expected = fitted(sounds_at(clean.path()), training, {}, 1).to_json();
    for (int i = fold; i < 6; i += 3)
      write(other / (std::to_string(i) + ".wav"), wav(tone(3000, 30000, 44100, 32000), 44100));
    for (const int threads : {1, 2, 4})
      EXPECT_EQ(fitted(sounds_at(other.path()), training, {}, threads).to_json(), expected);
    for (int i = fold; i < 6; i += 3)
      write(other / (std::to_string(i) + ".wav"), wav(tone(200 + 100 * i, 1000)));
  }
}

TEST(Sounds, JsonAndBack) {
  const TempFolder folder;
  write(folder / "a.wav", wav(tone(440, 3001)));
  const auto list = sounds_at(folder.path());
  const auto encoder = fitted(list, {0},
                              {.features = SoundFeature::mfcc,
                               .mel = {.n_mels = 24, .log = MelLog::decibel, .top_db = 80}});
  const std::string json = encoder.to_json();
  const auto back = SoundEncoder::from_json(json);
  EXPECT_EQ(back.to_json(), json);
  EXPECT_EQ(back.length(), 3001);
  EXPECT_EQ(back.mean(), encoder.mean());
  for (const auto& [from, to] :
       {std::pair<std::string, std::string>{"\"length\": 3001", "\"length\": 0"},
        {"\"length\": 3001", "\"length\": 9999999999"},
        {"\"n_mels\": 24", "\"n_mels\": 2400000"},
        {"mfcc\"", "mfc\""},
        {"\"n_fft\": 256", "\"n_fft\": -1"},
        {"\"std\": [", "\"std\": [0,"},
        {"\"version\": 1", "\"version\": 2"}}) {
    auto damaged = json;
    const auto at = damaged.find(from);
    ASSERT_NE(at, damaged.npos) << from;
    damaged.replace(at, from.size(), to);
    EXPECT_EQ(thrown([&] { SoundEncoder::from_json(damaged); }).code, "E-DATA-154") << to;
  }
  EXPECT_EQ(thrown([&] { SoundEncoder::from_json("{"); }).code, "E-DATA-154");
}

TEST(Sounds, BadFilesAreNamed) {
  const TempFolder folder;
  const auto good = wav(tone(440, 1000));
  write(folder / "a.wav", good);
  write(folder / "empty.wav", wav({}));
  write(folder / "none.wav", "");
  write(folder / "text.wav", "hello");
  const auto list = sounds_at(folder.path());
  const auto check = check_sounds(list);
  EXPECT_EQ(check.bad, (Rows{1, 2, 3}));
  const auto error = thrown([&] { refuse_bad_sounds(check, list); });
  EXPECT_EQ(error.code, "E-DATA-152");
  EXPECT_TRUE(error.says("3 of 4 sounds")) << error.message;
  for (const char* name : {"empty.wav", "none.wav", "text.wav"})
    EXPECT_TRUE(error.says(name)) << error.message;
  const auto encoder = fitted(list, {0});
  EXPECT_EQ(thrown([&] { encoder.samples(list.paths[1]); }).code, "E-DATA-152");
  EXPECT_EQ(thrown([&] { fitted(list, {0, 3}); }).code, "E-DATA-80");
  EXPECT_EQ(thrown([&] { fitted(list, {}); }).code, "E-DATA-34");
}

TEST(Sounds, SamplesAreNumbers) {
  const TempFolder folder;
  auto bytes = wav(tone(440, 1000));
  bytes[20] = 3, bytes[32] = 4, bytes[34] = 32;  // 500 samples of IEEE 754's 32 bits
  for (std::size_t i = 44; i < bytes.size(); i += 4) bytes.replace(i, 4, 4, '\0');
  write(folder / "a.wav", bytes);
  const auto list = sounds_at(folder.path());
  const auto encoder = fitted(list, {0});
  EXPECT_EQ(encoder.samples(list.paths[0]).size(), 500u);
  for (const char* bits : {"\x00\x00\xc0\x7f", "\x00\x00\x80\xff"}) {
    write(folder / "a.wav", bytes.replace(444, 4, std::string(bits, 4)));
    EXPECT_EQ(thrown([&] { encoder.samples(list.paths[0]); }).code, "E-DATA-81");
    EXPECT_EQ(check_sounds(list, true).bad, Rows{0});
  }
}

// A header may claim any length: what is fitted must not ask for that much memory.
TEST(Sounds, ALengthThatCannotBeIsNamed) {
  const TempFolder folder;
  for (const char* name : {"a.wav", "b.wav"}) write(folder / name, wav(tone(440, 1000)));
  const auto list = sounds_at(folder.path());
  auto check = check_sounds(list);
  for (const std::int64_t frames : {(std::int64_t{1} << 28) + 1, std::int64_t{1} << 62}) {
    check.files[1].frames = frames;
    const auto error = thrown([&] { SoundEncoder::fit(list, Rows{0, 1}, check, {}); });
    EXPECT_EQ(error.code, "E-DATA-145");
    EXPECT_TRUE(error.says("b.wav")) << error.message;
  }
  EXPECT_NO_THROW(SoundEncoder::fit(list, Rows{0}, check, {}));
}

TEST(Sounds, OptionsThatCannotBe) {
  const TempFolder folder;
  write(folder / "a.wav", wav(tone(440, 1000)));
  const auto list = sounds_at(folder.path());
  for (const double seconds : {-1.0, 1e-9, 1e12, std::nan("")})
    EXPECT_EQ(thrown([&] { fitted(list, {0}, {.seconds = seconds}); }).code, "E-DATA-153");
  EXPECT_EQ(thrown([&] { fitted(list, {0}, {.sample_rate = -8000}); }).code, "E-DATA-153");
  EXPECT_EQ(thrown([&] { fitted(list, {0}, {.channel = 1}); }).code, "E-DATA-153");
}

TEST(Sounds, EqualFilesHaveEqualDigests) {
  const TempFolder folder;
  for (const char* name : {"a.wav", "c.wav"}) write(folder / name, wav(tone(440, 100)));
  write(folder / "b.wav", wav(tone(450, 100)));
  const auto all = digests(sounds_at(folder.path()), 2);
  EXPECT_EQ(all[0], all[2]);
  EXPECT_NE(all[0], all[1]);
}

}  // namespace
}  // namespace glia::data
