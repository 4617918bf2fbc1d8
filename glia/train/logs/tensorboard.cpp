#include "glia/train/logs/tensorboard.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>
#include <system_error>
#include <utility>
#include <vector>

#include "glia/base/format.h"
#include "glia/data/codecs.h"
#include "glia/train/logs/crc32c.h"
#include "glia/train/logs/protobuf.h"

namespace glia::train {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kStem = "events.out.tfevents.";

std::string reason(int error) { return std::generic_category().message(error); }

std::int64_t seconds_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

// The seconds in the name of the newest event file there; -1: there is none.
std::int64_t newest_in(const fs::path& folder) {
  std::int64_t newest = -1;
  std::error_code none;
  for (fs::directory_iterator file(folder, none), end; file != end; file.increment(none)) {
    const auto name = file->path().filename().string();
    if (!name.starts_with(kStem)) continue;
    std::int64_t seconds = 0;
    std::from_chars(name.data() + kStem.size(), name.data() + name.size(), seconds);
    newest = std::max(newest, seconds);
    if (none) break;
  }
  return newest;
}

ProtoMessage event_at(std::int64_t step) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  ProtoMessage event;
  event.real(1, std::chrono::duration<double>(now).count());
  event.integer(2, step);
  return event;
}

ProtoMessage tagged(std::string_view tag, int field, const ProtoMessage& value) {
  ProtoMessage message;
  message.text(1, tag).message(field, value);
  return message;
}

}  // namespace

struct Summary::Bytes : ProtoMessage {};

Summary::Summary() : bytes_(std::make_unique<Bytes>()) {}
Summary::Summary(Summary&&) noexcept = default;
Summary& Summary::operator=(Summary&&) noexcept = default;
Summary::~Summary() = default;

bool Summary::empty() const { return bytes_->empty(); }

void Summary::scalar(std::string_view tag, double value) {
  ProtoMessage message;
  message.text(1, tag).real32(2, static_cast<float>(value));
  bytes_->message(1, message);
}

void Summary::histogram(std::string_view tag, std::span<const float> values) {
  constexpr int kBuckets = 30;  // as TensorBoard's own writer has
  float least = std::numeric_limits<float>::infinity(), most = -least;
  double count = 0, sum = 0, squares = 0;
  for (const float v : values) {
    if (!std::isfinite(v)) continue;
    least = std::min(least, v), most = std::max(most, v);
    ++count, sum += v, squares += static_cast<double>(v) * v;
  }
  if (count == 0) return;
  const int buckets = least == most ? 1 : kBuckets;
  const double width = (static_cast<double>(most) - least) / buckets;
  std::vector<double> counts(static_cast<std::size_t>(buckets)), limits(counts.size());
  if (buckets == 1) {
    counts[0] = count;
  } else {
    for (const float v : values)
      if (std::isfinite(v))
        ++counts[static_cast<std::size_t>(
            std::min(kBuckets - 1, static_cast<int>((static_cast<double>(v) - least) / width)))];
  }
  for (int i = 0; i < buckets; ++i)
    limits[static_cast<std::size_t>(i)] = i + 1 == buckets ? most : least + width * (i + 1);
  ProtoMessage histogram;
  histogram.real(1, least).real(2, most).real(3, count).real(4, sum).real(5, squares);
  histogram.reals(6, limits).reals(7, counts);
  bytes_->message(1, tagged(tag, 5, histogram));
}

void Summary::image(std::string_view tag, const data::Image& image) {
  ProtoMessage message;
  message.integer(1, image.height).integer(2, image.width).integer(3, image.channels);
  message.text(4, data::codecs().encode_png(image));
  bytes_->message(1, tagged(tag, 4, message));
}

TensorBoardWriter::TensorBoardWriter(const fs::path& folder, std::int64_t first_step) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    fail("E-TRAIN-20", "{}: this folder of TensorBoard's logs cannot be made: {}", folder.string(),
         error.message());
  const std::int64_t newest = newest_in(folder);
  continues_ = newest >= 0;
  for (std::int64_t seconds = std::max(seconds_now(), newest + 1);; ++seconds) {
    file_ = folder / fmt::format("{}{:010}.glia", kStem, seconds);
    descriptor_ = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
    if (descriptor_ >= 0) break;
    if (errno != EEXIST && errno != EINTR)
      fail("E-TRAIN-20", "{}: this log cannot be made: {}", file_.string(), reason(errno));
  }
  record(event_at(0).text(3, "brain.Event:2").bytes());
  // The first of a folder's only tells TensorBoard that those after it are restarts.
  constexpr int kStart = 1;
  record(event_at(first_step).message(7, ProtoMessage().integer(1, kStart)).bytes());
}

TensorBoardWriter::TensorBoardWriter(TensorBoardWriter&& other) noexcept
    : file_(std::move(other.file_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      continues_(other.continues_) {}

TensorBoardWriter::~TensorBoardWriter() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void TensorBoardWriter::add(std::int64_t step, const Summary& summary) {
  if (!summary.empty()) record(event_at(step).message(5, *summary.bytes_).bytes());
}

void TensorBoardWriter::graph(const Graph& graph) {
  record(event_at(0).text(4, graph_def(graph)).bytes());
}

void TensorBoardWriter::flush() {
  if (::fsync(descriptor_) != 0 && errno != EINVAL && errno != EROFS)
    fail("E-TRAIN-20", "{}: this log cannot be written: {}", file_.string(), reason(errno));
}

// TFRecord: the length, its checksum, the event, its checksum, all little-endian.
void TensorBoardWriter::record(std::string_view event) {
  std::string bytes;
  const auto number = [&](std::uint64_t value, int count) {
    for (int i = 0; i < count; ++i) bytes += static_cast<char>((value >> (8 * i)) & 0xff);
  };
  number(event.size(), 8);
  number(masked_crc32c(bytes), 4);
  bytes += event;
  number(masked_crc32c(event), 4);
  for (std::string_view left = bytes; !left.empty();) {
    const auto count = ::write(descriptor_, left.data(), left.size());
    if (count >= 0)
      left.remove_prefix(static_cast<std::size_t>(count));
    else if (errno != EINTR)
      fail("E-TRAIN-20", "{}: this log cannot be written: {}", file_.string(), reason(errno));
  }
}

}  // namespace glia::train
