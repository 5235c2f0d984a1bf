#include "relay/relay.hpp"

#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include "common/bond/wire.hpp"
#include "common/config/state.hpp"
#include "common/os/udp_socket.hpp"
#include "unit/common/http/certificate.hpp"
#include "unit/relay/bonded_rig.hpp"
#include "unit/relay/relay_fixture.hpp"
#include "unit/relay/srt_caller.hpp"

using namespace aegis;
using test::send_packets;
using test::SrtCaller;
using Fixture = test::RelayFixture;

TEST_CASE("a publisher's packets reach two players alike, one of which waited for it", "[relay]") {
  Fixture fixture;
  SrtCaller early(fixture.play(), fixture.play_key("cam"));
  REQUIRE(early.connect());
  SrtCaller other(fixture.play(), "#!::m=request,r=" + fixture.play_key("cam"));
  REQUIRE(other.connect());
  REQUIRE(fixture.eventually(
      [](auto const& s) { return s["players"].size() == 2 && s["players"][0]["rate_bps"] == 0; }));

  SrtCaller publisher(fixture.publish(), "publish/live/" + fixture.publish_key("cam"));
  REQUIRE(publisher.connect());
  auto const sent = send_packets(publisher, 0, 400);
  CHECK(early.receive(sent.size()) == sent);
  CHECK(other.receive(sent.size()) == sent);

  REQUIRE(fixture.eventually([](auto const& s) {
    return s["sessions"].size() == 1 && s["sessions"][0]["state"] == "live";
  }));
  auto const status = fixture.status();
  auto const& session = status["sessions"][0];
  CHECK(session["stream"] == "cam");
  CHECK(session["via"] == "srt");
  CHECK(session["group"].is_null());
  CHECK(status["kind"] == "relay");
  CHECK(status.dump().find("127.0.0.1") == std::string::npos);
}

TEST_CASE("whoever calls from a network that is denied is not heard", "[relay]") {
  relay::ServeOptions options;
  options.callers.allow.push_back(*parse_cidr("127.0.0.0/8"));
  options.callers.deny.push_back(*parse_cidr("127.0.0.0/16"));
  Fixture fixture(options);
  SrtCaller publisher(fixture.publish(), fixture.publish_key("cam"));
  CHECK_FALSE(publisher.connect());
  SrtCaller player(fixture.play(), fixture.play_key("cam"));
  CHECK_FALSE(player.connect());
  CHECK(fixture.counts("refused_address", 2));
  test::BondedRig rig(fixture.relay().bound().srtla);
  CHECK(fixture.eventually(
      [](auto const& s) { return s["counters"]["bond_denied_datagrams"] >= 2; }));
  CHECK(fixture.counts("bond_reg1", 0));
}

TEST_CASE("a bonded publisher comes through, and its group knows its stream", "[relay]") {
  Fixture fixture;
  SrtCaller player(fixture.play(), fixture.play_key("locked"));
  REQUIRE(player.connect());
  test::BondedRig rig(fixture.relay().bound().srtla);
  SrtCaller publisher(rig.srt_endpoint(), fixture.publish_key("locked"),
                      crypto::Secret("correct-horse-battery"));
  REQUIRE(publisher.connect());
  auto const sent = send_packets(publisher, 0, 400);
  CHECK(player.receive(sent.size()) == sent);

  CHECK(fixture.eventually([](auto const& s) {
    return s["groups"].size() == 1 && s["groups"][0]["stream"] == "locked" &&
           s["groups"][0]["links"].size() == 2 && s["groups"][0]["data_packets"] >= 400;
  }));
  auto const status = fixture.status();
  CHECK(status["sessions"][0]["via"] == "srtla");
  CHECK(status["sessions"][0]["group"] == status["groups"][0]["id"]);

  // The encoder starts again behind the same bond, before its old connection is seen to be dead.
  SrtCaller again(rig.srt_endpoint(), "#!::m=publish,r=" + fixture.publish_key("locked"),
                  crypto::Secret("correct-horse-battery"));
  CHECK(again.connect());
  CHECK(fixture.eventually([](auto const& s) {
    return s["counters"]["sessions_resumed"] == 1 && s["sessions"].size() == 1 &&
           s["sessions"][0]["resumes"] == 1;
  }));
}

