#include "glia/exec/store.h"

#include <cstring>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/exec/room.h"

namespace glia {

void Store::expect_room(const Graph& graph) const {
  double needed = 0, most = 0;
  const Variable* largest = nullptr;
  for (const Variable& variable : graph.variables()) {
    if (has(variable.name)) continue;
    const double bytes = static_cast<double>(variable.type.shape.elements()) *
                         static_cast<double>(size_of(variable.type.dtype));
    needed += bytes;
    if (bytes > most) most = bytes, largest = &variable;
  }
  if (const auto available = lacking_room(needed))
    fail(
        "E-STORE-03",
        "the parameters (in training with the optimizer's state) need {} of memory, and {} are "
        "available; the largest is '{}' {} with {}: make its layer smaller, or take a machine with "
        "more memory",
        human_bytes(needed), human_bytes(*available), largest->name, largest->type.text(),
        human_bytes(most));
}

void Store::initialize(const Graph& graph, std::uint64_t seed) {
  expect_room(graph);
  for (const Variable& variable : graph.variables()) {
    if (const auto it = tensors_.find(variable.name); it != tensors_.end()) {
      const Tensor& t = it->second.tensor;
      if (t.dtype() != variable.type.dtype || t.shape() != variable.type.shape)
        fail("E-STORE-01", "variable '{}' is {}{} in the store, the graph expects {}",
             variable.name, name_of(t.dtype()), t.shape().text(), variable.type.text());
      continue;
    }
    Tensor value = variable.initial ? variable.initial(seed)
                                    : Tensor(variable.type.dtype, variable.type.shape);
    if (value.dtype() != variable.type.dtype || value.shape() != variable.type.shape)
      fail("E-STORE-01", "the initialiser of '{}' gave {}{}, expected {}", variable.name,
           name_of(value.dtype()), value.shape().text(), variable.type.text());
    tensors_.emplace(variable.name, Entry{std::move(value), variable.role});
  }
}

const Tensor& Store::at(std::string_view name) const {
  const auto it = tensors_.find(name);
  if (it == tensors_.end())
    fail("E-STORE-02", "the store has no variable '{}'{}", name, suggest(name, names()));
  return it->second.tensor;
}

Tensor& Store::at(std::string_view name) {
  return const_cast<Tensor&>(static_cast<const Store&>(*this).at(name));
}

Role Store::role(std::string_view name) const {
  at(name);
  return tensors_.find(name)->second.role;
}

void Store::assign(std::string_view name, const Tensor& value) {
  Tensor& t = at(name);
  if (t.dtype() != value.dtype() || t.shape() != value.shape())
    fail("E-STORE-01", "variable '{}' is {}{}, and is given {}{}", name, name_of(t.dtype()),
         t.shape().text(), name_of(value.dtype()), value.shape().text());
  std::memcpy(t.raw(), value.raw(), t.bytes());
}

std::vector<std::string> Store::names() const {
  std::vector<std::string> names;
  for (const auto& [name, entry] : tensors_) names.push_back(name);
  return names;
}

std::vector<std::string> Store::names(Role role) const {
  std::vector<std::string> names;
  for (const auto& [name, entry] : tensors_)
    if (entry.role == role) names.push_back(name);
  return names;
}

std::map<std::string, Tensor> Store::snapshot() const {
  std::map<std::string, Tensor> copy;
  for (const auto& [name, entry] : tensors_) copy.emplace(name, entry.tensor.clone());
  return copy;
}

void Store::restore(const std::map<std::string, Tensor>& snapshot) {
  for (const auto& [name, value] : snapshot) assign(name, value);
}

}  // namespace glia
