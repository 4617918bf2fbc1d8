// Internal: HTTP through the module libglia_http, which is loaded when it is first asked for.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace glia::runs {

struct HttpRequest {
  std::string method = "GET", url, body = {};
  std::vector<std::string> headers = {};  // "Content-Type: application/json"
  double connect_seconds = 10, seconds = 60;
  std::size_t most_bytes = std::size_t{16} << 20;  // of an answer
  std::string proxy = {}, no_proxy = {};           // "": none; the environment is not asked
};

struct HttpAnswer {
  int status = 0;
  std::string body;
};

// Only http and https; certificates are checked; redirections are not followed, for they could
// carry a token elsewhere.
struct Http {
  // Error E-RUN-20 where there is no whole answer: why, and at which host, without credentials.
  HttpAnswer (*send)(const HttpRequest& request);
};
const Http& http();  // E-RUN-13 where the module cannot be loaded

// A URL for a message: without user, password, query and fragment.
std::string without_credentials(const std::string& url);

}  // namespace glia::runs
