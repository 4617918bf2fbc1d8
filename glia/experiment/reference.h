// What an experiment's file may say: sections, layers, losses and the rest, each with its options.
// It is asked from the readers themselves, so it cannot say anything else than they do.
#pragma once

#include <string>
#include <vector>

namespace glia::experiment {

struct Option {
  std::string name;       // "rate"; of a section also what lies below: "clip.norm"
  std::string type;       // "number", "activation", "one of nearest, bilinear"
  std::string otherwise;  // the default as a file would say it; empty: none
  std::string meaning;
  bool required = false;
};

struct Entry {
  std::string name, meaning;
  std::string short_option;  // `dropout: 0.3` gives this option
  std::vector<Option> options;
};

// A section of the file, or a family of names that may stand in one place.
struct Topic {
  std::string name;   // "train", "layers"
  std::string about;  // where it stands, and what it is for
  std::vector<Option> options;
  std::vector<Entry> entries;
};

// Sections first, as they stand in a file; then the families.
const std::vector<Topic>& reference();

// The same as docs/experiments.md.
std::string reference_markdown();

}  // namespace glia::experiment
