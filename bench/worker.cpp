// Measures on request, so that a driver can let a peer work in between (compare.py). Reads lines,
// answers each with one line of JSON:
//   peaks THREADS
//   material EXPERIMENT FEATURES BATCH CLASSES DROPOUT PATH       FEATURES: 1x28x28
//   step KEY EXPERIMENT FEATURES BATCH CLASSES THREADS DROPOUT MATERIAL
//   prediction KEY EXPERIMENT FEATURES BATCH CLASSES THREADS DROPOUT MATERIAL
//   results KEY COUNT        losses, or predictions, of the first runs
//   time KEY COUNT           nanoseconds of one run
//   profile KEY COUNT        per op
//   bundle FOLDER EXPERIMENT    trains a little and saves it; for the start-up
//   csv FILE THREADS         nanoseconds of reading it
//   csv_numbers FILE PATH    writes its numbers, column by column
//   stream EXPERIMENT FOLDER THREADS   prepares it: nanoseconds
//   stream_read              nanoseconds of reading the file that is streamed
//   stream_epoch             nanoseconds of training on it for an epoch
#include <algorithm>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "bench/exercise.h"
#include "bench/machine.h"
#include "bench/stream.h"
#include "glia/base/random.h"
#include "glia/data/csv.h"
#include "glia/experiment/run.h"

