#include "glia/train/callbacks.h"

#include <set>

#include "glia/base/format.h"
#include "glia/train/state.h"

namespace glia::train {
namespace {

constexpr const char* kKey = "callbacks";

}  // namespace

Callbacks::Callbacks(const std::vector<std::shared_ptr<Callback>>& all) : all_(all) {
  std::set<std::string> names;
  for (const auto& callback : all_) {
    if (!callback) fail("E-TRAIN-02", "[fit] a callback is null");
    const auto name = callback->name();
    if (name.empty()) fail("E-TRAIN-02", "[fit] a callback has no name; its memory needs one");
    if (!names.insert(name).second)
      fail("E-TRAIN-02", "[fit] two callbacks are called '{}'; give each a name of its own", name);
  }
}

void Callbacks::save(Checkpoint& checkpoint) const {
  auto memories = nlohmann::json::object();
  for (const auto& callback : all_) memories[callback->name()] = callback->memory();
  checkpoint.state[kKey] = nlohmann::json{{"memories", std::move(memories)}}.dump(
      -1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::vector<std::string> Callbacks::load(const Checkpoint& checkpoint) const {
  const StateReader reader(checkpoint, kKey);
  auto memories = reader.settings("memories");
  std::vector<std::string> lines;
  for (const auto& callback : all_) {
    const auto memory = memories.extract(callback->name());
    if (!memory) {
      // Who keeps nothing misses nothing: whoever looks on may come and go.
      if (!callback->memory().empty())
        lines.push_back(fmt::format(
            "the callback '{}' was not there when the checkpoint was written", callback->name()));
      continue;
    }
    try {
      callback->remember(memory.mapped());
    } catch (const Error& error) {
      reader.damaged(fmt::format("'{}': {}", callback->name(), error.what()));
    }
  }
  for (const auto& [name, memory] : memories)
    if (!memory.empty())
      lines.push_back(
          fmt::format("the checkpoint knows a callback '{}', which is not there now", name));
  return lines;
}

}  // namespace glia::train
