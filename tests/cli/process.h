// Internal: the built command as a process of its own.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace glia::cli {

struct Outcome {
  int code = -1;    // exit code; -1: ended by a signal
  int signal = 0;   // that ended it
  std::string out;  // standard output and error, separately
  std::string err;
};

// `glia` with these arguments, in a working folder. Its output goes to files there, so that it can
// be looked at while it runs.
class Command {
 public:
  Command(const std::filesystem::path& folder, const std::vector<std::string>& arguments,
          const std::map<std::string, std::string>& environment = {});
  ~Command();
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  void send(int signal) const;
  bool ended();  // without waiting
  std::string err() const;
  // Looks every millisecond until the condition holds. False where the process ended before, or
  // after a minute.
  bool wait_until(const std::function<bool()>& condition);
  Outcome wait();

 private:
  std::filesystem::path folder_;
  std::string stem_;
  pid_t pid_ = -1;
  int status_ = 0;
  bool ended_ = false;
};

Outcome glia(const std::filesystem::path& folder, const std::vector<std::string>& arguments,
             const std::map<std::string, std::string>& environment = {});

void write(const std::filesystem::path& file, const std::string& text);
std::string read(const std::filesystem::path& file);

}  // namespace glia::cli
