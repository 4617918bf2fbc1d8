// A document: what a page in a browser shows, made of the same tables and plots as a terminal's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "glia/report/bars.h"
#include "glia/report/confusion.h"
#include "glia/report/plot.h"
#include "glia/report/table.h"

namespace glia::report {

struct Heading {
  std::string text;
  int level = 2;  // 2 a section, 3 a part of one
};

struct Paragraph {
  std::string text;  // plain: what looks like a tag is shown as it stands
};

// What a reader wants to know first: "rows 32,561", side by side.
struct Fact {
  std::string name, value;
  std::string detail = {};  // small, under it
};
struct Facts {
  std::vector<Fact> facts;
};

// Something to look at, with what it means.
struct Note {
  Paint role = Paint::warn;  // good, warn, bad or plain
  std::string title, text;
};

struct Code {
  std::string text;  // its lines stay lines
};

// An image, as its file is (kept to the byte) or as pixels.
struct Picture {
  std::string encoded;               // a PNG, JPEG, WebP or GIF file's bytes, or empty:
  int width = 0, height = 0;         // then pixels of this size
  std::vector<std::uint8_t> pixels;  // [height, width] grey or [height, width, 3]
  std::string caption;
  int shown_width = 0;  // on the page; 0: its own, small ones made larger by whole factors
};

// Images side by side: before and after, samples of a class.
struct Pictures {
  std::string title;
  std::vector<Picture> pictures;
};

// Sounds to listen to.
struct Sound {
  std::string encoded;  // a WAV or FLAC file's bytes; empty: the caption alone
  std::string caption;
};
struct Sounds {
  std::string title;
  std::vector<Sound> sounds;
};

// Blocks that belong together.
struct Block;
struct Group {
  enum class How : std::uint8_t { beside, folded } how = How::beside;  // folded: under its title
  std::string title;
  std::vector<Block> blocks;
};

struct Block : std::variant<Heading, Paragraph, Facts, Note, Code, Table, Plot, Bars, Confusion,
                            Pictures, Sounds, Group> {
  using variant::variant;
};

struct Document {
  std::string title;
  std::string subtitle;  // one line under it
  std::vector<Block> blocks;
  bool contents = false;  // on a page: links to its sections
  void add(Block block) { blocks.push_back(std::move(block)); }
};

// One page of HTML with all that it needs in it: it loads nothing, so it works offline and tells
// nobody, and it is the same for the same document. Columns of tables can be sorted by a click on
// their titles, and large ones show a part at a time; plots are SVG, show values under the pointer,
// and have an axis that can be logarithmic; light or dark as the reader's system is. Text is
// escaped throughout. Errors: E-REPORT-01 a picture whose pixels are not as many as its size says,
// E-REPORT-10 encoded bytes of an image that browsers do not show, E-REPORT-13 of a sound that they
// do not play.
std::string html(const Document& document);

// The same for a terminal; pictures are named by their captions.
std::string render(const Document& document, const Style& style);

}  // namespace glia::report
