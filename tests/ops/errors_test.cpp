// What a wrong call says: its code, the op, the layer, and both shapes.
#include <gtest/gtest.h>

#include <functional>

#include "glia/base/error.h"
#include "glia/ops/ops.h"

namespace glia {
namespace {

const Dim batch = Dim::symbol("batch");

struct Mistake {
  const char* name;
  const char* code;
  std::function<void(Graph&)> make;
  std::vector<std::string> says;  // beside the op's name and the layer's
};

Value in(Graph& g, const char* name, Shape shape, DType dtype = DType::f32) {
  return g.input(name, {dtype, std::move(shape)});
}

using Ints = std::vector<std::int64_t>;

const std::vector<Mistake>& mistakes() {
  static const std::vector<Mistake> all{
      {"column_against_row",
       "E-SHAPE-02",
       [](Graph& g) {
         in(g, "a", {batch, 1}) - in(g, "b", {batch});
       },
       {"[sub]", "[batch, 1]", "[batch]"}},
      {"known_column_against_row",
       "E-SHAPE-02",
       [](Graph& g) {
         in(g, "a", {5}) - in(g, "b", {5, 1});
       },
       {"[sub]", "[5, 1]", "[5]"}},
      {"unequal",
       "E-SHAPE-02",
       [](Graph& g) {
         in(g, "a", {3, 4}) * in(g, "b", {3, 5});
       },
       {"[mul]", "[3, 4]", "[3, 5]"}},
      {"broadcast",
       "E-SHAPE-02",
       [](Graph& g) {
         broadcast_to(in(g, "a", {3}), {3, 4});
       },
       {"[broadcast_to]", "[3]", "[3, 4]"}},
      {"images_wanted",
       "E-SHAPE-01",
       [](Graph& g) {
         conv2d(in(g, "x", {batch, 784}), in(g, "w", {8, 1, 3, 3}));
       },
       {"[conv2d]", "[batch, 784]", "[N, C, H, W]"}},
      {"pool_images_wanted",
       "E-SHAPE-01",
       [](Graph& g) {
         max_pool2d(in(g, "x", {batch, 784}));
       },
       {"[max_pool2d]", "[batch, 784]"}},
      {"table_wanted",
       "E-SHAPE-01",
       [](Graph& g) {
         batch_norm(in(g, "x", {batch, 3, 4}), in(g, "w", {3}), in(g, "b", {3}), 1e-5);
       },
       {"[batch_norm]", "[batch, 3, 4]"}},
      {"channels",
       "E-SHAPE-03",
       [](Graph& g) {
         conv2d(in(g, "x", {batch, 4, 8, 8}), in(g, "w", {8, 3, 3, 3}));
       },
       {"[conv2d]", "[batch, 4, 8, 8]", "4 channels", "[8, 3, 3, 3]", "expects 3"}},
      {"groups",
       "E-SHAPE-03",
       [](Graph& g) {
         conv2d(in(g, "x", {batch, 4, 8, 8}), in(g, "w", {5, 2, 3, 3}), {.groups = 2});
       },
       {"[conv2d]", "5 filters", "2 groups"}},
      {"features",
       "E-SHAPE-03",
       [](Graph& g) {
         matmul(in(g, "x", {batch, 784}), in(g, "w", {10, 100}), {.transpose_b = true});
       },
       {"[matmul]", "[batch, 784]", "[10, 100]", "784", "100"}},
      {"matrices_wanted",
       "E-SHAPE-03",
       [](Graph& g) {
         matmul(in(g, "x", {batch, 8, 8}), in(g, "w", {64, 10}));
       },
       {"[matmul]", "[batch, 8, 8]", "[64, 10]", "flatten"}},
      {"statistics",
       "E-SHAPE-03",
       [](Graph& g) {
         batch_norm(in(g, "x", {batch, 5}), in(g, "w", {4}), in(g, "b", {5}), 1e-5);
       },
       {"[batch_norm]", "[batch, 5]", "[4]"}},
      {"gradient_of_another_shape",
       "E-SHAPE-03",
       [](Graph& g) {
         call(sgd_update_def, {in(g, "r", {}), in(g, "p", {3}), in(g, "dp", {4})});
       },
       {"[sgd_update]", "[3]", "[4]"}},
      {"window_too_large",
       "E-SHAPE-04",
       [](Graph& g) {
         conv2d(in(g, "x", {batch, 1, 2, 2}), in(g, "w", {8, 1, 3, 3}));
       },
       {"[conv2d]", "3", "2"}},
      {"stride",
       "E-SHAPE-05",
       [](Graph& g) {
         conv2d(in(g, "x", {batch, 1, 9, 9}), in(g, "w", {8, 1, 3, 3}), {.stride = {0, 1}});
       },
       {"[conv2d]", "[0, 1]"}},
      {"pool_padding",
       "E-SHAPE-05",
       [](Graph& g) {
         max_pool2d(in(g, "x", {batch, 1, 9, 9}), {.padding = {2, 0, 0, 0}});
       },
       {"[max_pool2d]", "[2, 0, 0, 0]"}},
      {"labels",
       "E-SHAPE-06",
       [](Graph& g) {
         softmax_crossentropy(in(g, "x", {batch, 10}), in(g, "y", {batch, 1}, DType::i64));
       },
       {"[softmax_crossentropy]", "[batch, 10]", "[batch, 1]", "[batch]"}},
      {"elements",
       "E-SHAPE-07",
       [](Graph& g) {
         reshape(in(g, "x", {batch, 28, 28}), {batch, 780});
       },
       {"[reshape]", "[batch, 28, 28]", "[batch, 780]"}},
      {"axis",
       "E-SHAPE-08",
       [](Graph& g) {
         reduce_sum(in(g, "x", {batch, 3}), {2});
       },
       {"[reduce_sum]", "axis 2", "[batch, 3]"}},
      {"softmax_axis",
       "E-SHAPE-08",
       [](Graph& g) {
         softmax(in(g, "x", {batch, 3}), -3);
       },
       {"[softmax]", "axis -3", "[batch, 3]"}},
      {"permutation",
       "E-SHAPE-08",
       [](Graph& g) {
         transpose(in(g, "x", {batch, 3}), {0, 0});
       },
       {"[transpose]", "[0, 0]", "[batch, 3]"}},
      {"slice_beyond_the_end",
       "E-SHAPE-10",
       [](Graph& g) {
         slice(in(g, "x", {batch, 5}), 1, 2, 7);
       },
       {"[slice]", "7", "5"}},
      {"slice_beyond_the_start",
       "E-SHAPE-10",
       [](Graph& g) {
         slice(in(g, "x", {batch, 5}), 1, -6, kEnd);
       },
       {"[slice]", "-6", "5"}},
      {"slice_without_a_step",
       "E-SHAPE-10",
       [](Graph& g) {
         slice(in(g, "x", {batch, 5}), 1, 0, kEnd, 0);
       },
       {"[slice]", "step 0", "reverse"}},
      {"slice_axis",
       "E-SHAPE-08",
       [](Graph& g) {
         slice(in(g, "x", {batch, 5}), 2, 0, 1);
       },
       {"[slice]", "axis 2", "[batch, 5]"}},
      {"pad_axes",
       "E-SHAPE-10",
       [](Graph& g) {
         pad(in(g, "x", {batch, 5}), {{1, 1}});
       },
       {"[pad]", "1 pairs", "[batch, 5]"}},
      {"pad_less_than_nothing",
       "E-SHAPE-10",
       [](Graph& g) {
         pad(in(g, "x", {batch, 5}), {{0, 0}, {0, -1}});
       },
       {"[pad]", "-1", "axis 1"}},
      {"concatenated_rows",
       "E-SHAPE-02",
       [](Graph& g) {
         concatenate({in(g, "a", {batch, 5}), in(g, "b", {batch, 6})}, 0);
       },
       {"[concatenate]", "[batch, 5]", "[batch, 6]", "axis 0"}},
      {"concatenated_ranks",
       "E-SHAPE-02",
       [](Graph& g) {
         concatenate({in(g, "a", {batch, 5}), in(g, "b", {5})}, 0);
       },
       {"[concatenate]", "[batch, 5]", "[5]"}},
      {"indices_not_whole",
       "E-DTYPE-03",
       [](Graph& g) {
         gather(in(g, "t", {7, 5}), in(g, "i", {batch}));
       },
       {"[gather]", "f32", "i64"}},
      {"updates_without_an_index",
       "E-SHAPE-03",
       [](Graph& g) {
         scatter_add(in(g, "u", {batch, 5}), in(g, "i", {7}, DType::i64), 3);
       },
       {"[scatter_add]", "[batch, 5]", "[7]"}},
      {"items",
       "E-SHAPE-03",
       [](Graph& g) {
         batch_matmul(in(g, "a", {batch, 4, 3}), in(g, "b", {3, 5}));
       },
       {"[batch_matmul]", "[batch, 4, 3]", "[3, 5]", "[B, k, n]"}},
      {"inner_dimensions_of_items",
       "E-SHAPE-03",
       [](Graph& g) {
         batch_matmul(in(g, "a", {batch, 4, 3}), in(g, "b", {batch, 4, 3}));
       },
       {"[batch_matmul]", "[batch, 4, 3]", "3", "4", "transpose"}},
      {"merged_axes",
       "E-SHAPE-07",
       [](Graph& g) {
         reshape(in(g, "x", {batch, Dim::symbol("time"), 12}), {batch * 12, 4});
       },
       {"[reshape]", "[batch, time, 12]", "[batch*12, 4]"}},
      {"logic_of_numbers",
       "E-DTYPE-03",
       [](Graph& g) { logical_and(in(g, "a", {3}, DType::boolean), in(g, "b", {3})); },
       {"[logical_and]", "f32[3]", "bool"}},
      {"dtypes",
       "E-DTYPE-03",
       [](Graph& g) { in(g, "a", {3}) + in(g, "b", {3}, DType::f64); },
       {"[add]", "f32", "f64"}},
      {"dtypes_of_matrices",
       "E-DTYPE-03",
       [](Graph& g) {
         matmul(in(g, "a", {3, 3}), in(g, "b", {3, 3}, DType::f64));
       },
       {"[matmul]", "f32", "f64"}},
      {"condition",
       "E-DTYPE-03",
       [](Graph& g) { select(in(g, "c", {3}), in(g, "a", {3}), in(g, "b", {3})); },
       {"[select]", "f32", "bool"}},
      {"labels_not_whole",
       "E-DTYPE-03",
       [](Graph& g) {
         softmax_crossentropy(in(g, "x", {4, 10}), in(g, "y", {4}));
       },
       {"[softmax_crossentropy]", "f32", "i64"}},
      {"whole_logits",
       "E-DTYPE-03",
       [](Graph& g) {
         softmax(in(g, "x", {4, 10}, DType::i64));
       },
       {"[softmax]", "i64[4, 10]"}},
      {"rate",
       "E-OPTION-01",
       [](Graph& g) { dropout_mask(in(g, "x", {4}), in(g, "s", {}, DType::i64), 1.0, 1, 1); },
       {"[dropout_mask]", "rate is 1"}},
      {"layout",
       "E-IR-08",
       [](Graph& g) {
         softmax(reorder(in(g, "x", {2, 3, 4, 5}), Layout::channels_last));
       },
       {"[softmax]", "channels_last"}},
      {"blocks_of_five",
       "E-IR-08",
       [](Graph& g) {
         reorder(in(g, "x", {2, 5, 4, 5}), Layout::blocked8);
       },
       {"[reorder]", "[2, 5, 4, 5]", "8"}},
      {"count_of_inputs",
       "E-IR-03",
       [](Graph& g) {
         call(adam_update_def, {in(g, "r", {}), in(g, "s", {}, DType::i64), in(g, "p", {})});
       },
       {"[adam_update]", "3"}},
      {"unknown_attribute",
       "E-IR-04",
       [](Graph& g) {
         call(softmax_def, {in(g, "x", {3})}, {{"axes", std::int64_t{0}}});
       },
       {"[softmax]", "'axes'", "'axis'"}},
      {"missing_attribute",
       "E-IR-04",
       [](Graph& g) { call(reshape_def, {in(g, "x", {3})}); },
       {"[reshape]", "'shape'"}},
      {"attribute_of_another_type",
       "E-IR-04",
       [](Graph& g) {
         call(softmax_def, {in(g, "x", {3})}, {{"axis", 1.0}});
       },
       {"[softmax]", "'axis'"}},
  };
  return all;
}

TEST(Mistakes, AreNamed) {
  for (const Mistake& m : mistakes()) {
    SCOPED_TRACE(m.name);
    Graph graph;
    const Graph::Scope scope(graph, "stem");
    try {
      m.make(graph);
      ADD_FAILURE() << "nothing was thrown";
    } catch (const Error& e) {
      const std::string what = e.what();
      EXPECT_EQ(e.code(), m.code) << what;
      EXPECT_NE(what.find("layer 'stem'"), what.npos) << what;
      for (const auto& part : m.says) EXPECT_NE(what.find(part), what.npos) << part << ": " << what;
    }
  }
}

// What is right stays possible: dimensions of 1 on equal ranks, missing leading ones, scalars.
TEST(Mistakes, WhatIsMeantIsNotOne) {
  Graph g;
  const Value x = in(g, "x", {batch, 5});
  EXPECT_EQ((x + in(g, "row", {5})).shape(), x.shape());
  EXPECT_EQ((x + in(g, "column", {batch, 1})).shape(), x.shape());
  EXPECT_EQ((x + in(g, "scalar", {})).shape(), x.shape());
  EXPECT_EQ((in(g, "outer", {1, 5}) + in(g, "column", {batch, 1})).shape(), x.shape());
}

}  // namespace
}  // namespace glia
