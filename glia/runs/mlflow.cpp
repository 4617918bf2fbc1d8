#include "glia/runs/mlflow.h"

#include <algorithm>
#include <cmath>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/runs/http.h"
#include "glia/runs/json.h"

namespace glia::runs {
namespace {

using nlohmann::json;

// What the server takes of one kind in one request, and of a name and a text.
constexpr std::size_t kMetrics = 1000, kParams = 100, kName = 250, kText = 6000;

std::int64_t milliseconds(double seconds) { return std::llround(1e3 * seconds); }

std::string plain_name(std::string_view name) {
  std::string plain(name.substr(0, kName));
  for (char& c : plain)
    if (!std::isalnum(static_cast<unsigned char>(c)) &&
        std::string_view("_-. :/").find(c) == std::string_view::npos)
      c = '_';
  return plain;
}

std::string cut(std::string_view text) {
  std::size_t size = std::min(text.size(), kText);
  while (size > 0 && size < text.size() && (text[size] & 0xc0) == 0x80) --size;  // whole characters
  return std::string(text.substr(0, size));
}

// What an index that was made anew says, too. In a filter it stands in quotation marks.
std::string identity(const Run& run) {
  auto text = cut(fmt::format("{}@{:.0f}", run.folder.string(), run.started));
  std::replace(text.begin(), text.end(), '\'', '_');
  return text;
}

const char* status_of(State state) {
  return state == State::finished ? "FINISHED" : state == State::failed ? "FAILED" : "KILLED";
}

class Server {
 public:
  explicit Server(const MlflowOptions& options) : o_(options) {
    base_ = o_.url;
    while (base_.ends_with('/')) base_.pop_back();
    if (!base_.starts_with("http://") && !base_.starts_with("https://"))
      fail("E-RUN-21", "{}: expected an address like http://localhost:5000",
           shown(without_credentials(base_)));
  }

  // The answer's object, or nothing where it says that there is none of these.
  std::optional<json> ask(const char* method, const std::string& path, const json& body) const {
    HttpRequest request{.method = method,
                        .url = base_ + "/api/2.0/mlflow/" + path,
                        .body = body.is_null() ? "" : dump(body),
                        .connect_seconds = o_.connect_seconds,
                        .seconds = o_.seconds,
                        .proxy = o_.proxy,
                        .no_proxy = o_.no_proxy};
    request.headers.emplace_back("Content-Type: application/json");
    if (!o_.token.empty()) request.headers.push_back("Authorization: Bearer " + o_.token);
    const auto answer = http().send(request);
    auto value = parse_json(answer.body);
    if (answer.status == 200 && value.is_object()) return value;
    const auto where = without_credentials(request.url);
    if (answer.status == 200)
      fail("E-RUN-22", "{}: the answer is none of MLflow's: {}", where, shown(answer.body));
    const auto code = text_at(value, "error_code"), why = text_at(value, "message");
    if (code == "RESOURCE_DOES_NOT_EXIST") return std::nullopt;
    const char* const hint =
        answer.status == 401 || answer.status == 403  ? "; give a token by MLFLOW_TRACKING_TOKEN"
        : answer.status >= 300 && answer.status < 400 ? "; it sends elsewhere: give that address"
        : answer.status == 404 && code.empty()        ? "; is this the address of an MLflow server?"
                                                      : "";
    fail("E-RUN-21", "{}: the server refuses with status {}{}{}", where, answer.status,
         why.empty() ? "" : ": " + shown(why, 300), hint);
  }

  json post(const std::string& path, const json& body) const {
    auto answer = ask("POST", path, body);
    if (!answer)
      fail("E-RUN-21", "{}: the server knows nothing of what it has just made",
           without_credentials(base_ + "/" + path));
    return std::move(*answer);
  }

  // A text inside an answer: {"run", "info", "run_id"}.
  std::string part(const json& answer, std::initializer_list<const char*> keys) const {
    const json* at = &answer;
    for (const char* key : keys) {
      at = at->is_object() && at->contains(key) ? &(*at)[key] : nullptr;
      if (!at || (key == *(keys.end() - 1) && (!at->is_string() || at->get<std::string>().empty())))
        fail("E-RUN-22", "{}: the answer is none of MLflow's: it has no '{}'",
             without_credentials(base_), key);
    }
    return at->get<std::string>();
  }

  static std::string dump(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
  }
  static std::string text_at(const json& object, const char* key) {
    const auto found = object.is_object() ? object.find(key) : object.end();
    return object.is_object() && found != object.end() && found->is_string()
               ? found->get<std::string>()
               : std::string();
  }

