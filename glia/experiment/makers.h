// Internal: what can be chosen by name, with one line on each and how it is made from its settings.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "glia/base/format.h"
#include "glia/experiment/other_names.h"
#include "glia/experiment/settings.h"

namespace glia::experiment {

template <class T>
struct Maker {
  std::string name, meaning;
  std::function<T(Settings&)> make;
};
template <class T>
using Makers = std::vector<Maker<T>>;

template <class T>
std::vector<std::string> names_of(const Makers<T>& makers) {
  std::vector<std::string> names;
  for (const auto& maker : makers) names.push_back(maker.name);
  return names;
}

// The options of each, as its reader asks for them; `more` is read after it.
template <class T>
std::vector<Entry> entries_of(
    const Makers<T>& makers, const std::function<void(Settings&)>& more = [](Settings&) {}) {
  std::vector<Entry> entries;
  for (const auto& maker : makers) {
    auto options = options_of([&](Settings& s) { maker.make(s), more(s); });
    auto main = main_option(options);
    entries.push_back({maker.name, maker.meaning, std::move(main), std::move(options)});
  }
  return entries;
}

// E-NN-01, "file:line: path: unknown optimizer 'adma'; did you mean 'adam'?".
template <class T>
T make(const Makers<T>& makers, const char* kind, Settings::Choice& choice) {
  for (const auto& maker : makers) {
    if (maker.name != choice.name) continue;
    if (choice.options.has_value()) {
      const auto options = options_of([&](Settings& s) { maker.make(s); });
      choice.options.give_value(main_option(options), options);
    }
    return choice.options.placed("", [&] { return maker.make(choice.options); });
  }
  fail("E-NN-01", "{}: unknown {} '{}'{}", choice.options.where(), kind, choice.name,
       suggest_ours(choice.name, names_of(makers)));
}

}  // namespace glia::experiment
