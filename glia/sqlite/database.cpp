#include "glia/sqlite/database.h"

#include "glia/base/format.h"

namespace glia::sqlite {

namespace fs = std::filesystem;

Database::Database(const fs::path& file) : file_(file) {
  std::error_code error;
  if (file.has_parent_path()) fs::create_directories(file.parent_path(), error);
  if (error)
    fail("E-RUN-10", "{}: the folder of this index of runs cannot be made: {}", file.string(),
         error.message());
  const int result =
      sqlite3_open_v2(file.c_str(), &handle_,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  try {
    if (result != SQLITE_OK) give_up(result);
    constexpr int kPatience = 5000, kLongest = 1 << 26;  // milliseconds; bytes of a text
    sqlite3_busy_timeout(handle_, kPatience);
    sqlite3_extended_result_codes(handle_, 1);
    sqlite3_limit(handle_, SQLITE_LIMIT_LENGTH, kLongest);
    // The file may be anybody's: its schema can call nothing.
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    run("PRAGMA foreign_keys = ON");
    // Readers and a writer do not wait for each other then. Some network file systems cannot.
    sqlite3_exec(handle_, "PRAGMA journal_mode = WAL", nullptr, nullptr, nullptr);
  } catch (...) {
    sqlite3_close(handle_);
    throw;
  }
}

Database::~Database() { sqlite3_close(handle_); }

void Database::run(const std::string& statements) {
  const int result = sqlite3_exec(handle_, statements.c_str(), nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) give_up(result);
}

std::int64_t Database::number(const std::string& select) {
  Statement statement(*this, select);
  return statement.next() ? statement.integer(0) : 0;
}

void Database::give_up(int result) const {
  const std::string why = handle_ ? sqlite3_errmsg(handle_) : sqlite3_errstr(result);
  const int kind = result & 0xff;
  // SQLITE_ERROR: our statements are right, so a table or a column is missing.
  if (kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB || kind == SQLITE_ERROR ||
      kind == SQLITE_MISMATCH || kind == SQLITE_CONSTRAINT || kind == SQLITE_TOOBIG)
    fail("E-RUN-11",
         "{}: this index of runs is damaged: {}; `glia runs scan FOLDER` moves it aside and makes "
         "a new one from the folders of runs",
         file_.string(), why);
  fail("E-RUN-10",
       "{}: this index of runs cannot be used: {}; is the place right, may you write to it, and "
       "has the disk room? --index names another",
       file_.string(), why);
}

Statement::Statement(const Database& database, std::string_view text) : database_(database) {
  expect(sqlite3_prepare_v2(database.handle(), text.data(), static_cast<int>(text.size()), &handle_,
                            nullptr));
}

Statement::~Statement() { sqlite3_finalize(handle_); }

void Statement::expect(int result) {
  if (result != SQLITE_OK) database_.give_up(result);
}

Statement& Statement::bind(std::int64_t value) {
  expect(sqlite3_bind_int64(handle_, ++bound_, value));
  return *this;
}
Statement& Statement::bind(double value) {
  expect(sqlite3_bind_double(handle_, ++bound_, value));
  return *this;
}
Statement& Statement::bind(std::string_view value) {
  expect(sqlite3_bind_text(handle_, ++bound_, value.data(), static_cast<int>(value.size()),
                           SQLITE_TRANSIENT));
  return *this;
}

bool Statement::next() {
  const int result = sqlite3_step(handle_);
  if (result == SQLITE_ROW) return true;
  if (result != SQLITE_DONE) database_.give_up(result);
  return false;
}

std::string Statement::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
  return text ? std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column)))
              : std::string();
}

Transaction::Transaction(Database& database, Kind kind) : database_(database) {
  database.run(kind == Kind::writing ? "BEGIN IMMEDIATE" : "BEGIN");
}

Transaction::~Transaction() {
  if (open_) sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  database_.run("COMMIT");
  open_ = false;
}

}  // namespace glia::sqlite
