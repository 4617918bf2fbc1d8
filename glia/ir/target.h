// What a backend offers: which ops it has kernels for, and those kernels.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "glia/ir/graph.h"

namespace glia {

// The buffers of one call. Inputs and outputs lie as the node's types say; scratch is aligned to
// kAlignment and holds what the kernel asked for.
struct Args {
  void* const* in = nullptr;
  void* const* out = nullptr;
  std::byte* scratch = nullptr;

  template <class T>
  const T* input(int i) const {
    return static_cast<const T*>(in[i]);
  }
  template <class T>
  T* output(int i) const {
    return static_cast<T*>(out[i]);
  }
};

// How a target runs one node of known shape. `run` is a pure function over the buffers that it is
// given. A session runs its own copy of it, so what it captures must copy deeply.
struct Kernel {
  std::string name;  // the implementation, for profiles: "simd", "dnnl:jit:avx2", "reference"
  std::function<void(const Args&)> run;
  std::size_t scratch_bytes = 0;
  // Output `first` may lie where input `second` lies.
  std::vector<std::pair<int, int>> in_place = {};
};

class Target {
 public:
  virtual ~Target() = default;
  virtual std::string name() const = 0;
  // The kernel for a node on `threads` threads; nothing where this target has none: then the op's
  // decomposition runs, or the reference kernel.
  virtual std::optional<Kernel> kernel(const Node& node, int threads) const = 0;
  virtual bool supports(const Node& node) const { return kernel(node, 1).has_value(); }
  // The layout in which the node's 4-dimensional values are handled best.
  virtual Layout layout(const Node&) const { return Layout::plain; }
  // What the bits of a result depend on: instruction set, versions of kernel libraries.
  virtual std::string fingerprint() const = 0;
};

}  // namespace glia
