#include "glia/train/lbfgs_state.h"

#include "glia/nn/module.h"
#include "glia/train/graphs.h"

namespace glia::train {
namespace {

std::int64_t size_of(const Store& store, const std::vector<std::string>& parameters) {
  std::int64_t size = 0;
  for (const auto& name : parameters) size += store.at(name).size();
  return size;
}

// All values of some tensors, one after the other.
template <class F>
void each(Store& store, const std::vector<std::string>& names, F f) {
  std::size_t at = 0;
  for (const auto& name : names) {
    Tensor& tensor = store.at(name);
    for (std::int64_t i = 0; i < tensor.size(); ++i) f(tensor, i, at++);
  }
}

void write_row(Tensor& tensor, std::size_t row, const optim::Vector& values) {
  const auto begin = static_cast<std::int64_t>(row * values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    tensor.set(begin + static_cast<std::int64_t>(i), values[i]);
}
optim::Vector row_of(const Tensor& tensor, std::size_t row, std::size_t size) {
  optim::Vector values(size);
  for (std::size_t i = 0; i < size; ++i)
    values[i] = tensor.at(static_cast<std::int64_t>(row * size + i));
  return values;
}

optim::LbfgsState read_state(const Store& store, std::size_t size) {
  const Tensor& numbers = store.at("lbfgs.numbers");
  optim::LbfgsState state;
  state.length = numbers.at(0);
  state.iterations = static_cast<std::int64_t>(numbers.at(2));
  if (state.iterations == 0) return state;
  state.scale = numbers.at(1);
  state.direction = row_of(store.at("lbfgs.direction"), 0, size);
  state.gradient = row_of(store.at("lbfgs.gradient"), 0, size);
  for (std::size_t i = 0; i < static_cast<std::size_t>(numbers.at(3)); ++i)
    state.pairs.push_back(
        {row_of(store.at("lbfgs.moved"), i, size), row_of(store.at("lbfgs.turned"), i, size)});
  return state;
}

void write_state(const optim::LbfgsState& state, Store& store) {
  Tensor& numbers = store.at("lbfgs.numbers");
  numbers.set(0, state.length);
  numbers.set(1, state.scale);
  numbers.set(2, static_cast<double>(state.iterations));
  numbers.set(3, static_cast<double>(state.pairs.size()));
  write_row(store.at("lbfgs.direction"), 0, state.direction);
  write_row(store.at("lbfgs.gradient"), 0, state.gradient);
  for (std::size_t i = 0; i < state.pairs.size(); ++i) {
    write_row(store.at("lbfgs.moved"), i, state.pairs[i].moved);
    write_row(store.at("lbfgs.turned"), i, state.pairs[i].turned);
  }
}

struct NotFinite {};  // ends a step from within

}  // namespace

Graph lbfgs_graph(const Graph& gradients, const optim::LbfgsOptions& o) {
  Graph graph;
  std::int64_t size = 0;
  for (const Value& p : learned(gradients)) size += p.shape().elements();
  const auto slot = [&](const char* name, Shape shape) {
    graph.variable(
        {std::string("lbfgs.") + name, {DType::f64, std::move(shape)}, Role::slot, false, nullptr});
  };
  slot("moved", {o.history, size});
  slot("turned", {o.history, size});
  slot("direction", {size});
  slot("gradient", {size});
  slot("numbers", {4});  // length, scale, iterations, pairs
  nn::step_counter(graph);
  return graph;
}

bool lbfgs_step(const optim::LbfgsOptions& o, double rate,
                const std::vector<std::string>& parameters, Store& store,
                const Evaluate& evaluate) {
  const auto size = static_cast<std::size_t>(size_of(store, parameters));
  optim::Vector x(size);
  each(store, parameters,
       [&](const Tensor& t, std::int64_t i, std::size_t at) { x[at] = t.at(i); });
  const auto put = [&](const optim::Vector& values) {
    each(store, parameters,
         [&](Tensor& t, std::int64_t i, std::size_t at) { t.set(i, values[at]); });
  };
  const optim::Vector start = x;
  optim::LbfgsState state = read_state(store, size);
  try {
    optim::lbfgs_step(o, rate, state, x, [&](const optim::Vector& place, optim::Vector& gradient) {
      put(place);
      gradient.resize(size);
      double loss = 0;
      if (!evaluate(loss, gradient)) throw NotFinite();
      return loss;
    });
  } catch (const NotFinite&) {
    put(start);
    return false;
  }
  put(x);
  if (state.iterations > 0) write_state(state, store);
  Tensor& step = store.at(nn::kStepCounter);
  step.set(0, step.at(0) + 1);
  return true;
}

}  // namespace glia::train
