// HTTP by libcurl.
#include "glia/runs/http.h"

#include <curl/curl.h>

#include <memory>

#include "glia/base/format.h"

namespace glia::http {
namespace {

using runs::HttpAnswer;
using runs::HttpRequest;

struct Body {
  std::string text;
  std::size_t most = 0;
  bool too_large = false;
};

std::size_t receive(char* bytes, std::size_t one, std::size_t count, void* to) {
  auto& body = *static_cast<Body*>(to);
  const std::size_t size = one * count;
  body.too_large = size > body.most - body.text.size();
  if (body.too_large) return 0;
  body.text.append(bytes, size);
  return size;
}

// One for each thread, so that requests to one server share a connection.
CURL* handle() {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  struct Free {
    void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
  };
  thread_local const std::unique_ptr<CURL, Free> curl(ready ? curl_easy_init() : nullptr);
  if (!curl) fail("E-RUN-20", "libcurl cannot be started: out of memory?");
  return curl.get();
}

void set_up(CURL* curl, const HttpRequest& request, Body& body) {
  curl_easy_reset(curl);  // connections stay
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(1e3 * request.connect_seconds));
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(1e3 * request.seconds));
  curl_easy_setopt(curl, CURLOPT_PROXY, request.proxy.c_str());  // "": not even the environment's
  curl_easy_setopt(curl, CURLOPT_NOPROXY, request.no_proxy.c_str());
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "glia");
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
  if (request.method != "GET") {
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.c_str());
  }
}

HttpAnswer send(const HttpRequest& request) {
  CURL* const curl = handle();
  Body body{.most = request.most_bytes};
  set_up(curl, request, body);
  curl_slist* headers = curl_slist_append(nullptr, "Expect:");
  for (const auto& header : request.headers) headers = curl_slist_append(headers, header.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  const CURLcode result = curl_easy_perform(curl);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, nullptr);
  curl_slist_free_all(headers);
  const auto where = runs::without_credentials(request.url);
  if (body.too_large)
    fail("E-RUN-20", "{}: the answer is longer than {} bytes; is this the right server?", where,
         request.most_bytes);
  if (result == CURLE_OPERATION_TIMEDOUT)
    fail("E-RUN-20", "{}: no answer within {} s; is the server well, and is a proxy needed?", where,
         request.seconds);
  // Not curl's own text of this request, which may hold the URL.
  if (result != CURLE_OK)
    fail("E-RUN-20", "{}: no answer: {}; is the address right, and does the server run?", where,
         curl_easy_strerror(result));
  HttpAnswer answer{.body = std::move(body.text)};
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  return answer;
}

}  // namespace
}  // namespace glia::http

extern "C" __attribute__((visibility("default"))) const glia::runs::Http* glia_http() {
  static constexpr glia::runs::Http functions{glia::http::send};
  return &functions;
}
