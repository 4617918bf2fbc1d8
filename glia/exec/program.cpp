#include "glia/exec/program.h"

#include "glia/base/format.h"

namespace glia {
namespace {
template <class Test>
std::vector<std::string> layers_where(const std::vector<Instruction>& instructions,
                                      const Test& test) {
  std::vector<std::string> names;
  for (const auto& instruction : instructions)
    if (test(instruction.kernel.name)) names.push_back(instruction.node->call().where());
  return names;
}
}  // namespace

std::vector<std::string> Program::on_reference() const {
  return layers_where(instructions_, [](const std::string& name) { return name == "reference"; });
}

std::vector<std::string> Program::widened() const {
  return layers_where(instructions_,
                      [](const std::string& name) { return name.starts_with("widened"); });
}

std::string Program::text() const {
  std::string text;
  for (std::size_t i = 0; i < instructions_.size(); ++i) {
    if (i == commit_at_) text += "-- commit\n";
    const auto& instruction = instructions_[i];
    const auto where = [&](int s) {
      const Slot& slot = slots_[static_cast<std::size_t>(s)];
      static constexpr const char* kKinds[] = {"arena", "input", "variable", "constant"};
      return fmt::format("{}:{}", kKinds[static_cast<int>(slot.kind)], slot.offset);
    };
    std::string in, out;
    for (const int s : instruction.in) in += (in.empty() ? "" : ", ") + where(s);
    for (const int s : instruction.out) out += (out.empty() ? "" : ", ") + where(s);
    text += fmt::format("{:4} {:28} {:24} {} -> {} {}\n", i, instruction.node->op->name,
                        instruction.kernel.name, in, out, instruction.node->scope);
  }
  return text + fmt::format("saves {}, copies {}, arena {} bytes, scratch {} bytes, {} thread(s)\n",
                            saves_.size(), copies_.size(), arena_bytes_, scratch_bytes_, threads_);
}

}  // namespace glia
