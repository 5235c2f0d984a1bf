#include "common/bond/proof.hpp"

#include <algorithm>
#include <cassert>
#include <string_view>
#include <utility>

#include "common/bond/frames.hpp"
#include "common/crypto/digest.hpp"
#include "common/crypto/key_exchange.hpp"

namespace aegis::bond {
namespace {

using crypto::Secret;

// Of the rig's half.
constexpr std::size_t kDeviceAt = 12, kTimeAt = 28, kNonceAt = 36, kRigKeyAt = 52, kTagAt = 84,
                      kTagEnd = 116, kNonceSize = 16;
// Of the relay's, counted from the start of the id.
constexpr std::size_t kRelayKeyAt = kRelayCapabilitiesAt + 12, kRelayProofAt = kRelayKeyAt + 32,
                      kRelayProofSize = 24;
constexpr std::size_t kRefusalTagAt = kRefusalSize - kFrameTag;
constexpr std::uint8_t kClockRefusal = 1;

ByteView bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}
ByteView bytes(const Secret& secret) {
  return bytes(secret.expose());
}
Secret secret(ByteView raw) {
  return Secret(std::string_view(reinterpret_cast<const char*>(raw.data()), raw.size()));
}

crypto::PublicKey key_at(const GroupToken& id, std::size_t at) {
  crypto::PublicKey key;
  std::copy_n(id.begin() + static_cast<std::ptrdiff_t>(at), key.size(), key.begin());
  return key;
}
template <typename Bytes>
void put(GroupToken& id, std::size_t at, const Bytes& value, std::size_t size) {
  std::copy_n(value.begin(), size, id.begin() + static_cast<std::ptrdiff_t>(at));
}

crypto::Digest tag_of_claim(const GroupToken& id, const Secret& device_key) {
  return crypto::hmac_sha256(bytes(device_key), {bytes("aegis reg1"), ByteView(id).first(kTagAt)});
}

// What both sides have said, without what differs from one answer to the same REG1 to the next (its
// time and who asked): whichever of them the rig goes on with, the keys are the same.
crypto::Digest transcript(const GroupToken& id) {
  return crypto::hmac_sha256(
      bytes("aegis transcript"),
      {ByteView(id).first(kGroupIdHalf),
       ByteView(id).subspan(kRelayCapabilitiesAt, kRelayProofAt - kRelayCapabilitiesAt)});
}

struct Derived {
  crypto::Digest proof;
  SessionKeys keys;
};

Derived derive(const Secret& shared, const Secret& device_key, const GroupToken& id) {
  auto const said = transcript(id);
  auto const make = [&](std::string_view purpose, std::size_t size) {
    return crypto::hkdf(shared, device_key, said, bytes(purpose), size);
  };
  Secret const proof_key = make("aegis relay proof", 32);
  return {crypto::hmac_sha256(bytes(proof_key), {said}), SessionKeys(make("aegis session", 64))};
}

crypto::Digest tag_of_refusal(ByteView frame, const Secret& device_key) {
  return crypto::hmac_sha256(bytes(device_key),
                             {bytes("aegis refusal"), frame.first(kRefusalTagAt)});
}

}  // namespace

// --- The keys of a group ------------------------------------------------------------------------

SessionKeys::SessionKeys(const Secret& material)
    : to_relay_(material.expose().substr(0, 32)), to_rig_(material.expose().substr(32, 32)) {
  assert(material.size() == 64);
}

void SessionKeys::seal(Toward to, ByteSpan frame) const {
  auto const tag = crypto::hmac_sha256(bytes(key(to)), {frame.first(frame.size() - kFrameTag)});
  std::copy_n(tag.begin(), kFrameTag, frame.end() - kFrameTag);
}

bool SessionKeys::opens(Toward to, ByteView frame) const {
  if (frame.size() <= kFrameTag) return false;
  auto const tag = crypto::hmac_sha256(bytes(key(to)), {frame.first(frame.size() - kFrameTag)});
  return crypto::equal(ByteView(tag).first(kFrameTag), frame.last(kFrameTag));
}

// --- The rig ------------------------------------------------------------------------------------

RigProof::RigProof(Device device, const Secret& entropy, std::uint32_t generation,
                   std::uint32_t capabilities, std::int64_t unix_us)
    : device_(std::move(device)) {
  std::array<std::byte, 4> salt;
  store_u32(salt, 0, generation);
  auto const draw = [&](std::string_view purpose, std::size_t size) {
    return crypto::hkdf(entropy, Secret(), salt, bytes(purpose), size);
  };
  private_key_ = draw("aegis rig key", 32);
  write_client_capabilities(id_, capabilities, /*proved=*/true);
  put(id_, kDeviceAt, device_.id, device_.id.size());
  store_u64(id_, kTimeAt, static_cast<std::uint64_t>(unix_us));
  put(id_, kNonceAt, bytes(draw("aegis rig nonce", kNonceSize)), kNonceSize);
  put(id_, kRigKeyAt, crypto::x25519_public(private_key_), 32);
  put(id_, kTagAt, tag_of_claim(id_, device_.key), kTagEnd - kTagAt);
}

