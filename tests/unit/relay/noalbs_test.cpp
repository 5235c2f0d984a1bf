// The answers that scene switchers and overlays poll, read as strictly as those read them.
#include "relay/noalbs.hpp"

#include <limits>

#include <catch2/catch.hpp>

#include "support/json_checks.hpp"

using namespace aegis;
using nlohmann::json;
using relay::openirl_json;
using relay::sls_json;

namespace {

// A stream that has run for a minute over two links, one of which has no round-trip time yet.
relay::FiguresView live_view() {
  relay::SessionFigures session;
  session.stream = "cam";
  session.state = relay::session::State::kLive;
  session.bonded = true;
  session.group = GroupId{3};
  session.started = Time(40s);
  session.last_media = Time(100s);
  session.rate = BitRate(6'500'000);
  session.srt.emplace();
  session.srt->rtt = 43'500us;
  session.srt->packets_lost = 120;
  session.srt->packets_dropped = 7;
  session.srt->bytes_lost = Bytes(120 * 1316);
  session.srt->bytes_dropped = Bytes(7 * 1316);
  session.srt->bandwidth = BitRate::megabits(55.5);
  session.srt->receive_buffer = 1980ms;
  session.srt->latency = 2s;

  bond::GroupFigures group;
  group.id = GroupId{3};
  group.links.resize(2);
  group.links[0].slot = 0;
  group.links[0].joined = Time(41s);
  group.links[0].rate = BitRate(4'100'000);
  group.links[0].telemetry = bond::LinkTelemetry{.rtt_ms = 38};
  group.links[0].jitter = 2500us;
  group.links[1].slot = 4;
  group.links[1].rate = BitRate(2'000'000);

  auto media = std::make_shared<relay::MediaFigures>();
  media->sessions.push_back(session);
  auto bond = std::make_shared<relay::BondFigures>();
  bond->receiver.groups.push_back(group);
  return {bond, media, nullptr, Time(1s), Time(100s), {}};
}

relay::FiguresView changed(const std::function<void(relay::SessionFigures&)>& change) {
  auto view = live_view();
  auto media = std::make_shared<relay::MediaFigures>(*view.media);
  change(media->sessions[0]);
  view.media = media;
  return view;
}

// As their deserialisers judge: an integer without a fraction within its type, or a finite number.
template <typename Int>
bool is_integer(const json& value) {
  return value.is_number_integer() && value.get<std::int64_t>() >= 0 &&
         value.get<std::uint64_t>() <= static_cast<std::uint64_t>(std::numeric_limits<Int>::max());
}

bool is_openirl_publisher(const json& p) {
  return is_integer<std::uint32_t>(p.at("bitrate")) && is_integer<std::uint32_t>(p.at("buffer")) &&
         is_integer<std::uint64_t>(p.at("dropped_pkts")) &&
         is_integer<std::uint64_t>(p.at("uptime")) && is_integer<std::uint16_t>(p.at("latency")) &&
         p.at("rtt").is_number();
}
bool is_sls_publisher(const json& p) {
  return is_integer<std::int64_t>(p.at("bitrate")) &&
         is_integer<std::uint64_t>(p.at("bytesRcvDrop")) &&
         is_integer<std::uint64_t>(p.at("bytesRcvLoss")) && p.at("mbpsBandwidth").is_number() &&
         p.at("mbpsRecvRate").is_number() && is_integer<std::int32_t>(p.at("msRcvBuf")) &&
         is_integer<std::int32_t>(p.at("pktRcvDrop")) &&
         is_integer<std::int32_t>(p.at("pktRcvLoss")) && p.at("rtt").is_number() &&
         is_integer<std::int64_t>(p.at("uptime")) && is_integer<std::int32_t>(p.at("dropped_pkts"));
}

}  // namespace

TEST_CASE("the OpenIRL form of a live stream", "[relay][noalbs]") {
  auto const answer = openirl_json(live_view(), "cam");
  CHECK(answer == json::parse(R"({"status": "ok", "publisher": {
    "bitrate": 6500, "buffer": 1980, "dropped_pkts": 7, "rtt": 43.5, "uptime": 60, "latency": 2000,
    "throughput": 6100,
    "peers": [{"connection_id": 0, "bitrate": 4100, "rtt": 38.0, "uptime": 59, "jitter": 2.5}]}})"));
  CHECK(is_openirl_publisher(answer["publisher"]));
}

TEST_CASE("the SRT Live Server form of a live stream", "[relay][noalbs]") {
  auto const answer = sls_json(live_view(), "cam", "live");
  CHECK(answer == json::parse(R"({"status": "ok", "publishers": {"live": {
    "bitrate": 6500, "bytesRcvDrop": 9212, "bytesRcvLoss": 157920, "mbpsBandwidth": 55.5,
    "mbpsRecvRate": 6.5, "msRcvBuf": 1980, "pktRcvDrop": 7, "pktRcvLoss": 120, "rtt": 43.5,
    "uptime": 60, "dropped_pkts": 7}}})"));
  CHECK(is_sls_publisher(answer["publishers"]["live"]));
}

TEST_CASE("a stream that is not there, or not measured yet, is offline in both forms",
          "[relay][noalbs]") {
  auto const check_offline = [](const relay::FiguresView& view, std::string_view stream) {
    CHECK(openirl_json(view, stream) == json::parse(R"({"status": "ok"})"));
    CHECK(sls_json(view, stream, "id") == json::parse(R"({"status": "ok", "publishers": {}})"));
  };
  check_offline(live_view(), "roof");
  check_offline(changed([](auto& session) { session.srt.reset(); }), "cam");
  check_offline(changed([](auto& session) { session.rate.reset(); }), "cam");
  check_offline(changed([](auto& session) { session.last_media.reset(); }), "cam");
  auto forwarding = live_view();
  forwarding.media = nullptr;
  check_offline(forwarding, "cam");
}

TEST_CASE("a stream without a bond has no peers", "[relay][noalbs]") {
  auto const view = changed([](auto& session) { session.group.reset(); });
  CHECK_FALSE(openirl_json(view, "cam")["publisher"].contains("peers"));
}

TEST_CASE("figures beyond the readers' types are held at their edge", "[relay][noalbs]") {
  auto const view = changed([](auto& session) {
    session.rate = BitRate(std::numeric_limits<std::int64_t>::max());
    session.srt->packets_dropped = session.srt->packets_lost = 1ll << 40;
    session.srt->latency = session.srt->receive_buffer = std::chrono::hours(1 << 20);
  });
  CHECK(is_openirl_publisher(openirl_json(view, "cam")["publisher"]));
  CHECK(is_sls_publisher(sls_json(view, "cam", "id")["publishers"]["id"]));
}
