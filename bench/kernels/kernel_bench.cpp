// Times the CPU's kernels beside plain streaming over as many bytes: a table of nanoseconds, GB/s
// and the share of streaming. Arguments: threads (1), words that a row's name must contain.
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "glia/backends/cpu.h"
#include "glia/backends/cpu/simd.h"
#include "glia/base/random.h"
#include "glia/ops/elementwise.h"
#include "glia/ops/ops.h"

namespace glia::bench {
namespace {

// One thread is timed by its own clock, which stands still while others have the core.
double nanoseconds(int threads) {
  timespec now{};
  clock_gettime(threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

// The fastest of many short runs: what the machine does when nobody else has it.
template <class F>
double fastest(int threads, const F& run) {
  run();
  double best = 1e18;
  long repeat = 1;
  for (double spent = 0; spent < 6e7;) {
    const double start = nanoseconds(threads);
    for (long i = 0; i < repeat; ++i) run();
    const double time = nanoseconds(threads) - start;
    spent += time;
    best = std::min(best, time / static_cast<double>(repeat));
    if (time < 1e5) repeat *= 2;
  }
  return best;
}

struct Row {
  std::string name;
  const OpDef* op;
  std::vector<Type> inputs;
  Attributes attributes;
  bool in_place = false;
};

std::vector<Buffer> make_inputs(const Row& row) {
  Random random(1, "bench");
  std::vector<Buffer> buffers;
  for (const Type& type : row.inputs) {
    buffers.emplace_back(type.bytes());
    if (type.dtype != DType::f32) continue;  // zeros: labels, steps, positions
    auto* x = reinterpret_cast<float*>(buffers.back().data());
    for (std::int64_t i = 0; i < type.shape.elements(); ++i)
      x[i] = static_cast<float>(0.1 + random.uniform());
  }
  return buffers;
}

void measure(const Row& row, int threads) {
  Graph graph;
  Values values;
  for (std::size_t i = 0; i < row.inputs.size(); ++i)
    values.push_back(graph.input("x" + std::to_string(i), row.inputs[i]));
  const Node& node = *graph.add(*row.op, values, row.attributes)[0].node();
  const auto kernel = cpu_target().kernel(node, threads);
  if (!kernel) {
    std::printf("%-52s no kernel\n", row.name.c_str());
    return;
  }
  std::vector<Buffer> in = make_inputs(row), out;
  std::vector<void*> in_pointers, out_pointers;
  double bytes = 0;
  for (Buffer& b : in) {
    in_pointers.push_back(b.data());
    bytes += static_cast<double>(b.bytes());
  }
  for (const Type& type : node.outputs) {
    out.emplace_back(type.bytes());
    out_pointers.push_back(out.back().data());
    bytes += static_cast<double>(type.bytes());
  }
  if (row.in_place)
    for (const auto& [o, i] : row.op->updates(node.call()))
      out_pointers[static_cast<std::size_t>(o)] = in_pointers[static_cast<std::size_t>(i)];
  Buffer scratch(kernel->scratch_bytes);
  const Args args{in_pointers.data(), out_pointers.data(), scratch.data()};
  const double time = fastest(threads, [&] { kernel->run(args); });
  // A copy that reads and writes as many bytes.
  Buffer from(static_cast<std::size_t>(bytes / 2)), to(static_cast<std::size_t>(bytes / 2));
  const double copy = fastest(1, [&] { std::memcpy(to.data(), from.data(), to.bytes()); });
  std::printf("%-52s %12.0f ns %8.2f GB/s   copy %7.2f GB/s   share %.2f\n", row.name.c_str(), time,
              bytes / time, bytes / copy, copy / time);
  std::fflush(stdout);
}

Row fused(const std::string& name, const Shape& shape, std::vector<Type> inputs,
          const std::vector<std::int64_t>& steps) {
  const std::vector<double> parameters(steps.size() / 4, 0.0);
  const std::int64_t last = static_cast<std::int64_t>(steps.size()) / 4 - 1;
  return {name,
          &fused_def,
          std::move(inputs),
          {{"shape", shape},
           {"steps", steps},
           {"parameters", Tensor::of({Dim(last + 1)}, parameters)},
           {"results", std::vector<std::int64_t>{last}},
           {"booleans", std::vector<std::int64_t>{0}}}};
}

std::int64_t code(Micro micro) { return static_cast<std::int64_t>(micro); }

void add_elementwise(std::vector<Row>& rows) {
  for (const Shape& s : {Shape{32, 64}, Shape{64, 4096}, Shape{64, 131072}}) {
    const Type full{DType::f32, s}, number{DType::f32, {}}, line{DType::f32, {s[1]}};
    const Type column{DType::f32, {s[0], 1}};
    const std::string size = s.text();
    rows.push_back({"add " + size, &add_def, {full, full}, {}});
    rows.push_back({"add row " + size, &add_def, {full, line}, {}});
    rows.push_back({"mul column " + size, &mul_def, {full, column}, {}});
    for (const OpDef* op : {&relu_def, &exp_def, &log_def, &tanh_def, &sigmoid_def, &softplus_def})
      rows.push_back({std::string(op->name) + " " + size, op, {full}, {}});
    rows.push_back(fused("y > s ? dy : s " + size, s, {full, number, full},
                         {code(Micro::greater), 0, 1, -1, code(Micro::select), 3, 2, 1}));
    rows.push_back(fused("chain of 6 " + size, s, {full, line, full, number},
                         {code(Micro::mul), 0, 1, -1, code(Micro::add),    4, 2,  -1,
                          code(Micro::mul), 5, 3, -1, code(Micro::relu),   6, -1, -1,
                          code(Micro::sub), 7, 0, -1, code(Micro::square), 8, -1, -1}));
  }
}

void add_updates(std::vector<Row>& rows) {
  const auto of = [](Shape s) { return Type{DType::f32, std::move(s)}; };
  for (const std::int64_t n : {64, 64 * 64, 784 * 256, 4 << 20}) {
    const std::string size = "[" + std::to_string(n) + "]";
    rows.push_back({"adam " + size,
                    &adam_update_def,
                    {of({}), {DType::i64, {}}, of({n}), of({n}), of({n}), of({n})},
                    {},
                    true});
    rows.push_back({"sgd with momentum " + size,
                    &sgd_update_def,
                    {of({}), of({n}), of({n}), of({n})},
                    {{"momentum", 0.9}},
                    true});
    rows.push_back({"all_finite " + size, &all_finite_def, {of({n})}, {}});
    rows.push_back({"dropout_mask " + size,
                    &dropout_mask_def,
                    {{DType::i64, {}}},
                    {{"shape", Shape{n}}, {"rate", 0.5}}});
  }
}

void add_rows(std::vector<Row>& rows) {
  using Ints = std::vector<std::int64_t>;
  for (const Shape& s : {Shape{64, 10}, Shape{64, 1000}, Shape{512, 10000}}) {
    const Type full{DType::f32, s}, labels{DType::i64, {s[0]}}, each{DType::f32, {s[0]}};
    rows.push_back({"softmax " + s.text(), &softmax_def, {full}, {}});
    rows.push_back(
        {"softmax_crossentropy " + s.text(), &softmax_crossentropy_def, {full, labels}, {}});
    rows.push_back({"softmax_crossentropy_gradient " + s.text(),
                    &softmax_crossentropy_gradient_def,
                    {full, labels, each, each},
                    {}});
    rows.push_back({"sum of rows " + s.text(), &reduce_sum_def, {full}, {{"axes", Ints{1}}}});
    rows.push_back({"sum of columns " + s.text(), &reduce_sum_def, {full}, {{"axes", Ints{0}}}});
    rows.push_back({"sum of all " + s.text(), &reduce_sum_def, {full}, {{"axes", Ints{0, 1}}}});
    rows.push_back(
        {"transpose " + s.text(), &transpose_def, {full}, {{"permutation", Ints{1, 0}}}});
  }
}

// What sequences and tables of vectors are made of: [N, T, H, D], and attention over its heads.
void add_sequences(std::vector<Row>& rows) {
  using Ints = std::vector<std::int64_t>;
  const auto of = [](Shape s) { return Type{DType::f32, std::move(s)}; };
  const Shape s{32, 64, 4, 32}, scores{128, 64, 64};
  const Type x = of(s), heads = of({128, 64, 32}), words{DType::i64, {32, 64}};
  rows.push_back({"heads apart", &transpose_def, {x}, {{"permutation", Ints{0, 2, 1, 3}}}});
  rows.push_back({"queries by keys", &batch_matmul_def, {heads, heads}, {{"transpose_b", true}}});
  rows.push_back({"weights by values", &batch_matmul_def, {of(scores), heads}, {}});
  rows.push_back({"scores with a bias of places", &add_def, {of(scores), of({64, 64})}, {}});
  rows.push_back({"scores with a mask of places",
                  &select_def,
                  {{DType::boolean, {64, 64}}, of(scores), of({})},
                  {}});
  rows.push_back(
      {"by a number for each place", &mul_def, {of({32, 64, 128}), of({32, 64, 1})}, {}});
  rows.push_back({"add [1, T, 1, D]", &add_def, {x, of({1, 64, 1, 32})}, {}});
  rows.push_back({"concatenate columns", &concatenate_def, {x, x}, {{"axis", std::int64_t{3}}}});
  rows.push_back({"slice of places",
                  &slice_def,
                  {x},
                  {{"from", Shape{0, 8, 0, 0}}, {"shape", Shape{32, 48, 4, 32}}}});
  rows.push_back({"pad images",
                  &pad_def,
                  {of({32, 16, 28, 28})},
                  {{"from", Shape{0, 0, 1, 1}}, {"shape", Shape{32, 16, 30, 30}}}});
  rows.push_back({"gather", &gather_def, {of({5000, 128}), words}, {}});
  rows.push_back(
      {"scatter_add", &scatter_add_def, {of({32, 64, 128}), words}, {{"rows", Shape{5000}}}});
  for (const OpDef* op : {&expm1_def, &erf_def, &sin_def, &floor_def})
    rows.push_back({std::string(op->name) + " sequences", op, {x}, {}});
  rows.push_back({"power 3 sequences", &power_def, {x}, {{"exponent", 3.0}}});
  rows.push_back({"power 0.3 sequences", &power_def, {x}, {{"exponent", 0.3}}});
}

void add_images(std::vector<Row>& rows) {
  using Ints = std::vector<std::int64_t>;
  for (const Shape& s : {Shape{64, 16, 28, 28}, Shape{64, 64, 14, 14}})
    for (const Layout layout : {Layout::plain, Layout::channels_last, Layout::blocked8}) {
      const Type x{DType::f32, s, layout}, c{DType::f32, {s[1]}};
      const Shape half{s[0], s[1], s[2] / Dim(2), s[3] / Dim(2)};
      const std::string name = s.text() + " " + std::string(name_of(layout));
      rows.push_back({"batch_norm " + name, &batch_norm_def, {x, c, c}, {}});
      rows.push_back(
          {"batch_norm_gradient " + name, &batch_norm_gradient_def, {x, c, c, c, x}, {}});
      rows.push_back({"max_pool2d " + name, &max_pool2d_def, {x}, {}});
      rows.push_back({"max_pool2d_gradient " + name,
                      &max_pool2d_gradient_def,
                      {{DType::f32, half, layout}, {DType::u8, half, layout}},
                      {{"shape", s}}});
      rows.push_back({"global_average_pool2d " + name, &global_average_pool2d_def, {x}, {}});
      if (layout != Layout::blocked8)
        rows.push_back(
            {"bias " + name, &add_def, {x, {DType::f32, {Dim(1), s[1], Dim(1), Dim(1)}}}, {}});
      if (layout != Layout::plain)
        rows.push_back(
            {"reorder to plain " + name, &reorder_def, {x}, {{"layout", std::int64_t{0}}}});
      if (layout == Layout::channels_last)
        rows.push_back(
            {"sum of channels " + name, &reduce_sum_def, {x}, {{"axes", Ints{0, 2, 3}}}});
    }
}

}  // namespace
}  // namespace glia::bench

int main(int argc, char** argv) {
  using namespace glia::bench;
  const int threads = argc > 1 ? std::atoi(argv[1]) : 1;
  std::vector<Row> rows;
  add_elementwise(rows);
  add_updates(rows);
  add_rows(rows);
  add_sequences(rows);
  add_images(rows);
  std::printf("%s, %d thread(s)\n", glia::cpu::instruction_set().c_str(), threads);
  for (const Row& row : rows) {
    bool wanted = true;
    for (int i = 2; i < argc; ++i) wanted = wanted && row.name.find(argv[i]) != std::string::npos;
    if (wanted) measure(row, threads);
  }
}
