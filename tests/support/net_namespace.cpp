#include "support/net_namespace.hpp"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include "common/os/fd.hpp"

namespace aegis::test {
namespace {

const std::string kPrefix = "aegis-";
const std::filesystem::path kRun = "/run/netns";

// "aegis-PID-LABEL" of a process that is gone.
bool left_over(const std::string& name) {
  if (name.rfind(kPrefix, 0) != 0) return false;
  int pid = 0;
  const char* const end = name.data() + name.size();
  auto const [rest, code] = std::from_chars(name.data() + kPrefix.size(), end, pid);
  if (code != std::errc{} || rest == end || *rest != '-') return false;
  return ::kill(pid, 0) != 0 && errno == ESRCH;
}

bool run(const std::string& command) {
  return std::system(command.c_str()) == 0;
}

void delete_left_overs() {
  std::error_code no_directory;
  for (const auto& entry : std::filesystem::directory_iterator(kRun, no_directory)) {
    std::string const name = entry.path().filename();
    if (left_over(name)) run("ip netns del " + name);
  }
}

}  // namespace

std::string why_no_namespaces() {
  if (::geteuid() != 0) return "network namespaces and TUN devices need root";
  if (::access("/dev/net/tun", R_OK | W_OK) != 0) return "/dev/net/tun cannot be opened";
  std::string const probe = kPrefix + std::to_string(::getpid()) + "-probe";
  if (!run("ip netns add " + probe + " 2>/dev/null")) return "`ip netns add` is not permitted here";
  run("ip netns del " + probe);
  return "";
}

NetNamespace::NetNamespace(const std::string& label)
    : name_(kPrefix + std::to_string(::getpid()) + "-" + label) {
  delete_left_overs();
  if (!run("ip netns add " + name_)) throw std::runtime_error("cannot add namespace " + name_);
  ip("link set lo up");
}

NetNamespace::~NetNamespace() {
  run("ip netns del " + name_);
}

void NetNamespace::ip(const std::string& arguments) const {
  std::string const command = "ip -n " + name_ + " " + arguments;
  if (!run(command)) throw std::runtime_error(command + " failed");
}

void NetNamespace::inside(const std::function<void()>& work) const {
  std::exception_ptr failure;
  std::thread thread([&] {
    try {
      os::Fd const fd(::open((kRun / name_).c_str(), O_RDONLY | O_CLOEXEC));
      if (!enter_namespace(fd.get())) throw std::runtime_error("cannot enter " + name_);
      work();
    } catch (...) {
      failure = std::current_exception();
    }
  });
  thread.join();
  if (failure) std::rethrow_exception(failure);
}

bool enter_namespace(int namespace_fd) {
  return ::setns(namespace_fd, CLONE_NEWNET) == 0;
}

}  // namespace aegis::test
