// What pairing leaves in the state file.
#include <catch2/catch.hpp>

#include "common/config/state.hpp"
#include "common/config/state_toml.hpp"
#include "common/crypto/random.hpp"

namespace aegis::config {
namespace {

crypto::Secret random_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  crypto::random_bytes(std::as_writable_bytes(std::span(bytes)));
  return crypto::Secret(bytes);
}

template <typename Array>
Array random_array() {
  Array array;
  crypto::random_bytes(array);
  return array;
}

bond::Device random_device() {
  return {random_array<bond::DeviceId>(), random_bytes(32)};
}

Stream random_stream(const std::string& name) {
  Stream stream;
  stream.name = name;
  stream.publish_key = crypto::random_token();
  stream.play_key = crypto::random_token();
  return stream;
}

PairedRelay random_relay(const std::string& name) {
  PairedRelay relay;
  relay.name = name;
  relay.pairing = {"relay.example.org", 5000};
  relay.fingerprint = random_array<crypto::Digest>();
  relay.device = random_device();
  relay.terms = {"alice/cam",
                 crypto::random_token(),
                 crypto::Secret("correct-horse\"\\"),
                 {{"relay.example.org", 5000}, {"2001:db8::1", 5001}}};
  return relay;
}

State full_state() {
  State state;
  state.identity = random_bytes(32);
  state.public_host = "relay.example.org";
  state.addresses = {{"backup.example.org", 5000}, {"2001:db8::2", 5001}};
  state.streams = {random_stream("cam"), random_stream("roof")};
  state.streams[0].slot.device = random_device();
  state.streams[1].slot.invitation = pairing::Invitation{
      random_array<pairing::Id>(), random_array<crypto::Digest>(), WallTime(1'700'000'000s), 3};
  state.streams[1].slot.candidate =
      pairing::Candidate{random_array<pairing::Id>(), random_array<crypto::PublicKey>(),
                         random_device(), WallTime(1'700'000'600s)};
  state.relays = {random_relay("one"), random_relay("two")};
  state.relays[1].terms.passphrase.reset();
  Attempt begun{random_array<pairing::Id>(), random_bytes(20), random_bytes(32), {}};
  begun.relay.pairing = {"192.0.2.1", 5000};
  begun.relay.fingerprint = random_array<crypto::Digest>();
  Attempt answered{random_array<pairing::Id>(), random_bytes(20), random_bytes(32),
                   random_relay("three")};
  state.attempts = {begun, answered};
  return state;
}

std::string refusal(std::string text, const std::string& from, const std::string& to) {
  auto const at = text.find(from);
  REQUIRE(at != std::string::npos);
  text.replace(at, from.size(), to);
  auto const state = parse_state(text, "state.toml");
  return state ? "" : state.error().why;
}

}  // namespace

TEST_CASE("pairings, invitations and attempts are read as they were written", "[state]") {
  auto const state = full_state();
  auto const text = write_state(state);
  auto const again = parse_state(text.expose(), "state.toml");
  INFO((again ? "" : again.error().what + ": " + again.error().why));
  REQUIRE(again.ok());
  CHECK(write_state(*again) == text);
  CHECK(again->identity == state.identity);
  CHECK(again->addresses == state.addresses);
  CHECK(again->streams[0].slot.device->id == state.streams[0].slot.device->id);
  CHECK(again->streams[0].slot.device->key == state.streams[0].slot.device->key);
  CHECK_FALSE(again->streams[0].slot.invitation.has_value());
  CHECK(again->streams[1].slot.invitation->secret == state.streams[1].slot.invitation->secret);
  CHECK(again->streams[1].slot.invitation->expires == WallTime(1'700'000'000s));
  CHECK(again->streams[1].slot.invitation->wrong_tries == 3);
  CHECK(again->streams[1].slot.candidate->rig_key == state.streams[1].slot.candidate->rig_key);
  CHECK(again->streams[1].slot.candidate->lapses == WallTime(1'700'000'600s));
  auto const* one = again->find_relay("one");
  REQUIRE(one != nullptr);
  CHECK(one->terms.addresses == state.relays[0].terms.addresses);
  CHECK(one->terms.passphrase == state.relays[0].terms.passphrase);
  CHECK(one->fingerprint == state.relays[0].fingerprint);
  CHECK_FALSE(again->find_relay("two")->terms.passphrase.has_value());
  REQUIRE(again->attempts.size() == 2);
  CHECK(again->attempts[0].relay.device.key.empty());
  CHECK(again->attempts[0].secret == state.attempts[0].secret);
  CHECK(again->attempts[1].relay.device.key == state.attempts[1].relay.device.key);
  CHECK(again->find_relay("three") == nullptr);
}

TEST_CASE("a pairing is read strictly", "[state]") {
  std::string const text(write_state(full_state()).expose());
  CHECK(refusal(text, "wrong_tries = 3", "wrong_tries = 6") ==
        "'wrong_tries' is not a number from 0 to 5");
  CHECK(refusal(text, "wrong_tries = 3", "tries = 3") == "unknown key 'tries'");
  CHECK(refusal(text, "expires = 1700000000", "expires = -1") ==
        "'expires' is not a number from 0 to 253402300799");
  CHECK(refusal(text, "[identity]\nkey = \"", "[identity]\nkey = \"0") ==
        "'key' is not 64 to 64 characters long");
  CHECK(refusal(text, "\"[2001:db8::1]:5001\"", "\"2001:db8::1\"") ==
        "an address is not of the form HOST:PORT");
  CHECK(refusal(text, "addresses = [\"backup.example.org:5000\", ", "addresses = [5, ") ==
        "an address is not of the form HOST:PORT");
  CHECK(refusal(text, "name = \"two\"", "name = \"one\"") == "two relays are named 'one'");
  CHECK(refusal(text, "stream = \"alice/cam\"\n", "") == "'stream' is missing");
}

TEST_CASE("no two streams have the same device", "[state]") {
  auto state = full_state();
  state.streams[1].slot.device = state.streams[0].slot.device;
  auto const read = parse_state(write_state(state).expose(), "state.toml");
  REQUIRE_FALSE(read.ok());
  CHECK(read.error().why == "stream 'roof' has a device that is another's, too");
}

}  // namespace aegis::config
