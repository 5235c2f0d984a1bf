// How a paired rig and relay prove themselves to each other inside REG1 and REG2, and the keys for
// what they say afterwards (aegis-bond(7)).
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "common/base/bytes.hpp"
#include "common/bond/wire.hpp"
#include "common/crypto/secret.hpp"

namespace aegis::bond {

using DeviceId = std::array<std::byte, 16>;

// What pairing left on both sides.
struct Device {
  DeviceId id{};
  crypto::Secret key;  // 32 random bytes
};

// A control frame's last bytes.
inline constexpr std::size_t kFrameTag = 16;

// Keys of one group: a key for each way, so that no frame can be sent back to where it came from.
class SessionKeys {
 public:
  enum class Toward { kRelay, kRig };

  // `material` is 64 bytes.
  explicit SessionKeys(const crypto::Secret& material);
  // Writes the frame's tag into its last kFrameTag bytes.
  void seal(Toward to, ByteSpan frame) const;
  // False for a frame that is too short, too.
  bool opens(Toward to, ByteView frame) const;

 private:
  const crypto::Secret& key(Toward to) const { return to == Toward::kRelay ? to_relay_ : to_rig_; }
  crypto::Secret to_relay_, to_rig_;
};

// Why a relay that knows the device's key does not let it in, as far as it says so.
struct Refusal {
  std::int64_t relay_unix_us = 0;  // its clock, from which the rig's is too far
};
inline constexpr std::size_t kRefusalSize = 44;

// The rig's side, good for one group.
class RigProof {
 public:
  // `entropy` are 32 fresh random bytes; another `generation` draws other keys from them.
  RigProof(Device device, const crypto::Secret& entropy, std::uint32_t generation,
           std::uint32_t capabilities, std::int64_t unix_us);

  // What REG1 says.
  const GroupToken& id() const { return id_; }
  // The group's keys when the answer proves that the relay knows the device's key.
  std::optional<SessionKeys> accept(const GroupToken& answer) const;
  // What a REG_NAK says, when it answers this proof.
  std::optional<Refusal> read_refusal(ByteView reg_nak) const;

 private:
  Device device_;
  crypto::Secret private_key_;
  GroupToken id_{};
};

// The relay's side: keeps nothing between REG1 and REG2, since it can make its keys again.
class RelayProof {
 public:
  // A clock that is off by more gets no further: for so long a recorded REG1 would have to be
  // remembered, were it of any use to who recorded it.
  static constexpr std::int64_t kClockTolerance_us = 300'000'000;

  // `key` lives as long as the relay's process.
  explicit RelayProof(crypto::Secret key) : key_(std::move(key)) {}

  struct Claim {
    DeviceId device{};
    std::int64_t unix_us = 0;
  };
  // Nothing of a sender that is no paired Aegis.
  static std::optional<Claim> claim(const GroupToken& id);
  // Whether the claim was made by who knows the device's key.
  static bool is_by(const GroupToken& id, const crypto::Secret& device_key);
  static Frame make_refusal(const GroupToken& id, const Refusal& refusal,
                            const crypto::Secret& device_key);

  // Completes the relay's half, whose capabilities are written already, and must not be changed
  // afterwards. False when the rig's key is none that can be used.
  bool answer(GroupToken& id, const crypto::Secret& device_key) const;
  static bool is_answered(const GroupToken& id);
  // The keys that both then have. Precondition: answer() has succeeded for this id.
  SessionKeys keys(const GroupToken& id, const crypto::Secret& device_key) const;

 private:
  crypto::Secret private_key(const GroupToken& id) const;
  crypto::Secret key_;
};

// Which counters of sealed frames have been seen, as RFC 4303 section 3.4.3 does it: each is good
// once, in any order within the last 64.
class ReplayWindow {
 public:
  bool accept(std::uint64_t counter);

 private:
  std::uint64_t highest_ = 0, seen_ = 0;  // bit i: highest_ - i
};

}  // namespace aegis::bond
