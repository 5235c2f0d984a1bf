#include "common/os/host_health.hpp"

#include <algorithm>
#include <cstdlib>
#include <thread>

#include <fmt/core.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/timex.h>

#include "common/os/udp_socket.hpp"

namespace aegis::os {
namespace {

using Level = Finding::Level;

constexpr Bytes kAskedBuffer(8'000'000);
// A second of 16 Mbit/s: what arrives while the processor is elsewhere.
constexpr Bytes kEnoughBuffer(2'000'000);
constexpr double kBusy = 0.8;  // of each processor
constexpr Bytes kLittleDisk(100'000'000), kNoDisk(1'000'000);

// Linux answers with twice what a program may use.
std::optional<Bytes> granted(int fd, int option) {
  int value = 0;
  socklen_t size = sizeof value;
  if (getsockopt(fd, SOL_SOCKET, option, &value, &size) != 0 || value < 0) return std::nullopt;
  return Bytes(value / 2);
}

std::optional<bool> clock_synchronised() {
  timex state{};
  if (adjtimex(&state) < 0) return std::nullopt;
  return (state.status & STA_UNSYNC) == 0;
}

std::optional<Bytes> disk_free(std::filesystem::path folder) {
  std::error_code code;
  folder = std::filesystem::absolute(folder, code);
  while (folder.has_relative_path() && !std::filesystem::exists(folder, code))
    folder = folder.parent_path();
  struct statvfs disk {};
  if (statvfs(folder.c_str(), &disk) != 0) return std::nullopt;
  return Bytes(static_cast<std::int64_t>(disk.f_bavail * disk.f_frsize));
}

Finding judge_buffer(const char* subject, std::optional<Bytes> buffer, const char* key) {
  if (!buffer) return {Level::kSkipped, "buffers", subject, "the kernel does not say", ""};
  auto const seen = fmt::format("{} kB for each UDP socket", buffer->count() / 1000);
  if (*buffer >= kEnoughBuffer) return {Level::kOk, "buffers", subject, seen, ""};
  return {Level::kWarning, "buffers", subject,
          seen + ": bursts are lost when the processor is busy",
          fmt::format("sysctl -w net.core.{}={}", key, kAskedBuffer.count())};
}

Finding judge_clock(std::optional<bool> synchronised) {
  if (!synchronised) return {Level::kSkipped, "clock", "here", "the kernel does not say", ""};
  if (*synchronised) return {Level::kOk, "clock", "here", "kept by a time service", ""};
  return {Level::kWarning, "clock", "here", "no time service keeps it", "timedatectl set-ntp true"};
}

Finding judge_load(double load, unsigned processors) {
  auto const seen = fmt::format("load {:.1f} on {} processors", load, processors);
  if (load <= kBusy * processors) return {Level::kOk, "processor", "here", seen, ""};
  return {Level::kWarning, "processor", "here", seen + ": others keep it busy", "top"};
}

Finding judge_disk(const std::filesystem::path& folder, std::optional<Bytes> free) {
  auto const subject = folder.string();
  auto const* const hint = "df -h";
  if (!free) return {Level::kWarning, "disk", subject, "it cannot be asked for its space", hint};
  auto const seen = fmt::format("{} MB free", free->count() / 1'000'000);
  if (*free < kNoDisk)
    return {Level::kFault, "disk", subject, seen + ": nothing can be saved", hint};
  if (*free < kLittleDisk) return {Level::kWarning, "disk", subject, seen, hint};
  return {Level::kOk, "disk", subject, seen, ""};
}

}  // namespace

HostFacts look_at_host(const std::filesystem::path& folder) {
  HostFacts facts;
  facts.folder = folder;
  if (auto const socket = UdpSocket::open({Endpoint::loopback(0), ""}, kAskedBuffer)) {
    facts.receive_buffer = granted(socket->fd(), SO_RCVBUF);
    facts.send_buffer = granted(socket->fd(), SO_SNDBUF);
  }
  facts.clock_synchronised = clock_synchronised();
  if (getloadavg(&facts.load, 1) != 1) facts.load = 0;
  facts.processors = std::max(1U, std::thread::hardware_concurrency());
  facts.disk_free = disk_free(folder);
  return facts;
}

Findings judge_host(const HostFacts& facts) {
  return {judge_buffer("receive", facts.receive_buffer, "rmem_max"),
          judge_buffer("send", facts.send_buffer, "wmem_max"),
          judge_clock(facts.clock_synchronised), judge_load(facts.load, facts.processors),
          judge_disk(facts.folder, facts.disk_free)};
}

}  // namespace aegis::os
