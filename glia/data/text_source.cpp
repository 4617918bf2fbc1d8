#include "glia/data/text_source.h"

#include <algorithm>
#include <cmath>

#include "glia/base/format.h"
#include "glia/base/random.h"
#include "glia/data/bytes.h"
#include "glia/data/csv_pieces.h"

namespace glia::data {

TextSource::TextSource(std::span<const std::int64_t> tokens, const WindowOptions& options)
    : tokens_(std::make_shared<const std::vector<std::int32_t>>(tokens.begin(), tokens.end())),
      options_(options) {
  if (options.length < 1)
    fail("E-DATA-172", "text: windows of {} tokens; expected 1 or more", options.length);
  // Wherever the windows of an epoch start, they are as many.
  const std::int64_t shift = options.random_offsets ? options.length - 1 : 0;
  windows_ = (std::ssize(tokens) - 1 - shift) / options.length;
  if (std::ssize(tokens) - 1 - shift < options.length)
    fail("E-DATA-172",
         "text: {} tokens are too few for a window of {} and the token behind it{}; take shorter "
         "windows, or more text",
         tokens.size(), options.length, shift > 0 ? " at every offset" : "");
}

std::vector<Field> TextSource::inputs() const {
  return {{"tokens", DType::i64, Shape{options_.length}}};
}

std::vector<Field> TextSource::outputs() const {
  return {{"next_tokens", DType::i64, Shape{options_.length}}};
}

void TextSource::fill(Batch& batch) const {
  const std::int64_t length = options_.length;
  std::int64_t offset = 0;
  if (options_.random_offsets)
    offset = static_cast<std::int64_t>(
        Random(options_.seed, "windows", static_cast<std::uint64_t>(batch.epoch))
            .below(static_cast<std::uint64_t>(length)));
  auto* x = batch.features.data<std::int64_t>().data();
  auto* y = batch.targets.data<std::int64_t>().data();
  for (const std::int64_t row : batch.rows) {
    const auto* from = tokens_->data() + offset + row * length;
    x = std::copy_n(from, length, x);
    y = std::copy_n(from + 1, length, y);
  }
  std::fill(x, batch.features.data<std::int64_t>().data() + batch.features.size(), 0);
  std::fill(y, batch.targets.data<std::int64_t>().data() + batch.targets.size(), 0);
  auto weights = batch.weights.data<float>();
  std::fill(weights.begin(), weights.begin() + batch.count, 1.0f);
  std::fill(weights.begin() + batch.count, weights.end(), 0.0f);
}

TextParts split_text(std::string_view text, double share) {
  if (!(share >= 0 && share < 1))
    fail("E-DATA-50", "text: validation is {}; expected a share of the text from 0 to below 1",
         share);
  auto cut = text.size() -
             static_cast<std::size_t>(std::llround(share * static_cast<double>(text.size())));
  while (cut < text.size() && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) ++cut;
  return {text.substr(0, cut), text.substr(cut)};
}

std::string read_text(const std::filesystem::path& file) {
  const auto bytes = Bytes::open_unpacked(file);
  const std::string_view text = bytes->text();
  check_encoding(text, 0, text.size(), file.string());
  return std::string(text);
}

}  // namespace glia::data
