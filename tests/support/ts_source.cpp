// ts_source: counted MPEG-TS packets at an exact constant rate, to stdout, UDP or an SRT listener.
// Prints "connected" on stderr when it could send, and begins --delay later.
#include <atomic>
#include <csignal>
#include <ctime>
#include <functional>
#include <iostream>
#include <memory>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "common/base/units.hpp"
#include "common/os/clock.hpp"
#include "common/os/resolve.hpp"
#include "common/os/udp_socket.hpp"
#include "support/flags.hpp"
#include "support/srt_peer.hpp"
#include "support/ts_packet.hpp"

using namespace aegis;
using namespace aegis::test;

namespace {

constexpr std::size_t kChunk = kTsPacket * kTsPerDatagram;

volatile std::sig_atomic_t stopping = 0;

// False when the far end is gone.
using Write = std::function<bool(ByteView)>;

Write to_stdout() {
  return [](ByteView chunk) {
    while (!chunk.empty()) {
      ssize_t const size = ::write(STDOUT_FILENO, chunk.data(), chunk.size());
      if (size <= 0) return false;
      chunk = chunk.subspan(static_cast<std::size_t>(size));
    }
    return true;
  };
}

Write to_udp(const HostPort& where) {
  auto addresses = os::resolve(where);
  auto socket = os::UdpSocket::open({Endpoint::any_v6(0), "", false});
  if (!addresses || !socket) Flags::fail("no UDP way to " + to_string(where));
  auto shared = std::make_shared<os::UdpSocket>(std::move(socket).value());
  return [shared, to = addresses->front()](ByteView chunk) {
    shared->send_one(chunk, to);
    return true;
  };
}

Write to_srt(const HostPort& where, const os::SrtOptions& options, Duration patience) {
  auto socket = call(where, options, patience);
  if (!socket) Flags::fail(socket.error().what + ": " + socket.error().why);
  auto shared = std::make_shared<os::SrtSocket>(std::move(socket).value());
  return [shared](ByteView chunk) { return shared->send(chunk) != os::SrtSocket::Io::kBroken; };
}

Write open_target(const Flags& flags) {
  const std::string& to = flags.text("--to");
  if (to == "-") return to_stdout();
  auto const where = [&](std::size_t skip) {
    auto parsed = parse_host_port(std::string_view(to).substr(skip), 0);
    if (!parsed) Flags::fail("--to: " + parsed.error().what);
    return *parsed;
  };
  if (to.rfind("udp:", 0) == 0) return to_udp(where(4));
  if (to.rfind("srt:", 0) != 0) Flags::fail("--to takes -, udp:HOST:PORT or srt:HOST:PORT");
  os::SrtOptions options;
  options.latency = flags.parsed("--latency", parse_duration);
  if (!flags.text("--key").empty()) apply_key(options, flags.text("--key"), "publish");
  return to_srt(where(4), options, flags.parsed("--wait", parse_duration));
}

void sleep_until(Time when) {
  auto const us = when.time_since_epoch().count();
  timespec const until{us / 1'000'000, us % 1'000'000 * 1000};
  ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
}

}  // namespace

int main(int argc, char** argv) {
  Flags const flags(argc, argv,
                    {{"--rate", "8M"},
                     {"--for", "10s"},
                     {"--to", "-"},
                     {"--key", ""},
                     {"--latency", "2s"},
                     {"--wait", "10s"},
                     {"--delay", "0s"}});
  BitRate const rate = flags.parsed("--rate", parse_bit_rate);
  Duration const length = flags.parsed("--for", parse_duration);
  for (int number : {SIGTERM, SIGINT}) std::signal(number, [](int) { stopping = 1; });
  std::signal(SIGPIPE, SIG_IGN);
  os::SrtLibrary const library;
  Write const write = open_target(flags);

  std::cerr << "connected" << std::endl;
  sleep_until(os::now() + flags.parsed("--delay", parse_duration));

  std::array<std::byte, kChunk> chunk{};
  std::uint64_t sent = 0;
  Duration latest{};
  bool broken = false;
  Time const start = os::now();
  while (stopping == 0 && !broken) {
    // From the start each time, so that rounding never adds up.
    Time const due = start + Bytes(static_cast<std::int64_t>(sent * kTsPacket)) / rate;
    if (due - start >= length) break;
    sleep_until(due);
    Time const now = os::now();
    latest = std::max(latest, now - due);
    for (std::size_t i = 0; i < kTsPerDatagram; ++i) {
      write_ts_packet(ByteSpan(chunk).subspan(i * kTsPacket, kTsPacket), {sent + i, now});
    }
    broken = !write(chunk);
    if (!broken) sent += kTsPerDatagram;
  }
  // What SRT still holds has to get through before the socket closes.
  if (flags.text("--to").rfind("srt:", 0) == 0 && !broken) {
    sleep_until(os::now() + flags.parsed("--latency", parse_duration) + 500ms);
  }
  std::cerr << nlohmann::json{{"sent", sent},
                              {"late_max_ms", to_milliseconds(latest)},
                              {"broken", broken}}
            << std::endl;
  return broken ? 1 : 0;
}
