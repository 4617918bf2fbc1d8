// Internal: what the commands of `glia runs` share.
#pragma once

#include "glia/cli/command.h"
#include "glia/cli/json.h"
#include "glia/runs/index.h"

namespace glia::cli {

// The index of runs, states settled. E-RUN-19 where there is to be none (index_file()).
std::unique_ptr<runs::Index> opened(const std::string& given);
std::vector<runs::Run> all_runs(runs::Index& index);

// The run that was meant by an id, a folder, or a name that one run has. E-RUN-19.
const runs::Run& meant(const std::vector<runs::Run>& all, const std::string& word);

Json to_json(const runs::Run& run);

void add_runs_list(CLI::App& runs, Context& context, std::shared_ptr<std::string> index);
void add_runs_export(CLI::App& runs, Context& context, std::shared_ptr<std::string> index);

}  // namespace glia::cli
