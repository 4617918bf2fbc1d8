#include "glia/train/state.h"

#include <cmath>

#include "glia/base/format.h"

namespace glia::train {
namespace {

using nlohmann::json;

constexpr std::int64_t kMost = std::int64_t{1} << 53;  // no count of ours comes near

json to_json(const EpochRecord& record) {
  json values = json::array();
  for (const auto& [name, value] : record.values) values.push_back({name, value});
  return {{"epoch", record.epoch},
          {"step", record.step},
          {"values", values},
          {"seconds", record.seconds},
          {"within", record.within}};
}

json to_json(const std::vector<EpochRecord>& records) {
  json list = json::array();
  for (const auto& record : records) list.push_back(to_json(record));
  return list;
}

// Of an epoch from `first` to `last`.
EpochRecord record_from(const StateReader& reader, std::int64_t first, std::int64_t last) {
  EpochRecord record;
  record.epoch = reader.integer("epoch", first, last);
  record.within = reader.integer("within", 0, kMost);
  record.step = reader.integer("step", 0, kMost);
  record.seconds = reader.number("seconds");
  for (const auto& pair : reader.list("values")) {
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string() ||
        !(pair[1].is_null() || pair[1].is_number()))
      reader.damaged("a value of an epoch is no name with a number");
    record.values.emplace_back(pair[0].get<std::string>(),
                               pair[1].is_null() ? NAN : pair[1].get<double>());
  }
  return record;
}

}  // namespace

StateReader::StateReader(const Checkpoint& checkpoint, std::string key)
    : checkpoint_(checkpoint), key_(std::move(key)) {
  const auto found = checkpoint.state.find(key_);
  if (found == checkpoint.state.end()) damaged("it is missing");
  value_ = json::parse(found->second, nullptr, false);
  if (!value_.is_object()) damaged("it is no object of JSON");
}

void StateReader::damaged(const std::string& what) const {
  fail("E-CHECK-01", "{}: the checkpoint's '{}' cannot be read: {}; resume from another, or anew",
       checkpoint_.file.empty() ? fmt::format("step {}", checkpoint_.step)
                                : checkpoint_.file.string(),
       key_, what);
}

const json& StateReader::at(const char* name) const {
  if (!value_.is_object()) damaged("a part of it is no object");
  const auto found = value_.find(name);
  if (found == value_.end()) damaged(fmt::format("'{}' is missing", name));
  return *found;
}

std::int64_t StateReader::integer(const char* name, std::int64_t least, std::int64_t most) const {
  const json& value = at(name);
  // Of 2^63 and above get() would give another number.
  const bool whole = value.is_number_integer() &&
                     (!value.is_number_unsigned() || value.get<std::uint64_t>() <= kMost);
  const auto number = whole ? value.get<std::int64_t>() : 0;
  if (!whole || number < least || number > most)
    damaged(fmt::format("'{}' is no whole number from {} to {}", name, least, most));
  return number;
}

double StateReader::number(const char* name) const {
  const json& value = at(name);
  if (!value.is_number() || !std::isfinite(value.get<double>()))
    damaged(fmt::format("'{}' is no number", name));
  return value.get<double>();
}

std::string StateReader::text(const char* name) const {
  const json& value = at(name);
  if (!value.is_string()) damaged(fmt::format("'{}' is no text", name));
  return value.get<std::string>();
}

const json& StateReader::list(const char* name) const {
  const json& value = at(name);
  if (!value.is_array()) damaged(fmt::format("'{}' is no list", name));
  return value;
}

Settings StateReader::settings(const char* name) const {
  const json& value = at(name);
  if (!value.is_object()) damaged(fmt::format("'{}' is no object", name));
  Settings settings;
  for (const auto& [key, text] : value.items()) {
    if (!text.is_string()) damaged(fmt::format("a setting in '{}' is no text", name));
    settings.emplace(key, text.get<std::string>());
  }
  return settings;
}

namespace {
// Of several outputs, the sums of each; those of the whole stand under names of their own.
json more_sums(const std::vector<Running::Sums>& running) {
  json list = json::array();
  for (std::size_t i = 1; i < running.size(); ++i)
    list.push_back({{"running_loss", running[i].loss},
                    {"running_weight", running[i].weight},
                    {"running_correct", running[i].correct},
                    {"running_rows", running[i].rows}});
  return list;
}

Running::Sums sums_from(const StateReader& reader) {
  return {reader.number("running_loss"), reader.number("running_weight"),
          reader.number("running_correct"), reader.number("running_rows")};
}
}  // namespace

