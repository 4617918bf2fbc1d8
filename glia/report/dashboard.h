// Work that goes on, at a glance: one screen of text.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "glia/report/plot.h"
#include "glia/report/progress.h"

namespace glia::report {

// A value, with a bar where it is a share of something.
struct Meter {
  std::string label;
  std::string text;   // the value: "0.9321"
  double share = -1;  // of the bar, 0 to 1; negative: there is none
  std::string note;   // behind it, where there is room: "best 0.9400"
  Paint role = Paint::first;
};

struct Dashboard {
  using Lines = std::vector<std::pair<std::string, std::string>>;  // names and what they say

  std::string title, state;  // at the left and right end of the first line
  Paint state_role = Paint::plain;
  Lines about;                        // what is worked on: "task", "data", ...
  Plot plot;                          // in the room that is there: its height does not count
  std::vector<Moment> progress;       // a line for each, the most important first
  Lines facts;                        // short: "learning rate", "0.001"
  std::vector<Meter> meters;          // the most important first
  std::vector<std::string> messages;  // the last ones are shown, as many as there is room for
  Lines keys;                         // "q", "stop"; the first stay where not all have room
  Lines help;                         // where there are some: in place of plot and meters
};

// At most `rows` lines of at most style.width columns, without ends of line. What is less important
// goes where the room is small: of 40 x 12 a small plot, progress and one line of each other part
// are left. From 110 columns on, facts and meters stand beside the plot.
std::vector<std::string> render(const Dashboard& dashboard, const Style& style, int rows);

}  // namespace glia::report
