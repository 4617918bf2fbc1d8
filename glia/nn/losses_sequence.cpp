// Losses between sequences of different lengths.
#include "glia/base/format.h"
#include "glia/nn/loss_parts.h"
#include "glia/nn/options.h"
#include "glia/ops/ctc.h"

namespace glia::nn {
namespace {

// How many steps of each row of x: [N, T, K] are real, i64 [N].
Value real_steps(Value x) {
  if (const Value mask = x.graph().mask(x))
    return cast(reduce_sum(cast(mask, x.dtype()), {1}), DType::i64);
  return broadcast_to(cast(element_count(x, {1}), DType::i64), {x.dim(0)});
}

}  // namespace

Loss ctc(CtcOptions o) {
  expect(o.blank >= 0, "ctc", fmt::format("blank is {}, expected a class from 0", o.blank));
  Loss loss = loss_of("ctc", Loss::Target::sequences, true, [o](Value x, Value t) -> Elements {
    if (x.rank() != 3 || t.rank() != 2 || t.dtype() != DType::i64 || !(x.dim(0) == t.dim(0)))
      fail("E-SHAPE-06",
           "[ctc] got a prediction {} and a target {}, expected logits [N, T, K] and labels [N, S] "
           "i64, ended by a negative number",
           x.type().text(), t.type().text());
    if (x.dim(2).known() && o.blank >= x.dim(2).value())
      fail("E-OPTION-01", "[ctc] blank is {}, and the prediction {} has the classes 0 to {}",
           o.blank, x.shape().text(), x.dim(2).value() - 1);
    Value logits = argument_of(x, softmax_def, -1);
    if (!logits) logits = x;
    Value each = ctc_loss(glia::log_softmax(logits, -1), t, real_steps(x), o.blank);
    if (o.zero_infinity) each = select(greater(each, 1e30), zero_like(each), each);
    const Value labels =
        select(greater(zero_like(t), t), zero_like(each), x.graph().scalar(1, each.dtype()));
    return {each / maximum(reduce_sum(labels, {1}), 1.0)};
  });
  loss.to_prediction = [](Value output) { return glia::softmax(output, -1); };
  loss.axis = -1;
  loss.ignored_index = o.blank;
  return loss;
}

}  // namespace glia::nn