TEST_CASE("a bonded publisher with a wrong key is refused, and may come again with the right one",
          "[relay]") {
  Fixture fixture;
  test::BondedRig rig(fixture.relay().bound().srtla);
  SrtCaller wrong(rig.srt_endpoint(), fixture.play_key("cam"));
  CHECK_FALSE(wrong.connect());
  CHECK(wrong.reject_code() == 1405);
  SrtCaller right(rig.srt_endpoint(), fixture.publish_key("cam"));
  CHECK(right.connect());
  CHECK(fixture.eventually([](auto const& s) {
    return s["sessions"].size() == 1 && s["counters"]["bond_groups_made"] == 1;
  }));
}

TEST_CASE("each wrong caller is told and counted", "[relay]") {
  Fixture fixture;
  struct Case {
    bool publishes;
    std::string stream_id;
    int code;
    std::string counter;
  };
  for (auto const& [publishes, stream_id, code, counter] :
       {Case{true, "not-a-key", 1403, "refused_unknown_key"},
        Case{true, fixture.play_key("cam"), 1405, "refused_wrong_right"},
        Case{false, fixture.publish_key("cam"), 1405, "refused_wrong_right"},
        Case{false, "play/live/nobody", 1403, "refused_unknown_key"},
        Case{true, "", 1401, "refused_no_stream_id"},
        Case{true, "#!::nonsense", 1400, "refused_malformed_stream_id"}}) {
    INFO(stream_id << " " << counter);
    auto const before = fixture.status()["counters"][counter];
    SrtCaller caller(publishes ? fixture.publish() : fixture.play(), stream_id);
    CHECK_FALSE(caller.connect());
    CHECK(caller.reject_code() == code);
    CHECK(fixture.eventually(
        [name = counter, &before](auto const& s) { return s["counters"][name] > before; }));
  }
  CHECK(fixture.counts("sessions_started", 0));
  CHECK(fixture.counts("players_started", 0));
}

TEST_CASE("a stream with a passphrase takes that one only", "[relay]") {
  Fixture fixture;
  auto const key = fixture.publish_key("locked");
  SrtCaller none(fixture.publish(), key);
  CHECK_FALSE(none.connect());
  SrtCaller wrong(fixture.publish(), key, crypto::Secret("not-the-passphrase"));
  CHECK_FALSE(wrong.connect());
  CHECK(fixture.eventually([](auto const& s) { return s["counters"]["refused_passphrase"] == 2; }));
  SrtCaller right(fixture.publish(), key, crypto::Secret("correct-horse-battery"));
  CHECK(right.connect());
}

TEST_CASE("a revoked key ends what it opened within two seconds", "[relay]") {
  Fixture fixture;
  SrtCaller publisher(fixture.publish(), fixture.publish_key("cam"));
  REQUIRE(publisher.connect());
  SrtCaller player(fixture.play(), fixture.play_key("cam"));
  REQUIRE(player.connect());
  SrtCaller bystander(fixture.play(), fixture.play_key("locked"));
  REQUIRE(bystander.connect());
  auto const old_key = fixture.publish_key("cam");
  fixture.change([](config::State& state) { state.streams.erase(state.streams.begin()); });
  CHECK(publisher.ended_within(2s));
  CHECK(player.ended_within(2s));
  CHECK_FALSE(bystander.ended_within(500ms));
  SrtCaller again(fixture.publish(), old_key);
  CHECK_FALSE(again.connect());
}

TEST_CASE("stopping tells every peer and takes less than two seconds", "[relay]") {
  Fixture fixture;
  SrtCaller publisher(fixture.publish(), fixture.publish_key("cam"));
  REQUIRE(publisher.connect());
  SrtCaller player(fixture.play(), fixture.play_key("cam"));
  REQUIRE(player.connect());
  auto const before = os::now();
  CHECK(fixture.relay().stop(1500ms));
  CHECK(os::now() - before < 2s);
  CHECK(publisher.ended_within(3s));
  CHECK(player.ended_within(3s));
}

TEST_CASE("junk on the SRTLA port is counted and opens nothing", "[relay]") {
  Fixture fixture;
  auto socket = os::UdpSocket::open({Endpoint::loopback(0), {}, false});
  REQUIRE(socket);
  auto const to = fixture.relay().bound().srtla;
  std::string const tiny = "x";
  std::string const text(100, 'x');          // looks like SRT data of an unknown source
  std::string const long_one(1490, '\x92');  // no SRTLA type
  std::string const too_long(2000, 'x');
  for (auto const* junk : {&tiny, &text, &long_one, &too_long})
    for (int i = 0; i < 5; ++i) socket->send_one(std::as_bytes(std::span(*junk)), to);
  CHECK(fixture.eventually([](auto const& s) {
    auto const& c = s["counters"];
    return c["bond_datagrams"] == 20 && c["bond_oversized_datagrams"] == 5 &&
           c["bond_junk"].template get<int>() >= 5 &&
           c["bond_junk"].template get<int>() + c["bond_unknown_sources"].template get<int>() == 15;
  }));
  CHECK(fixture.status()["groups"].empty());
}

