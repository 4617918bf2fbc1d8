#include "glia/data/table_pieces.h"

#include <span>

#include "glia/base/format.h"
#include "glia/base/text.h"

namespace glia::data {

void append_piece(Table::Storage& s, RawPiece raw) {
  const std::size_t rows = raw.row_starts.size();
  if (rows == 0) return;
  const auto keep = [&](std::vector<std::uint64_t> words) {
    s.owned.push_back(std::move(words));
    return std::span<const std::uint64_t>(s.owned.back());
  };
  Piece piece;
  piece.row_starts = keep(std::move(raw.row_starts));
  for (auto& words : raw.words) piece.columns.push_back(keep(std::move(words)));
  piece.arena = std::move(raw.arena);
  s.first_rows.push_back(s.piece_of.size());
  s.piece_of.insert(s.piece_of.end(), rows, static_cast<std::uint32_t>(s.pieces.size()));
  s.pieces.push_back(std::move(piece));
}

void set_names(Table::Storage& s, std::vector<std::string> names,
               const std::vector<std::string>& given) {
  if (!given.empty() && given.size() != names.size())
    fail("E-DATA-06", "{}: {} names were given for {} columns; expected one for each",
         s.source->name(), given.size(), names.size());
  auto own = std::make_shared<Names>();
  own->list = given.empty() ? std::move(names) : given;
  for (std::size_t c = 0; c < own->list.size(); ++c)
    if (!own->places.emplace(own->list[c], static_cast<std::int64_t>(c)).second)
      fail("E-DATA-05", "{}: two columns are called '{}'; expected different names",
           s.source->name(), shown(own->list[c]));
  s.names = std::move(own);
}

}  // namespace glia::data