void save_state(const State& state, Checkpoint& checkpoint) {
  const auto whole = state.running.empty() ? Running::Sums{} : state.running.front();
  json events = json::array();
  for (const auto& event : state.events)
    events.push_back({{"step", event.step}, {"text", event.text}});
  const json all{{"epoch", state.epoch},
                 {"batch", state.batch},
                 {"running_loss", whole.loss},
                 {"running_weight", whole.weight},
                 {"running_correct", whole.correct},
                 {"running_rows", whole.rows},
                 {"running_outputs", more_sums(state.running)},
                 {"epochs", to_json(state.epochs)},
                 {"within", to_json(state.within)},
                 {"events", events},
                 {"seconds", state.seconds},
                 {"epoch_seconds", state.epoch_seconds},
                 {"asked_stop", state.asked_stop},
                 {"asked_validation", state.asked_validation ? 1 : 0},
                 {"fingerprint", state.fingerprint},
                 {"fixed", state.settings.fixed},
                 {"free", state.settings.free},
                 {"course", state.course.fixed}};
  checkpoint.state["trainer"] = all.dump(-1, ' ', false, json::error_handler_t::replace);
}

State load_state(const Checkpoint& checkpoint) {
  const StateReader reader(checkpoint, "trainer");
  State state;
  state.epoch = reader.integer("epoch", 0, kMost);
  state.batch = reader.integer("batch", 0, kMost);
  state.running = {sums_from(reader)};
  for (const json& sums : reader.list("running_outputs"))
    state.running.push_back(sums_from(StateReader(reader, sums)));
  state.seconds = reader.number("seconds");
  state.fingerprint = reader.text("fingerprint");
  state.settings = {reader.settings("fixed"), reader.settings("free")};
  state.course.fixed = reader.settings("course");
  state.epoch_seconds = reader.number("epoch_seconds");
  state.asked_stop = reader.text("asked_stop");
  state.asked_validation = reader.integer("asked_validation", 0, 1) == 1;
  for (const json& epoch : reader.list("epochs")) {
    const auto number = static_cast<std::int64_t>(state.epochs.size()) + 1;
    state.epochs.push_back(record_from(StateReader(reader, epoch), number, number));
  }
  for (const json& record : reader.list("within"))
    state.within.push_back(record_from(StateReader(reader, record), 1, state.epoch + 1));
  for (const json& item : reader.list("events")) {
    const StateReader event(reader, item);
    state.events.push_back({event.integer("step", 0, checkpoint.step), event.text("text")});
  }
  if (static_cast<std::int64_t>(state.epochs.size()) != state.epoch)
    reader.damaged(fmt::format("it has {} epochs of {}", state.epochs.size(), state.epoch));
  return state;
}

void check_place(const State& state, const Checkpoint& checkpoint, std::int64_t batches) {
  const std::int64_t before = checkpoint.step - state.batch;  // by division: a product may not fit
  if (state.batch > batches || before / batches != state.epoch || before % batches != 0)
    StateReader(checkpoint, "trainer")
        .damaged(fmt::format("epoch {} and batch {} do not make step {}", state.epoch, state.batch,
                             checkpoint.step));
}

serialize::TensorMap tensors_under(const Checkpoint& checkpoint, std::string_view prefix) {
  serialize::TensorMap tensors;
  for (auto it = checkpoint.tensors.lower_bound(prefix);
       it != checkpoint.tensors.end() && it->first.starts_with(prefix); ++it)
    tensors.emplace(it->first.substr(prefix.size()), it->second);
  return tensors;
}

std::string mismatches(const Store& store, const serialize::TensorMap& tensors, bool only_model) {
  const auto wanted = [&](std::string_view name) {
    if (!store.has(name)) return false;
    const Role role = store.role(name);
    return !only_model || role == Role::parameter || role == Role::statistic;
  };
  std::string lines;
  for (const auto& name : store.names()) {
    if (!wanted(name)) continue;
    const Tensor& expected = store.at(name);
    const auto found = tensors.find(name);
    if (found == tensors.end())
      lines += fmt::format("\n  '{}' {} is missing", name, expected.shape().text());
    else if (found->second.shape() != expected.shape() || found->second.dtype() != expected.dtype())
      lines += fmt::format("\n  '{}' is {}{}, expected {}{}", name, name_of(found->second.dtype()),
                           found->second.shape().text(), name_of(expected.dtype()),
                           expected.shape().text());
  }
  for (const auto& [name, tensor] : tensors)
    if (!wanted(name))
      lines += fmt::format("\n  '{}' {} is not the model's", name, tensor.shape().text());
  return lines;
}

}  // namespace glia::train
