// The relay's half of a group id: a sealed token, so that REG1 costs the relay no memory.
#pragma once

#include <array>
#include <cstdint>

#include "common/base/endpoint.hpp"
#include "common/base/time.hpp"
#include "common/bond/wire.hpp"

namespace aegis::bond {

// Seals who asked (REG1's source address), when, and for which client half, with HMAC-SHA256 under
// a key that lives as long as the relay. Layout of the 128 bytes: time of issue in us (8), address
// (16), port (2), capabilities and the relay's proof (70; frames.hpp), tag (32).
class RegistrationTokens {
 public:
  using Key = std::array<std::byte, 32>;
  // A rig that has not registered a link so long after REG1 asks again.
  static constexpr Duration kLifetime = 30s;

  // `capabilities` are offered to senders that name some, too.
  RegistrationTokens(const Key& key, std::uint32_t capabilities)
      : key_(key), capabilities_(capabilities) {}

  // `id` with the relay's half filled in, but for its tag: whoever adds to it does so before
  // seal().
  GroupToken prepare(GroupToken id, const Endpoint& asked_from, Time now) const;
  GroupToken seal(GroupToken prepared) const;
  // True when we sealed this id, ever.
  bool is_ours(const GroupToken& id) const;
  // The same, not longer than kLifetime ago.
  bool is_fresh(const GroupToken& id, Time now) const;
  // True when we sealed this id for who asked from there: whoever sends it from there has received
  // it there.
  bool was_given_to(const GroupToken& id, const Endpoint& endpoint) const;

 private:
  Key key_;
  std::uint32_t capabilities_;
};

}  // namespace aegis::bond
