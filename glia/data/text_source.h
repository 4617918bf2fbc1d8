// Text for language models: windows of a long row of tokens, each token's target the one behind it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "glia/data/source.h"
#include "glia/data/tokenizer.h"

namespace glia::data {

struct WindowOptions {
  std::int64_t length = 64;  // tokens of a window
  // Each epoch's windows start at an offset of its own below `length`, drawn by `seed`; otherwise
  // always at the first token.
  bool random_offsets = false;
  std::uint64_t seed = 1;
};

// Tokens in memory, four bytes each, cut into windows that do not overlap: what is left at the end
// and is no whole window is left out. inputs: i64 [N, length], targets: i64 [N, length].
class TextSource : public Source {
 public:
  // Error E-DATA-172 where there are no length + 1 tokens (2 * length with random offsets).
  TextSource(std::span<const std::int64_t> tokens, const WindowOptions& options);

  std::int64_t size() const override { return windows_; }
  std::vector<Field> inputs() const override;
  std::vector<Field> outputs() const override;
  // None: they are the tokens again. A vocabulary's numbers are its own classes.
  std::optional<Tensor> all_targets(std::size_t) const override { return std::nullopt; }
  void fill(Batch& batch) const override;

  std::int64_t tokens() const { return static_cast<std::int64_t>(tokens_->size()); }

 private:
  std::shared_ptr<const std::vector<std::int32_t>> tokens_;
  WindowOptions options_;
  std::int64_t windows_ = 0;
};

// The two parts of a text: its last `share` validates, cut where a character begins.
struct TextParts {
  std::string_view train, validation;
};
TextParts split_text(std::string_view text, double share);  // Error E-DATA-50

// The whole of a text file (gzip too). Errors: those of reading; E-DATA-07 not UTF-8.
std::string read_text(const std::filesystem::path& file);

}  // namespace glia::data
