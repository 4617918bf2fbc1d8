// A user's whole program, with a layer of its own: what it takes to compile is measured.
#include <glia/glia.h>

namespace nn = glia::nn;
using glia::Value;

struct Scale {                    // y = x * weight, one weight for each feature
  Value forward(Value x) const {  // x: [N, F] -> [N, F]
    return x * nn::parameter(x, "weight", {x.dim(-1)}, nn::ones());
  }
  std::string kind() const { return "scale"; }
};

int main() {
  const auto experiment = glia::experiment::load("people.yaml");
  const auto data = glia::experiment::prepare(experiment);
  const auto model = nn::sequential({Scale{}, nn::dense({.units = 64, .activation = nn::relu}),
                                     nn::dense({.units = 1, .activation = nn::sigmoid})});
  glia::Store store;
  const auto history = glia::train::fit(model, *data.train, nullptr, store,
                                        {.loss = nn::binary_crossentropy(), .epochs = 3});
  return history.epochs.empty() ? 1 : 0;
}
