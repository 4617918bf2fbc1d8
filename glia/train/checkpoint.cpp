#include "glia/train/checkpoint.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "glia/base/file.h"
#include "glia/base/format.h"

namespace glia::train {
namespace {

constexpr std::string_view kDigest = "digest";

std::string digest_of(const serialize::TensorMap& tensors, const serialize::Metadata& metadata) {
  Sha256 sha;
  for (const auto& [name, tensor] : tensors) {
    sha.update(fmt::format("{}\n{}{}\n", name, name_of(tensor.dtype()), tensor.shape().text()));
    sha.update({tensor.raw(), tensor.bytes()});
  }
  for (const auto& [key, text] : metadata)
    if (key != kDigest) sha.update(fmt::format("{}\n{}\n{}\n", key, text.size(), text));
  return sha.hex();
}

std::string file_name(std::int64_t step) { return fmt::format("step-{:012}.safetensors", step); }

// Checkpoints of a folder, oldest first.
std::vector<std::filesystem::path> files_of(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(folder, none)) {
    const auto name = entry.path().filename().string();
    if (name.starts_with("step-") && name.ends_with(".safetensors")) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

Checkpoints::Checkpoints(std::filesystem::path folder, int keep)
    : folder_(std::move(folder)), keep_(std::max(1, keep)) {}

void Checkpoints::save(const Checkpoint& checkpoint) {
  std::filesystem::create_directories(folder_);
  serialize::Metadata metadata(checkpoint.state.begin(), checkpoint.state.end());
  metadata["step"] = std::to_string(checkpoint.step);
  metadata[std::string(kDigest)] = digest_of(checkpoint.tensors, metadata);
  const auto path = folder_ / file_name(checkpoint.step);
  serialize::write_safetensors(path, checkpoint.tensors, metadata);
  auto all = files_of(folder_);
  // A run that went on from an earlier checkpoint makes later ones of another future void.
  std::erase_if(all, [&](const auto& file) {
    if (file <= path) return false;
    std::filesystem::remove(file);
    return true;
  });
  for (std::size_t i = 0; i + static_cast<std::size_t>(keep_) < all.size(); ++i)
    std::filesystem::remove(all[i]);
}

Checkpoint Checkpoints::load(const std::filesystem::path& file) {
  auto content = serialize::read_safetensors(file);
  Checkpoint checkpoint;
  const auto digest = content.metadata.find(kDigest);
  const auto step = content.metadata.find("step");
  if (digest == content.metadata.end() || step == content.metadata.end() ||
      digest->second != digest_of(content.tensors, content.metadata))
    fail("E-CHECK-01", "{}: this checkpoint is damaged: its content is not what its digest says",
         file.string());
  checkpoint.file = file;
  const auto& digits = step->second;
  const char* const end = digits.data() + digits.size();
  const auto [read_to, error] = std::from_chars(digits.data(), end, checkpoint.step);
  if (error != std::errc() || read_to != end || checkpoint.step < 0)
    fail("E-CHECK-01", "{}: this checkpoint cannot be read: its step is no number", file.string());
  checkpoint.tensors = std::move(content.tensors);
  for (auto& [key, text] : content.metadata)
    if (key != kDigest && key != "step") checkpoint.state.emplace(key, std::move(text));
  return checkpoint;
}

std::optional<Checkpoint> Checkpoints::newest(std::vector<std::string>* problems) const {
  auto all = files_of(folder_);
  for (auto file = all.rbegin(); file != all.rend(); ++file) {
    try {
      return load(*file);
    } catch (const Error& error) {
      if (problems) problems->push_back(error.what());
    }
  }
  return std::nullopt;
}

BestCheckpoints::BestCheckpoints(std::filesystem::path folder, int keep)
    : folder_(std::move(folder)), keep_(static_cast<std::size_t>(std::max(0, keep))) {}

void BestCheckpoints::update(std::vector<Scored> all) const {
  namespace fs = std::filesystem;
  const fs::path best = folder_ / "best";
  std::erase_if(all, [&](const Scored& one) {
    return !std::isfinite(one.score) ||
           !(fs::exists(best / file_name(one.step)) || fs::exists(folder_ / file_name(one.step)));
  });
  std::stable_sort(all.begin(), all.end(),
                   [](const Scored& a, const Scored& b) { return a.score > b.score; });
  all.resize(std::min(all.size(), keep_));
  std::set<std::string> names;
  for (const Scored& one : all) names.insert(file_name(one.step));
  for (const auto& file : files_of(best))
    if (!names.contains(file.filename().string())) fs::remove(file);
  for (const auto& name : names) {
    if (!fs::exists(folder_ / name)) continue;  // an older one, which is there already
    fs::create_directories(best);
    std::error_code error;
    if (fs::equivalent(folder_ / name, best / name, error)) continue;
    fs::remove(best / name);  // of another future of this run
    fs::create_hard_link(folder_ / name, best / name, error);
    if (error) fs::copy_file(folder_ / name, best / name);  // a file system without links
  }
}

}  // namespace glia::train
