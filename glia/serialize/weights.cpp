#include "glia/serialize/weights.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "glia/base/format.h"
#include "glia/base/text.h"

namespace glia::serialize {
namespace {

bool is_weight(const Store& store, const std::string& name) {
  const Role role = store.role(name);
  return role == Role::parameter || role == Role::statistic;
}

// '*' stands for any text, also none.
bool fits(std::string_view name, std::string_view pattern) {
  const auto star = pattern.find('*');
  if (star == std::string_view::npos) return name == pattern;
  if (!name.starts_with(pattern.substr(0, star))) return false;
  const auto rest = pattern.substr(star + 1);
  for (std::size_t from = star; from <= name.size(); ++from)
    if (fits(name.substr(from), rest)) return true;
  return false;
}

void check_rename(const LoadOptions& options) {
  for (const auto& [from, to] : options.rename)
    if (from.find('*') < from.size() - 1 || to.find('*') < to.size() - 1 ||
        from.ends_with('*') != to.ends_with('*'))
      fail("E-WEIGHTS-04",
           "rename: '{}: {}': a * stands for the rest of a name: at the end of both, or of neither",
           shown(from), shown(to));
}

// The name in the model; `used`: which rules a name of the file fits.
std::string renamed(const std::string& name, const LoadOptions& options, std::vector<bool>& used) {
  std::optional<std::string> found;
  for (std::size_t i = 0; i < options.rename.size(); ++i) {
    const auto& [from, to] = options.rename[i];
    if (!fits(name, from)) continue;
    used[i] = true;
    if (found) continue;
    found = from.ends_with('*') ? to.substr(0, to.size() - 1) + name.substr(from.size() - 1) : to;
  }
  return found.value_or(name);
}

std::string type_of(const Tensor& t) {
  return fmt::format("{}{}", name_of(t.dtype()), t.shape().text());
}

// Why a tensor cannot stand for one of the store; empty where it can.
std::string misfit(const Tensor& given, const Tensor& expected) {
  const bool convertible = given.dtype() == expected.dtype() ||
                           (is_floating(given.dtype()) && is_floating(expected.dtype()));
  if (convertible && given.shape() == expected.shape()) return {};
  return fmt::format("is {} in the file, {} in the model", type_of(given), type_of(expected));
}

struct Plan {
  LoadReport report;
  std::vector<std::pair<std::string, const Tensor*>> copies;
  std::vector<std::string> faults;  // what `strict` refuses
};

void plan_file(const Store& store, const TensorMap& tensors, const LoadOptions& options,
               Plan& plan) {
  std::map<std::string, std::string> sources;
  std::vector<bool> used(options.rename.size());
  for (const auto& [name, tensor] : tensors) {
    if (name.ends_with("num_batches_tracked")) continue;
    const std::string to = renamed(name, options, used);
    const std::string called =
        to == name ? fmt::format("'{}'", name) : fmt::format("'{}' (here '{}')", name, to);
    const bool asked = fits(to, options.match);
    std::string why;
    if (const auto [there, fresh] = sources.emplace(to, name); !fresh)
      why = fmt::format("has the name that '{}' has already", there->second);
    else if (!asked)
      why = "is not asked for";
    else if (!store.has(to) || !is_weight(store, to))
      why = fmt::format("{} is not the model's{}", type_of(tensor), suggest(to, store.names()));
    else
      why = misfit(tensor, store.at(to));
    if (why.empty()) {
      plan.copies.emplace_back(to, &tensor);
      plan.report.loaded.push_back(to);
      continue;
    }
    plan.report.skipped.push_back(called + " " + why);
    if (asked) plan.faults.push_back(plan.report.skipped.back());
  }
  std::vector<std::string> names;
  for (const auto& [name, tensor] : tensors) names.push_back(name);
  for (std::size_t i = 0; i < used.size(); ++i)
    if (const auto& [from, to] = options.rename[i]; !used[i])
      plan.report.unused.push_back(fmt::format("'{}: {}' fits no name of the file{}", shown(from),
                                               shown(to), suggest(from, names)));
}

void plan_store(const Store& store, const LoadOptions& options, Plan& plan) {
  auto& loaded = plan.report.loaded;
  std::sort(loaded.begin(), loaded.end());
  for (const auto& name : store.names()) {
    if (!is_weight(store, name) || std::binary_search(loaded.begin(), loaded.end(), name)) continue;
    const bool asked = fits(name, options.match);
    plan.report.left.push_back(fmt::format("'{}' {} {}", name, type_of(store.at(name)),
                                           asked ? "has no tensor that fits" : "is not asked for"));
    if (asked) plan.faults.push_back(plan.report.left.back());
  }
}

std::string lines(std::string_view title, const std::vector<std::string>& list) {
  return list.empty() ? std::string() : fmt::format("\n{}:\n  {}", title, fmt::join(list, "\n  "));
}

// `as`: what the tensor became in the model's dtype.
void expect_finite(const std::string& where, const std::string& name, const Tensor& tensor,
                   const Tensor& as) {
  if (!is_floating(as.dtype())) return;
  for (std::int64_t i = 0; i < as.size(); ++i)
    if (!std::isfinite(as.at(i)))
      fail("E-WEIGHTS-03",
           "{}: '{}' {} has the value {} at place {}, which is no finite number in {}; nothing was "
           "loaded",
           where, name, type_of(tensor), tensor.at(i), i, name_of(as.dtype()));
}

LoadReport load(Store& store, const TensorMap& tensors, const LoadOptions& options,
                const std::string& where) {
  check_rename(options);
  Plan plan;
  plan_file(store, tensors, options, plan);
  plan_store(store, options, plan);
  if (options.strict && !plan.faults.empty())
    fail("E-WEIGHTS-01",
         "{}: the weights do not fit the model, and nothing was loaded:\n  {}{}\nmap names with "
         "rename, ask for a part with match (for example \"encoder.*\"), or say strict: false to "
         "load what fits",
         where, fmt::join(plan.faults, "\n  "), lines("rename", plan.report.unused));
  if (plan.copies.empty())
    fail("E-WEIGHTS-02", "{}: none of its tensors is one of the model's that match '{}':{}{}{}",
         where, options.match, lines("in the file", plan.report.skipped),
         lines("in the model", plan.report.left), lines("rename", plan.report.unused));
  std::vector<std::pair<std::string, Tensor>> converted;
  for (const auto& [name, tensor] : plan.copies) {
    converted.emplace_back(name, tensor->to(store.at(name).dtype()));
    expect_finite(where, name, *tensor, converted.back().second);
  }
  for (auto& [name, tensor] : converted) store.assign(name, std::move(tensor));
  return std::move(plan.report);
}

}  // namespace

std::string LoadReport::text() const {
  return fmt::format("{} tensors loaded, {} of the file skipped, {} of the model left as they were",
                     loaded.size(), skipped.size(), left.size()) +
         lines("skipped", skipped) + lines("left", left) + lines("rename", unused);
}

LoadReport load_weights(Store& store, const TensorMap& tensors, const LoadOptions& options) {
  return load(store, tensors, options, "weights");
}

LoadReport load_weights(Store& store, const std::filesystem::path& file,
                        const LoadOptions& options) {
  return load(store, read_safetensors(file).tensors, options, file.string());
}

TensorMap weights_of(const Store& store) {
  TensorMap tensors;
  for (const auto& name : store.names())
    if (is_weight(store, name)) tensors.emplace(name, store.at(name));
  return tensors;
}

}  // namespace glia::serialize
