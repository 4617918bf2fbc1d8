#include "glia/base/format.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"
#include "glia/ops/shapes.h"

namespace glia {
namespace {

std::vector<Type> infer(const Call& c) {
  const auto layout = static_cast<Layout>(c.attributes.integer("layout"));
  if (layout == Layout::blocked8 && c[0].rank() == 4 && c[0].dim(1).known() &&
      c[0].dim(1).value() % 8 != 0)
    fail("E-IR-08", "{}: layout blocked8 needs a multiple of 8 channels, got {}", c.where(),
         c[0].type().text());
  if (c[0].rank() != 4 && layout != Layout::plain)
    fail("E-IR-08", "{}: only values of 4 dimensions have layouts, got {}", c.where(),
         c[0].type().text());
  return {{c[0].dtype(), c[0].shape(), layout}};
}

Values gradient(const Call& c, const Values&, const Values& dy) {
  return {reorder(dy[0], c[0].type().layout)};
}

}  // namespace

const OpDef reorder_def{
    .name = "reorder",
    .doc = "The same value in another physical layout. x: [N, C, H, W] -> the same shape.",
    .attributes = {{"layout", std::int64_t{0}, true}},
    .infer = infer,
    .gradient = gradient,
    .samples = {{"channels_last", {normal({2, 5, 4, 3})}, {{"layout", std::int64_t{1}}}},
                {"blocked8", {normal({2, 16, 4, 3})}, {{"layout", std::int64_t{2}}}}},
};

Value reorder(Value x, Layout layout) {
  if (x.type().layout == layout) return x;
  return call(reorder_def, {x}, {{"layout", static_cast<std::int64_t>(layout)}})[0];
}

}  // namespace glia
