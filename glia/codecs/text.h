// Internal: Unicode's rules for text, by ICU.
#pragma once

#include "glia/data/codecs.h"

namespace glia::codecs {

std::string fold_case(std::string_view text);
std::string lower_case(std::string_view text);
std::vector<data::Segment> word_segments(std::string_view text);
data::CharacterClass classify(char32_t character);

}  // namespace glia::codecs