std::optional<SessionKeys> RigProof::accept(const GroupToken& answer) const {
  bool const ours = std::equal(id_.begin(), id_.begin() + kGroupIdHalf, answer.begin());
  if (!ours || !RelayProof::is_answered(answer)) return std::nullopt;
  auto const shared = crypto::x25519_shared(private_key_, key_at(answer, kRelayKeyAt));
  if (!shared) return std::nullopt;
  auto derived = derive(*shared, device_.key, answer);
  if (!crypto::equal(ByteView(derived.proof).first(kRelayProofSize),
                     ByteView(answer).subspan(kRelayProofAt, kRelayProofSize)))
    return std::nullopt;
  return std::move(derived.keys);
}

std::optional<Refusal> RigProof::read_refusal(ByteView reg_nak) const {
  if (reg_nak.size() != kRefusalSize || reg_nak[2] != std::byte{kClockRefusal}) return std::nullopt;
  auto const tag = tag_of_refusal(reg_nak, device_.key);
  bool const answers_us =
      std::equal(reg_nak.begin() + 12, reg_nak.begin() + 12 + kNonceSize, id_.begin() + kNonceAt);
  if (!answers_us || !crypto::equal(ByteView(tag).first(kFrameTag), reg_nak.last(kFrameTag)))
    return std::nullopt;
  return Refusal{static_cast<std::int64_t>(load_u64(reg_nak, 4))};
}

// --- The relay ----------------------------------------------------------------------------------

std::optional<RelayProof::Claim> RelayProof::claim(const GroupToken& id) {
  if (!client_claims_proof(id)) return std::nullopt;
  Claim claim;
  std::copy_n(id.begin() + kDeviceAt, claim.device.size(), claim.device.begin());
  claim.unix_us = static_cast<std::int64_t>(load_u64(id, kTimeAt));
  return claim;
}

bool RelayProof::is_by(const GroupToken& id, const Secret& device_key) {
  return crypto::equal(tag_of_claim(id, device_key),
                       ByteView(id).subspan(kTagAt, kTagEnd - kTagAt));
}

// type 2, reason 1, reserved 1, the relay's time 8, the nonce it answers 16, tag 16.
Frame RelayProof::make_refusal(const GroupToken& id, const Refusal& refusal,
                               const Secret& device_key) {
  Frame frame(PacketType::kRegNak, kRefusalSize);
  auto const out = frame.bytes();
  out[2] = std::byte{kClockRefusal};
  store_u64(out, 4, static_cast<std::uint64_t>(refusal.relay_unix_us));
  std::copy_n(id.begin() + kNonceAt, kNonceSize, out.begin() + 12);
  auto const tag = tag_of_refusal(out, device_key);
  std::copy_n(tag.begin(), kFrameTag, out.begin() + kRefusalTagAt);
  return frame;
}

// The rig's half is fresh and authentic, so each group has another key, and the same REG1 the same.
Secret RelayProof::private_key(const GroupToken& id) const {
  return secret(crypto::hmac_sha256(bytes(key_),
                                    {bytes("aegis relay key"), ByteView(id).first(kGroupIdHalf)}));
}

bool RelayProof::answer(GroupToken& id, const Secret& device_key) const {
  Secret const ours = private_key(id);
  auto const shared = crypto::x25519_shared(ours, key_at(id, kRigKeyAt));
  if (!shared) return false;
  mark_relay_proved(id);
  put(id, kRelayKeyAt, crypto::x25519_public(ours), 32);
  put(id, kRelayProofAt, derive(*shared, device_key, id).proof, kRelayProofSize);
  return true;
}

bool RelayProof::is_answered(const GroupToken& id) {
  return relay_is_proved(id);
}

SessionKeys RelayProof::keys(const GroupToken& id, const Secret& device_key) const {
  auto const shared = crypto::x25519_shared(private_key(id), key_at(id, kRigKeyAt));
  assert(shared);
  return derive(*shared, device_key, id).keys;
}

// --- Replays ------------------------------------------------------------------------------------

bool ReplayWindow::accept(std::uint64_t counter) {
  if (counter > highest_) {
    std::uint64_t const step = counter - highest_;
    seen_ = step < 64 ? (seen_ << step) | 1 : 1;
    highest_ = counter;
    return true;
  }
  std::uint64_t const behind = highest_ - counter;
  if (behind >= 64 || ((seen_ >> behind) & 1) != 0) return false;
  seen_ |= std::uint64_t{1} << behind;
  return true;
}

}  // namespace aegis::bond