 private:
  const MlflowOptions& o_;
  std::string base_;
};

std::string escaped_for_url(std::string_view text) {
  std::string url;
  for (const char c : text)
    url += std::isalnum(static_cast<unsigned char>(c))
               ? std::string(1, c)
               : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return url;
}

std::string experiment_id(const Server& server, const std::string& name) {
  const auto path = "experiments/get-by-name?experiment_name=" + escaped_for_url(name);
  if (const auto found = server.ask("GET", path, nullptr))
    return server.part(*found, {"experiment", "experiment_id"});
  return server.part(server.post("experiments/create", {{"name", name}}), {"experiment_id"});
}

// The server's run of this identity that is whole; halves are deleted.
std::string sent_before(const Server& server, const std::string& experiment, const Run& run) {
  const auto found =
      server.post("runs/search", {{"experiment_ids", {experiment}},
                                  {"filter", "tags.`glia.run` = '" + identity(run) + "'"},
                                  {"max_results", 100}});
  const auto all = found.find("runs");
  if (all == found.end() || !all->is_array()) return {};
  for (const auto& one : *all) {
    const auto id = server.part(one, {"info", "run_id"});
    if (server.part(one, {"info", "status"}) != "RUNNING") return id;
    server.post("runs/delete", {{"run_id", id}});
  }
  return {};
}

json tags_of(const Run& run) {
  json tags = json::array();
  for (const auto& [key, value] : {std::pair<const char*, std::string>{"glia.run", identity(run)},
                                   {"glia.folder", run.folder.string()},
                                   {"glia.end", run.end},
                                   {"glia.experiment_sha256", run.experiment_sha256},
                                   {"glia.data_sha256", run.data_sha256},
                                   {"glia.weights_sha256", run.weights_sha256},
                                   {"mlflow.source.name", run.command},
                                   {"mlflow.source.type", run.command.empty() ? "" : "LOCAL"}})
    if (!value.empty()) tags.push_back({{"key", key}, {"value", cut(value)}});
  return tags;
}

json params_of(const Run& run, const Say& say) {
  json params = json::array();
  for (const auto& [key, value] : read_settings(run.folder, say))
    params.push_back({{"key", plain_name(key)}, {"value", cut(value)}});
  return params;
}

// Every record, then what the kept model reached, at the last step.
json metrics_of(const Run& run, const Say& say) {
  json metrics = json::array();
  double time = run.started;
  std::int64_t step = 0;
  const auto add = [&](const std::string& name, double value) {
    metrics.push_back({{"key", plain_name(name)},
                       {"value", value},
                       {"timestamp", milliseconds(time)},
                       {"step", step}});
  };
  for (const auto& record : read_records(run.folder, say)) {
    step = record.step;
    time += record.seconds;
    for (const auto& [name, value] : record.values) add(name, value);
    add("epoch", static_cast<double>(record.epoch));
  }
  for (const auto& [name, value] : run.metrics)
    if (name.starts_with("test.") || name.starts_with("validation.")) add(name, value);
  return metrics;
}

void send_batches(const Server& server, const std::string& id, const char* kind, const json& all,
                  std::size_t most) {
  for (std::size_t begin = 0; begin < all.size(); begin += most) {
    json batch = json::array();
    for (std::size_t i = begin; i < std::min(all.size(), begin + most); ++i)
      batch.push_back(all[i]);
    server.post("runs/log-batch", {{"run_id", id}, {kind, std::move(batch)}});
  }
}

}  // namespace

MlflowRun send_to_mlflow(const Run& run, const MlflowOptions& options, const Say& say) {
  if (run.state == State::running)
    fail("E-RUN-23", "run {} ({}) has not ended; export it then", run.id, run.folder.string());
  const Server server(options);
  const auto experiment = experiment_id(server, options.experiment);
  if (auto id = sent_before(server, experiment, run); !id.empty()) return {.id = std::move(id)};
  const auto made = server.post("runs/create", {{"experiment_id", experiment},
                                                {"run_name", cut(run.name)},
                                                {"start_time", milliseconds(run.started)},
                                                {"tags", tags_of(run)}});
  MlflowRun sent{.id = server.part(made, {"run", "info", "run_id"}), .sent = true};
  const auto params = params_of(run, say), metrics = metrics_of(run, say);
  send_batches(server, sent.id, "params", params, kParams);
  send_batches(server, sent.id, "metrics", metrics, kMetrics);
  // Last, so that a run that is not RUNNING is whole.
  server.post("runs/update", {{"run_id", sent.id},
                              {"status", status_of(run.state)},
                              {"end_time", milliseconds(std::max(run.ended, run.started))}});
  sent.params = params.size(), sent.metrics = metrics.size();
  return sent;
}

}  // namespace glia::runs
