#include "glia/nn/attention.h"

#include <cmath>

#include "glia/base/format.h"
#include "glia/nn/noise.h"
#include "glia/nn/options.h"
#include "glia/nn/positions.h"
#include "glia/ops/ops.h"

namespace glia::nn {
namespace {

// Below every score, and far enough from the largest number that a difference stays finite.
constexpr double kNever = -1e30;

// Which scores count, to broadcast against [N, h, Tq, Tk]. Empty: all.
Value allowed(Value q, Value k, const AttentionMask& mask) {
  Value all;
  const auto also = [&](Value v) { all = all ? logical_and(all, v) : v; };
  if (mask.keys) also(reshape(mask.keys, {mask.keys.dim(0), 1, 1, mask.keys.dim(1)}));
  if (mask.pairs && mask.pairs.rank() == 2)
    also(reshape(mask.pairs, {1, 1, mask.pairs.dim(0), mask.pairs.dim(1)}));
  if (mask.pairs && mask.pairs.rank() == 3)
    also(reshape(mask.pairs, {mask.pairs.dim(0), 1, mask.pairs.dim(1), mask.pairs.dim(2)}));
  if (mask.causal)
    also(greater_equal(reshape(iota(q, 2), {1, 1, q.dim(2), 1}),
                       reshape(iota(k, 2), {1, 1, 1, k.dim(2)})));
  return all;
}

// One for each head of each item.
Value items(Value x) { return reshape(x, {x.dim(0) * x.dim(1), x.dim(2), x.dim(3)}); }

// The roles of a layer's inputs.
struct Roles {
  Roles(const Values& in, std::string_view layer) : query(in[0]) {
    Graph& graph = query.graph();
    const std::string where = fmt::format("[{}] layer '{}'", layer, graph.scope());
    if (in.size() > 4)
      fail("E-NN-02", "{}: got {} inputs, expected query, key, value and which pairs may meet",
           where, in.size());
    key = in.size() == 1 ? query : in[1];
    value = in.size() < 3 ? key : in[2];
    for (const Value& v : {query, key, value})
      if (v.rank() != 3 || !is_floating(v.dtype()))
        fail("E-SHAPE-01", "{}: got {}, expected sequences [N, T, features]", where,
             v.type().text());
    if (key.dim(0) != query.dim(0) || value.dim(0) != query.dim(0) || key.dim(1) != value.dim(1))
      fail("E-SHAPE-03",
           "{}: query {}, key {} and value {} do not fit together; expected [N, Tq, ...], [N, Tk, "
           "...] and [N, Tk, ...]",
           where, query.shape().text(), key.shape().text(), value.shape().text());
    if (in.size() == 4) pairs = checked_pairs(in[3], where);
  }
  Value checked_pairs(Value v, const std::string& where) const {
    const Shape both{query.dim(1), key.dim(1)}, each{query.dim(0), query.dim(1), key.dim(1)};
    if (v.dtype() != DType::boolean || (v.shape() != both && v.shape() != each))
      fail("E-SHAPE-03", "{}: which pairs may meet is {}, expected bool {} or {}", where,
           v.type().text(), both.text(), each.text());
    return v;
  }
  AttentionMask mask(bool causal) const {
    Graph& graph = query.graph();
    const Value of_key = graph.mask(key), of_value = graph.mask(value);
    const bool two = of_key && of_value && of_key != of_value;
    return {two ? logical_and(of_key, of_value) : of_key ? of_key : of_value, pairs, causal};
  }
  Value finished(Value y) const {
    if (const Value mask = query.graph().mask(query)) query.graph().set_mask(y, mask);
    return y;
  }
  Value query, key, value, pairs;
};

struct Attention {
  AttentionOptions o;
  static constexpr Masks masks = Masks::own;
  Value forward(const Values& in) const {
    const Roles r(in, "attention");
    if (r.query.dim(2) != r.key.dim(2))
      fail("E-SHAPE-03", "[attention] layer '{}': query {} and key {} have different features",
           r.query.graph().scope(), r.query.shape().text(), r.key.shape().text());
    const auto one_head = [](Value x) { return reshape(x, {x.dim(0), 1, x.dim(1), x.dim(2)}); };
    const Value y =
        scaled_dot_product_attention(one_head(r.query), one_head(r.key), one_head(r.value),
                                     r.mask(o.causal), o.scale, o.dropout);
    return r.finished(reshape(y, {y.dim(0), y.dim(2), y.dim(3)}));
  }
  std::string kind() const { return "attention"; }
};

struct MultiHeadAttention {
  MultiHeadAttentionOptions o;
  static constexpr Masks masks = Masks::own;

  Value forward(const Values& in) const {
    const Roles r(in, "multi_head_attention");
    const std::int64_t features = r.query.dim(2).value();
    expect_features(r.query, features);
    Values heads = projected(r, features);
    for (Value& x : heads) {
      x = reshape(x, {x.dim(0), x.dim(1), o.num_heads, features / o.num_heads});
      x = transpose(x, {0, 2, 1, 3});
    }
    if (o.rotary)
      for (std::size_t i = 0; i < 2; ++i) heads[i] = rotated(heads[i], o.rotary_wavelength);
    Value y =
        scaled_dot_product_attention(heads[0], heads[1], heads[2], r.mask(o.causal), 0, o.dropout);
    y = reshape(transpose(y, {0, 2, 1, 3}), {y.dim(0), y.dim(2), features});
    const Value weight = parameter(y, "out_proj.weight", {features, features}, fan_in_uniform());
    y = matmul(y, weight, {.transpose_b = true});
    if (o.bias) y = y + parameter(y, "out_proj.bias", {features}, zeros());
    return r.finished(y);
  }
  std::string kind() const { return "multi_head_attention"; }

