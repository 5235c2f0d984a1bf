// Who the rig says it is when it registers, and the keys that come of it.
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/time.hpp"
#include "common/bond/proof.hpp"
#include "common/bond/wire.hpp"

namespace aegis::bond {

// Of a rig that is not paired: random bytes with its capabilities in them, and no keys.
class SenderIdentity {
 public:
  // `seed` are 256 fresh random bytes.
  SenderIdentity(std::uint32_t capabilities, std::optional<Device> device, const GroupToken& seed);

  bool must_be_proved() const { return device_.has_value(); }
  void set_unix_offset(Duration ahead) { unix_offset_ = ahead; }
  // From the next REG1 on.
  void set_device(Device device);

  const GroupToken& id() const { return id_; }
  // Before each REG1: a proof that is too old by now is made anew, and id() with it.
  void refresh(Time now);
  void restart(const GroupToken& seed);

  // What came with REG2. False when it has to prove that it is from our relay and does not.
  bool accept(const GroupToken& answer);
  // The keys of the group, once there is one that was proved.
  const SessionKeys* keys() const { return keys_ ? &*keys_ : nullptr; }
  // Of the next REG2: never the same twice under the same keys.
  std::uint64_t next_counter() { return ++counter_; }

  // What the relay's clock is ahead of ours, when this is its refusal of our proof for that.
  std::optional<Duration> clock_refusal(ByteView reg_nak, Time now) const;

 private:
  // Much less than what the relay tolerates, much more than a registration takes.
  static constexpr Duration kProofAge = 60s;

  std::uint32_t capabilities_;
  std::optional<Device> device_;
  GroupToken id_;
  crypto::Secret entropy_;
  std::uint32_t generation_ = 0;
  std::optional<RigProof> proof_;
  Time proof_made_{};
  std::optional<SessionKeys> keys_;
  std::uint64_t counter_ = 0;
  Duration unix_offset_{}, proof_offset_{};
};

}  // namespace aegis::bond
