// A relay with a bonded publisher on it, and how tests ask it by HTTP.
#pragma once

#include <atomic>
#include <string>
#include <string_view>
#include <utility>

#include <catch2/catch.hpp>
#include <fmt/core.h>

#include "unit/common/http/tcp_client.hpp"
#include "unit/relay/bonded_rig.hpp"
#include "unit/relay/relay_fixture.hpp"

namespace aegis::test {

struct Answer {
  unsigned status = 0;
  std::string head, body;
};

inline Answer ask(const RelayFixture& fixture, std::string_view target,
                  std::string_view headers = "", std::string_view method = "GET") {
  TcpClient client(fixture.relay().bound().http);
  client.send(
      fmt::format("{} {} HTTP/1.1\r\n{}Connection: close\r\n\r\n", method, target, headers));
  auto const text = client.read("\1 never sent");
  auto const end = text.find("\r\n\r\n");
  REQUIRE(end != std::string::npos);
  return {static_cast<unsigned>(std::stoul(text.substr(9, 3))), text.substr(0, end),
          text.substr(end + 4)};
}

// Sends kRate from a thread of its own until it goes.
class SteadyPublisher {
 public:
  static constexpr Duration kInterval = 3ms;
  static constexpr BitRate kRate = BitRate::from(Bytes(os::kSrtPayload), kInterval);

  SteadyPublisher(const Endpoint& relay, std::string key) : caller_(relay, std::move(key)) {
    REQUIRE(caller_.connect());
    thread_ = os::Thread("publisher", [this] { run(); });
  }
  ~SteadyPublisher() {
    ends_ = true;
    thread_.join();
  }
  SteadyPublisher(const SteadyPublisher&) = delete;
  SteadyPublisher& operator=(const SteadyPublisher&) = delete;

 private:
  void run() {
    Time due = os::now();
    for (int number = 0; !ends_; ++number) {
      auto const text = packet(number);
      if (!caller_.send(std::as_bytes(std::span(text)))) return;
      due += kInterval;
      std::this_thread::sleep_for(due - os::now());
    }
  }

  SrtCaller caller_;
  std::atomic<bool> ends_ = false;
  os::Thread thread_;
};

// A bonded publisher whose links have both carried media, for neither may carry all of it. It goes
// on: rates and losses are forgotten when nothing comes.
class BondedSession {
 public:
  explicit BondedSession(RelayFixture& fixture)
      : rig_(fixture.relay().bound().srtla, std::nullopt,
             {.cap = SteadyPublisher::kRate.scaled(0.7)}),
        publisher_(rig_.srt_endpoint(), fixture.publish_key("cam")) {
    REQUIRE(fixture.eventually([](auto const& s) {
      return s["sessions"].size() == 1 && s["sessions"][0]["rate_bps"] > 0 &&
             s["sessions"][0]["received_packets"] >= 400 && s["groups"].size() == 1 &&
             s["groups"][0]["stream"] == "cam" && s["groups"][0]["links"].size() == 2 &&
             has_carried(s["groups"][0]["links"][0]) && has_carried(s["groups"][0]["links"][1]);
    }));
  }

 private:
  static bool has_carried(const nlohmann::json& link) {
    return !link["jitter_ms"].is_null() && !link["loss"].is_null();
  }

  BondedRig rig_;
  SteadyPublisher publisher_;
};

}  // namespace aegis::test
