#include "glia/runs/http.h"

#include "glia/base/module.h"

namespace glia::runs {

const Http& http() {
  using Entry = const Http* (*)();
  static const Http* const loaded = reinterpret_cast<Entry>(
      module_entry("libglia_http.so", "glia_http", "E-RUN-13", "requests to a server"))();
  return *loaded;
}

std::string without_credentials(const std::string& url) {
  auto shown = url.substr(0, url.find_first_of("?#"));
  const auto scheme = shown.find("://");
  const auto begin = scheme == std::string::npos ? 0 : scheme + 3;
  const auto end = std::min(shown.find('/', begin), shown.size());
  const auto at = shown.rfind('@', end);
  if (at != std::string::npos && at >= begin) shown.erase(begin, at + 1 - begin);
  return shown;
}

}  // namespace glia::runs
