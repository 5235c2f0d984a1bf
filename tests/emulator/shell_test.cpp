// The emulator's accuracy as real programs see it: UDP sockets in two namespaces.
#include <algorithm>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <sched.h>

#include "common/os/clock.hpp"
#include "common/os/udp_socket.hpp"
#include "support/emulated_links.hpp"
#include "support/json_checks.hpp"
#include "support/temp_dir.hpp"

using namespace aegis;
using namespace aegis::test;

namespace {

constexpr std::size_t kHeaders = 28;  // IPv4 and UDP: they count in the link's rate

os::UdpSocket open_socket(const NetNamespace& where, const Endpoint& local,
                          const std::string& device = "") {
  std::optional<os::UdpSocket> socket;
  where.inside([&] {
    auto opened = os::UdpSocket::open({local, device, false});
    if (!opened) throw std::runtime_error(opened.error().what + ": " + opened.error().why);
    socket = std::move(opened).value();
  });
  return std::move(*socket);
}

// What is measured is the emulator, not how long a busy machine lets this program wait: its threads
// are served first, as the emulator's is. Without the right to it an idle machine is needed.
void measure_promptly() {
  sched_param const parameters{.sched_priority = 1};
  (void)::sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &parameters);
}

// Two namespaces, one link between 10.0.1.2 (a) and 10.0.1.1 (b), a socket at each side.
struct Bench {
  TempDir folder;
  NetNamespace a{"a"}, b{"b"};
  EmulatedLinks links;
  os::UdpSocket left, right;

  Bench(const std::string& up, const std::string& down)
      : links(a, b, {rig_link(0, up, down)}, folder.path()),
        left(open_socket(a, Endpoint::v4(10, 0, 1, 2, 7000))),
        right(open_socket(b, Endpoint::v4(10, 0, 1, 1, 7000))) {}

  Endpoint right_address() const { return Endpoint::v4(10, 0, 1, 1, 7000); }
};

struct Arrival {
  std::uint64_t number;
  Duration delay;
  Time at;
};

// Everything that comes until nothing has come for `quiet`. Each datagram starts with its number
// and its send time.
std::vector<Arrival> receive_all(os::UdpSocket& socket, Duration quiet) {
  measure_promptly();
  std::vector<Arrival> arrivals;
  os::UdpSocket::ReceiveBatch batch;
  Time last = os::now();
  while (os::now() - last < quiet) {
    if (socket.receive(batch) == 0) std::this_thread::sleep_for(50us);
    Time const now = os::now();
    for (std::size_t i = 0; i < batch.size(); ++i) {
      ByteView const datagram = batch.datagram(i);
      Time const sent{Duration(static_cast<Duration::rep>(load_u64(datagram, 8)))};
      arrivals.push_back({load_u64(datagram, 0), now - sent, now});
      last = now;
    }
  }
  return arrivals;
}

void send_paced(os::UdpSocket& from, const Endpoint& to, std::size_t count, Duration gap,
                std::size_t size) {
  measure_promptly();
  std::vector<std::byte> datagram(size);
  Time const start = os::now();
  for (std::size_t i = 0; i < count; ++i) {
    while (os::now() < start + static_cast<int>(i) * gap) std::this_thread::sleep_for(100us);
    store_u64(datagram, 0, i);
    store_u64(datagram, 8, static_cast<std::uint64_t>(os::now().time_since_epoch().count()));
    from.send_one(datagram, to);
  }
}

std::vector<Arrival> exchange(Bench& bench, std::size_t count, Duration gap, std::size_t size,
                              Duration quiet = 800ms) {
  std::thread sender([&] { send_paced(bench.left, bench.right_address(), count, gap, size); });
  auto arrivals = receive_all(bench.right, quiet);
  sender.join();
  return arrivals;
}

