#include "glia/data/vocabulary.h"

#include <algorithm>

namespace glia::data {

Vocabulary::Vocabulary(std::vector<std::string> terms) {
  auto state = std::make_shared<State>();
  state->terms = std::move(terms);
  for (std::size_t i = 0; i < state->terms.size(); ++i)
    state->numbers.emplace(state->terms[i], static_cast<std::int64_t>(i));
  state_ = std::move(state);
}

std::vector<std::string> most_frequent(const TermCounts& counts, std::int64_t min_count,
                                       std::int64_t most) {
  std::vector<TermCounts::const_pointer> kept;
  for (const auto& entry : counts)
    if (entry.second >= min_count) kept.push_back(&entry);
  std::sort(kept.begin(), kept.end(), [](auto a, auto b) {
    return a->second != b->second ? a->second > b->second : a->first < b->first;
  });
  if (most > 0 && static_cast<std::int64_t>(kept.size()) > most)
    kept.resize(static_cast<std::size_t>(most));
  std::vector<std::string> terms;
  for (const auto* entry : kept) terms.push_back(entry->first);
  return terms;
}

}  // namespace glia::data
