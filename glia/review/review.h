// Reports on runs: what was trained on what, how well it does, where it errs, what it costs.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "glia/report/document.h"

namespace glia::review {

struct Options {
  // Where a file is that the experiment of a run names; it throws where it is nowhere. None: raw
  // rows are not shown.
  std::function<std::filesystem::path(const std::filesystem::path& run,
                                      const std::filesystem::path& file)>
      find = {};
  int threads = 1;
  bool measure = true;           // time the steps of a model, where its training did not
  std::size_t replicates = 400;  // of the bootstrap, for intervals that have no formula; 0: none
  std::string version = {};      // of the program, for the page's foot
};

struct Review {
  report::Document document;
  std::string json;  // one object
};

// Of one folder its page, of several what tells them apart; of two that were judged by the same
// rows also a paired comparison. Nothing is random but the bootstrap, whose seed is fixed: the
// same folders give the same page, but for the measured times. Errors: E-REPORT-14 a folder that
// is no run. Whatever else is damaged or missing is said in the document.
Review review(const std::vector<std::filesystem::path>& runs, const Options& options = {});

}  // namespace glia::review
