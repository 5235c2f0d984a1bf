// aegis-load: many stock publishers with two links each, and a player for every one of them, in one
// thread and two sockets. Each end has an address of its own in 127.0.0.0/8, so that to the relay
// they are as many hosts; the datagrams of all of them leave in common batches.
//
// Prints one account: what was lost, and the CPU of both sides while everything ran.
#include <algorithm>
#include <csignal>
#include <ctime>
#include <deque>
#include <fstream>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "bench/load/player.hpp"
#include "bench/load/publisher.hpp"
#include "common/os/clock.hpp"
#include "common/os/udp_socket.hpp"
#include "support/flags.hpp"
#include "support/process_group.hpp"

using namespace aegis;
using namespace aegis::bench;
using test::Flags;

namespace {

constexpr Duration kTick = 4ms;
// They come one after the other, as rigs do.
constexpr Duration kBetweenRigs = 20ms;
constexpr Duration kSettle = 3s;
constexpr Duration kPatience = 30s;
constexpr std::uint8_t kFirstNet = 16;  // 127.16 and 127.17: links; 127.18: players; from 20: idle

struct Ids {
  std::string publish, play;
};

std::vector<Ids> read_ids(const std::string& path, std::size_t count) {
  std::ifstream file(path);
  std::vector<Ids> ids;
  for (Ids one; ids.size() < count && file >> one.publish >> one.play;) ids.push_back(one);
  if (ids.size() < count) Flags::fail("--ids: fewer lines than --streams");
  return ids;
}

Endpoint source(std::size_t net, std::size_t index) {
  return Endpoint::v4(127, static_cast<std::uint8_t>(kFirstNet + net),
                      static_cast<std::uint8_t>(index >> 8), static_cast<std::uint8_t>(index), 0);
}

struct Place {
  std::size_t net = 0, index = 0;
};
Place place_of(const Endpoint& local) {
  auto const byte = [&](std::size_t at) { return std::size_t{local.address()[at]}; };
  return {byte(13) - kFirstNet, byte(14) << 8 | byte(15)};
}

os::UdpSocket open_socket() {
  auto socket = os::UdpSocket::open(
      {.local = Endpoint::v4(0, 0, 0, 0, 0), .device = {}, .tell_local = true}, Bytes(32'000'000));
  if (!socket) Flags::fail(socket.error().what);
  return std::move(*socket);
}

class Load final : private LoadPublisher::Output, private LoadPlayer::Output {
 public:
  struct Options {
    Endpoint srtla, play;
    std::vector<Ids> ids;
    BitRate rate;
    Duration latency;
    std::size_t idle_groups = 0;
  };

  Load(Options options, Time now) : options_(std::move(options)) {
    LoadPublisher::Output& rigs = *this;
    LoadPlayer::Output& screens = *this;
    for (std::size_t i = 0; i < options_.ids.size(); ++i) {
      publishers_.emplace_back(i,
                               LoadPublisher::Options{.stream_id = options_.ids[i].publish,
                                                      .rate = options_.rate,
                                                      .latency = options_.latency},
                               program_, rigs, now + kBetweenRigs * static_cast<std::int64_t>(i));
      players_.emplace_back(i, options_.ids[i].play, options_.latency, screens);
    }
    auto const first = options_.ids.size();
    for (std::size_t i = first; i < first + options_.idle_groups; ++i)
      publishers_.emplace_back(
          i, LoadPublisher::Options{.stream_id = {}, .rate = {}, .media = false}, program_, rigs,
          now + kBetweenRigs * static_cast<std::int64_t>(first) +
              2ms * static_cast<std::int64_t>(i - first));
  }

  void turn(Time now) {
    read(links_, now);
    read(plays_, now);
    for (LoadPublisher& publisher : publishers_) publisher.tick(now);
    for (std::size_t i = 0; i < players_.size(); ++i)
      if (publishers_[i].sends()) players_[i].tick(now);
    flush(links_, to_links_);
    flush(plays_, to_plays_);
  }

  bool all_run() const {
    return std::all_of(publishers_.begin(), publishers_.end(),
                       [](auto const& p) { return p.registered(); }) &&
           std::all_of(players_.begin(), players_.end(), [](auto const& p) { return p.plays(); });
  }
  void start_account() {
    for (LoadPlayer& player : players_) player.start_account();
    retransmitted_before_ = publishers_total().retransmitted;
    too_late_before_ = publishers_total().too_late;
    dropped_ = 0;
  }
  nlohmann::json account() const {
    PlayerAccount all;
    std::size_t plays = 0, sends = 0;
    for (const LoadPlayer& player : players_) {
      auto const one = player.account();
      all.received += one.received;
      all.missing += one.missing;
      all.asked_again += one.asked_again;
      plays += player.plays() ? 1 : 0;
    }
    for (const LoadPublisher& publisher : publishers_) sends += publisher.sends() ? 1 : 0;
    auto const sent = publishers_total();
    return {{"publishing", sends},
            {"playing", plays},
            {"datagrams_received", all.received},
            {"datagrams_missing", all.missing},
            {"player_asked_again", all.asked_again},
            {"publisher_retransmitted", sent.retransmitted - retransmitted_before_},
            {"publisher_gave_up", sent.too_late - too_late_before_},
            {"send_dropped", dropped_}};
  }

