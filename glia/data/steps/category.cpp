#include "glia/data/steps/category.h"

#include <algorithm>
#include <cmath>

#include "glia/base/format.h"
#include "glia/base/random.h"
#include "glia/data/labels.h"
#include "glia/data/steps/murmur.h"
#include "glia/data/storage.h"

namespace glia::data {
namespace {

Encoding encoding_of(const std::string& name) {
  if (name == "ordinal") return Encoding::ordinal;
  if (name == "frequency") return Encoding::frequency;
  if (name == "hashing") return Encoding::hashing;
  return name == "target" ? Encoding::target : Encoding::one_hot;
}

// The mean of a category's targets, mixed with that of all: Micci-Barreca, "A preprocessing scheme
// for high-cardinality categorical attributes", 2001, equations 3 to 6.
double shrunk(const Moments& category, const Moments& all, const std::optional<double>& smooth) {
  if (category.count == 0) return all.mean;
  const auto n = static_cast<double>(category.count);
  if (smooth) return (*smooth * all.mean + n * category.mean) / (*smooth + n);
  const double between = all.variance() * n, within = category.squares / n;
  if (between + within == 0) return all.mean;
  const double share = between / (between + within);
  return share * category.mean + (1 - share) * all.mean;
}

}  // namespace

std::int64_t fold_of(std::int64_t position, std::int64_t folds, std::uint64_t seed) {
  const auto order =
      Random(seed, "target_folds", static_cast<std::uint64_t>(position / folds)).permutation(folds);
  return order[static_cast<std::size_t>(position % folds)];
}

std::pair<std::int64_t, double> hashed(std::string_view text, std::int64_t features, bool signs) {
  const auto hash = static_cast<std::int64_t>(static_cast<std::int32_t>(murmur3(text)));
  return {(hash < 0 ? -hash : hash) % features, signs && hash < 0 ? -1 : 1};
}

void CategoryFitter::Bucket::add(const Bucket& other) {
  rows += other.rows;
  targets.resize(std::max(targets.size(), other.targets.size()));
  for (std::size_t i = 0; i < other.targets.size(); ++i) targets[i].add(other.targets[i]);
}

CategoryFitter::CategoryFitter(const Chain& chain, std::int64_t most)
    : imputer_(chain.begin(), chain.end() - 1), encoder_(chain.back()), most_(most) {
  if (encoder_.name != "target") return;
  folds_ = encoder_.whole("folds");
  seed_ = static_cast<std::uint64_t>(encoder_.whole("seed"));
}

CategoryFitter::Bucket& CategoryFitter::bucket(std::string_view text, std::string_view within) {
  const auto place = static_cast<std::size_t>(texts_.add(text, within));
  if (place == buckets_.size()) buckets_.emplace_back();
  return buckets_[place];
}

CategoryFitter::Bucket& CategoryFitter::bucket(const Table& table, std::int64_t row,
                                               const std::optional<std::string_view>& text) {
  if (!text) return missing_;
  if (texts_.size() >= most_ && texts_.find(*text) < 0)
    fail("E-DATA-104",
         "{}: more than {} different categories; take hashing, or declare it text or drop",
         table.where(row), most_);
  return bucket(*text, table.bytes());
}

void CategoryFitter::add(const Table& table, Rows rows, std::int64_t column,
                         const TargetValues& target, std::int64_t position) {
  if (encoder_.name == "hashing" && imputer_.empty()) {  // which learns nothing
    all_.rows += std::ssize(rows);
    return;
  }
  outputs_ = target.outputs;
  labels_ = target.labels;
  const auto width = static_cast<std::size_t>(folds_ * outputs_);
  const auto texts = texts_of(table, column, rows);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Bucket& here = bucket(table, rows[i], texts[i]);
    ++here.rows, ++all_.rows;
    if (folds_ == 0) continue;
    here.targets.resize(width), all_.targets.resize(width);
    const auto fold =
        static_cast<std::size_t>(fold_of(position + static_cast<std::int64_t>(i), folds_, seed_));
    const auto outputs = static_cast<std::size_t>(outputs_);
    for (std::size_t o = 0; o < outputs; ++o) {
      const double y = target.values[i * outputs + o];
      here.targets[fold * outputs + o].add(y);
      all_.targets[fold * outputs + o].add(y);
    }
  }
}

