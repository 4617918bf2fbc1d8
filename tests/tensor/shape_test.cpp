#include "glia/tensor/shape.h"

#include <gtest/gtest.h>

#include "glia/base/error.h"
#include "glia/tensor/tensor.h"

namespace glia {
namespace {

TEST(Dim, ExpressionsAreEqualWhereTheyReadTheSame) {
  const Dim batch = Dim::symbol("batch"), time = Dim::symbol("time");
  EXPECT_EQ(batch * time, time * batch);
  EXPECT_FALSE(batch * 2 == batch);
  EXPECT_EQ(batch * 1, batch);
  EXPECT_EQ(((time - 2) / 2 * 8).text(), "((time-2)/2)*8");  // spelled with operands in order
  EXPECT_EQ(((time - 2) / 2 * 8).bind({{"time", 10}}), Dim(32));
  EXPECT_FALSE((batch * time).bind({{"time", 10}}).known());
}

TEST(Shape, AsksForAValueBeforeItCounts) {
  const Shape shape{Dim::symbol("batch"), 3};
  EXPECT_EQ(shape.text(), "[batch, 3]");
  EXPECT_THROW(shape.elements(), Error);
  EXPECT_EQ(shape.bind({{"batch", 4}}).elements(), 12);
  EXPECT_THROW((Shape{INT64_MAX / 2, 3}.elements()), Error);
}

TEST(Tensor, RefusesTheWrongTypeAndCount) {
  Tensor t = Tensor::of<float>({2, 2}, {1, 2, 3, 4});
  EXPECT_THROW(t.data<double>(), Error);
  EXPECT_THROW(Tensor::of<float>({3}, {1, 2}), Error);
  EXPECT_THROW(t.reshaped({3}), Error);
  EXPECT_EQ(t.to(DType::i64).data<std::int64_t>()[3], 4);
  Tensor copy = t.clone();
  copy.data<float>()[0] = 9;
  EXPECT_EQ(t.at(0), 1);
  EXPECT_FALSE(same_bits(t, copy));
}

}  // namespace
}  // namespace glia
