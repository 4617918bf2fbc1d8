// Internal: pieces of a page.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "glia/report/document.h"

namespace glia::report {

// Text as HTML shows it: no tags, no control characters, no bytes that are not UTF-8.
std::string html_text(std::string_view text);

// Plots as SVG; their colours come from the page's stylesheet.
std::string svg(const Plot& plot);
std::string svg_histogram(std::span<const double> heights);
std::string html_bars(const Bars& bars);
std::string html_table(const Table& table);
std::string html_confusion(const Confusion& confusion);
std::string html_pictures(const Pictures& pictures);
std::string html_sounds(const Sounds& sounds);

// Text and numbers as JSON within a page: no end of a script, numbers in six digits.
std::string json_text(std::string_view text);
std::string json_number(double value);  // null where it is not finite

// Pixels as a PNG file (ISO/IEC 15948), 8 bits. channels: 1 or 3.
std::string png(int width, int height, int channels, std::span<const std::uint8_t> pixels);
std::string base64(std::string_view bytes);  // RFC 4648

extern const std::string_view kPageStyle, kTableScript, kPlotScript;

}  // namespace glia::report
