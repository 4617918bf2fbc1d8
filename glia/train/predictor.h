// Predictions of a model for many rows.
#pragma once

#include <functional>
#include <map>

#include "glia/data/loader.h"
#include "glia/exec/session.h"
#include "glia/train/graphs.h"

namespace glia::train {

// Sessions of one graph for the batch sizes that come up, at most a few at a time: the last batch
// of an epoch is a program of its own, so that no padding ever takes part in a computation.
class SessionCache {
 public:
  // options: all but the symbol "batch", to which each session gives its own value.
  SessionCache(Graph graph, Store& store, CompileOptions options);
  Session& at(std::int64_t batch);
  std::vector<InstructionTime> times() const;  // over all sessions
  void profile(bool on);
  const Graph& graph() const { return graph_; }

 private:
  Graph graph_;
  Store& store_;
  CompileOptions options_;
  bool profiling_ = false;
  std::map<std::int64_t, Session> sessions_;
};

// Points the inputs of a batch at its tensors.
void bind_batch(Session& session, const data::Batch& batch, const BatchTypes& types);

// What a model says of rows, for each of its outputs, and what is true of them.
struct Evaluation {
  std::vector<Tensor> predictions;  // f32 [N, ...]: probabilities, or the regression's values
  double loss = 0;                  // of all rows as of one batch
  std::vector<double> losses;       // likewise, of each output
  std::vector<Tensor> masks;        // boolean [N, ...] of each output; empty where all is real
  std::vector<Tensor> targets;      // i64 or f32 [N, ...]
  Tensor weights;                   // f32 [N, ...]; empty where the rows have none
};

// Runs an evaluation graph (loss_graph, not training) over all rows of a source, in order.
class Evaluator {
 public:
  Evaluator(const nn::Module& model, const Objective& objective, const BatchTypes& types,
            Store& store, int threads, std::int64_t batch_size = 256);
  // workers: threads that make the batches; 0: this one. The result is the same.
  Evaluation run(const data::Source& rows, int workers = 0);
  // Of the program for a source of that many rows: what its numbers depend on, threads included.
  std::string fingerprint(std::int64_t rows);

 private:
  SessionCache sessions_;
  BatchTypes types_;
  std::vector<double> shares_;                     // of the losses, in the whole loss
  std::vector<std::string> losses_, predictions_;  // outputs of the graph
  std::vector<std::string> weights_, masks_;       // likewise, or "" where it has none
  std::int64_t batch_size_;
};

// Runs an inference graph over a tensor of rows. features: f32 [N, ...] -> predictions [N, ...].
// E-SESSION-02 for features of another dtype or shape than the model's.
class Predictor {
 public:
  Predictor(const nn::Module& model, const Objective& objective, const Shape& feature_row,
            Store& store, int threads, std::int64_t batch_size = 256);
  Predictor(const nn::Module& model, const Objective& objective, const BatchTypes& types,
            Store& store, int threads, std::int64_t batch_size = 256);
  Tensor run(const Tensor& features);
  // Of a model of several inputs or outputs, in their order.
  std::vector<Tensor> run(const std::vector<Tensor>& inputs);
  // Of rows that need not be in memory; their targets are not looked at.
  std::vector<Tensor> run(const data::Source& rows, int workers = 0);

 private:
  SessionCache sessions_;
  std::vector<std::string> predictions_;  // outputs of the graph
  std::int64_t batch_size_;
};

}  // namespace glia::train
