// The index of runs in an SQLite file.
#include "glia/runs/index.h"

#include <sqlite3.h>

#include <algorithm>
#include <cmath>

#include "glia/base/format.h"
#include "glia/sqlite/database.h"

namespace glia::sqlite {
namespace {

namespace fs = std::filesystem;
using runs::Run;

constexpr int kApplication = 0x676c6961;  // "glia", in the file's head
constexpr int kVersion = 1;               // of the tables

constexpr const char* kTables = R"(
CREATE TABLE runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT, folder TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
  state TEXT NOT NULL, end TEXT NOT NULL, started REAL NOT NULL, ended REAL NOT NULL,
  seconds REAL NOT NULL, epochs INTEGER NOT NULL, command TEXT NOT NULL, host TEXT NOT NULL,
  process INTEGER NOT NULL, experiment_sha256 TEXT NOT NULL, data_sha256 TEXT NOT NULL,
  weights_sha256 TEXT NOT NULL);
CREATE TABLE metrics (
  run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE, place INTEGER NOT NULL,
  name TEXT NOT NULL, value REAL NOT NULL, PRIMARY KEY (run, place)) WITHOUT ROWID;
)";

// In the order in which bind_run() gives them.
constexpr const char* kColumns =
    "folder, name, state, end, started, ended, seconds, epochs, command, host, process, "
    "experiment_sha256, data_sha256, weights_sha256";

void bind_run(Statement& statement, const Run& run) {
  statement.bind(run.folder.string())
      .bind(run.name)
      .bind(runs::name_of(run.state))
      .bind(run.end)
      .bind(run.started)
      .bind(run.ended)
      .bind(run.seconds)
      .bind(run.epochs)
      .bind(run.command)
      .bind(run.host)
      .bind(run.process)
      .bind(run.experiment_sha256)
      .bind(run.data_sha256)
      .bind(run.weights_sha256);
}

runs::State state_of(const std::string& name, const Database& database) {
  for (const auto state : {runs::State::running, runs::State::stopped, runs::State::interrupted,
                           runs::State::failed, runs::State::finished})
    if (runs::name_of(state) == name) return state;
  database.give_up(SQLITE_CORRUPT);
}

Run read_row(const Statement& row, const Database& database) {
  return {.id = row.integer(0),
          .name = row.text(2),
          .folder = row.text(1),
          .state = state_of(row.text(3), database),
          .end = row.text(4),
          .started = row.real(5),
          .ended = row.real(6),
          .seconds = row.real(7),
          .epochs = row.integer(8),
          .command = row.text(9),
          .host = row.text(10),
          .process = row.integer(11),
          .experiment_sha256 = row.text(12),
          .data_sha256 = row.text(13),
          .weights_sha256 = row.text(14)};
}

class SqliteIndex : public runs::Index {
 public:
  explicit SqliteIndex(const fs::path& file) : database_(file) {
    if (database_.number("PRAGMA user_version") == kVersion) {
      expect_ours();
      return;
    }
    Transaction making(database_);  // or another process is making them
    const auto version = database_.number("PRAGMA user_version");
    if (version == 0 && database_.number("SELECT count(*) FROM sqlite_schema") == 0) {
      database_.run(kTables);
      database_.run(fmt::format("PRAGMA application_id = {}", kApplication));
      database_.run(fmt::format("PRAGMA user_version = {}", kVersion));
    }
    making.commit();
    expect_ours();
  }

  std::vector<Run> runs() override { return select("ORDER BY id", nullptr); }

  std::optional<Run> find(const fs::path& folder) override {
    const auto text = folder.string();
    auto found = select("WHERE folder = ?", &text);
    if (found.empty()) return std::nullopt;
    return std::move(found.front());
  }

  std::int64_t put(const Run& run) override {
    Transaction transaction(database_);
    Statement(database_, "DELETE FROM runs WHERE folder = ?1 AND id <> ?2")
        .bind(run.folder.string())
        .bind(run.id)
        .finish();
    std::string values = "?1";
    for (int i = 2; i <= 14; ++i) values += fmt::format(", ?{}", i);
    Statement insert(
        database_, run.id == 0 ? fmt::format("INSERT INTO runs ({}) VALUES ({})", kColumns, values)
                               : fmt::format("INSERT OR REPLACE INTO runs ({}, id) "
                                             "VALUES ({}, ?15)",
                                             kColumns, values));
    bind_run(insert, run);
    if (run.id != 0) insert.bind(run.id);
    insert.finish();
    const std::int64_t id = run.id != 0 ? run.id : sqlite3_last_insert_rowid(database_.handle());
    Statement(database_, "DELETE FROM metrics WHERE run = ?").bind(id).finish();
    std::int64_t place = 0;
    for (const auto& [name, value] : run.metrics)
      if (std::isfinite(value))
        Statement(database_, "INSERT INTO metrics VALUES (?, ?, ?, ?)")
            .bind(id)
            .bind(place++)
            .bind(name)
            .bind(value)
            .finish();
    transaction.commit();
    return id;
  }

  bool remove(std::int64_t id) override {
    Statement(database_, "DELETE FROM runs WHERE id = ?").bind(id).finish();
    return sqlite3_changes(database_.handle()) > 0;
  }

  const fs::path& file() const override { return database_.file(); }

 private:
  void expect_ours() {
    const auto application = database_.number("PRAGMA application_id"),
               version = database_.number("PRAGMA user_version");
    if (application != kApplication || version < 1)
      fail("E-RUN-11",
           "{}: this is an SQLite file, but no index of runs; name another with --index",
           file().string());
    if (version > kVersion)
      fail("E-RUN-12",
           "{}: this index of runs was made by a newer glia; use that, or name another file with "
           "--index",
           file().string());
  }

  // Both selects see one state of the file.
  std::vector<Run> select(const std::string& which, const std::string* argument) {
    Transaction transaction(database_, Transaction::Kind::reading);
    std::vector<Run> found;
    Statement all(database_, fmt::format("SELECT id, {} FROM runs {}", kColumns, which));
    if (argument) all.bind(*argument);
    while (all.next()) found.push_back(read_row(all, database_));
    Statement metrics(database_,
                      found.size() == 1
                          ? fmt::format("SELECT run, name, value FROM metrics WHERE run = {} "
                                        "ORDER BY run, place",
                                        found.front().id)
                          : "SELECT run, name, value FROM metrics ORDER BY run, place");
    auto at = found.begin();
    while (metrics.next()) {
      const auto id = metrics.integer(0);
      while (at != found.end() && at->id < id) ++at;
      if (at == found.end()) break;
      if (at->id == id) at->metrics.emplace_back(metrics.text(1), metrics.real(2));
    }
    return found;
  }

  Database database_;
};

}  // namespace
}  // namespace glia::sqlite

extern "C" __attribute__((visibility("default"))) std::unique_ptr<glia::runs::Index>
glia_open_index(const std::filesystem::path& file) {
  return std::make_unique<glia::sqlite::SqliteIndex>(file);
}
