// Runs sent to an MLflow server, by its REST interface (version 2.0, /api/2.0/mlflow).
#pragma once

#include <string>
#include <vector>

#include "glia/runs/folder.h"
#include "glia/runs/run.h"

namespace glia::runs {

struct MlflowOptions {
  std::string url;                        // "http://localhost:5000", also with user:password@
  std::string experiment = "glia";        // made where it is not there
  std::string token = {};                 // sent as "Authorization: Bearer"
  std::string proxy = {}, no_proxy = {};  // as HttpRequest
  double connect_seconds = 10, seconds = 60;
};

struct MlflowRun {
  std::string id;     // the server's
  bool sent = false;  // false: the server had it already
  std::size_t params = 0, metrics = 0;
};

// Sends one run that has ended: its settings as params, every record of its metrics.jsonl with step
// and time, the metrics of the model that was kept, digests, folder and command as tags, state and
// times. A run that the server has is not sent again; one that an export before left half done is
// deleted there and sent anew. Names get '_' for characters that MLflow does not take, settings
// longer than 6,000 bytes are cut. Errors: E-RUN-20 no answer; -21 the server refuses, with its
// words; -22 an answer that is none of MLflow's; -23 the run has not ended.
MlflowRun send_to_mlflow(const Run& run, const MlflowOptions& options, const Say& say = {});

}  // namespace glia::runs
