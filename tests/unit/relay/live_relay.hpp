// A relay with a bonded publisher on it, and how tests ask it by HTTP.
#pragma once

#include <string>
#include <string_view>

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

// A bonded publisher whose links have carried media.
class BondedSession {
 public:
  explicit BondedSession(RelayFixture& fixture)
      : rig_(fixture.relay().bound().srtla),
        publisher_(rig_.srt_endpoint(), fixture.publish_key("cam")) {
    REQUIRE(publisher_.connect());
    send_packets(publisher_, 0, 700);
    REQUIRE(fixture.eventually([](auto const& s) {
      return s["sessions"].size() == 1 && s["sessions"][0]["rate_bps"] > 0 &&
             s["groups"].size() == 1 && s["groups"][0]["stream"] == "cam" &&
             s["groups"][0]["links"].size() == 2;
    }));
  }

 private:
  BondedRig rig_;
  SrtCaller publisher_;
};

}  // namespace aegis::test
