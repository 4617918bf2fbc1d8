#include "glia/train/logs/callbacks.h"

#include <optional>

#include "glia/base/error.h"
#include "glia/exec/store.h"
#include "glia/train/logs/csv.h"
#include "glia/train/logs/tensorboard.h"
#include "glia/train/trainer.h"

namespace glia::train {
namespace {

// What every log has: after its first trouble it is silent.
class Log : public Callback {
 public:
  Log(std::string name, Message message) : name_(std::move(name)), message_(std::move(message)) {}
  std::string name() const override { return name_; }

 protected:
  template <class Write>
  void write(Write&& act) {
    if (broken_) return;
    try {
      act();
    } catch (const Error& error) {
      broken_ = true;
      if (message_)
        message_("this log ends here, the training goes on: " + std::string(error.what()));
    }
  }

 private:
  std::string name_;
  Message message_;
  bool broken_ = false;
};

class TensorBoardLog : public Log {
 public:
  TensorBoardLog(std::filesystem::path folder, TensorBoardOptions options)
      : Log("tensorboard", options.message), folder_(std::move(folder)), o_(std::move(options)) {}

  void step(const StepRecord& record, Control&) override {
    const bool due = o_.every_steps > 0 && record.step % o_.every_steps == 0;
    if (writer_ && !due) return;
    write([&] {
      TensorBoardWriter& writer = begun(record.step);
      if (!due) return;
      Summary summary;
      summary.scalar("step/loss", record.loss);
      writer.add(record.step, summary);
    });
  }

  void epoch(const EpochRecord& record, Control& control) override {
    write([&] {
      Summary summary;
      for (const auto& [name, value] : record.values) summary.scalar("epoch/" + name, value);
      if (o_.histograms) {
        const Store& store = control.store();
        for (const auto& name : store.names(Role::parameter))
          if (const Tensor& tensor = store.at(name); tensor.dtype() == DType::f32)
            summary.histogram("weights/" + name, tensor.data<float>());
      }
      begun(record.step).add(record.step, summary);
    });
  }

 private:
  // The file is made with the first step, which says where this part of a resumed run begins.
  TensorBoardWriter& begun(std::int64_t step) {
    if (writer_) return *writer_;
    writer_.emplace(folder_, step);
    if (writer_->continues()) return *writer_;
    if (o_.graph) writer_->graph(o_.graph());
    Summary images;
    for (const auto& [tag, image] : o_.images) images.image(tag, image);
    writer_->add(0, images);
    return *writer_;
  }

  std::filesystem::path folder_;
  TensorBoardOptions o_;
  std::optional<TensorBoardWriter> writer_;
};

CsvLog::Row row_of(const EpochRecord& record) {
  CsvLog::Row row{{"epoch", static_cast<double>(record.epoch)},
                  {"step", static_cast<double>(record.step)},
                  {"seconds", record.seconds}};
  row.insert(row.end(), record.values.begin(), record.values.end());
  return row;
}

class CsvCallback : public Log {
 public:
  CsvCallback(std::filesystem::path file, Message message)
      : Log("csv", std::move(message)), log_(std::move(file)) {}

  void begin(Control& control) override {
    write([&] {
      std::vector<CsvLog::Row> rows;
      for (const auto& record : control.history().records()) rows.push_back(row_of(record));
      log_.begin(std::move(rows));
    });
  }
  void epoch(const EpochRecord& record, Control&) override {
    write([&] { log_.add(row_of(record)); });
  }

 private:
  CsvLog log_;
};

}  // namespace

std::shared_ptr<Callback> tensorboard_log(std::filesystem::path folder,
                                          TensorBoardOptions options) {
  return std::make_shared<TensorBoardLog>(std::move(folder), std::move(options));
}

std::shared_ptr<Callback> csv_log(std::filesystem::path file, Message message) {
  return std::make_shared<CsvCallback>(std::move(file), std::move(message));
}

}  // namespace glia::train
