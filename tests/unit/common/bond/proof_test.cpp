#include "common/bond/proof.hpp"

#include <algorithm>
#include <string>

#include <catch2/catch.hpp>

#include "common/bond/frames.hpp"
#include "common/bond/sealed_frames.hpp"

namespace aegis::bond::test {
namespace {

constexpr std::int64_t kUnix = 1'700'000'000'000'000;

std::string hex(ByteView bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (std::byte const b : bytes) {
    text += kDigits[std::to_integer<std::size_t>(b) >> 4];
    text += kDigits[std::to_integer<std::size_t>(b) & 15];
  }
  return text;
}

// 32 bytes that count up from `first`.
crypto::Secret secret(int first) {
  std::string bytes;
  for (int i = 0; i < 32; ++i) bytes += static_cast<char>(first + i);
  return crypto::Secret(bytes);
}

Device device(int key = 0x40) {
  Device device{{}, secret(key)};
  for (std::size_t i = 0; i < device.id.size(); ++i) device.id[i] = std::byte(0x10 + i);
  return device;
}

RigProof rig(int key = 0x40, std::uint32_t generation = 7) {
  return {device(key), secret(0x80), generation, kLinkFrames, kUnix};
}

const RelayProof& relay() {
  static RelayProof const proof(secret(0xc0));
  return proof;
}

GroupToken answered(const GroupToken& asked, int key = 0x40) {
  GroupToken id = asked;
  write_relay_capabilities(id, kLinkFrames);
  REQUIRE(relay().answer(id, device(key).key));
  return id;
}

}  // namespace

// The values were made by another program, in another language, from aegis-bond(7).
TEST_CASE("a proved registration is what its description says, to the byte", "[bond][proof]") {
  auto const proof = rig();
  CHECK(hex(ByteView(proof.id()).first(128)) ==
        "a36165676973010100000001101112131415161718191a1b1c1d1e1f00060a24181e4000d86054c1"
        "1493781469d12c5d90fbf999ad4c633441082ea0f446b90b851c2c25436b1b7cc8eef5ea3501c424"
        "67e9ef4cadf4143c2bf5c20b27b58fed36eb1e2881e43e2230bf3b57fe4bcdf5fdf1e76200000000"
        "0000000000000000");
  auto const answer = answered(proof.id());
  CHECK(hex(ByteView(answer).subspan(154, 68)) ==
        "a36165676973010100000001cac064866fed109108b2e062a17d0042811b2e2cfb4f07ad51b82bc6"
        "4f691277a58e97cf350890f6db9a08f5e00dd6a8ef4ad31b9160afb7");
  auto const keys = proof.accept(answer);
  REQUIRE(keys);
  LinkClaim const claim{3, 5};
  // As before the relay filled in what it knows of who asked.
  CHECK(hex(ByteView(make_sealed_reg2(answer, claim, *keys)).subspan(258)) ==
        "030000000000000000000005e7eae7ee759ba92bf2478eec86942971");
  CHECK(hex(make_sealed_reg3(claim, *keys)) ==
        "920203000000000000000005000000003b9b7f04e8d97bb384735a6d9a525f78");
  CHECK(hex(RelayProof::make_refusal(proof.id(), {kUnix + 1}, device().key)) ==
        "9212010000060a24181e4001d86054c11493781469d12c5d90fbf999fbdf0283ba323157721776bb"
        "b6c9cf70");
}

TEST_CASE("both ends have the same keys, and nobody else has", "[bond][proof]") {
  auto const proof = rig();
  auto const answer = answered(proof.id());
  auto const at_rig = proof.accept(answer);
  REQUIRE(at_rig);
  auto const at_relay = relay().keys(answer, device().key);
  auto const frame = make_sealed_reg2(answer, {1, 1}, *at_rig);
  CHECK(open_reg2(frame, at_relay)->counter == 1);
  CHECK_FALSE(open_reg2(frame, relay().keys(answer, device(0x41).key)));
  CHECK_FALSE(open_reg2(frame, RelayProof(secret(0xc1)).keys(answer, device().key)));
  auto const other = rig(0x40, 8);
  auto const others = other.accept(answered(other.id()));
  REQUIRE(others);
  CHECK_FALSE(open_reg2(frame, *others));
  // A frame cannot be sent back to where it came from.
  CHECK_FALSE(at_rig->opens(SessionKeys::Toward::kRig, frame));
}

TEST_CASE("a claim holds for who knows the device's key, and as it was made", "[bond][proof]") {
  auto const proof = rig();
  auto const claim = RelayProof::claim(proof.id());
  REQUIRE(claim);
  CHECK(claim->device == device().id);
  CHECK(claim->unix_us == kUnix);
  CHECK(RelayProof::is_by(proof.id(), device().key));
  CHECK_FALSE(RelayProof::is_by(rig(0x41).id(), device().key));
  for (std::size_t at = 0; at < 116; ++at) {
    auto forged = proof.id();
    forged[at] ^= std::byte{1};
    CHECK_FALSE(RelayProof::is_by(forged, device().key));
  }
  GroupToken plain{};
  write_client_capabilities(plain, kLinkFrames);
  CHECK_FALSE(RelayProof::claim(plain));
}

TEST_CASE("a relay that does not know the key is not accepted", "[bond][proof]") {
  auto const proof = rig();
  CHECK_FALSE(proof.accept(answered(proof.id(), 0x41)));
  CHECK_FALSE(proof.accept(proof.id()));
  auto stripped = proof.id();  // as if the relay knew of no proofs
  write_relay_capabilities(stripped, kLinkFrames);
  CHECK_FALSE(proof.accept(stripped));
  auto const answer = answered(proof.id());
  for (std::size_t at = 0; at < 222; ++at) {
    if (at >= 128 && at < 154) continue;  // who asked, and when: sealed by the relay for itself
    auto forged = answer;
    forged[at] ^= std::byte{1};
    CHECK_FALSE(proof.accept(forged));
  }
  CHECK_FALSE(proof.accept(answered(rig(0x40, 8).id())));  // an answer to another
}

TEST_CASE("a key that would make the same secret for everybody is refused", "[bond][proof]") {
  auto id = rig().id();
  std::fill(id.begin() + 52, id.begin() + 84, std::byte{0});
  CHECK_FALSE(relay().answer(id, device().key));
}

TEST_CASE("a refusal counts when it is the relay's and answers this proof", "[bond][proof]") {
  auto const proof = rig();
  auto const refusal = RelayProof::make_refusal(proof.id(), {kUnix + 42}, device().key);
  REQUIRE(proof.read_refusal(refusal));
  CHECK(proof.read_refusal(refusal)->relay_unix_us == kUnix + 42);
  CHECK_FALSE(rig(0x40, 8).read_refusal(refusal));
  CHECK_FALSE(proof.read_refusal(RelayProof::make_refusal(proof.id(), {kUnix}, secret(1))));
  CHECK_FALSE(proof.read_refusal(make_reg_reply(PacketType::kRegNak)));
  for (std::size_t at = 2; at < kRefusalSize; ++at) {
    ByteView const bytes = refusal;
    std::vector<std::byte> forged(bytes.begin(), bytes.end());
    forged[at] ^= std::byte{1};
    CHECK_FALSE(proof.read_refusal(forged));
  }
}

TEST_CASE("each counter is good once, in any order within the last 64", "[bond][proof]") {
  ReplayWindow window;
  CHECK(window.accept(5));
  CHECK_FALSE(window.accept(5));
  CHECK(window.accept(3));
  CHECK_FALSE(window.accept(3));
  CHECK(window.accept(100));
  CHECK(window.accept(37));
  CHECK_FALSE(window.accept(36));  // too long ago to know
  CHECK_FALSE(window.accept(5));
  CHECK(window.accept(99));
  CHECK_FALSE(window.accept(100));
}

TEST_CASE("what is sealed opens as it was, and not otherwise", "[bond][proof]") {
  auto const proof = rig();
  auto const keys = proof.accept(answered(proof.id()));
  REQUIRE(keys);
  auto const keepalive = seal_keepalive(make_keepalive(42, {.connection_id = 3}), *keys);
  CHECK(keys->opens(SessionKeys::Toward::kRelay, keepalive));
  CHECK(parse_keepalive(keepalive).telemetry->connection_id == 3);
  ArrivalReport report;
  report.number = 9;
  report.count = 2;
  std::array<std::byte, kMaxDatagram> buffer;
  auto const sealed = seal_report(write_report(report, buffer), buffer, *keys);
  CHECK(classify(sealed) == DatagramKind::kSrtla);
  CHECK(keys->opens(SessionKeys::Toward::kRig, sealed));
  CHECK(parse_report(sealed).number == 9);
  buffer[5] ^= std::byte{1};
  CHECK_FALSE(keys->opens(SessionKeys::Toward::kRig, sealed));
  CHECK_FALSE(keys->opens(SessionKeys::Toward::kRig, sealed.first(16)));
  CHECK_FALSE(open_reg3(make_reg_reply(PacketType::kReg3), *keys));
}

}  // namespace aegis::bond::test
