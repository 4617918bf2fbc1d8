#include "glia/autodiff/gradient.h"

#include <algorithm>

#include "glia/base/format.h"
#include "glia/ops/ops.h"

namespace glia {
namespace {

class Backward {
 public:
  // Walks the nodes with first <= id <= the last of `ys`; older nodes count as given.
  Backward(const Values& ys, const Values& seeds, const Values& wrt, int first)
      : graph_(ys[0].graph()), first_(first) {
    for (const auto& y : ys) last_ = std::max(last_, y.node()->id);
    mark(wrt);
    for (std::size_t i = 0; i < ys.size(); ++i)
      if (seeds[i]) accumulate(ys[i], seeds[i]);
  }

  void run() {
    const std::string scope = graph_.scope();
    for (int id = last_; id >= first_; --id) {
      const Node& node = graph_.nodes()[static_cast<std::size_t>(id)];
      if (depends_[static_cast<std::size_t>(id)]) step(node);
    }
    graph_.set_scope(scope);
  }

  Value of(Value v) const {
    const auto it = gradients_.find(v);
    return it == gradients_.end() ? Value() : it->second;
  }

 private:
  // Which nodes depend on `wrt`: only through these does a gradient need to flow. Labels, counters
  // and conditions carry none, so what is made of them does not depend on anything.
  void mark(const Values& wrt) {
    depends_.assign(static_cast<std::size_t>(last_) + 1, false);
    for (int id = first_; id <= last_; ++id) {
      const Node& node = graph_.nodes()[static_cast<std::size_t>(id)];
      depends_[static_cast<std::size_t>(id)] =
          std::any_of(node.inputs.begin(), node.inputs.end(), [&](const Value& v) {
            return is_floating(v.dtype()) &&
                   (std::find(wrt.begin(), wrt.end(), v) != wrt.end() ||
                    (v.node()->id >= first_ && depends_[static_cast<std::size_t>(v.node()->id)]));
          });
    }
  }

  void accumulate(Value v, Value gradient) {
    if (gradient.shape() != v.shape())
      fail("E-GRAD-03", "{}: a value of shape {} got a gradient of shape {}",
           v.node()->call().where(), v.shape().text(), gradient.shape().text());
    auto [it, fresh] = gradients_.try_emplace(v, gradient);
    if (!fresh) it->second = it->second + gradient;
  }

  void step(const Node& node) {
    Values dy;
    for (const Value& y : node.values()) dy.push_back(of(y));
    if (std::none_of(dy.begin(), dy.end(), [](const Value& d) { return static_cast<bool>(d); }))
      return;
    graph_.set_scope(node.scope);
    const Values dx = input_gradients(node, dy);
    for (std::size_t i = 0; i < dx.size(); ++i)
      if (dx[i] && is_floating(node.inputs[i].dtype())) accumulate(node.inputs[i], dx[i]);
  }

  Values input_gradients(const Node& node, const Values& dy) {
    const Call call = node.call();
    if (node.op->gradient) return node.op->gradient(call, node.values(), dy);
    if (!node.op->decompose) {
      const auto& outputs = node.outputs;
      if (std::none_of(outputs.begin(), outputs.end(),
                       [](const Type& t) { return is_floating(t.dtype); }))
        return {};
      fail("E-GRAD-02",
           "{}: this op has no gradient, and the loss depends on parameters through it",
           call.where());
    }
    // A composite without a rule of its own: differentiate its meaning.
    const int first = static_cast<int>(graph_.nodes().size());
    const Values ys = node.op->decompose(call);
    Backward inner(ys, dy, node.inputs, first);
    inner.run();
    Values dx;
    // An input that stands in several places gets its whole gradient at the first.
    for (auto it = node.inputs.begin(); it != node.inputs.end(); ++it)
      dx.push_back(std::find(node.inputs.begin(), it, *it) == it ? inner.of(*it) : Value());
    return dx;
  }

  Graph& graph_;
  int first_;
  int last_ = -1;
  std::vector<bool> depends_;
  ValueMap gradients_;
};

}  // namespace

Values gradient(const Values& ys, const Values& seeds, const Values& wrt) {
  if (ys.empty() || ys.size() != seeds.size())
    fail("E-GRAD-01", "gradient: got {} values and {} seeds, expected one seed for each", ys.size(),
         seeds.size());
  for (const Values* values : {&ys, &wrt})
    if (std::find(values->begin(), values->end(), Value()) != values->end())
      fail("E-GRAD-01", "gradient: an empty Value stands among those {}",
           values == &ys ? "that it is of" : "that it is with respect to");
  Backward backward(ys, seeds, wrt, 0);
  backward.run();
  Values gradients;
  for (const Value& v : wrt) {
    Value g = backward.of(v);
    gradients.push_back(g ? g : broadcast_to(zero_like(v), v.shape()));
  }
  return gradients;
}

Values gradient(Value loss, const Values& wrt) {
  if (!loss || loss.rank() != 0 || !is_floating(loss.dtype()))
    fail("E-GRAD-01", "gradient: the loss is {}, expected one floating number; take its mean",
         loss ? loss.type().text() : "empty");
  return gradient({loss}, {loss.graph().scalar(1.0, loss.dtype())}, wrt);
}

}  // namespace glia