 private:
  void expect_features(Value query, std::int64_t features) const {
    const std::string where =
        fmt::format("[multi_head_attention] layer '{}'", query.graph().scope());
    if (o.key_dim != 0 && o.num_heads * o.key_dim != features)
      fail("E-SHAPE-03",
           "{}: num_heads {} times key_dim {} is {}, and the query {} has {} features; both must "
           "be equal",
           where, o.num_heads, o.key_dim, o.num_heads * o.key_dim, query.shape().text(), features);
    if (features % o.num_heads != 0)
      fail("E-SHAPE-03", "{}: the {} features of the query {} cannot be shared by num_heads {}",
           where, features, query.shape().text(), o.num_heads);
    if (o.rotary && features / o.num_heads % 2 != 0)
      fail("E-SHAPE-03", "{}: rotary turns pairs of features, and a head of the query {} has {}",
           where, query.shape().text(), features / o.num_heads);
  }

  // Queries, keys and values, [N, T, features] each. Where several come from the same value, one
  // product serves them.
  Values projected(const Roles& r, std::int64_t features) const {
    const Values from{r.query, r.key, r.value};
    const Dim own = features;
    Value weight, bias;
    const bool one_weight = r.key.dim(2) == own && r.value.dim(2) == own;
    if (one_weight)
      weight = parameter(r.query, "in_proj_weight", {3 * features, features}, glorot_uniform());
    if (o.bias) bias = parameter(r.query, "in_proj_bias", {3 * features}, zeros());
    const auto product = [&](Value x, Value w, std::int64_t first, std::int64_t count) {
      const Value y = matmul(x, w, {.transpose_b = true});
      return bias ? y + slice(bias, 0, first * features, (first + count) * features) : y;
    };
    Values results;
    if (!one_weight) {
      const char* names[] = {"q_proj_weight", "k_proj_weight", "v_proj_weight"};
      for (int i = 0; i < 3; ++i) {
        const Value x = from[static_cast<std::size_t>(i)];
        const Value w = parameter(x, names[i], {own, x.dim(2)}, glorot_uniform());
        results.push_back(product(x, w, i, 1));
      }
      return results;
    }
    for (std::size_t first = 0; first < 3;) {
      std::size_t behind = first + 1;
      while (behind < 3 && from[behind] == from[first]) ++behind;
      const auto at = static_cast<std::int64_t>(first),
                 count = static_cast<std::int64_t>(behind - first);
      const Value w = slice(weight, 0, at * features, (at + count) * features);
      const Value y = product(from[first], w, at, count);
      for (std::int64_t i = 0; i < count; ++i)
        results.push_back(slice(y, 2, i * features, (i + 1) * features));
      first = behind;
    }
    return results;
  }
};

void expect_dropout(double rate, std::string_view layer) {
  expect(rate >= 0 && rate < 1, layer,
         fmt::format("dropout is {}, expected 0 <= dropout < 1", rate));
}

}  // namespace

Value scaled_dot_product_attention(Value q, Value k, Value v, const AttentionMask& mask,
                                   double scale, double rate) {
  if (scale == 0) scale = 1 / std::sqrt(static_cast<double>(q.dim(3).value()));
  Value scores = batch_matmul(items(q * scale), items(k), {.transpose_b = true});
  scores = reshape(scores, {q.dim(0), q.dim(1), q.dim(2), k.dim(2)});
  const Value counts = allowed(q, k, mask);
  if (counts) scores = select(counts, scores, scores.graph().scalar(kNever, scores.dtype()));
  Value weights = glia::softmax(scores);
  // Where nothing counts softmax shares 1 among all keys.
  if (counts) weights = select(counts, weights, zero_like(weights));
  if (rate > 0) weights = dropout({.rate = rate})(weights);
  const Value y = batch_matmul(items(weights), items(v));
  return reshape(y, {q.dim(0), q.dim(1), q.dim(2), v.dim(3)});
}

Module attention(AttentionOptions o) {
  expect_dropout(o.dropout, "attention");
  expect(std::isfinite(o.scale) && o.scale >= 0, "attention",
         fmt::format("scale is {}, expected more than 0, or 0 for 1 / sqrt(features)", o.scale));
  return Attention{o};
}

Module multi_head_attention(MultiHeadAttentionOptions o) {
  expect_in_range({o.num_heads}, 1, "multi_head_attention", "num_heads", kMostFeatures);
  expect(
      in_range(o.key_dim, 0, kMostFeatures), "multi_head_attention",
      fmt::format("key_dim is {}, expected at least 1, or 0 for features / num_heads", o.key_dim));
  expect(o.rotary_wavelength > 0, "multi_head_attention",
         fmt::format("rotary_wavelength is {}, expected more than 0", o.rotary_wavelength));
  expect_dropout(o.dropout, "multi_head_attention");
  return MultiHeadAttention{o};
}

}  // namespace glia::nn
