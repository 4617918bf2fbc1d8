// Internal: what the bytes of a .npy file are, and the members of a .npz file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "glia/tensor/tensor.h"

namespace glia::data {

// One element, or one field of it. kind: as in NumPy's descr: 'b', 'i', 'u', 'f', 'S', 'U'.
struct NpyType {
  std::string name;  // of a field
  char kind = 'f';
  bool swapped = false;    // the bytes are in the other order than this machine's
  std::size_t size = 0;    // bytes
  std::size_t offset = 0;  // of a field in its element
};

struct NpyArray {
  std::vector<NpyType> fields;  // one without a name where the type is not structured
  bool fortran = false;
  std::vector<std::int64_t> shape;
  std::size_t element = 0;    // bytes
  std::string_view elements;  // exactly as many as the shape says
  bool structured() const { return fields.size() != 1 || !fields.front().name.empty(); }
};

bool is_npy(std::string_view bytes);
// Errors E-DATA-185 to -187; `file` stands in them.
NpyArray parse_npy(std::string_view bytes, const std::string& file);

// The number of an element's field, and the text of one; a whole number of u8 may be above 2^63.
double number_of(const NpyType& type, const char* element);
std::string text_of(const NpyType& type, const char* element);
Tensor tensor_of(const NpyArray& array, const std::string& file);

// A member of a ZIP archive (APPNOTE.TXT 6.3.10, with Zip64), as it is packed.
struct ZipMember {
  std::string name;
  std::string_view packed;
  bool deflated = false;
  std::uint64_t size = 0;  // unpacked
  std::uint32_t crc = 0;
};
bool is_zip(std::string_view bytes);
bool is_npz(std::string_view bytes);  // whether the first member is an array
std::vector<ZipMember> zip_members(std::string_view archive, const std::string& file);
// E-DATA-188 where it does not have the size or the checksum that the archive says.
std::string unpacked(const ZipMember& member, const std::string& file);

}  // namespace glia::data
