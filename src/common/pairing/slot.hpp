// The place of a paired rig at a stream of the relay: who has it, who is invited to it, who is
// about to take it, and the rules by which that changes. The relay's shell keeps it in the state
// file.
#pragma once

#include <optional>

#include "common/base/time.hpp"
#include "common/bond/proof.hpp"
#include "common/crypto/digest.hpp"
#include "common/crypto/key_exchange.hpp"
#include "common/pairing/exchange.hpp"

namespace aegis::pairing {

// A one-time code that was handed out.
struct Invitation {
  Id id{};
  crypto::Digest secret{};  // SHA-256 of the code's
  WallTime expires{};
  int wrong_tries = 0;
};

// A rig that was let in, but has not said yet that it knows.
struct Candidate {
  Id by{};  // the invitation, or the device that is to have a new key
  crypto::PublicKey rig_key{};
  bond::Device device;
  WallTime lapses{};
};

struct Slot {
  std::optional<bond::Device> device;
  std::optional<Invitation> invitation;
  std::optional<Candidate> candidate;
};

inline constexpr int kWrongTries = 5;  // so many burn an invitation
// How long after the invitation's end a rig that was let in may take to say that it knows.
inline constexpr Duration kLapse = 10min;
// How long an invitation that is over is remembered, so that who comes too late is told so.
inline constexpr Duration kRemember = 1h;

enum class Verdict {
  kWelcome,
  kNotThis,  // the request does not mean this slot
  kWrong,    // its secret is none
  kBurnt,    // by too many of those
  kExpired,
  kTaken,  // another rig has used the invitation
};

// Forgets what is over by now. True when that changed anything.
bool tidy(Slot& slot, WallTime now);
// Until when anybody may have a reason to ask about it.
WallTime is_of_use_until(const Slot& slot);
// What becomes of the request; counts a wrong try.
Verdict judge(Slot& slot, const Request& request, WallTime now);
// Takes the rig that judge() welcomed: `device` is what it will be known by.
void take(Slot& slot, const Request& request, bond::Device device, WallTime now);
// The rig says that it knows: from now on the slot is its, and who had it before opens nothing new
// any more. Saying it twice does no harm. False when it is not the rig that was let in, or too
// late.
bool confirm(Slot& slot, const Confirmation& confirmation, WallTime now);

}  // namespace aegis::pairing
