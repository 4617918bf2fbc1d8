// Typed attributes of ops: what is fixed when a graph is made.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "glia/ir/type.h"
#include "glia/tensor/tensor.h"

namespace glia {

using Attribute = std::variant<std::int64_t, double, bool, std::string, std::vector<std::int64_t>,
                               Shape, DType, Tensor, Type>;

// One attribute that an op takes, with its default; one without a default must be given.
struct AttributeSpec {
  std::string name;
  Attribute value;
  bool required = false;
};

class Attributes {
 public:
  Attributes() = default;
  Attributes(std::initializer_list<std::pair<std::string, Attribute>> entries)
      : entries_(entries) {}

  void set(const std::string& name, Attribute value);
  bool has(std::string_view name) const { return find(name) != nullptr; }

  // A missing name or another type is a mistake in an op's definition: Error E-IR-01.
  std::int64_t integer(std::string_view name) const { return get<std::int64_t>(name); }
  double real(std::string_view name) const { return get<double>(name); }
  bool flag(std::string_view name) const { return get<bool>(name); }
  const std::string& text(std::string_view name) const { return get<std::string>(name); }
  const std::vector<std::int64_t>& integers(std::string_view name) const {
    return get<std::vector<std::int64_t>>(name);
  }
  const Shape& shape(std::string_view name) const { return get<Shape>(name); }
  DType dtype(std::string_view name) const { return get<DType>(name); }
  const Tensor& tensor(std::string_view name) const { return get<Tensor>(name); }
  const Type& type(std::string_view name) const { return get<Type>(name); }

  Attributes bind(const Bindings& bindings) const;  // symbols in shapes and types replaced
  std::string print() const;                        // "axis=1, keep=true"
  bool same_as(const Attributes& other) const;      // values equal, tensors bit by bit
  const std::vector<std::pair<std::string, Attribute>>& entries() const { return entries_; }

 private:
  const Attribute* find(std::string_view name) const;
  [[noreturn]] static void missing(std::string_view name);
  template <class T>
  const T& get(std::string_view name) const {
    const Attribute* a = find(name);
    if (!a || !std::holds_alternative<T>(*a)) missing(name);
    return std::get<T>(*a);
  }
  std::vector<std::pair<std::string, Attribute>> entries_;
};

}  // namespace glia
