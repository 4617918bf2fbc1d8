// Internal: what `glia data` shows.
#pragma once

#include <string>
#include <vector>

#include "glia/cli/command.h"
#include "glia/cli/folder.h"
#include "glia/cli/json.h"
#include "glia/data/csv.h"
#include "glia/data/describe.h"
#include "glia/report/document.h"

namespace glia::cli {

struct DescribeArguments {
  std::string what, target, html;
  bool force = false;
  std::vector<std::string> data;  // folders where an experiment's files are looked for
};

struct Described {
  report::Document document;
  Json json;
};

// A table of any format. Where its quotes are letters (E-DATA-04), it is read so; `quoted` says
// whether. Of a file that is large for the memory it is the beginning.
struct OpenTable {
  data::Table table;
  bool quoted = true;
  std::vector<std::string> notes = {};  // of both, and of rows that are left out
};
OpenTable open_table(const std::filesystem::path& file, const data::CsvOptions& options = {});

// Whether a file is one long text: it is called .txt, and is no table of several columns.
bool is_long_text(const std::filesystem::path& file);

// Of a file, by its bytes; of a folder, by the files in it; of an experiment, its training data.
Described describe_data(const DescribeArguments& arguments);

Described describe_table(const OpenTable& opened, const data::DescribeOptions& options);
Described describe_text(const std::filesystem::path& file);
// Of arrays: IDX, or .npy and .npz of more dimensions than a table has.
Described describe_arrays(const std::filesystem::path& file);
Described describe_folder(const std::filesystem::path& folder);
// What images and sounds of a folder have in common, and which of them cannot be read.
void add_images(Described& described, const std::vector<Found>& files);
void add_sounds(Described& described, const std::filesystem::path& folder);

void add_preview(CLI::App& data, Context& context);

}  // namespace glia::cli
