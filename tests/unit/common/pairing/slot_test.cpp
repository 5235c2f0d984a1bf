#include "common/pairing/slot.hpp"

#include <catch2/catch.hpp>

using namespace aegis;
using namespace aegis::pairing;

namespace {

constexpr WallTime kNow{1'700'000'000s};

Id id_of(int number) {
  Id id{};
  id.front() = static_cast<std::byte>(number);
  return id;
}

crypto::Secret secret_of(char letter, std::size_t size = kSecretSize) {
  return crypto::Secret(std::string(size, letter));
}

Request request_of(const Id& by, char secret, char rig = 'r') {
  return {by, secret_of(secret), crypto::x25519_public(secret_of(rig, 32))};
}

bond::Device device_of(int id, char key) {
  return {id_of(id), secret_of(key, 32)};
}

Slot invited() {
  Slot slot;
  slot.invitation = {id_of(1), crypto::sha256(std::as_bytes(std::span(secret_of('s').expose()))),
                     kNow + 10min, 0};
  return slot;
}

Confirmation confirmation_of(const bond::Device& device) {
  return *parse_confirmation(make_confirmation(device).expose());
}

}  // namespace

TEST_CASE("an invited rig has the slot once it has confirmed", "[pairing]") {
  auto slot = invited();
  auto const request = request_of(id_of(1), 's');
  REQUIRE(judge(slot, request, kNow) == Verdict::kWelcome);
  take(slot, request, device_of(7, 'k'), kNow);
  CHECK_FALSE(slot.device.has_value());
  REQUIRE(confirm(slot, confirmation_of(device_of(7, 'k')), kNow + 1s));
  CHECK(slot.device->id == id_of(7));
  CHECK_FALSE(slot.invitation.has_value());
  CHECK_FALSE(slot.candidate.has_value());
  // Said again, since the answer may have been lost; the invitation itself is used up.
  CHECK(confirm(slot, confirmation_of(device_of(7, 'k')), kNow + 2h));
  CHECK(judge(slot, request, kNow) == Verdict::kNotThis);
}

TEST_CASE("the fifth wrong secret burns an invitation, the right one included", "[pairing]") {
  auto slot = invited();
  for (int i = 0; i < kWrongTries; ++i) {
    CHECK(judge(slot, request_of(id_of(2), 'x'), kNow) == Verdict::kNotThis);
    CHECK(judge(slot, request_of(id_of(1), 'x'), kNow) == Verdict::kWrong);
  }
  CHECK(judge(slot, request_of(id_of(1), 's'), kNow) == Verdict::kBurnt);
  auto almost = invited();
  for (int i = 1; i < kWrongTries; ++i) judge(almost, request_of(id_of(1), 'x'), kNow);
  CHECK(judge(almost, request_of(id_of(1), 's'), kNow) == Verdict::kWelcome);
}

TEST_CASE("an invitation ends when it is said to, but not for who was let in before", "[pairing]") {
  auto slot = invited();
  auto const request = request_of(id_of(1), 's');
  CHECK(judge(slot, request, kNow + 10min) == Verdict::kExpired);
  REQUIRE(judge(slot, request, kNow + 9min) == Verdict::kWelcome);
  take(slot, request, device_of(7, 'k'), kNow + 9min);
  CHECK(judge(slot, request, kNow + 19min) == Verdict::kWelcome);
  CHECK_FALSE(tidy(slot, kNow + 19min));
  CHECK_FALSE(confirm(slot, confirmation_of(device_of(7, 'k')), kNow + 20min));
  CHECK(tidy(slot, kNow + 20min));
  CHECK_FALSE(slot.candidate.has_value());
  // It is remembered for a while, so that who comes too late hears that.
  CHECK(judge(slot, request, kNow + 30min) == Verdict::kExpired);
  CHECK(tidy(slot, kNow + 10min + kRemember));
  CHECK_FALSE(slot.invitation.has_value());
}

TEST_CASE("asking again changes nothing, and gains no time", "[pairing]") {
  auto slot = invited();
  auto const request = request_of(id_of(1), 's');
  take(slot, request, device_of(7, 'k'), kNow);
  auto const lapses = slot.candidate->lapses;
  take(slot, request, device_of(7, 'k'), kNow + 15min);
  CHECK(slot.candidate->lapses == lapses);
  CHECK(lapses == kNow + 10min + kLapse);
}

TEST_CASE("an invitation that a rig has used is no other rig's", "[pairing]") {
  auto slot = invited();
  take(slot, request_of(id_of(1), 's'), device_of(7, 'k'), kNow);
  CHECK(judge(slot, request_of(id_of(1), 's', 'o'), kNow) == Verdict::kTaken);
  CHECK(judge(slot, request_of(id_of(1), 's'), kNow) == Verdict::kWelcome);
}

TEST_CASE("a device gets a new key by its old one, which dies only then", "[pairing]") {
  Slot slot;
  slot.device = device_of(7, 'k');
  auto request = request_of(id_of(7), 'x');
  CHECK(judge(slot, request, kNow) == Verdict::kWrong);
  request.secret = rotation_secret(device_of(7, 'l'), request.rig_key);
  CHECK(judge(slot, request, kNow) == Verdict::kWrong);
  request.secret = rotation_secret(*slot.device, request.rig_key);
  REQUIRE(judge(slot, request, kNow) == Verdict::kWelcome);
  take(slot, request, device_of(7, 'n'), kNow);
  CHECK(slot.device->key == device_of(7, 'k').key);
  CHECK_FALSE(confirm(slot, confirmation_of(device_of(7, 'l')), kNow));
  REQUIRE(confirm(slot, confirmation_of(device_of(7, 'n')), kNow));
  CHECK(slot.device->key == device_of(7, 'n').key);
  CHECK_FALSE(confirm(slot, confirmation_of(device_of(7, 'k')), kNow));
}
