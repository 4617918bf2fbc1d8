// Tables for terminals.
#pragma once

#include <string>
#include <vector>

#include "glia/report/style.h"

namespace glia::report {

enum class Align : std::uint8_t {
  automatic,
  left,
  right
};  // automatic: right where all are numbers

struct Column {
  Column(const char* title) : title(title) {}                                    // NOLINT
  Column(std::string title, Align align = Align::automatic, bool names = false)  // NOLINT
      : title(std::move(title)), align(align), names(names) {}
  std::string title;
  Align align = Align::automatic;
  bool names = false;  // cut in the middle, for names differ in their ends: "transform…layer_1"
};

struct Cell {
  Cell(const char* text, Paint role = Paint::plain) : text(text), role(role) {}  // NOLINT
  Cell(std::string text, Paint role = Paint::plain)                              // NOLINT
      : text(std::move(text)), role(role) {}
  std::string text;
  Paint role = Paint::plain;
  std::vector<double> histogram = {};  // heights from 0 on, drawn behind the text
  double share = -1;                   // 0 .. 1: on a page, a bar beneath the text
};

struct Table {
  std::string title;                    // a line above, where not empty
  std::vector<Column> columns;          // where all titles are empty, there is no head
  std::vector<std::vector<Cell>> rows;  // a short row ends in empty cells
  std::vector<std::size_t> rules;       // a line above each of these rows
  bool search = false;                  // on a page: a field that filters its rows
  bool filters_lines = false;           // and with them the lines of plots named by first cells
};

// The table in at most style.width columns. Where it is too wide, text is cut with an ellipsis, the
// longest column first; a number is never cut, for what is left would be another number. Where that
// is not enough, columns are left out from the right, and a last line says which.
std::string render(const Table& table, const Style& style);

// Whether text reads as a number with an optional unit: "1,234", "-0.5", "98.2%", "12.3 ms".
bool reads_as_number(std::string_view text);

}  // namespace glia::report