// What stands for a missing value; its rows are then that category's. Without an imputation it is
// still known what would, as it always was.
void CategoryFitter::fill_missing(FittedCategory& c) {
  const std::vector<std::string_view> texts(texts_.texts().begin(), texts_.texts().end());
  std::int64_t most = 0;
  for (const auto& text : in_order(texts))
    if (const auto rows = bucket(text).rows; rows > most) most = rows, c.fill = text;
  if (imputer_.empty()) return;
  c.impute = true;
  c.indicator = imputer_[0].flag("indicator") && missing_.rows > 0;
  if (imputer_[0].name == "impute_constant") c.fill = imputer_[0].text("value");
  if (missing_.rows > 0) bucket(c.fill).add(missing_);
}

// Categories and rare ones, in order; the buckets of their places.
std::vector<CategoryFitter::Bucket> CategoryFitter::sort_out(FittedCategory& c) {
  const double given =
      encoder_.options.contains("min_frequency") ? encoder_.number("min_frequency") : 0;
  const double least = given < 1 ? given * static_cast<double>(all_.rows) : given;
  std::vector<std::string_view> frequent, rare;
  for (std::size_t i = 0; i < buckets_.size(); ++i)
    (static_cast<double>(buckets_[i].rows) < least ? rare : frequent).push_back(texts_.texts()[i]);
  c.categories = in_order(frequent);
  c.rare = in_order(rare);
  std::vector<Bucket> places;
  for (const auto& text : c.categories) places.push_back(bucket(text));
  if (c.rare.empty()) return places;
  places.emplace_back();
  for (const auto& text : c.rare) places.back().add(bucket(text));
  return places;
}

// Values by target, fitted on all folds but one (-1: on all).
void CategoryFitter::encode(const std::vector<Bucket>& places, std::int64_t without,
                            std::vector<double>& values, std::vector<double>& unseen) const {
  const std::string& text = encoder_.text("smooth");
  const auto smooth = text == "auto" ? std::nullopt : parse_number(text);
  const auto joined = [&](const Bucket& bucket, std::int64_t output) {
    Moments moments;
    for (std::int64_t fold = 0; fold < folds_; ++fold)
      if (const auto at = static_cast<std::size_t>(fold * outputs_ + output);
          fold != without && at < bucket.targets.size())
        moments.add(bucket.targets[at]);
    return moments;
  };
  for (std::int64_t o = 0; o < outputs_; ++o) unseen.push_back(joined(all_, o).mean);
  for (const auto& place : places)
    for (std::int64_t o = 0; o < outputs_; ++o)
      values.push_back(shrunk(joined(place, o), joined(all_, o), smooth));
}

FittedCategory CategoryFitter::finish(CrossFit& cross) && {
  FittedCategory c;
  c.encoding = encoding_of(encoder_.name);
  if (c.encoding == Encoding::hashing) {
    c.hashes = encoder_.whole("n_features");
    c.signs = encoder_.flag("alternate_sign");
  } else if (buckets_.empty()) {
    fail("E-DATA-34", "no value");
  }
  fill_missing(c);
  if (c.encoding == Encoding::hashing) return c;
  const auto places = sort_out(c);
  if (c.encoding == Encoding::frequency) {
    for (const auto& place : places)
      c.values.push_back(static_cast<double>(place.rows) / static_cast<double>(all_.rows));
    c.unseen = {0};
  }
  if (c.encoding != Encoding::target) return c;
  c.outputs = labels_;
  encode(places, -1, c.values, c.unseen);
  cross.folds = folds_;
  cross.seed = seed_;
  cross.values.resize(static_cast<std::size_t>(folds_));
  cross.unseen.resize(static_cast<std::size_t>(folds_));
  for (std::int64_t fold = 0; fold < folds_; ++fold)
    encode(places, fold, cross.values[static_cast<std::size_t>(fold)],
           cross.unseen[static_cast<std::size_t>(fold)]);
  return c;
}

}  // namespace glia::data
