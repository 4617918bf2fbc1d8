// Arrays as NumPy saves them: numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#pragma once

#include <filesystem>
#include <vector>

#include "glia/data/csv.h"
#include "glia/data/dataset.h"
#include "glia/tensor/tensor.h"

namespace glia::data {

// Reads a .npy file (format 1.0 to 3.0, plain or packed with gzip) of booleans, whole numbers (1 to
// 8 bytes, signed or not) or floating numbers (2, 4 or 8 bytes), of either byte order, in C's or in
// Fortran's order. The tensor is row-major; its dtype: f4 f32, f2 f32, f8 f64, u1 u8, b1 boolean,
// i1, i2, u2 and i4 i32, u4, i8 and u8 i64. Objects (which are Python pickles: a program, not data)
// and other types are refused.
// Errors: E-FILE-*; E-DATA-185 no .npy file, or a header that is not one; -186 a type that is
// refused, or a number of u8 above 2^63 - 1; -187 elements missing, or bytes after them.
Tensor read_npy(const std::filesystem::path& path);

// The arrays of a .npz file, by name, in their order there. Members are read one after another;
// memory is taken only for what they can hold. Also E-DATA-188: a damaged archive, a member that is
// no array, a name twice.
std::vector<Named> read_npz(const std::filesystem::path& path);
// One of them. E-DATA-193, with the names that there are, where it is not there.
Tensor read_npz(const std::filesystem::path& path, std::string_view name);

// Writes a .npy file that NumPy reads: format 1.0, C's order.
void write_npy(const std::filesystem::path& path, const Tensor& tensor);

// A table of numbers: of a .npy file [N] or [N, columns], or of one with named fields (a structured
// type of numbers and texts), or of a .npz file whose arrays all have N rows. Columns are called as
// the fields or arrays are, or column_1, column_2, ...; an array of several columns appends numbers
// to its name. NaN is missing. `options`: names, and missing of texts. Errors as above, and
// E-DATA-192 for arrays of more dimensions, or of different numbers of rows; -05, -06 names.
Table read_npy_table(const std::filesystem::path& path, const CsvOptions& options = {});

}  // namespace glia::data
