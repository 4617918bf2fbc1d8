// Softmax and its kin, and reductions.
#include "glia/ops/samples.h"
#include "tests/backends/kernel_case.h"

namespace glia::testing {
namespace {

using Ints = std::vector<std::int64_t>;

TEST(Softmax, RowsOfAnyLength) {
  for (const std::int64_t n : {1, 2, 3, 7, 8, 9, 10, 16, 17, 25, 32, 33, 100, 1000, 20001})
    for (const std::int64_t rows : {1, 3, 70}) {
      const std::string name = std::to_string(rows) + "x" + std::to_string(n);
      if (rows * n > 100000) continue;
      const auto x = normal({rows, n}, 1, 5);
      const auto labels = integers({rows}, 0, static_cast<double>(n));
      expect_like_reference(Case(softmax_def, {x}, {}), name);
      expect_like_reference(Case(log_softmax_def, {x}, {}), name);
      expect_like_reference(Case(softmax_crossentropy_def, {x, labels}, {}), name);
      expect_like_reference(Case(softmax_crossentropy_gradient_def,
                                 {x, labels, normal({rows}, 9, 1), normal({rows})}, {}),
                            name);
    }
  expect_like_reference(Case(softmax_def, {normal({3, 5, 7})}, {}), "three dimensions");
  expect_like_reference(Case(softmax_def, {normal({4000, 10})}, {}), "many rows");
}

TEST(Softmax, EdgesAsTheReferenceHasThem) {
  const std::int64_t n = 11;
  Case c(softmax_def, {normal({8, n})}, {});
  Case loss(softmax_crossentropy_def, {normal({8, n}), integers({8}, 0, 11)}, {});
  for (Case* each : {&c, &loss}) {
    auto* x = reinterpret_cast<float*>(each->in[0].data());
    x[0 * n + 3] = NAN;
    x[1 * n + 10] = NAN;
    x[2 * n + 4] = INFINITY;
    x[3 * n + 4] = -INFINITY;
    for (int i = 0; i < n; ++i) x[4 * n + i] = -INFINITY;
    for (int i = 0; i < n; ++i) x[5 * n + i] = 3e38f;
    x[6 * n + 1] = -3e38f;
  }
  auto* labels = reinterpret_cast<std::int64_t*>(loss.in[1].data());
  labels[6] = -1;
  labels[7] = n;
  expect_like_reference(c, "edges");
  expect_like_reference(loss, "edges");
  const Buffers out = run_kernel(*cpu_target().kernel(*loss.node, 1), *loss.node, loss.in);
  const auto* y = reinterpret_cast<const float*>(out[0].data());
  EXPECT_TRUE(std::isnan(y[6]) && std::isnan(y[7])) << "labels outside give NaN";
}

TEST(Reduce, AnyAxesAndSizes) {
  struct Reduction {
    Shape shape;
    Ints axes;
    Layout layout = Layout::plain;
  };
  const auto last = Layout::channels_last;
  const std::vector<Reduction> reductions{
      {{1}, {0}},
      {{100001}, {0}},
      {{300, 1}, {0}},
      {{300, 7}, {0}},
      {{300, 7}, {1}},
      {{1000, 33}, {0}},
      {{70000, 3}, {0}},
      {{20, 40000}, {1}},
      {{20, 3000}, {0}},
      {{5, 0}, {1}},
      {{0, 5}, {1}},
      {{6, 7, 8}, {1}},
      {{6, 7, 8}, {0, 2}},
      {{6, 700, 9}, {1}},
      {{6, 7, 8}, {0, 1, 2}},
      {{6, 5, 8, 9}, {0, 2, 3}},
      {{6, 5, 8, 9}, {2, 3}},
      {{6, 5, 8, 9}, {1}},
      {{6, 5, 8, 9}, {0, 2, 3}, last},
      {{64, 16, 32, 32}, {0, 2, 3}, last},
      {{64, 16, 32, 32}, {0, 2, 3}},
  };
  for (const Reduction& r : reductions)
    for (const OpDef* op : {&reduce_sum_def, &reduce_max_def})
      expect_like_reference(Case(*op, {normal(r.shape)}, {{"axes", r.axes}}, {r.layout}),
                            r.shape.text());
}

// A sum of n numbers in order has an error that grows with n; ours must not.
TEST(Reduce, SumsStayAccurate) {
  const std::int64_t n = 1 << 21;
  expect_like_reference(Case(reduce_sum_def, {uniform({n}, 0, 1)}, {{"axes", Ints{0}}}), "run",
                        3e-7);
  expect_like_reference(Case(reduce_sum_def, {uniform({n / 4, 4}, 0, 1)}, {{"axes", Ints{0}}}),
                        "columns", 6e-7);
}

TEST(Reduce, MaximaKeepNaN) {
  for (const std::int64_t at : {0, 5, 99, 4000}) {
    Case c(reduce_max_def, {normal({4001})}, {{"axes", Ints{0}}});
    reinterpret_cast<float*>(c.in[0].data())[at] = NAN;
    expect_like_reference(c, "NaN");
    Case columns(reduce_max_def, {normal({4001, 3})}, {{"axes", Ints{0}}});
    reinterpret_cast<float*>(columns.in[0].data())[at * 3 + 1] = NAN;
    expect_like_reference(columns, "NaN");
  }
}

}  // namespace
}  // namespace glia::testing
