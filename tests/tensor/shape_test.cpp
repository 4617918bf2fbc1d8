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

// However an expression was computed, it is the same one.
TEST(Dim, SumsOfProductsHaveOneForm) {
  const Dim batch = Dim::symbol("batch"), time = Dim::symbol("time"),
            height = Dim::symbol("height");
  EXPECT_EQ(batch * 3 * time * 4, time * (batch * 12));
  EXPECT_EQ((batch * 12).text(), "batch*12");
  EXPECT_EQ((time * batch * 2).text(), "batch*time*2");
  EXPECT_EQ(batch * (time + 2), batch * 2 + time * batch);
  EXPECT_EQ(time + 5 - 2, time + 3);
  EXPECT_EQ(time + height - time, height);
  EXPECT_EQ(time - time, Dim(0));
  EXPECT_EQ((time * 3 + 2 - height).text(), "time*3+2-height");
  EXPECT_EQ((Dim(7) - time).text(), "7-time");
}

TEST(Dim, QuotientsThatComeOutEvenDisappear) {
  const Dim batch = Dim::symbol("batch"), time = Dim::symbol("time");
  EXPECT_EQ(batch * time * 8 / 8, batch * time);
  EXPECT_EQ(batch * 8 / 4, batch * 2);
  EXPECT_EQ(batch * time * 4 / batch, time * 4);
  EXPECT_EQ((time * 4 + 8) / 4, time + 2);
  EXPECT_FALSE(time / 2 * 2 == time);
  EXPECT_EQ(((time + 1) / 2 + time / 3).text(), "(time+1)/2+time/3");
  EXPECT_EQ(((time + 1) / 2 + time / 3).bind({{"time", 7}}), Dim(6));
  EXPECT_EQ((batch * time / 6).bind({{"batch", 4}}).bind({{"time", 5}}), Dim(3));
  EXPECT_EQ((batch * time / 6).bind({{"batch", 12}}), time * 2);
}

TEST(Dim, RefusesWhatIsNoSize) {
  const Dim time = Dim::symbol("time");
  EXPECT_THROW((time - 3).bind({{"time", 2}}), Error);
  EXPECT_THROW(((time - 3) / 2 + 1).bind({{"time", 2}}), Error);
  EXPECT_THROW(time / 0, Error);
  EXPECT_THROW((time * INT64_MAX).bind({{"time", 2}}), Error);
}

TEST(Shape, ElementsOfMergedAndSplitAxesAreEqual) {
  const Dim n = Dim::symbol("batch"), t = Dim::symbol("time"), h = 4, d = 8;
  EXPECT_EQ((Shape{n, t, h * d}.element_dim()), (Shape{n * t, h * d}.element_dim()));
  EXPECT_EQ((Shape{n, t, h, d}.element_dim()), (Shape{n * h, t, d}.element_dim()));
  EXPECT_EQ((Shape{n * h, t, t}.element_dim()), (Shape{n, h, t, t}.element_dim()));
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
