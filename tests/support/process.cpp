#include "support/process.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/temp_dir.hpp"
#include "support/wait.hpp"

namespace aegis::test {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> bare_environment(const Command& command, const fs::path& home) {
  std::vector<std::string> list = {"LANG=C.UTF-8", "TERM=dumb", "HOME=" + home.string(),
                                   "TMPDIR=" + home.string()};
  for (const char* kept : {"PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS",
                           "GCOV_PREFIX", "GCOV_PREFIX_STRIP"}) {
    if (const char* const value = std::getenv(kept))
      list.push_back(std::string(kept) + "=" + value);
  }
  // Root's state would else be the machine's own.
  bool has_state_home = false;
  for (const auto& [key, value] : command.environment) {
    list.push_back(key + "=" + value);
    has_state_home = has_state_home || key == "XDG_STATE_HOME";
  }
  if (!has_state_home) list.push_back("XDG_STATE_HOME=" + home.string());
  return list;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> list;
  for (std::string& string : strings) list.push_back(string.data());
  list.push_back(nullptr);
  return list;
}

os::Fd open_file(const fs::path& path, int flags) {
  os::Fd fd(::open(path.c_str(), flags | O_CLOEXEC, 0600));
  if (!fd) throw std::runtime_error("cannot open " + path.string());
  return fd;
}

// Everything that the child needs, made before the fork: after it only system calls are safe.
struct Prepared {
  std::vector<char*> argv, environment;
  int input, output, error, network_namespace;
  int parent;
};

[[noreturn]] void become(const Prepared& prepared) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  bool ok = ::getppid() == prepared.parent;
  if (prepared.network_namespace >= 0) ok = ok && enter_namespace(prepared.network_namespace);
  ok = ok && ::dup2(prepared.input, 0) == 0 && ::dup2(prepared.output, 1) == 1 &&
       ::dup2(prepared.error, 2) == 2;
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  if (ok) ::execvpe(prepared.argv[0], prepared.argv.data(), prepared.environment.data());
  ::_exit(127);
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

bool can_bind(int port, int type) {
  os::Fd const socket(::socket(AF_INET6, type | SOCK_CLOEXEC, 0));
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(static_cast<std::uint16_t>(port));
  return ::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

Process::Process(Command command, const fs::path& logs)
    : name_(command.name.empty() ? fs::path(command.argv.at(0)).filename().string() : command.name),
      out_(logs / (name_ + ".out")),
      err_(logs / (name_ + ".err")) {
  if (!command.input) command.input = open_file("/dev/null", O_RDONLY);
  if (!command.output) command.output = open_file(out_, O_WRONLY | O_CREAT | O_TRUNC);
  os::Fd const error = open_file(err_, O_WRONLY | O_CREAT | O_TRUNC);
  os::Fd network;
  if (command.where != nullptr)
    network = open_file("/run/netns/" + command.where->name(), O_RDONLY);
  auto environment = bare_environment(command, logs);
  Prepared const prepared{pointers(command.argv),
                          pointers(environment),
                          command.input.get(),
                          command.output.get(),
                          error.get(),
                          network.get(),
                          ::getpid()};
  pid_ = ::fork();
  if (pid_ == 0) become(prepared);
  if (pid_ < 0) throw std::runtime_error("cannot fork");
  ::setpgid(pid_, pid_);
}

Process::~Process() {
  ::kill(-pid_, SIGKILL);
  if (!code_) reap(0);
}

bool Process::reap(int options) {
  if (code_) return true;
  int status = 0;
  rusage usage{};
  if (::wait4(pid_, &status, options, &usage) != pid_) return false;
  code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  cpu_seconds_ = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  return true;
}

bool Process::running() {
  return !reap(WNOHANG);
}

std::optional<int> Process::wait(Duration patience) {
  wait_until([this] { return !running(); }, patience);
  return code_;
}

void Process::signal(int number) const {
  if (!code_) ::kill(pid_, number);
}

std::optional<int> Process::stop(Duration patience) {
  signal(SIGTERM);
  if (auto const code = wait(patience)) return code;
  ::kill(-pid_, SIGKILL);
  reap(0);
  return std::nullopt;
}

std::string Process::out() const {
  return read_file(out_);
}
std::string Process::err() const {
  return read_file(err_);
}

double Process::cpu_seconds() {
  if (!running()) return cpu_seconds_;
  std::string const stat = read_file("/proc/" + std::to_string(pid_) + "/stat");
  // Fields 14 and 15, counted from behind the name, which may hold spaces.
  std::istringstream fields(stat.substr(stat.rfind(')') + 2));
  std::string skipped;
  for (int i = 3; i < 14; ++i) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

bool Process::has_udp_port(int port) const {
  char wanted[8];
  std::snprintf(wanted, sizeof wanted, ":%04X ", static_cast<unsigned>(port) & 0xffffu);
  for (const char* table : {"udp", "udp6"}) {
    std::ifstream lines("/proc/" + std::to_string(pid_) + "/net/" + table);
    for (std::string line; std::getline(lines, line);) {
      // "  12: LOCAL:PORT REMOTE:PORT ...": the first address ends at the second colon's word.
      std::size_t const local = line.find(": ");
      std::size_t const remote = line.find(' ', local + 2);
      if (local == std::string::npos || remote == std::string::npos) continue;
      if (line.substr(local + 2, remote - local - 1).find(wanted) != std::string::npos) return true;
    }
  }
  return false;
}

Outcome run(Command command, const fs::path& logs, Duration patience) {
  Process process(std::move(command), logs);
  Outcome outcome;
  if (auto const code = process.wait(patience)) outcome.code = *code;
  outcome.out = process.out();
  outcome.err = process.err();
  return outcome;
}

PipeEnds make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("cannot make a pipe");
  return {os::Fd(ends[0]), os::Fd(ends[1])};
}

int free_port() {
  constexpr int kLowest = 10'000, kHighest = 32'000, kTries = 1000;
  static std::mt19937 generator{std::random_device{}()};
  std::uniform_int_distribution<int> any(kLowest, kHighest);
  for (int i = 0; i < kTries; ++i) {
    int const port = any(generator);
    if (can_bind(port, SOCK_DGRAM) && can_bind(port, SOCK_STREAM)) return port;
  }
  throw std::runtime_error("no free port");
}

}  // namespace aegis::test
