// Another program, started, watched and ended by a test.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/time.hpp"
#include "common/os/fd.hpp"
#include "support/net_namespace.hpp"

namespace aegis::test {

struct Command {
  std::vector<std::string> argv;        // argv[0] is found by PATH
  std::string name = {};                // of the log files; argv[0]'s file name when empty
  const NetNamespace* where = nullptr;  // null: here
  std::vector<std::pair<std::string, std::string>> environment = {};  // added to the bare one
  os::Fd input = {};                                                  // stdin; none: /dev/null
  os::Fd output = {};  // stdout; none: a file, see out()
};

// Starts at construction, in a process group of its own, with a bare environment (PATH, LANG, the
// sanitizers' options; HOME, XDG_STATE_HOME and TMPDIR in `logs`). It dies with the object and with
// the test.
class Process {
 public:
  // Throws std::runtime_error when it cannot be started.
  Process(Command command, const std::filesystem::path& logs);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  int pid() const { return pid_; }
  const std::string& name() const { return name_; }
  bool running();
  // Waits for the end: the exit code, 128 + the signal's number, none when patience is over.
  std::optional<int> wait(Duration patience);
  void signal(int number) const;
  // SIGTERM, and SIGKILL to the group when that does not end it in time; as wait().
  std::optional<int> stop(Duration patience = 5s);

  std::string out() const;  // what it has written so far
  std::string err() const;
  // User and system time so far, or of the whole life once it has ended, its children included
  // then.
  double cpu_seconds();
  // Does it (in its namespace) hold a UDP socket on this port?
  bool has_udp_port(int port) const;

 private:
  bool reap(int options);

  int pid_ = -1;
  std::string name_;
  std::filesystem::path out_, err_;
  std::optional<int> code_;
  double cpu_seconds_ = 0;
};

// Runs a program to its end. `code` is -1 when it had to be killed.
struct Outcome {
  int code = -1;
  std::string out, err;
};
Outcome run(Command command, const std::filesystem::path& logs, Duration patience = 30s);

// A pipe whose ends close on exec.
struct PipeEnds {
  os::Fd read, write;
};
PipeEnds make_pipe();

// A port that nobody uses now for UDP or TCP, in this namespace. It is none of those that the kernel
// gives to clients, so that it is still free when its server starts again.
int free_port();

}  // namespace aegis::test
