#include "glia/cli/explain.h"

#include <vector>

#include "glia/base/text.h"

namespace glia::cli {
namespace {

// The cells of a table's row in Markdown.
std::vector<std::string> cells_of(std::string_view line) {
  std::vector<std::string> cells;
  for (line.remove_prefix(1); !line.empty();) {
    const auto end = line.find('|');
    if (end == std::string_view::npos) break;
    cells.emplace_back(trim(line.substr(0, end)));
    line.remove_prefix(end + 1);
  }
  return cells;
}

}  // namespace

std::map<std::string, std::string> explained_codes() {
  std::map<std::string, std::string> codes;
  std::string_view rest = explanations();
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.starts_with("- **E-")) {
      const auto close = line.find("** ");
      codes.emplace(line.substr(4, close - 4), line.substr(close + 3));
    } else if (line.starts_with("| D-")) {
      const auto cells = cells_of(line);
      if (cells.size() == 5)
        codes.emplace(cells[0], cells[1] + ": " + cells[2] + ". What happens otherwise: " +
                                    cells[3] + ". What to do: " + cells[4] + ".");
    }
  }
  return codes;
}

}  // namespace glia::cli
