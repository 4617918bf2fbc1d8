// Internal: a chain of elementwise ops as it runs; elementwise.cpp makes it.
#pragma once

#include <cstdint>
#include <vector>

#include "glia/backends/cpu/micro_functions.h"
#include "glia/backends/cpu/walk.h"
#include "glia/ir/target.h"

namespace glia::cpu::elementwise {

constexpr std::int64_t kTile = 1024;  // floats in a tile
constexpr std::size_t kMostSlots = 64;
constexpr int kNone = -1;

// Where the numbers of a slot come from in each tile. Slots are the inputs, then the steps'
// results.
enum class Source : std::uint8_t {
  one,     // the input is one number
  whole,   // the input has the output's elements in the output's order
  line,    // within a row, the input's elements are neighbours
  same,    // within a row, the input is one number
  buffer,  // filled before the steps (see Fill), or a step's result
  output,  // a step's result, written where the output lies
};

// How an input gets into its buffer.
enum class Fill : std::uint8_t {
  none,
  booleans,  // bytes to floats, for the tile
  once,      // one boolean, at the start of a run
  lines,     // short rows that are copied, for the tile
  periodic,  // one row, repeated at the start of a run
  numbers,   // one number for each short row
  gathered,  // anything else, element by element
};

struct Slot {
  Source source = Source::buffer;
  Fill fill = Fill::none;
  bool boolean = false;
  int buffer = kNone;
  int output = kNone;
};

struct Step {
  MicroFunction function;
  int to, a, b, c;  // slots
  float parameter;
  int boolean_output = kNone;  // the result goes there as bytes
};

struct Plan {
  Walk walk;
  std::int64_t elements = 0, rows = 0, columns = 0;
  std::int64_t rows_per_tile = 0;  // 0: a tile lies within a row
  std::int64_t tiles = 0, tiles_per_row = 0;
  std::vector<Slot> slots;
  std::vector<Step> steps;
  std::size_t inputs = 0;
  std::int64_t buffers = 0, buffer_floats = 0;
  int threads = 1;
  const MicroTable* table = nullptr;
};

// Tiles [first, last) of a run. buffers: plan.buffers * plan.buffer_floats floats of this thread.
void run_tiles(const Plan& plan, const Args& args, float* buffers, std::int64_t first,
               std::int64_t last);

}  // namespace glia::cpu::elementwise