 private:
  sim::SrtCallerCounters publishers_total() const {
    sim::SrtCallerCounters total;
    for (const LoadPublisher& publisher : publishers_) {
      total.retransmitted += publisher.counters().retransmitted;
      total.too_late += publisher.counters().too_late;
    }
    return total;
  }

  void read(os::UdpSocket& socket, Time now) {
    bool const from_links = &socket == &links_;
    for (std::size_t count = incoming_.kSlots; count == incoming_.kSlots;) {
      count = socket.receive(incoming_);
      for (std::size_t i = 0; i < count; ++i) {
        auto const [net, index] = place_of(incoming_.local(i));
        if (from_links && index < publishers_.size())
          publishers_[index].on_datagram(net & 1, incoming_.datagram(i), now);
        if (!from_links && index < players_.size())
          players_[index].on_datagram(incoming_.datagram(i), now);
      }
    }
  }

  void flush(os::UdpSocket& socket, os::UdpSocket::SendBatch& batch) {
    if (!batch.empty()) dropped_ += socket.send(batch).dropped;
  }

  void publisher_sends(std::size_t publisher, std::size_t link, ByteView datagram) override {
    if (to_links_.full()) flush(links_, to_links_);
    bool const idles = publisher >= options_.ids.size();
    to_links_.push(datagram, options_.srtla, source((idles ? 4 : 0) + link, publisher));
  }
  void player_sends(std::size_t player, ByteView datagram) override {
    if (to_plays_.full()) flush(plays_, to_plays_);
    to_plays_.push(datagram, options_.play, source(2, player));
  }

  Options options_;
  Program program_;
  os::UdpSocket links_ = open_socket(), plays_ = open_socket();
  os::UdpSocket::ReceiveBatch incoming_;
  os::UdpSocket::SendBatch to_links_, to_plays_;
  std::deque<LoadPublisher> publishers_;  // which stay where they are
  std::deque<LoadPlayer> players_;
  std::uint64_t retransmitted_before_ = 0, too_late_before_ = 0, dropped_ = 0;
};

void sleep_until(Time when) {
  auto const us = when.time_since_epoch().count();
  timespec const until{us / 1'000'000, us % 1'000'000 * 1000};
  ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
}

// Runs the load until `until`, or until `done` says so; how late the latest turn was.
template <typename Done>
Duration run(Load& load, Time until, Done done) {
  Duration latest{};
  for (Time next = os::now(); next < until && !done(); next += kTick) {
    sleep_until(next);
    Time const now = os::now();
    latest = std::max(latest, now - next);
    load.turn(now);
  }
  return latest;
}

std::size_t parse_count(const Flags& flags, const std::string& name) {
  return std::stoul(flags.text(name));
}

}  // namespace

int main(int argc, char** argv) {
  Flags const flags(argc, argv,
                    {{"--srtla", "127.0.0.1:5000"},
                     {"--play", "127.0.0.1:5002"},
                     {"--ids", ""},
                     {"--streams", "1"},
                     {"--idle-groups", "0"},
                     {"--rate", "4M"},
                     {"--latency", "2s"},
                     {"--for", "20s"},
                     {"--watch-group", "0"}});
  auto const streams = parse_count(flags, "--streams");
  Load load({.srtla = flags.parsed("--srtla", parse_endpoint),
             .play = flags.parsed("--play", parse_endpoint),
             .ids = streams == 0 ? std::vector<Ids>() : read_ids(flags.text("--ids"), streams),
             .rate = flags.parsed("--rate", parse_bit_rate),
             .latency = flags.parsed("--latency", parse_duration),
             .idle_groups = parse_count(flags, "--idle-groups")},
            os::now());
  auto const watched = std::stoi(flags.text("--watch-group"));
  auto const never = [] { return false; };
  run(load, os::now() + kPatience, [&] { return load.all_run(); });
  bool const complete = load.all_run();
  run(load, os::now() + kSettle, never);

  load.start_account();
  auto const relay_before = test::use_of_group(watched),
             own_before = test::use_of_group(::getpgrp());
  Time const began = os::now();
  auto const latest = run(load, began + flags.parsed("--for", parse_duration), never);
  double const seconds = to_seconds(os::now() - began);
  auto const relay = test::use_of_group(watched), own = test::use_of_group(::getpgrp());
  auto account = load.account();
  account["complete"] = complete;
  account["seconds"] = seconds;
  account["turn_late_max_ms"] = to_milliseconds(latest);
  account["load_cpu_ms_per_s"] = (own.cpu_seconds - own_before.cpu_seconds) * 1000 / seconds;
  account["relay_cpu_ms_per_s"] = (relay.cpu_seconds - relay_before.cpu_seconds) * 1000 / seconds;
  account["relay_resident_kb"] = relay.resident_kb;
  std::cout << account << std::endl;
}
