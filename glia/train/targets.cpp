#include "glia/train/targets.h"

#include <cmath>
#include <span>

#include "glia/base/format.h"

namespace glia::train {
namespace {

using Kind = nn::Loss::Target;

// What is wrong with a number, or nothing.
std::string fault_of_number(float t, Kind kind) {
  if (!std::isfinite(t)) return fmt::format("is {}, which is no number to learn", t);
  if ((kind == Kind::probabilities || kind == Kind::one_hot) && !(t >= 0 && t <= 1))
    return fmt::format("is {}, expected a probability from 0 to 1", t);
  if (kind == Kind::nonnegative && t < 0) return fmt::format("is {}, expected at least 0", t);
  if (kind == Kind::signs && t != 0 && t != 1 && t != -1)
    return fmt::format("is {}, expected 1 for yes, and -1 or 0 for no", t);
  if (kind == Kind::pairs && t != 0 && t != 1)
    return fmt::format("is {}, expected 1 for a pair that is alike, 0 for another", t);
  return {};
}

// What is wrong with one row, or nothing. One-hot: groups of `classes` numbers that stand `stride`
// apart sum to 1.
std::string fault_of_row(std::span<const float> row, std::size_t classes, std::size_t stride,
                         Kind kind) {
  for (const float t : row)
    if (auto what = fault_of_number(t, kind); !what.empty()) return what;
  if (kind != Kind::one_hot) return {};
  for (std::size_t at = 0; at + (classes - 1) * stride < row.size(); ++at) {
    if (at / stride % classes != 0) continue;
    double sum = 0;
    for (std::size_t c = 0; c < classes; ++c) sum += row[at + c * stride];
    if (std::abs(sum - 1) > 1e-3)
      return fmt::format("sums to {}, expected a row that sums to 1", sum);
  }
  return {};
}

// What is wrong with the labels of one row, or nothing: of ctc they are ended by a negative number.
std::string fault_of_labels(std::span<const std::int64_t> labels, const nn::Loss& loss,
                            std::int64_t outputs) {
  const bool sequence = loss.target == Kind::sequences;
  bool ended = false;
  for (const std::int64_t label : labels) {
    if (sequence && label < 0) {
      ended = true;
      continue;
    }
    if (ended) return fmt::format("goes on with {} after its end, a negative number", label);
    if (label == loss.ignored_index) {
      if (!sequence) continue;
      return fmt::format("has the label {}, which is the blank", label);
    }
    if (label < 0 || label >= outputs)
      return fmt::format(
          "is class {}, and the model has {} outputs: classes 0 to {}; give the last layer more "
          "units, or correct the label",
          label, outputs, outputs - 1);
  }
  return {};
}

// Of a number of a regression that was standardized: what stands in the data, and how to learn it.
std::string in_the_data(float t, const data::Target& target) {
  if (target.mean == 0 && target.std == 1) return {};
  return fmt::format(
      "; it is {:.6g} in the data and was standardized: learn the numbers as they are, with "
      "target: "
      "{{standardize: false}}, or take mean_squared_error",
      target.inverse(t));
}

// How many numbers of a row stand between one class and the next.
std::size_t class_stride(const Shape& targets, int axis) {
  std::int64_t stride = 1;
  for (int i = axis + 1; i < targets.rank(); ++i) stride *= targets[i].value();
  return static_cast<std::size_t>(stride);
}

// Where the classes of targets [N, ...] stand.
struct Classes {
  Classes(const Shape& targets, DType dtype, const nn::Loss& loss) : shape(targets) {
    const int rank = shape.rank();
    if (dtype != DType::i64 && rank >= 2) axis = normal_axis(loss.axis_of_classes(rank), rank);
    if (axis < 0) return;
    width = shape[axis].value();
    stride = static_cast<std::int64_t>(class_stride(shape, axis));
  }
  // The targets' shape without the axis of classes.
  Shape places() const {
    Shape places;
    for (int i = 0; i < shape.rank(); ++i)
      if (i != axis) places.push_back(shape[i]);
    return places;
  }
  Shape shape;
  int axis = -1;
  std::int64_t width = 1, stride = 1;
};

// Of the first `rows` of the targets; the others keep what is there.
void write_class_weights(const Tensor& targets, std::int64_t rows, const nn::Loss& loss,
                         const std::vector<double>& weights, Tensor& result) {
  const Classes c(targets.shape(), targets.dtype(), loss);
  if (rows == 0) return;
  const std::int64_t each = result.size() / c.shape[0].value();
  const bool numbered = targets.dtype() == DType::i64;
  for (std::int64_t i = 0; i < rows * each; ++i) {
    const std::int64_t begin = i / c.stride * c.stride * c.width + i % c.stride;
    double label = targets.at(begin);
    if (numbered && loss.ignored_index && label == static_cast<double>(*loss.ignored_index)) {
      result.set(i, 0);  // counts nothing in any case
      continue;
    }
    if (c.width > 1) {  // one-hot: the place of the 1
      label = -1;
      for (std::int64_t k = 0; k < c.width; ++k)
        if (targets.at(begin + k * c.stride) == 1) label = static_cast<double>(k);
    }
    if (!(label >= 0 && label < static_cast<double>(weights.size())) || label != std::floor(label))
      fail("E-TRAIN-02", "[fit] class weights are given for {} classes, and row {} has target {}",
           weights.size(), i / each,
           c.width > 1 ? std::string("no single class") : fmt::format("{}", label));
    result.set(i, weights[static_cast<std::size_t>(label)]);
  }
}

class ClassWeighted : public data::Source {
 public:
  ClassWeighted(std::shared_ptr<const data::Source> source, nn::Loss loss,
                std::vector<double> weights)
      : source_(std::move(source)), loss_(std::move(loss)), weights_(std::move(weights)) {}
  std::int64_t size() const override { return source_->size(); }
  std::vector<data::Field> inputs() const override { return source_->inputs(); }
  std::vector<data::Field> outputs() const override { return source_->outputs(); }
  bool has_weights() const override { return true; }
  Shape weight_shape() const override {
    const auto target = source_->outputs().front();
    Shape batch{1};
    for (const Dim d : target.row) batch.push_back(d);
    const Shape places = Classes(batch, target.dtype, loss_).places();
    return Shape(std::vector<Dim>(places.begin() + 1, places.end()));
  }
  std::optional<Tensor> all_targets(std::size_t output) const override {
    return source_->all_targets(output);
  }
  std::shared_ptr<const data::Order> order(bool shuffle, std::uint64_t seed,
                                           std::int64_t epoch) const override {
    return source_->order(shuffle, seed, epoch);
  }
  void fill(data::Batch& batch) const override {
    source_->fill(batch);
    write_class_weights(batch.targets, batch.count, loss_, weights_, batch.weights);
  }

