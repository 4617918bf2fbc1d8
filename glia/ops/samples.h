// Makers of the inputs that the registry's tests give to an op.
#pragma once

#include "glia/ir/op.h"

namespace glia {

inline SampleInput normal(Shape shape, double mean = 0, double deviation = 1) {
  return {SampleInput::Kind::normal, std::move(shape), DType::f32, mean, deviation};
}
inline SampleInput uniform(Shape shape, double from, double to) {
  return {SampleInput::Kind::uniform, std::move(shape), DType::f32, from, to};
}
inline SampleInput integers(Shape shape, double from, double below, DType dtype = DType::i64) {
  return {SampleInput::Kind::integers, std::move(shape), dtype, from, below};
}
inline SampleInput booleans(Shape shape) {
  return {SampleInput::Kind::integers, std::move(shape), DType::boolean, 0, 2};
}
inline SampleInput filled(Shape shape, double value, DType dtype = DType::f32) {
  return {SampleInput::Kind::constant, std::move(shape), dtype, value, 0};
}
inline SampleInput channel_mean(Shape shape) {
  return {SampleInput::Kind::channel_mean, std::move(shape), DType::f32};
}
inline SampleInput channel_variance(Shape shape) {
  return {SampleInput::Kind::channel_variance, std::move(shape), DType::f32};
}

}  // namespace glia
