// Paired rigs at a relay: whom it lets in, and for how long.
#include <catch2/catch.hpp>

#include "unit/relay/bonded_rig.hpp"
#include "unit/relay/relay_fixture.hpp"

namespace aegis::test {
namespace {

bond::Device random_device() {
  bond::Device device;
  crypto::random_bytes(device.id);
  std::array<std::byte, 32> key;
  crypto::random_bytes(key);
  device.key =
      crypto::Secret(std::string_view(reinterpret_cast<const char*>(key.data()), key.size()));
  return device;
}

void pair(RelayFixture& fixture, const std::string& stream, const bond::Device& device) {
  fixture.change([&](config::State& state) { state.find_stream(stream)->slot.device = device; });
}

relay::ServeOptions demanding() {
  relay::ServeOptions options;
  options.require_auth = true;
  return options;
}

bool publishes(RelayFixture& fixture, const BondedRig& rig, const std::string& stream) {
  SrtCaller publisher(rig.srt_endpoint(), fixture.publish_key(stream));
  return publisher.connect();
}

}  // namespace

TEST_CASE("a relay that asks for proof hears paired rigs only") {
  RelayFixture fixture(demanding());
  auto const device = random_device();
  pair(fixture, "cam", device);
  BondedRig const paired(fixture.relay().bound().srtla, device);
  SrtCaller publisher(paired.srt_endpoint(), fixture.publish_key("cam"));
  REQUIRE(publisher.connect());
  CHECK(fixture.eventually(
      [](auto const& s) { return s["groups"].size() == 1 && s["groups"][0]["device"] == "cam"; }));

  auto stranger = device;
  stranger.key = random_device().key;
  BondedRig const forged(fixture.relay().bound().srtla, stranger);
  BondedRig const stock(fixture.relay().bound().srtla);
  CHECK(fixture.eventually([](auto const& s) { return s["counters"]["bond_unproved"] >= 2; }));
  CHECK(fixture.counts("bond_groups_made", 1));
}

TEST_CASE("a paired rig publishes its own stream and no other") {
  RelayFixture fixture;
  auto const device = random_device();
  pair(fixture, "cam", device);
  BondedRig const rig(fixture.relay().bound().srtla, device);
  fixture.change([](config::State& state) { state.find_stream("locked")->passphrase.reset(); });
  CHECK_FALSE(publishes(fixture, rig, "locked"));
  CHECK(fixture.counts("refused_device", 1));
}

TEST_CASE("where proof is asked for nobody publishes by a key alone") {
  bool const demands = GENERATE(false, true);
  bool const paired = GENERATE(false, true);
  RelayFixture fixture(demands ? demanding() : relay::ServeOptions());
  if (paired) pair(fixture, "cam", random_device());
  SrtCaller plain(fixture.publish(), fixture.publish_key("cam"));
  CHECK(plain.connect() == !demands);
  if (demands) CHECK(plain.reject_code() == 1404);
  CHECK(fixture.counts("refused_device", demands ? 1 : 0));
}

TEST_CASE("a revoked rig's session and group end within two seconds") {
  RelayFixture fixture;
  auto const device = random_device();
  pair(fixture, "cam", device);
  BondedRig const rig(fixture.relay().bound().srtla, device);
  SrtCaller publisher(rig.srt_endpoint(), fixture.publish_key("cam"));
  REQUIRE(publisher.connect());
  send_packets(publisher, 0, 50);
  REQUIRE(fixture.eventually([](auto const& s) { return s["groups"].size() == 1; }));
  auto const revoked = os::now();
  SECTION("with its stream") {
    fixture.change([](config::State& state) {
      std::erase_if(state.streams, [](auto const& stream) { return stream.name == "cam"; });
    });
  }
  SECTION("alone") {
    fixture.change([](config::State& state) { state.find_stream("cam")->slot = {}; });
  }
  CHECK(fixture.eventually(
      [](auto const& s) { return s["groups"].empty() && s["sessions"].empty(); }));
  CHECK(os::now() - revoked < 2s);
}

TEST_CASE("a rig with another key goes on while it runs") {
  RelayFixture fixture(demanding());
  auto device = random_device();
  pair(fixture, "cam", device);
  BondedRig const rig(fixture.relay().bound().srtla, device);
  SrtCaller publisher(rig.srt_endpoint(), fixture.publish_key("cam"));
  REQUIRE(publisher.connect());
  send_packets(publisher, 0, 50);
  auto const old = device;
  device.key = random_device().key;
  pair(fixture, "cam", device);
  send_packets(publisher, 50, 500);
  CHECK(fixture.eventually([](auto const& s) {
    return s["groups"].size() == 1 && s["sessions"].size() == 1 &&
           s["sessions"][0]["state"] == "live";
  }));
  // But the old key opens nothing from now on.
  BondedRig const late(fixture.relay().bound().srtla, old);
  CHECK(fixture.eventually([](auto const& s) { return s["counters"]["bond_unproved"] > 0; }));
  CHECK(fixture.counts("bond_groups_made", 1));
}

}  // namespace aegis::test
