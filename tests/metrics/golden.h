// What the tests against golden files share.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "glia/metrics/metric.h"

namespace glia::metrics {

using nlohmann::json;

inline json golden_file(const std::string& name) {
  std::ifstream file(GLIA_SOURCE_DIR "/tests/golden/" + name);
  return json::parse(file);
}

inline std::vector<double> numbers_of(const json& list) {
  return list.is_null() ? std::vector<double>{} : list.get<std::vector<double>>();
}

inline std::vector<std::int64_t> classes_of(const json& list) {
  return list.get<std::vector<std::int64_t>>();
}

// Absolute for shares and losses; relative where the values are large, as squared errors may be.
inline void expect_same(const Metric& metric, const json& expected, const std::string& where,
                        double tolerance = 1e-12) {
  SCOPED_TRACE(where + ": " + metric.name);
  if (expected.is_null()) {
    EXPECT_FALSE(metric.value.has_value()) << *metric.value;
    EXPECT_EQ(metric.note.rfind("undefined, because ", 0), 0u) << metric.note;
    return;
  }
  const double value = expected.get<double>();
  ASSERT_TRUE(metric.value.has_value()) << metric.note << "; expected " << value;
  EXPECT_NEAR(*metric.value, value, tolerance * std::max(1.0, std::abs(value)));
}

inline void expect_same_numbers(const std::vector<double>& got, const json& expected,
                                const std::string& where) {
  SCOPED_TRACE(where);
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i)
    EXPECT_NEAR(got[i], expected[i].get<double>(), 1e-12) << "number " << i;
}

}  // namespace glia::metrics
