// Results as text: what train, evaluate and demo have in common.
#pragma once

#include <string>
#include <vector>

#include "glia/experiment/run.h"
#include "glia/report/style.h"

namespace glia::cli {

// Metrics in rows, one column for each assessment ("validation", "test").
struct NamedAssessment {
  std::string name;
  const experiment::Assessment* assessment;
};
std::string metrics_table(const std::vector<NamedAssessment>& assessments,
                          const report::Style& style, const experiment::Encoding& encoding);
// How the loss of a regression is to be read: of each target that is learned scaled, a sentence.
std::vector<std::string> scales(const experiment::Encoding& encoding);
// Precision, recall and F1 of each class; empty for regression and for two classes.
std::string classes_table(const experiment::Assessment& assessment, const report::Style& style);
// Empty for regression.
std::string confusion(const experiment::Assessment& assessment, const std::string& title,
                      const report::Style& style);
// Loss over epochs, training and validation, the best epoch marked; empty for fewer than two.
std::string learning_curve(const train::History& history, const report::Style& style);
// "architecture" in one line: "dense 64 > dropout > dense 1".
std::string layers_line(const std::vector<experiment::LayerSummary>& layers,
                        const report::Style& style);
// Time, share, operations and bytes by layer, op and kernel, the longest first.
std::string profile_table(const std::vector<InstructionTime>& times, const report::Style& style);

// What the encoding of new rows met: imputed and unseen values, columns that were ignored.
// `target` is no extra column.
std::vector<std::string> notes(const data::TransformReport& report, const std::string& target);

// A list of lines, each behind a bullet; a heading above it.
std::string list(const std::string& title, const std::vector<std::string>& lines,
                 const report::Style& style);

}  // namespace glia::cli
