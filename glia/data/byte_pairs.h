// Byte pair encoding on bytes, as GPT-2 has it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace glia::data {

struct BytePairOptions {
  std::int64_t merges = 1000;
  std::int64_t min_count = 2;  // a pair that is rarer is not merged
};

// Pieces of text (GPT-2's pattern: contractions, then letters, numbers or other marks with at most
// one space before them, then spaces) are bytes, of which pairs are joined in the order of the
// merges. Tokens 0 to 255 are the bytes in GPT-2's order, so that merges learned here are those of
// other trainers of byte-level pairs. Sennrich et al., arXiv 1508.07909; Radford et al., "Language
// Models are Unsupervised Multitask Learners", 2019.
class BytePairs {
 public:
  BytePairs();  // bytes alone

  // Joins the most frequent pair, again and again; of equally frequent ones that of the smaller
  // tokens, the left before the right. Time grows with the different pieces of the texts, not with
  // the texts. Error E-DATA-167 for an option that cannot be.
  static BytePairs train(std::span<const std::string_view> texts,
                         const BytePairOptions& options = {});

  // As merges.txt of GPT-2 lists them: "Ġ t", each byte as a character of its own. Error E-DATA-168
  // for what is none: a merge of tokens that no merge before it made.
  static BytePairs from_merges(std::span<const std::string> merges);
  std::vector<std::string> merges() const;

  std::int64_t size() const { return static_cast<std::int64_t>(tokens_.size()); }
  const std::string& token(std::int64_t id) const { return tokens_[static_cast<std::size_t>(id)]; }

  // Tokens of text of any bytes, appended; n log n in the length of a piece.
  void encode(std::string_view text, std::vector<std::int64_t>& to) const;

 private:
  struct Merge {
    std::int32_t left = 0, right = 0, result = 0;
  };
  void add(std::int32_t left, std::int32_t right);
  void encode_piece(std::string_view piece, std::vector<std::int64_t>& to) const;

  std::vector<std::string> tokens_;  // their bytes
  std::vector<Merge> merges_;
  std::unordered_map<std::uint64_t, std::int32_t> ranks_;  // of a pair: its place in merges_
  std::unordered_map<std::string, std::int32_t> ids_;
};

// The pieces of GPT-2's pattern, which together are the text.
std::vector<std::string_view> byte_pair_pieces(std::string_view text);

}  // namespace glia::data
