// Dimensions that are not known yet: polynomials with whole coefficients over atoms. An atom is a
// symbol or a quotient that does not come out even.
#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <optional>

#include "glia/base/format.h"
#include "glia/tensor/shape.h"

namespace glia {
namespace {

using Monomial = std::vector<std::string>;            // atoms by their texts, sorted; {}: 1
using Polynomial = std::map<Monomial, std::int64_t>;  // coefficients, none of them 0

[[noreturn]] void too_large() {
  fail("E-SHAPE-09", "a dimension is larger than a 64-bit number can count");
}

void add_term(Polynomial& sum, const Monomial& monomial, std::int64_t coefficient) {
  std::int64_t& c = sum[monomial];
  if (__builtin_add_overflow(c, coefficient, &c)) too_large();
  if (c == 0) sum.erase(monomial);
}

Polynomial scaled_sum(Polynomial a, const Polynomial& b, std::int64_t sign) {
  for (const auto& [monomial, c] : b) add_term(a, monomial, sign * c);
  return a;
}

Polynomial product(const Polynomial& a, const Polynomial& b) {
  Polynomial result;
  for (const auto& [ma, ca] : a)
    for (const auto& [mb, cb] : b) {
      Monomial both;
      std::merge(ma.begin(), ma.end(), mb.begin(), mb.end(), std::back_inserter(both));
      std::int64_t c = 0;
      if (__builtin_mul_overflow(ca, cb, &c)) too_large();
      add_term(result, both, c);
    }
  return result;
}

// a / b where it comes out even for every value of the symbols.
std::optional<Polynomial> even_quotient(const Polynomial& a, const Polynomial& b) {
  if (b.size() != 1) return std::nullopt;
  const auto& [divisor, by] = *b.begin();
  Polynomial result;
  for (const auto& [monomial, c] : a) {
    if (c % by != 0 ||
        !std::includes(monomial.begin(), monomial.end(), divisor.begin(), divisor.end()))
      return std::nullopt;
    Monomial rest;
    std::set_difference(monomial.begin(), monomial.end(), divisor.begin(), divisor.end(),
                        std::back_inserter(rest));
    result[rest] = c / by;
  }
  return result;
}

bool is_quotient(const std::string& atom) { return atom.find('/') != atom.npos; }

// "batch*time*8", without its sign.
std::string text_of_term(const Monomial& monomial, std::int64_t coefficient) {
  const auto size = static_cast<std::uint64_t>(coefficient < 0 ? -coefficient : coefficient);
  const bool alone = monomial.size() == 1 && size == 1;
  std::string text;
  for (const auto& atom : monomial) {
    if (!text.empty()) text += '*';
    text += is_quotient(atom) && !alone ? "(" + atom + ")" : atom;
  }
  if (monomial.empty()) return std::to_string(size);
  return size == 1 ? text : text + "*" + std::to_string(size);
}

// What is added first, then what is taken away; numbers last: "batch*time+3-height".
std::string text_of(const Polynomial& polynomial) {
  std::string text;
  for (const bool negative : {false, true})
    for (const bool number : {false, true})
      for (const auto& [monomial, c] : polynomial) {
        if ((c < 0) != negative || monomial.empty() != number) continue;
        if (negative || !text.empty()) text += negative ? '-' : '+';
        text += text_of_term(monomial, c);
      }
  return text;
}

}  // namespace

struct DimTable {
  struct Entry {
    std::string text;
    Polynomial terms;
    bool symbol = false, quotient = false;
    Dim numerator, denominator;  // of a quotient
  };

  std::mutex mutex;
  std::deque<Entry> entries;  // stable addresses; an entry never changes
  std::map<std::string, std::int64_t, std::less<>> by_text;

  static DimTable& get() {
    static DimTable table;
    return table;
  }

  static Dim with_code(std::int64_t code) {
    Dim d;
    d.code_ = code;
    return d;
  }

  Dim add(Entry entry) {
    const std::lock_guard lock(mutex);
    const auto [it, fresh] = by_text.try_emplace(entry.text, std::ssize(entries));
    if (fresh) entries.push_back(std::move(entry));
    return with_code(-1 - it->second);
  }

  const Entry& at(Dim d) {
    const std::lock_guard lock(mutex);
    return entries[static_cast<std::size_t>(-1 - d.code_)];
  }

  Dim find(const std::string& atom) {
    const std::lock_guard lock(mutex);
    return with_code(-1 - by_text.at(atom));
  }

  static Polynomial terms_of(Dim d) {
    if (!d.known()) return get().at(d).terms;
    return d.code_ == 0 ? Polynomial{} : Polynomial{{{}, d.code_}};
  }

  static Dim make(Polynomial terms) {
    if (terms.empty()) return {0};
    if (terms.size() == 1 && terms.begin()->first.empty()) return {terms.begin()->second};
    std::string text = text_of(terms);
    return get().add({std::move(text), std::move(terms)});
  }

  static Dim atom(std::string text, bool symbol, Dim numerator = {}, Dim denominator = {}) {
    Polynomial terms{{{text}, 1}};
    return get().add({std::move(text), std::move(terms), symbol, !symbol, numerator, denominator});
  }

  static Dim quotient(Dim a, Dim b) {
    const auto operand = [](Dim d) {
      const bool plain = d.known() || get().at(d).symbol;
      return plain ? d.text() : "(" + d.text() + ")";
    };
    return atom(operand(a) + "/" + operand(b), false, a, b);
  }

  static Dim bind(Dim d, const Bindings& bindings) {
    const Entry& e = get().at(d);
    if (e.symbol) {
      const auto it = bindings.find(e.text);
      return it == bindings.end() ? d : Dim(it->second);
    }
    if (e.quotient) return e.numerator.bind(bindings) / e.denominator.bind(bindings);
    Polynomial sum;
    for (const auto& [monomial, c] : e.terms) {
      Polynomial term{{{}, c}};
      for (const auto& name : monomial)
        term = product(term, terms_of(get().find(name).bind(bindings)));
      sum = scaled_sum(std::move(sum), term, 1);
    }
    return make(std::move(sum));
  }
};

Dim::Dim(std::int64_t n) : code_(n) {
  if (n < 0) fail("E-SHAPE-09", "a dimension must not be negative, got {}", n);
}

Dim Dim::symbol(std::string_view name) { return DimTable::atom(std::string(name), true); }

std::int64_t Dim::value() const {
  if (!known())
    fail("E-SHAPE-09", "dimension '{}' has no value yet: it is bound when the program is compiled",
         text());
  return code_;
}

std::string Dim::text() const {
  return known() ? std::to_string(code_) : DimTable::get().at(*this).text;
}

Dim Dim::bind(const Bindings& bindings) const {
  return known() ? *this : DimTable::bind(*this, bindings);
}

Dim operator+(Dim a, Dim b) {
  return DimTable::make(scaled_sum(DimTable::terms_of(a), DimTable::terms_of(b), 1));
}

Dim operator-(Dim a, Dim b) {
  return DimTable::make(scaled_sum(DimTable::terms_of(a), DimTable::terms_of(b), -1));
}

Dim operator*(Dim a, Dim b) {
  return DimTable::make(product(DimTable::terms_of(a), DimTable::terms_of(b)));
}

Dim operator/(Dim a, Dim b) {
  if (b == Dim(0)) fail("E-SHAPE-09", "a dimension is divided by zero");
  if (a.known() && b.known()) return {a.code_ / b.code_};
  if (auto even = even_quotient(DimTable::terms_of(a), DimTable::terms_of(b)))
    return DimTable::make(std::move(*even));
  return DimTable::quotient(a, b);
}

}  // namespace glia