double delay_ms(std::vector<Arrival> arrivals, double quantile) {
  std::sort(arrivals.begin(), arrivals.end(),
            [](const Arrival& x, const Arrival& y) { return x.delay < y.delay; });
  auto const at = static_cast<std::size_t>(quantile * static_cast<double>(arrivals.size() - 1));
  return to_milliseconds(arrivals[at].delay);
}

}  // namespace

TEST_CASE("Delay is kept within 2 ms at the median and at p95") {
  // What else runs on this machine can only add to it: an emulator that is slow is so each time.
  constexpr int kTries = 3;
  for (int delay : {10, 60}) {
    Bench bench("delay:" + std::to_string(delay) + "ms", "");
    double p95 = 0;
    for (int i = 0; i < kTries && (i == 0 || p95 >= delay + 2); ++i) {
      auto const arrivals = exchange(bench, 1000, 2ms, 1200);
      REQUIRE(arrivals.size() == 1000);
      CHECK(delay_ms(arrivals, 0) >= delay);
      CHECK(delay_ms(arrivals, 0.5) < delay + 2);
      p95 = delay_ms(arrivals, 0.95);
    }
    CHECK(p95 < delay + 2);
  }
}

TEST_CASE("A saturated link delivers its rate within 2 %") {
  for (int megabits : {2, 6, 20}) {
    Bench bench("rate:" + std::to_string(megabits) + "M/delay:20ms/queue:100ms", "");
    // One and a half times what fits.
    auto const gap = Duration(static_cast<int>(1228 * 8 / megabits / 1.5));
    auto const arrivals = exchange(bench, static_cast<std::size_t>(3s / gap), gap, 1200);
    REQUIRE(arrivals.size() > 100);
    double const bits = static_cast<double>((arrivals.size() - 1) * (1200 + kHeaders) * 8);
    double const rate = bits / to_seconds(arrivals.back().at - arrivals.front().at);
    CHECK(rate == Approx(megabits * 1e6).epsilon(0.02));
    // The queue adds its 100 ms, and not more.
    CHECK(delay_ms(arrivals, 0.95) == Approx(120).margin(4));
    auto const up = bench.links.stats()["links"][0]["up"];
    CHECK(up["lost"]["queue"].get<std::size_t>() + arrivals.size() ==
          up["packets_in"].get<std::size_t>());
  }
}

TEST_CASE("A trace is replayed against the real clock") {
  TempDir folder;
  std::string text;  // 4 Mbit/s for a second, then 1.2
  for (int ms = 3; ms <= 1000; ms += 3) text += std::to_string(ms) + "\n";
  for (int ms = 1010; ms <= 2000; ms += 10) text += std::to_string(ms) + "\n";
  write_private_file(folder / "steps", text);
  NetNamespace a("a"), b("b");
  EmulatedLinks links(a, b, {rig_link(0, "trace:steps/queue:30k", "")}, folder.path(),
                      {"--trace", "steps=" + (folder / "steps").string()});
  auto left = open_socket(a, Endpoint::v4(10, 0, 1, 2, 7000));
  auto right = open_socket(b, Endpoint::v4(10, 0, 1, 1, 7000));
  std::thread sender(
      [&] { send_paced(left, Endpoint::v4(10, 0, 1, 1, 7000), 2100, 2ms, 1500 - kHeaders); });
  auto const arrivals = receive_all(right, 800ms);
  sender.join();
  REQUIRE(arrivals.size() > 500);
  // Two laps of the trace, 333 + 100 packets each, while it is saturated.
  Time const from = arrivals.front().at + 100ms;
  auto const lap = std::count_if(arrivals.begin(), arrivals.end(), [&](const Arrival& arrival) {
    return arrival.at >= from && arrival.at < from + 2s;
  });
  CHECK(static_cast<double>(lap) == Approx(433).epsilon(0.02));
}

