// Times a training step of a recurrent layer on random sequences, and says what takes the time.
//   build/bench_recurrent_step [rnn|lstm|gru|gru_before] [units] [threads] [steps] [profile]
// 32 sequences of 64 steps of 64 features, the last state into dense 10, Adam; gru_before is gru
// with reset_after: false.
#include <cstdlib>
#include <string>

#include "bench/kernels/step.h"
#include "glia/base/error.h"
#include "glia/nn/layers.h"

namespace glia::bench {
namespace {

nn::Module layer_of(const std::string& name, std::int64_t units) {
  const nn::RecurrentOptions o{.units = units};
  if (name == "rnn") return nn::simple_rnn(o);
  if (name == "lstm") return nn::lstm(o);
  if (name == "gru" || name == "gru_before") return nn::gru(o, name == "gru");
  throw Error("E-OPTION-01", "unknown layer '" + name + "'; known: rnn, lstm, gru, gru_before");
}

}  // namespace
}  // namespace glia::bench

int main(int argc, char** argv) {
  namespace nn = glia::nn;
  const std::string name = argc > 1 ? argv[1] : "lstm";
  const int units = argc > 2 ? std::atoi(argv[2]) : 128;
  const auto model = nn::sequential({glia::bench::layer_of(name, units), nn::dense({.units = 10})});
  glia::bench::time_step(name + " " + std::to_string(units), model, {64, 64},
                         {.batch = 32,
                          .threads = argc > 3 ? std::atoi(argv[3]) : 1,
                          .steps = argc > 4 ? std::atoi(argv[4]) : 20,
                          .profile = argc > 5});
}