 private:
  std::shared_ptr<const data::Source> source_;
  nn::Loss loss_;
  std::vector<double> weights_;
};

}  // namespace

void check_targets(const Tensor& targets, const Output& output, std::int64_t outputs,
                   std::string_view word) {
  const nn::Loss& loss = output.loss;
  const std::int64_t rows = targets.shape()[0].value();
  if (rows == 0 || loss.target == Kind::none) return;
  const auto width = static_cast<std::size_t>(targets.size() / rows);
  const Shape& shape = targets.shape();
  const int axis =
      shape.rank() < 2 ? 0 : normal_axis(loss.axis_of_classes(shape.rank()), shape.rank());
  for (std::int64_t i = 0; i < rows; ++i) {
    const std::size_t at = static_cast<std::size_t>(i) * width;
    const auto what =
        targets.dtype() == DType::i64
            ? fault_of_labels({targets.data<std::int64_t>().data() + at, width}, loss, outputs)
            : fault_of_row({targets.data<float>().data() + at, width},
                           static_cast<std::size_t>(shape[axis].value()), class_stride(shape, axis),
                           loss.target);
    if (!what.empty())
      fail("E-TRAIN-06", "[{}] the target of {} row {} {}{}", loss.name, word, i, what,
           loss.target == Kind::nonnegative && width == 1
               ? in_the_data(targets.data<float>()[at], output.target)
               : "");
  }
}

Tensor class_weights(const Tensor& targets, const nn::Loss& loss,
                     const std::vector<double>& weights) {
  Tensor result(DType::f32, Classes(targets.shape(), targets.dtype(), loss).places());
  write_class_weights(targets, targets.shape()[0].value(), loss, weights, result);
  return result;
}

std::shared_ptr<const data::Source> weighted_by_class(std::shared_ptr<const data::Source> source,
                                                      const nn::Loss& loss,
                                                      const std::vector<double>& weights) {
  if (source->has_weights())
    fail("E-TRAIN-02",
         "[fit] class weights are given, and the rows have weights of their own: say one; the "
         "product of both can be given as the rows' weights");
  if (const auto all = source->all_targets(0)) (void)class_weights(*all, loss, weights);
  return std::make_shared<ClassWeighted>(std::move(source), loss, weights);
}

}  // namespace glia::train