TEST_CASE("A commanded outage is dark at once, and over at once") {
  Bench bench("delay:20ms", "");
  std::thread commander([&] {
    std::this_thread::sleep_for(500ms);
    bench.links.command("m0 down");
    std::this_thread::sleep_for(1s);
    bench.links.command("m0 up");
  });
  auto arrivals = exchange(bench, 500, 5ms, 200, 1500ms);
  commander.join();
  Duration longest{};
  for (std::size_t i = 1; i < arrivals.size(); ++i) {
    longest = std::max(longest, arrivals[i].at - arrivals[i - 1].at);
  }
  CHECK(to_milliseconds(longest) == Approx(1020).margin(30));
  CHECK(arrivals.size() == Approx(500 - 204).margin(4));
}

TEST_CASE("A held link loses nothing and delivers late") {
  Bench bench("rate:8M/delay:5ms", "");
  bench.links.command("m0 down hold");
  std::thread release([&] {
    std::this_thread::sleep_for(500ms);
    bench.links.command("m0 up");
  });
  auto const arrivals = exchange(bench, 100, 2ms, 200);
  release.join();
  REQUIRE(arrivals.size() == 100);
  CHECK(delay_ms(arrivals, 1) > 450);
}

TEST_CASE("An unplugged link takes its device away, and plugged in it works again") {
  Bench bench("", "");
  bench.links.command("m0 unplug");
  CHECK_THROWS(bench.a.ip("link show m0 >/dev/null 2>&1"));
  CHECK(!bench.links.stats()["links"][0]["plugged"].get<bool>());
  bench.links.command("m0 plug");
  bench.a.ip("link show m0 >/dev/null");
  CHECK(exchange(bench, 20, 1ms, 200).size() == 20);
  bench.a.ip("link del m0");  // by somebody else
  std::this_thread::sleep_for(100ms);
  bench.links.command("m0 plug");
  CHECK(exchange(bench, 20, 1ms, 200).size() == 20);
}

TEST_CASE("Two dongles with one address are two links, as the far side sees them") {
  TempDir folder;
  NetNamespace a("a"), b("b");
  LinkSpec first{"m0", "192.168.8.100", "10.0.1.1", kRelayV4, "", "", "10.0.1.2"};
  LinkSpec second{"m1", "192.168.8.100", "10.0.2.1", kRelayV4, "", "", "10.0.2.2"};
  EmulatedLinks links(a, b, {first, second}, folder.path());
  b.ip(std::string("address add ") + kRelayV4 + "/32 dev lo");
  auto relay = open_socket(b, Endpoint::v4(10, 99, 0, 1, 5000));
  for (int i : {0, 1}) {
    auto rig = open_socket(a, Endpoint::v4(0, 0, 0, 0, 0), "m" + std::to_string(i));
    std::vector<std::byte> const hello(100, std::byte{1});
    rig.send_one(hello, Endpoint::v4(10, 99, 0, 1, 5000));
    os::UdpSocket::ReceiveBatch batch;
    for (int tries = 0; tries < 100 && relay.receive(batch) == 0; ++tries) {
      std::this_thread::sleep_for(10ms);
    }
    REQUIRE(batch.size() == 1);
    CHECK(address_to_string(batch.from(0)) == "10.0." + std::to_string(i + 1) + ".2");
    relay.send_one(hello, batch.from(0));
    for (int tries = 0; tries < 100 && rig.receive(batch) == 0; ++tries) {
      std::this_thread::sleep_for(10ms);
    }
    CHECK(batch.size() == 1);
  }
}

TEST_CASE("IPv6 crosses a link like IPv4") {
  Bench bench("", "");
  auto left = open_socket(bench.a, parse_endpoint("[fd00:1::2]:7001").value());
  auto right = open_socket(bench.b, parse_endpoint("[fd00:1::1]:7001").value());
  send_paced(left, parse_endpoint("[fd00:1::1]:7001").value(), 20, 1ms, 200);
  CHECK(receive_all(right, 200ms).size() == 20);
}
