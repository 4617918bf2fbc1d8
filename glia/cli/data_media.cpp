// What is told of images, sounds and texts before anything is learned from them.
#include <algorithm>
#include <map>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/cli/data.h"
#include "glia/data/image_files.h"
#include "glia/data/sound.h"
#include "glia/data/text_source.h"
#include "glia/data/tokenizer.h"

namespace glia::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFew = 5;

// "900 of 8,000 Hz, 2 of 44,100 Hz", the commonest first.
std::string counts_text(const std::map<std::string, std::int64_t>& counts) {
  std::vector<std::pair<std::int64_t, std::string>> sorted;
  for (const auto& [what, count] : counts) sorted.emplace_back(-count, what);
  std::sort(sorted.begin(), sorted.end());
  if (sorted.size() == 1) return sorted[0].second;
  std::vector<std::string> parts;
  for (const auto& [count, what] : sorted) {
    if (parts.size() == kFew) break;
    parts.push_back(fmt::format("{} of {}", with_commas(-count), what));
  }
  return fmt::format("{}{}", fmt::join(parts, ", "), sorted.size() > kFew ? ", ..." : "");
}

// Least, middle and most.
template <class Number, class Text>
std::string range_text(std::vector<Number> values, Text text) {
  std::sort(values.begin(), values.end());
  if (values.front() == values.back()) return text(values.front());
  return fmt::format("{} to {}, half of them at most {}", text(values.front()), text(values.back()),
                     text(values[(values.size() - 1) / 2]));
}

void add_unreadable(Described& described, std::string_view what, std::int64_t count,
                    std::int64_t files, const std::vector<std::string>& problems) {
  described.json["unreadable"] = {{"files", count}, {"first", problems}};
  if (count == 0) return;
  described.document.add(report::Note{
      report::Paint::bad, "cannot be read",
      fmt::format("{} of {} {}: {}{}. Mend or remove them, or say on_error: skip.",
                  with_commas(count), with_commas(files), what, fmt::join(problems, "; "),
                  count > std::ssize(problems) ? "; ..." : "")});
}

std::string first_lines(std::string_view text) {
  constexpr std::size_t kLines = 8, kBytes = 90;
  std::string lines;
  for (std::size_t i = 0; i < kLines && !text.empty(); ++i) {
    const auto end = text.find('\n');
    lines += shown(text.substr(0, end), kBytes) + "\n";
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return lines;
}

}  // namespace

void add_images(Described& described, const std::vector<Found>& files) {
  data::ImageFiles images;
  for (const auto& found : files)
    if (is_picture(found.file)) images.paths.push_back(found.file);
  if (images.paths.empty()) return;
  std::vector<int> widths, heights;
  std::vector<std::string> problems;
  std::int64_t turned = 0;
  for (const auto& path : images.paths) {
    try {
      const MappedFile file(path);
      const auto info = data::inspect_image(file.text(), path.string());
      widths.push_back(info.shown_width()), heights.push_back(info.shown_height());
      turned += info.orientation != 1;
    } catch (const Error& error) {
      problems.push_back(error.what());
    }
  }
  const auto bad = std::ssize(problems);
  problems.resize(std::min(problems.size(), kFew));
  add_unreadable(described, "images", bad, images.size(), problems);
  if (widths.empty()) return;
  const auto pixels = [](int value) { return with_commas(value); };
  report::Facts facts{{{"images", with_commas(images.size())},
                       {"width", range_text(widths, pixels)},
                       {"height", range_text(heights, pixels)}}};
  if (turned > 0) facts.facts.emplace_back("turned by Exif", with_commas(turned));
  described.json["images"] = {{"files", images.size()},
                              {"widths", {std::ranges::min(widths), std::ranges::max(widths)}},
                              {"heights", {std::ranges::min(heights), std::ranges::max(heights)}},
                              {"turned", turned}};
  described.document.add(std::move(facts));
}

void add_sounds(Described& described, const fs::path& folder) {
  const auto list = data::sounds_at(folder);
  const auto check = data::check_sounds(list);
  add_unreadable(described, "sounds", std::ssize(check.bad), list.size(), check.problems);
  std::map<std::string, std::int64_t> rates, channels;
  std::vector<double> seconds;
  double sum = 0;
  for (const auto& file : check.files) {
    if (file.rate == 0) continue;
    ++rates[with_commas(file.rate) + " Hz"];
    ++channels[file.channels == 1 ? "mono" : fmt::format("{} channels", file.channels)];
    seconds.push_back(static_cast<double>(file.frames) / file.rate);
    sum += seconds.back();
  }
  if (seconds.empty()) return;
  described.json["sounds"] = {{"files", list.size()},
                              {"rates", rates},
                              {"channels", channels},
                              {"seconds", seconds},
                              {"seconds_sum", sum}};
  described.document.add(report::Facts{{{"sounds", with_commas(list.size())},
                                        {"rate", counts_text(rates)},
                                        {"channels", counts_text(channels)},
                                        {"length", range_text(seconds, human_seconds)},
                                        {"together", human_seconds(sum)}}});
}

Described describe_text(const fs::path& file) {
  const std::string text = data::read_text(file);
  const auto lines = std::count(text.begin(), text.end(), '\n');
  const std::string_view whole[] = {text};
  const auto characters =
      data::Tokenizer::fit(whole, {.tokens = data::Tokens::characters, .padding = false}).size() -
      1;  // one stands for all others
  Described described;
  auto& document = described.document;
  document.title = file.filename().string();
  document.subtitle = "one long text";
  document.add(report::Facts{{{"bytes", with_commas(std::ssize(text))},
                              {"lines", with_commas(lines)},
                              {"different characters", with_commas(characters)}}});
  document.add(report::Heading{"The beginning"});
  document.add(report::Code{first_lines(text)});
  described.json = {{"source", document.title},
                    {"bytes", text.size()},
                    {"lines", lines},
                    {"characters", characters}};
  return described;
}

}  // namespace glia::cli
