#include "glia/ir/attributes.h"

#include <algorithm>

#include "glia/base/format.h"

namespace glia {

std::string_view name_of(Layout layout) {
  switch (layout) {
    case Layout::plain:
      return "plain";
    case Layout::channels_last:
      return "channels_last";
    case Layout::blocked8:
      return "blocked8";
  }
  return "?";
}

std::size_t Type::bytes() const {
  return static_cast<std::size_t>(shape.elements()) * size_of(dtype);
}

std::string Type::text() const {
  auto text = std::string(name_of(dtype)) + shape.text();
  if (layout != Layout::plain) text += "@" + std::string(name_of(layout));
  return text;
}

const Attribute* Attributes::find(std::string_view name) const {
  for (const auto& [key, value] : entries_)
    if (key == name) return &value;
  return nullptr;
}

void Attributes::missing(std::string_view name) {
  fail("E-IR-01", "attribute '{}' is missing or of another type", name);
}

void Attributes::set(const std::string& name, Attribute value) {
  for (auto& [key, old] : entries_)
    if (key == name) {
      old = std::move(value);
      return;
    }
  entries_.emplace_back(name, std::move(value));
}

Attributes Attributes::bind(const Bindings& bindings) const {
  Attributes bound = *this;
  for (auto& entry : bound.entries_) {
    if (auto* shape = std::get_if<Shape>(&entry.second)) *shape = shape->bind(bindings);
    if (auto* type = std::get_if<Type>(&entry.second)) *type = type->bind(bindings);
  }
  return bound;
}

namespace {

struct Printer {
  std::string operator()(std::int64_t v) const { return fmt::format("{}", v); }
  std::string operator()(double v) const { return fmt::format("{}", v); }
  std::string operator()(bool v) const { return v ? "true" : "false"; }
  std::string operator()(const std::string& v) const { return v; }
  std::string operator()(const std::vector<std::int64_t>& v) const { return fmt::format("{}", v); }
  std::string operator()(const Shape& v) const { return v.text(); }
  std::string operator()(DType v) const { return std::string(name_of(v)); }
  std::string operator()(const Type& v) const { return v.text(); }
  std::string operator()(const Tensor& v) const {
    if (v.size() == 1) return fmt::format("{}", v.at(0));
    return fmt::format("{}{}", name_of(v.dtype()), v.shape().text());
  }
};

struct Same {
  bool operator()(const Tensor& a, const Tensor& b) const { return same_bits(a, b); }
  template <class T>
  bool operator()(const T& a, const T& b) const {
    return a == b;
  }
  template <class A, class B>
  bool operator()(const A&, const B&) const {
    return false;
  }
};

}  // namespace

std::string Attributes::print() const {
  std::string text;
  for (const auto& [name, value] : entries_)
    text += (text.empty() ? "" : ", ") + name + "=" + std::visit(Printer{}, value);
  return text;
}

bool Attributes::same_as(const Attributes& other) const {
  return std::equal(entries_.begin(), entries_.end(), other.entries_.begin(), other.entries_.end(),
                    [](const auto& a, const auto& b) {
                      return a.first == b.first && std::visit(Same{}, a.second, b.second);
                    });
}

}  // namespace glia
