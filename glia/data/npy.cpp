#include "glia/data/npy.h"

#include <algorithm>
#include <bit>
#include <set>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/bytes.h"
#include "glia/data/csv_parser.h"
#include "glia/data/npy_format.h"
#include "glia/data/table_pieces.h"
#include "glia/data/table_readers.h"

namespace glia::data {
namespace {

// The arrays of an archive, with their names, in turn.
template <class Take>
void each_array(const Bytes& archive, const Take& take) {
  std::set<std::string> names;
  for (const ZipMember& member : zip_members(archive.text(), archive.name())) {
    if (!member.name.ends_with(".npy"))
      fail("E-DATA-188", "{}: the member '{}' is no array (.npy); save it with numpy.savez",
           archive.name(), shown(member.name));
    auto name = member.name.substr(0, member.name.size() - 4);
    if (!names.insert(name).second)
      fail("E-DATA-188", "{}: two arrays are called '{}'", archive.name(), shown(name));
    take(std::move(name), member);
  }
  if (names.empty()) fail("E-DATA-188", "{}: there is no array in it", archive.name());
}

std::shared_ptr<const Bytes> open_archive(const std::filesystem::path& path) {
  auto bytes = Bytes::open(path);
  if (!is_zip(bytes->text()))
    fail("E-DATA-185", "{}: is no .npz file; expected one of numpy.savez", bytes->name());
  return bytes;
}

std::string member_name(const Bytes& archive, std::string_view array) {
  return fmt::format("{} ('{}')", archive.name(), shown(array));
}

std::string_view descr_of(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return "<f4";
    case DType::f64:
      return "<f8";
    case DType::i32:
      return "<i4";
    case DType::i64:
      return "<i8";
    case DType::u8:
      return "|u1";
    case DType::boolean:
      return "|b1";
    case DType::bf16:
      break;  // NumPy has no such type: write_npy() widens it
  }
  return "?";
}

// Columns of a table in the making; of each the numbers, or places in the arena.
class Columns {
 public:
  Columns(Table::Storage& storage, const CsvOptions& options)
      : storage_(storage), missing_(options.missing) {}

  // `name`: of the array, or "" where it stands alone.
  void add(const NpyArray& array, const std::string& name, const std::string& file) {
    if (array.shape.empty() || array.shape.size() > 2 ||
        (array.shape.size() == 2 && array.structured()))
      fail("E-DATA-192",
           "{}: an array of shape ({}) is no table; expected [rows] or [rows, columns]: name it "
           "as features of a kind of data for arrays",
           file, fmt::join(array.shape, ", "));
    const std::int64_t rows = array.shape[0], width = array.shape.size() == 2 ? array.shape[1] : 1;
    if (rows_ >= 0 && rows != rows_)
      fail("E-DATA-192", "{}: {} rows; the array before it has {}; expected as many", file, rows,
           rows_);
    rows_ = rows;
    if (rows == 0) return;  // of which there may be any number of columns
    for (std::int64_t c = 0; c < width; ++c)
      for (const NpyType& type : array.fields) {
        names.push_back(title(name, type.name, c, width));
        if (!is_utf8(names.back()))
          fail("E-DATA-260", "{}: the name '{}' is not UTF-8; give it another", file,
               shown(names.back()));
        add_column(array, type, c, width, file);
      }
  }

  std::int64_t rows() const { return std::max<std::int64_t>(0, rows_); }
  std::vector<std::string> names;
  RawPiece piece;

 private:
  std::string title(const std::string& array, const std::string& field, std::int64_t c,
                    std::int64_t width) const {
    if (!field.empty()) return array.empty() ? field : array + "." + field;
    if (array.empty()) return fmt::format("column_{}", names.size() + 1);
    return width == 1 ? array : fmt::format("{}_{}", array, c + 1);
  }