TEST_CASE("a link is answered from the address at which it asked", "[relay]") {
  Fixture fixture;
  auto options = fixture.options();
  options.srtla = {GENERATE("", "0.0.0.0"), 0};
  auto const relay = relay::Relay::start(options);
  REQUIRE(relay);
  auto link = os::UdpSocket::open({Endpoint::loopback(0), {}});
  REQUIRE(link);
  REQUIRE(link->connect(Endpoint::v4(127, 0, 0, 2, (*relay)->bound().srtla.port())));
  auto const answer_to = [&](const bond::Frame& question) {
    os::UdpSocket::SendBatch out;
    os::UdpSocket::ReceiveBatch in;
    out.push(question);
    link->send(out);
    for (int i = 0; i < 100; ++i, std::this_thread::sleep_for(10ms)) {
      if (link->receive(in) == 0) continue;
      auto const answer = in.datagram(0);
      return std::vector<std::byte>(answer.begin(), answer.end());
    }
    return std::vector<std::byte>();
  };
  auto const reg2 = answer_to(bond::make_reg1({}));  // nobody's yet: answered as it is asked
  REQUIRE(reg2.size() == 258);
  auto const reg3 = answer_to(bond::make_reg2(bond::parse_group_token(reg2)));
  REQUIRE(reg3.size() >= 2);
  CHECK(bond::srtla_type(reg3) == bond::PacketType::kReg3);
}

TEST_CASE("figures leave this host only by TLS and with a key", "[relay]") {
  Fixture fixture;
  test::Certificate const certificate;
  auto const key_file = fixture.state_file().replace_filename("api.key");
  std::ofstream(key_file) << std::string(32, 'k') << "\n";
  REQUIRE(::chmod(key_file.c_str(), 0600) == 0);
  auto const start = [&](const std::string& host, bool with_cert, bool with_tls_key,
                         bool with_api_key) {
    auto options = fixture.options();
    options.http = {host, 0};
    if (with_cert) options.tls_cert = certificate.file();
    if (with_tls_key) options.tls_key = certificate.key_file();
    if (with_api_key) options.api_key = key_file;
    return relay::Relay::start(options);
  };
  auto const refused = [&](const auto& started, const std::string& what) {
    REQUIRE_FALSE(started);
    CHECK(started.error().kind == ErrorKind::kConfiguration);
    CHECK(started.error().what.starts_with(what));
  };
  refused(start("0.0.0.0", false, false, false), "--http 0.0.0.0:");
  refused(start("0.0.0.0", false, false, true), "--http 0.0.0.0:");
  refused(start("0.0.0.0", true, true, false), "--http 0.0.0.0:");
  refused(start("127.0.0.1", true, false, true), "--tls-cert");
  refused(start("127.0.0.1", false, true, true), "--tls-key");
  auto const relay = start("0.0.0.0", true, true, true);
  REQUIRE(relay);
  auto const url = fmt::format("https://127.0.0.1:{}/api/v1/status", (*relay)->bound().http.port());
  CHECK(http::get(url, {}, {crypto::Secret(std::string(32, 'k')), certificate.file()}));
  auto const locked_out = http::get(url, {}, {std::nullopt, certificate.file()});
  REQUIRE_FALSE(locked_out);
  CHECK(locked_out.error().kind == ErrorKind::kRefused);
  CHECK(start("127.0.0.1", false, false, true));
}

TEST_CASE("a port in use is an error that names the option", "[relay]") {
  Fixture fixture;
  auto const bound = fixture.relay().bound();
  auto const failure = [&](auto member, const Endpoint& taken) {
    auto options = fixture.options();
    options.*member = {"127.0.0.1", taken.port()};
    auto const started = relay::Relay::start(options);
    REQUIRE_FALSE(started);
    CHECK(started.error().kind == ErrorKind::kTryLater);
    return started.error().hint;
  };
  CHECK(failure(&relay::ServeOptions::srtla, bound.srtla).find("--srtla") != std::string::npos);
  CHECK(failure(&relay::ServeOptions::srt_publish, *bound.srt_publish).find("--srt-publish") !=
        std::string::npos);
  CHECK(failure(&relay::ServeOptions::srt_play, *bound.srt_play).find("--srt-play") !=
        std::string::npos);
  CHECK(failure(&relay::ServeOptions::http, bound.http).find("--http") != std::string::npos);
}
