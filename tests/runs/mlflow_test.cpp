// What a server may answer to an export, MLflow's or not. (tests/runs/mlflow_server.py asks a real
// one.)
#include "glia/runs/mlflow.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "../temp_folder.h"
#include "../thrown.h"
#include "glia/base/file.h"
#include "glia/runs/http.h"

namespace glia::runs {
namespace {

using nlohmann::json;
using testing::thrown;

struct Asked {
  std::string head, body;
};

// Answers one request for each connection with the bytes that `answer` gives; "" closes at once.
class LocalServer {
 public:
  using Answer = std::function<std::string(const Asked& asked)>;
  explicit LocalServer(Answer answer) : answer_(std::move(answer)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(listener_, any, size), 0);
    EXPECT_EQ(::listen(listener_, 8), 0);
    ::getsockname(listener_, any, &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~LocalServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  std::string url(const std::string& user = "") const {
    return "http://" + user + "127.0.0.1:" + std::to_string(port_);
  }
  std::vector<Asked> asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  void serve() {
    for (int peer = 0; (peer = ::accept(listener_, nullptr, nullptr)) >= 0; ::close(peer)) {
      std::string text;
      char bytes[4096];
      std::size_t head = std::string::npos, wanted = 0;
      while (head == std::string::npos || text.size() < head + 4 + wanted) {
        const auto count = ::recv(peer, bytes, sizeof bytes, 0);
        if (count <= 0) break;
        text.append(bytes, static_cast<std::size_t>(count));
        head = text.find("\r\n\r\n");
        const auto length = text.find("Content-Length: ");
        if (length != std::string::npos) wanted = std::stoul(text.substr(length + 16));
      }
      if (head == std::string::npos) continue;
      const Asked asked{text.substr(0, head), text.substr(head + 4)};
      {
        const std::lock_guard lock(mutex_);
        asked_.push_back(asked);
      }
      const auto reply = answer_(asked);
      for (std::size_t sent = 0; sent < reply.size();) {
        const auto count = ::send(peer, reply.data() + sent, reply.size() - sent, MSG_NOSIGNAL);
        if (count <= 0) break;
        sent += static_cast<std::size_t>(count);
      }
    }
  }

  Answer answer_;
  int listener_ = -1, port_ = 0;
  std::mutex mutex_;
  std::vector<Asked> asked_;
  std::thread thread_;
};

std::string reply(int status, const std::string& body, const std::string& more = "") {
  return "HTTP/1.1 " + std::to_string(status) + " x\r\nConnection: close\r\n" + more +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

Run ended(const TempFolder& folder) {
  std::string records;
  for (int i = 1; i <= 700; ++i)
    records += "{\"epoch\":" + std::to_string(i) + ",\"step\":" + std::to_string(10 * i) +
               ",\"seconds\":1,\"loss\":0.5}\n";
  write_atomically(folder / "metrics.jsonl", records);
  std::string settings = "name: it\nlong: \"" + std::string(7000, 'x') + "\"\n";
  for (int i = 0; i < 150; ++i) settings += "key" + std::to_string(i) + ": 1\n";
  write_atomically(folder / "experiment.yaml", settings);
  Run run;
  run.id = 7, run.name = "it", run.folder = folder.path(), run.state = State::finished;
  run.started = 1000, run.ended = 2000;
  run.metrics = {{"loss", 0.5}, {"test.top 5%", 0.25}};
  return run;
}

// As MLflow answers.
std::string mlflow(const Asked& asked) {
  const auto is = [&](const char* path) { return asked.head.find(path) != std::string::npos; };
  if (is("get-by-name")) return reply(404, R"({"error_code": "RESOURCE_DOES_NOT_EXIST"})");
  if (is("experiments/create")) return reply(200, R"({"experiment_id": "3"})");
  if (is("runs/create")) return reply(200, R"({"run": {"info": {"run_id": "r1"}}})");
  return reply(200, "{}");
}

MlflowOptions options(const std::string& url) {
  return {.url = url, .token = "s3cret", .connect_seconds = 2, .seconds = 2};
}

TEST(MlflowExport, KeepsWithinTheServersLimits) {
  const TempFolder folder;
  LocalServer server(mlflow);
  const auto sent = send_to_mlflow(ended(folder), options(server.url()));
  EXPECT_TRUE(sent.sent);
  EXPECT_EQ(sent.id, "r1");
  EXPECT_EQ(sent.params, 152u);
  EXPECT_EQ(sent.metrics, 1401u);
  std::size_t params = 0, metrics = 0;
  bool odd_name = false;
  for (const auto& [head, body] : server.asked()) {
    EXPECT_NE(head.find("Authorization: Bearer s3cret"), std::string::npos);
    if (head.find("log-batch") == std::string::npos) continue;
    EXPECT_LT(body.size(), 1'000'000u);
    const auto batch = json::parse(body);
    const auto some = [&](const char* kind) { return batch.value(kind, json::array()); };
    EXPECT_LE(some("params").size(), 100u);
    EXPECT_LE(some("metrics").size(), 1000u);
    for (const auto& param : some("params"))
      EXPECT_LE(param["value"].get<std::string>().size(), 6000u);
    for (const auto& metric : some("metrics")) odd_name |= metric["key"] == "test.top 5_";
    params += some("params").size(), metrics += some("metrics").size();
  }
  EXPECT_EQ(params, 152u);
  EXPECT_EQ(metrics, 1401u);
  EXPECT_TRUE(odd_name);
  const auto last = server.asked().back();
  EXPECT_NE(last.head.find("runs/update"), std::string::npos);
  EXPECT_EQ(json::parse(last.body)["status"], "FINISHED");
  EXPECT_EQ(json::parse(last.body)["end_time"], 2000000);
}

TEST(MlflowExport, HostileAnswersAreErrorsWithoutCredentials) {
  const TempFolder folder;
  const auto run = ended(folder);
  struct Case {
    const char* what;
    LocalServer::Answer answer;
    const char* code;
    const char* said;
  };
  const auto always = [](std::string text) {
    return [text = std::move(text)](const Asked&) { return text; };
  };
  for (const auto& [what, answer, code, said] : std::vector<Case>{
           {"500", always(reply(500, "oops")), "E-RUN-21", "status 500"},
           {"refusal",
            always(reply(400, R"({"error_code": "INVALID", "message": "no \u001b[31m such"})")),
            "E-RUN-21", "no \\x1b[31m such"},
           {"401", always(reply(401, "")), "E-RUN-21", "MLFLOW_TRACKING_TOKEN"},
           {"another server", always(reply(404, "<html>")), "E-RUN-21", "address of an MLflow"},
           {"elsewhere", always(reply(302, "", "Location: http://127.0.0.1:9/\r\n")), "E-RUN-21",
            "sends elsewhere"},
           {"garbage", always(reply(200, "\x00\xff<html>")), "E-RUN-22", "none of MLflow's"},
           {"deep", always(reply(200, std::string(1'000'000, '['))), "E-RUN-22",
            "none of MLflow's"},
           {"no object", always(reply(200, "[]")), "E-RUN-22", "none of MLflow's"},
           {"another object", always(reply(200, R"({"experiment": {"experiment_id": 3}})")),
            "E-RUN-22", "none of MLflow's"},
           {"closes", always(""), "E-RUN-20", "no answer"},
           {"cut short", always("HTTP/1.1 200 x\r\nContent-Length: 99\r\n\r\n{"), "E-RUN-20",
            "no answer"},
           {"no HTTP", always("hello\n"), "E-RUN-20", "no answer"},
           {"too long", always(reply(200, std::string(std::size_t{17} << 20, ' '))), "E-RUN-20",
            "longer than"}}) {
    LocalServer server(answer);
    const auto problem =
        thrown([&] { send_to_mlflow(run, options(server.url("user:pa55word@"))); });
    EXPECT_EQ(problem.code, code) << what << ": " << problem.message;
    EXPECT_TRUE(problem.says(said)) << what << ": " << problem.message;
    EXPECT_FALSE(problem.says("pa55word") || problem.says("s3cret")) << problem.message;
  }
}

TEST(MlflowExport, ASlowServerIsGivenUp) {
  const TempFolder folder;
  std::atomic<bool> done = false;
  LocalServer server([&](const Asked&) {
    while (!done) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return std::string();
  });
  auto to = options(server.url());
  to.seconds = 0.3;
  const auto problem = thrown([&] { send_to_mlflow(ended(folder), to); });
  done = true;
  EXPECT_EQ(problem.code, "E-RUN-20");
  EXPECT_TRUE(problem.says("0.3 s")) << problem.message;
}

TEST(MlflowExport, WhatCannotBeSent) {
  const TempFolder folder;
  auto run = ended(folder);
  EXPECT_EQ(thrown([&] { send_to_mlflow(run, options("ftp://u:p@h/x")); }).code, "E-RUN-21");
  EXPECT_FALSE(thrown([&] { send_to_mlflow(run, options("ftp://u:p@h/x")); }).says("u:p"));
  EXPECT_EQ(thrown([&] { send_to_mlflow(run, options("http://127.0.0.1:1")); }).code, "E-RUN-20");
  run.state = State::running;
  EXPECT_EQ(thrown([&] { send_to_mlflow(run, options("http://127.0.0.1:1")); }).code, "E-RUN-23");
}

TEST(Http, CredentialsAreNotShown) {
  EXPECT_EQ(without_credentials("https://u:p@host:1/a/b?token=x#y"), "https://host:1/a/b");
  EXPECT_EQ(without_credentials("http://u:p@w@host"), "http://host");
  EXPECT_EQ(without_credentials("http://host/a@b"), "http://host/a@b");
  EXPECT_EQ(without_credentials("u:p@host"), "host");
}

}  // namespace
}  // namespace glia::runs
