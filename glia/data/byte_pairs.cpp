#include "glia/data/byte_pairs.h"

#include <algorithm>
#include <array>
#include <optional>
#include <queue>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/characters.h"

namespace glia::data {
namespace {

constexpr std::int64_t kMostMerges = 1 << 20;

std::uint64_t key(std::int32_t left, std::int32_t right) {
  return static_cast<std::uint64_t>(left) << 32 | static_cast<std::uint32_t>(right);
}

// GPT-2 writes each byte as a character that can be seen: most of Latin-1 as itself, the others
// from U+0100 on. Its tokens 0 to 255 are in the order of these characters.
struct ByteNames {
  std::array<unsigned char, 256> byte_of{};  // of each token
  std::array<std::int32_t, 256> token_of{};  // of each byte
  std::array<char32_t, 256> character_of{};  // of each token
};

const ByteNames& byte_names() {
  static const ByteNames names = [] {
    const auto visible = [](int b) {
      return (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
    };
    ByteNames n;
    std::size_t token = 0;
    for (const bool wanted : {true, false}) {
      char32_t other = 0x100;
      for (int b = 0; b < 256; ++b) {
        if (visible(b) != wanted) continue;
        n.byte_of[token] = static_cast<unsigned char>(b);
        n.token_of[static_cast<std::size_t>(b)] = static_cast<std::int32_t>(token);
        n.character_of[token++] = wanted ? static_cast<char32_t>(b) : other++;
      }
    }
    return n;
  }();
  return names;
}

std::int32_t token_of(char byte) { return byte_names().token_of[static_cast<unsigned char>(byte)]; }

// Of a token's bytes; all characters are below U+0800.
std::string written(const std::string& bytes) {
  std::string text;
  for (const char byte : bytes) {
    const char32_t c = byte_names().character_of[static_cast<std::size_t>(token_of(byte))];
    if (c < 0x80) {
      text += static_cast<char>(c);
    } else {
      text += static_cast<char>(0xC0 | c >> 6);
      text += static_cast<char>(0x80 | (c & 0x3F));
    }
  }
  return text;
}

[[noreturn]] void no_merge(std::string_view text) {
  fail(
      "E-DATA-168",
      "byte pairs: '{}' is no merge of two tokens that the merges before it made; take the list as "
      "it was saved, whole and in its order",
      shown(text));
}

// The bytes of a token as merges.txt writes it.
std::string read_token(std::string_view text, std::string_view merge) {
  static const auto bytes = [] {
    std::unordered_map<char32_t, char> map;
    for (std::size_t t = 0; t < 256; ++t)
      map.emplace(byte_names().character_of[t], static_cast<char>(byte_names().byte_of[t]));
    return map;
  }();
  std::string token;
  for (std::size_t at = 0; at < text.size();) {
    const Character c = character_at(text, at);
    const auto found = bytes.find(c.code);
    if (found == bytes.end()) no_merge(merge);
    token += found->second;
    at += c.size;
  }
  return token;
}

std::size_t contraction(std::string_view text) {
  for (const std::string_view ending : {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"})
    if (text.starts_with(ending)) return ending.size();
  return 0;
}

// The end of the run of one class of characters that starts at `at`.
std::size_t run_end(std::string_view text, std::size_t at, CharacterClass kind,
                    std::size_t* last = nullptr) {
  while (at < text.size()) {
    const Character c = character_at(text, at);
    if (class_of(c) != kind) break;
    if (last) *last = at;
    at += c.size;
  }
  return at;
}

// Learns merges. Words that hold a pair are listed by pair, so that each merge costs what it
// changes.
class Trainer {
 public:
  Trainer(std::span<const std::string_view> texts, std::int64_t min_count) : least_(min_count) {
    std::unordered_map<std::string_view, std::int64_t> counts;
    for (const auto text : texts)
      for (const auto piece : byte_pair_pieces(text)) ++counts[piece];
    for (const auto& [piece, count] : counts) {
      Word word{{}, count};
      for (const char byte : piece) word.tokens.push_back(token_of(byte));
      words_.push_back(std::move(word));
    }
    for (std::size_t w = 0; w < words_.size(); ++w) count(w, 1);
    for (const auto& [pair, n] : counts_) queue_.push({n, pair});
  }

  // The next pair, or nothing where none is frequent enough.
  std::optional<std::uint64_t> best() {
    while (!queue_.empty()) {
      const Entry top = queue_.top();
      queue_.pop();
      const auto now = counts_[top.pair];
      if (now == top.count) return now >= least_ ? std::optional(top.pair) : std::nullopt;
      if (now > 0) queue_.push({now, top.pair});  // it has become rarer since
    }
    return std::nullopt;
  }

  void merge(std::uint64_t pair, std::int32_t result) {
    const auto left = static_cast<std::int32_t>(pair >> 32);
    const auto right = static_cast<std::int32_t>(pair & 0xFFFFFFFFu);
    const auto holders = std::move(words_of_[pair]);
    words_of_.erase(pair);
    changed_.clear();
    for (const std::size_t w : holders) {
      auto& tokens = words_[w].tokens;
      if (!holds(tokens, left, right)) continue;  // a merge since has taken it
      count(w, -1);
      std::size_t to = 0;
      for (std::size_t from = 0; from < tokens.size(); ++to) {
        const bool here =
            from + 1 < tokens.size() && tokens[from] == left && tokens[from + 1] == right;
        tokens[to] = here ? result : tokens[from];
        from += here ? 2 : 1;
      }
      tokens.resize(to);
      count(w, 1);
    }
    std::sort(changed_.begin(), changed_.end());
    changed_.erase(std::unique(changed_.begin(), changed_.end()), changed_.end());
    for (const auto p : changed_) queue_.push({counts_[p], p});
  }

 private:
  struct Word {
    std::vector<std::int32_t> tokens;
    std::int64_t count = 0;
  };
  struct Entry {
    std::int64_t count = 0;
    std::uint64_t pair = 0;
    bool operator<(const Entry& other) const {  // the queue gives the largest first
      return count != other.count ? count < other.count : pair > other.pair;
    }
  };

  static bool holds(const std::vector<std::int32_t>& tokens, std::int32_t left,
                    std::int32_t right) {
    for (std::size_t i = 1; i < tokens.size(); ++i)
      if (tokens[i - 1] == left && tokens[i] == right) return true;
    return false;
  }

  void count(std::size_t w, std::int64_t sign) {
    const auto& [tokens, times] = words_[w];
    for (std::size_t i = 1; i < tokens.size(); ++i) {
      const auto pair = key(tokens[i - 1], tokens[i]);
      counts_[pair] += sign * times;
      if (sign < 0) continue;
      auto& holders = words_of_[pair];
      if (holders.empty() || holders.back() != w) holders.push_back(w);
      changed_.push_back(pair);
    }
  }

  std::int64_t least_;
  std::vector<Word> words_;
  std::unordered_map<std::uint64_t, std::int64_t> counts_;
  std::unordered_map<std::uint64_t, std::vector<std::size_t>> words_of_;
  std::vector<std::uint64_t> changed_;
  std::priority_queue<Entry> queue_;
};

}  // namespace

std::vector<std::string_view> byte_pair_pieces(std::string_view text) {
  std::vector<std::string_view> pieces;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at + contraction(text.substr(at));
    if (end == at) {
      // One space may stand before a run of anything but spaces.
      const bool space = text[at] == ' ' && at + 1 < text.size();
      auto kind = class_of(character_at(text, space ? at + 1 : at));
      if (kind != CharacterClass::space) {
        end = run_end(text, space ? at + 1 : at, kind);
      } else {
        // Spaces leave their last one to what follows them, where it is not the only one.
        std::size_t last = at;
        end = run_end(text, at, CharacterClass::space, &last);
        if (end < text.size() && last > at) end = last;
      }
    }
    pieces.push_back(text.substr(at, end - at));
    at = end;
  }
  return pieces;
}

BytePairs::BytePairs() {
  for (const unsigned char byte : byte_names().byte_of) {
    tokens_.emplace_back(1, static_cast<char>(byte));
    ids_.emplace(tokens_.back(), static_cast<std::int32_t>(tokens_.size() - 1));
  }
}

// Two ways may lead to the same bytes: they are one token.
void BytePairs::add(std::int32_t left, std::int32_t right) {
  const std::string bytes =
      tokens_[static_cast<std::size_t>(left)] + tokens_[static_cast<std::size_t>(right)];
  const auto [at, made] = ids_.emplace(bytes, static_cast<std::int32_t>(tokens_.size()));
  if (made) tokens_.push_back(bytes);
  ranks_.emplace(key(left, right), static_cast<std::int32_t>(merges_.size()));
  merges_.push_back({left, right, at->second});
}

BytePairs BytePairs::train(std::span<const std::string_view> texts,
                           const BytePairOptions& options) {
  if (options.merges < 0 || options.merges > kMostMerges)
    fail("E-DATA-167", "byte pairs: {} merges; expected 0 to {}", options.merges, kMostMerges);
  if (options.min_count < 1)
    fail("E-DATA-167", "byte pairs: min_count is {}; expected 1 or more", options.min_count);
  BytePairs pairs;
  Trainer trainer(texts, options.min_count);
  while (static_cast<std::int64_t>(pairs.merges_.size()) < options.merges) {
    const auto best = trainer.best();
    if (!best) break;
    pairs.add(static_cast<std::int32_t>(*best >> 32),
              static_cast<std::int32_t>(*best & 0xFFFFFFFFu));
    trainer.merge(*best, pairs.merges_.back().result);
  }
  return pairs;
}

BytePairs BytePairs::from_merges(std::span<const std::string> merges) {
  BytePairs pairs;
  if (static_cast<std::int64_t>(merges.size()) > kMostMerges)
    fail("E-DATA-168", "byte pairs: {} merges; expected {} at most", merges.size(), kMostMerges);
  for (const auto& merge : merges) {
    const auto space = merge.find(' ');
    if (space == merge.npos) no_merge(merge);
    const auto left = pairs.ids_.find(read_token(merge.substr(0, space), merge));
    const auto right = pairs.ids_.find(read_token(merge.substr(space + 1), merge));
    if (left == pairs.ids_.end() || right == pairs.ids_.end() ||
        pairs.ranks_.contains(key(left->second, right->second)))
      no_merge(merge);
    pairs.add(left->second, right->second);
  }
  return pairs;
}

std::vector<std::string> BytePairs::merges() const {
  std::vector<std::string> list;
  for (const auto& [left, right, result] : merges_)
    list.push_back(written(token(left)) + " " + written(token(right)));
  return list;
}

void BytePairs::encode(std::string_view text, std::vector<std::int64_t>& to) const {
  // Most pieces of a text are words that it has had already.
  std::unordered_map<std::string_view, std::pair<std::size_t, std::size_t>> met;
  for (const auto piece : byte_pair_pieces(text)) {
    const auto [at, first] = met.emplace(piece, std::pair(to.size(), std::size_t{0}));
    auto& [from, count] = at->second;
    if (first) {
      encode_piece(piece, to);
      count = to.size() - from;
    } else {
      for (std::size_t i = 0; i < count; ++i) to.push_back(to[from + i]);
    }
  }
}

void BytePairs::encode_piece(std::string_view piece, std::vector<std::int64_t>& to) const {
  constexpr std::int32_t kGone = -1;
  struct Candidate {
    std::int32_t rank = 0;
    std::size_t at = 0;
    bool operator<(const Candidate& o) const { return rank != o.rank ? rank > o.rank : at > o.at; }
  };
  std::vector<std::int32_t> tokens;
  for (const char byte : piece) tokens.push_back(token_of(byte));
  const std::size_t n = tokens.size();
  std::vector<std::size_t> next(n), before(n);
  for (std::size_t i = 0; i < n; ++i) next[i] = i + 1, before[i] = i - 1;
  std::priority_queue<Candidate> queue;
  const auto consider = [&](std::size_t at) {
    if (at >= n || next[at] >= n) return;
    const auto found = ranks_.find(key(tokens[at], tokens[next[at]]));
    if (found != ranks_.end()) queue.push({found->second, at});
  };
  for (std::size_t i = 0; i + 1 < n; ++i) consider(i);
  while (!queue.empty()) {
    const auto [rank, at] = queue.top();
    queue.pop();
    const Merge& merge = merges_[static_cast<std::size_t>(rank)];
    if (tokens[at] != merge.left || next[at] >= n || tokens[next[at]] != merge.right)
      continue;  // one of the two has been joined to another since
    const std::size_t gone = next[at];
    tokens[at] = merge.result, tokens[gone] = kGone;
    next[at] = next[gone];
    if (next[at] < n) before[next[at]] = at;
    consider(before[at]);  // before the first: n or more
    consider(at);
  }
  for (const auto token : tokens)
    if (token != kGone) to.push_back(token);
}

}  // namespace glia::data
