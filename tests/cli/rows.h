// Internal: small tables and experiments for the command's tests, written by a rule of our own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace glia::cli {

struct RowsOptions {
  std::int64_t count = 400;
  std::int64_t first = 0;  // rows of other numbers are other rows
  bool target = true;
  std::string order = "a,b,c,group,answer";  // columns; others than these hold the row's number
};

// "answer" is yes where a + b > c + (2 where group is blue): learnable, and known.
std::string rows(const RowsOptions& options = {});

struct ExperimentText {
  std::string data = "data.csv";
  std::string layers =
      "    - dense: {units: 8, activation: relu}\n"
      "    - dense: {units: 1, activation: sigmoid}\n";
  std::string loss = "binary_crossentropy";
  std::string target = "{column: answer, positive: yes}";
  std::string data_more = "  split: {validation: 0.2, test: 0.2}\n";
  std::string train_more = "  epochs: 3\n";
  std::string more;
};
std::string experiment(const ExperimentText& text = {});

}  // namespace glia::cli
