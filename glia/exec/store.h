// What outlives a run: parameters, statistics, optimizer slots, counters.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "glia/ir/graph.h"

namespace glia {

// Tensors by name. A tensor's memory never moves once it is there, so that sessions may hold on to
// it; several programs over one store share their parameters. Not synchronised.
class Store {
 public:
  // Adds those of the graph's variables that are not there yet, with their initial values for this
  // seed. Each draws from a random stream of its own name, so the order does not matter.
  // E-STORE-01 where one is there with another type; E-STORE-03 as expect_room().
  void initialize(const Graph& graph, std::uint64_t seed);
  // E-STORE-03 where those of the graph's variables that are not there yet need more memory than is
  // available, control groups counted: how much, and which is the largest. Takes none.
  void expect_room(const Graph& graph) const;

  bool has(std::string_view name) const { return tensors_.find(name) != tensors_.end(); }
  Tensor& at(std::string_view name);              // E-STORE-02 with the nearest name
  const Tensor& at(std::string_view name) const;  // likewise
  Role role(std::string_view name) const;
  // Copies values into place. E-STORE-01 where dtype or shape differ, E-STORE-02 where it is not
  // there.
  void assign(std::string_view name, const Tensor& value);

  std::vector<std::string> names() const;           // sorted
  std::vector<std::string> names(Role role) const;  // sorted
  std::map<std::string, Tensor> snapshot() const;   // deep copies of everything
  void restore(const std::map<std::string, Tensor>& snapshot);

 private:
  struct Entry {
    Tensor tensor;
    Role role;
  };
  std::map<std::string, Entry, std::less<>> tensors_;
};

}  // namespace glia