  void add_column(const NpyArray& array, const NpyType& type, std::int64_t c, std::int64_t width,
                  const std::string& file) {
    const bool text = type.kind == 'S' || type.kind == 'U';
    storage_.numeric.push_back(!text);
    auto& words = piece.words.emplace_back();
    words.reserve(static_cast<std::size_t>(rows_));
    for (std::int64_t row = 0; row < rows_; ++row) {
      const std::int64_t place = array.fortran ? c * rows_ + row : row * width + c;
      const char* element = array.elements.data() + static_cast<std::size_t>(place) * array.element;
      if (!text) {
        words.push_back(std::bit_cast<std::uint64_t>(number_of(type, element)));
        continue;
      }
      const auto value = text_of(type, element);
      if (!is_utf8(value))
        fail("E-DATA-260",
             "{} row {}: column '{}' holds '{}', which is not UTF-8; save it as text: "
             "numpy.char.decode(x, 'latin-1')",
             file, row + 1, shown(names.back()), shown(value));
      words.push_back(pack(storage_.source->text().size() + piece.arena.size(), value.size(),
                           missing_.holds(value)));
      piece.arena += value;
    }
  }

  Table::Storage& storage_;
  MissingWords missing_;
  std::int64_t rows_ = -1;
};

}  // namespace

Tensor read_npy(const std::filesystem::path& path) {
  const auto bytes = Bytes::open_unpacked(path);
  return tensor_of(parse_npy(bytes->text(), bytes->name()), bytes->name());
}

std::vector<Named> read_npz(const std::filesystem::path& path) {
  const auto archive = open_archive(path);
  std::vector<Named> arrays;
  each_array(*archive, [&](std::string name, const ZipMember& member) {
    const auto file = member_name(*archive, name);
    const auto bytes = unpacked(member, archive->name());
    arrays.push_back({std::move(name), tensor_of(parse_npy(bytes, file), file)});
  });
  return arrays;
}

Tensor read_npz(const std::filesystem::path& path, std::string_view wanted) {
  const auto archive = open_archive(path);
  std::vector<std::string> names;
  std::optional<Tensor> found;
  each_array(*archive, [&](const std::string& name, const ZipMember& member) {
    names.push_back(name);
    if (name != wanted) return;
    const auto file = member_name(*archive, name);
    const auto bytes = unpacked(member, archive->name());
    found = tensor_of(parse_npy(bytes, file), file);
  });
  if (!found)
    fail("E-DATA-193", "{}: there is no array '{}'{}", archive->name(), shown(wanted),
         suggest(wanted, names));
  return *found;
}

void write_npy(const std::filesystem::path& path, const Tensor& tensor) {
  if (tensor.dtype() == DType::bf16) return write_npy(path, tensor.to(DType::f32));
  const auto sizes = tensor.shape().sizes();
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}",
                  descr_of(tensor.dtype()), fmt::join(sizes, ", "), sizes.size() == 1 ? "," : "");
  // The elements begin at a multiple of 64 bytes.
  header.append(63 - (10 + header.size()) % 64, ' ') += '\n';
  write_atomically(path, [&](AtomicFile& file) {
    std::string start("\x93NUMPY\x01\x00", 8);
    start += static_cast<char>(header.size() & 0xFF);
    start += static_cast<char>(header.size() >> 8);
    file.write(start + header);
    file.write({tensor.raw(), tensor.bytes()});
  });
}

Table read_npy_table(const std::filesystem::path& path, const CsvOptions& options) {
  return read_npy_table(Bytes::open_unpacked(path), options);
}

Table read_npy_table(std::shared_ptr<const Bytes> bytes, const CsvOptions& options) {
  auto storage = std::make_shared<Table::Storage>();
  storage->source = std::move(bytes);
  const Bytes& source = *storage->source;
  storage->path = source.path().string();
  storage->form = Table::Storage::Form::array;
  storage->texts = std::make_unique<NumberTexts>();
  storage->format.file = source.name();
  Columns columns(*storage, options);
  if (is_zip(source.text())) {
    storage->header = true;
    each_array(source, [&](const std::string& name, const ZipMember& member) {
      const auto file = member_name(source, name);
      const auto bytes = unpacked(member, source.name());
      columns.add(parse_npy(bytes, file), name, file);
    });
  } else {
    const auto array = parse_npy(source.text(), source.name());
    storage->header = array.structured();
    columns.add(array, "", source.name());
  }
  if (columns.rows() == 0 || columns.names.empty())
    fail("E-DATA-02", "{}: the array is empty; expected rows", source.name());
  set_names(*storage, std::move(columns.names), options.names);
  const auto numbers = all_rows(columns.rows());
  columns.piece.row_starts.assign(numbers.begin(), numbers.end());
  append_piece(*storage, std::move(columns.piece));
  return Table(std::move(storage));
}

}  // namespace glia::data