namespace glia::bench {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

template <class T>
T word(std::istream& in) {
  T value;
  if constexpr (std::is_same_v<T, std::string>)
    in >> std::quoted(value);  // a path may hold spaces
  else
    in >> value;
  if (!in) throw std::runtime_error("the request is too short");
  return value;
}

Shape shape_from(const std::string& text) {
  std::istringstream in(text);
  std::string part;
  Shape shape;
  while (std::getline(in, part, 'x')) shape.push_back(std::stoll(part));
  return shape;
}

ExerciseOptions options_from(std::istream& in, bool threads) {
  ExerciseOptions o;
  o.experiment = word<std::string>(in);
  o.features = shape_from(word<std::string>(in));
  o.batch = word<std::int64_t>(in);
  o.classes = word<std::int64_t>(in);
  if (threads) o.threads = word<int>(in);
  o.dropout = word<bool>(in);
  return o;
}

// Of a plan: what it costs, and which ops have no kernel of their own.
json describe(Exercise& exercise) {
  double operations = 0;
  for (const auto& time : exercise.session().times()) operations += time.operations;
  const Program& program = exercise.session().program();
  return {{"operations", operations},
          {"threads", program.threads()},
          {"fingerprint", program.fingerprint()},
          {"reference", program.on_reference()}};
}

// Each op's time in the quickest of several stretches: others may use the machine, and a time that
// was interrupted says nothing.
json profile(Exercise& exercise, long runs) {
  constexpr int kStretches = 25;
  const auto totals = [&] { return exercise.session().times(); };
  exercise.session().profile(true);
  exercise.reset();
  auto before = totals();
  std::vector<double> best(before.size(), 1e300);
  for (int stretch = 0; stretch < kStretches; ++stretch) {
    const long n = std::max(1L, runs / kStretches);
    for (long i = 0; i < n; ++i) exercise.once();
    auto after = totals();
    for (std::size_t i = 0; i < best.size(); ++i)
      best[i] =
          std::min(best[i], (after[i].seconds - before[i].seconds) * 1e9 / static_cast<double>(n));
    before = std::move(after);
  }
  exercise.session().profile(false);
  json rows = json::array();
  for (std::size_t i = 0; i < best.size(); ++i)
    rows.push_back({{"op", before[i].op},
                    {"layer", before[i].layer},
                    {"kernel", before[i].kernel},
                    {"shape", before[i].shape},
                    {"nanoseconds", best[i]},
                    {"operations", before[i].operations},
                    {"bytes", before[i].bytes}});
  return rows;
}

// 600 rows of 30 numbers, and whether their sum is positive.
void write_rows(const fs::path& file) {
  std::ofstream out(file);
  Random random(1, "rows");
  for (int c = 0; c < 30; ++c) out << 'x' << c << ',';
  out << "label\n";
  for (int r = 0; r < 600; ++r) {
    double sum = 0;
    for (int c = 0; c < 30; ++c) {
      const double x = random.normal();
      sum += x;
      out << x << ',';
    }
    out << (sum > 0 ? "yes" : "no") << '\n';
  }
}

// The bundle lies at FOLDER/run/model; one raw row at FOLDER/row.csv; and what the peer needs,
// which gets the row encoded, at FOLDER/model.safetensors.
json make_bundle(const fs::path& folder, const fs::path& file) {
  fs::create_directories(folder);
  write_rows(folder / "rows.csv");
  experiment::LoadOptions options;
  options.data_folders = {folder};
  const auto e = experiment::load(file, options);
  const auto prepared = experiment::prepare(e);
  experiment::RunOptions run;
  run.folder = folder / "run";
  run.overwrite = true;
  experiment::train(e, prepared, run);

  std::ifstream rows(folder / "rows.csv");
  std::string head, first;
  std::getline(rows, head);
  std::getline(rows, first);
  std::ofstream(folder / "row.csv") << head << '\n' << first << '\n';
  const auto bundle = experiment::load_bundle(run.folder);
  const auto row = bundle.experiment.data->unlabelled(bundle, folder / "row.csv").rows;
  auto batch = row->allocate(1);
  const std::vector<std::int64_t> only{0};
  batch.count = 1, batch.rows = only;
  row->fill(batch);
  serialize::TensorMap tensors;
  for (const auto& name : bundle.store->names()) tensors.emplace(name, bundle.store->at(name));
  tensors.insert_or_assign("features", batch.features);
  serialize::write_safetensors(folder / "model.safetensors", tensors);
  return {{"prediction", bundle.predict(*row).front().at(0)}};
}

json to_json(Timing t) { return {{"wall", t.wall}, {"cpu", t.cpu}}; }

json read_csv(const std::string& file, int threads) {
  const Timing before = clocks();
  const auto table = data::read_csv(file, {.threads = threads});
  return to_json(clocks() - before);
}

json write_numbers(const std::string& file, const std::string& path) {
  const auto table = data::read_csv(file);
  std::ofstream out(path, std::ios::binary);
  for (std::int64_t c = 0; c < table.columns(); ++c) {
    if (!table.numeric(c)) continue;
    const auto values = table.numbers(c);
    out.write(reinterpret_cast<const char*>(values.data()),
              static_cast<std::streamsize>(values.size() * sizeof values[0]));
  }
  return json::object();
}

class Worker {
 public:
  json answer(std::istream& in) {
    const auto command = word<std::string>(in);
    if (command == "peaks") {
      const Peaks p = measure_peaks(word<int>(in));
      return {{"multiply_add", p.multiply_add}, {"read", p.read}, {"copy", p.copy}};
    }
    if (command == "material") {
      const auto options = options_from(in, false);
      write_material(options, word<std::string>(in));
      return json::object();
    }
    if (command == "bundle") {
      const auto folder = word<std::string>(in);
      return make_bundle(folder, word<std::string>(in));
    }
    if (command == "csv") {
      const auto file = word<std::string>(in);
      return read_csv(file, word<int>(in));
    }
    if (command == "csv_numbers") {
      const auto file = word<std::string>(in);
      return write_numbers(file, word<std::string>(in));
    }
    if (command == "stream") {
      const auto file = word<std::string>(in), folder = word<std::string>(in);
      return to_json(streaming_.emplace(file, folder, word<int>(in)).preparing());
    }
    if (command == "stream_read") return to_json(streaming_.value().read());
    if (command == "stream_epoch") return to_json(streaming_.value().epoch());
    const auto key = word<std::string>(in);
    if (command == "step" || command == "prediction") {
      const auto options = options_from(in, true);
      const auto material = word<std::string>(in);
      auto& exercise = exercises_[key];
      exercise =
          command == "step" ? training_step(options, material) : prediction(options, material);
      return describe(*exercise);
    }
    Exercise& exercise = *exercises_.at(key);
    const long count = word<long>(in);
    if (command == "results") {
      json results = json::array();
      exercise.reset();
      for (long i = 0; i < count; ++i) {
        exercise.once();
        results.push_back(exercise.result());
      }
      return results;
    }
    if (command == "time") return to_json(exercise.time(count));
    if (command == "profile") return profile(exercise, count);
    throw std::runtime_error("there is no request '" + command + "'");
  }

 private:
  std::map<std::string, std::unique_ptr<Exercise>> exercises_;
  std::optional<Streaming> streaming_;
};

}  // namespace
}  // namespace glia::bench

int main() {
  glia::bench::Worker worker;
  std::string line;
  while (std::getline(std::cin, line)) {
    nlohmann::json answer;
    try {
      std::istringstream in(line);
      answer = worker.answer(in);
    } catch (const std::exception& error) {
      answer = {{"error", error.what()}};
    }
    std::cout << answer.dump() << std::endl;
  }
}
