#include "common/pairing/slot.hpp"

#include <algorithm>
#include <utility>

namespace aegis::pairing {
namespace {

ByteView bytes(const crypto::Secret& secret) {
  return std::as_bytes(std::span(secret.expose()));
}

Verdict judge_invitation(Invitation& invitation, const Request& request, WallTime now,
                         bool is_bound) {
  if (invitation.wrong_tries >= kWrongTries) return Verdict::kBurnt;
  if (!crypto::equal(crypto::sha256(bytes(request.secret)), invitation.secret)) {
    ++invitation.wrong_tries;
    return Verdict::kWrong;
  }
  // Who was let in may ask again until that lapses.
  return is_bound || now < invitation.expires ? Verdict::kWelcome : Verdict::kExpired;
}

}  // namespace

bool tidy(Slot& slot, WallTime now) {
  bool changed = false;
  if (slot.candidate && now >= slot.candidate->lapses) {
    slot.candidate.reset();
    changed = true;
  }
  if (slot.invitation && !slot.candidate && now >= slot.invitation->expires + kRemember) {
    slot.invitation.reset();
    changed = true;
  }
  return changed;
}

WallTime is_of_use_until(const Slot& slot) {
  if (slot.device) return WallTime::max();
  auto until = slot.invitation ? slot.invitation->expires + kRemember : WallTime{};
  return slot.candidate ? std::max(until, slot.candidate->lapses) : until;
}

Verdict judge(Slot& slot, const Request& request, WallTime now) {
  bool const bound = slot.candidate && slot.candidate->by == request.by;
  if (slot.invitation && slot.invitation->id == request.by) {
    auto const verdict = judge_invitation(*slot.invitation, request, now, bound);
    bool const another = bound && slot.candidate->rig_key != request.rig_key;
    return verdict == Verdict::kWelcome && another ? Verdict::kTaken : verdict;
  }
  if (!slot.device || slot.device->id != request.by) return Verdict::kNotThis;
  // No wrong try is counted: a device's id is no secret, and its key not to be guessed.
  return rotation_secret(*slot.device, request.rig_key) == request.secret ? Verdict::kWelcome
                                                                          : Verdict::kWrong;
}

void take(Slot& slot, const Request& request, bond::Device device, WallTime now) {
  bool const same = slot.candidate && slot.candidate->by == request.by &&
                    slot.candidate->rig_key == request.rig_key;
  bool const invited = slot.invitation && slot.invitation->id == request.by;
  auto const end = invited ? std::max(now, slot.invitation->expires) : now;
  // Asking again gains no time.
  auto const lapses = same ? slot.candidate->lapses : end + kLapse;
  slot.candidate = Candidate{request.by, request.rig_key, std::move(device), lapses};
}

bool confirm(Slot& slot, const Confirmation& confirmation, WallTime now) {
  if (slot.candidate && now < slot.candidate->lapses &&
      is_by(confirmation, slot.candidate->device)) {
    bool const invited = slot.invitation && slot.invitation->id == slot.candidate->by;
    if (invited) slot.invitation.reset();
    slot.device = std::move(slot.candidate->device);
    slot.candidate.reset();
    return true;
  }
  return slot.device && is_by(confirmation, *slot.device);
}

}  // namespace aegis::pairing
