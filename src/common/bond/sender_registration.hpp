// How the rig's links become a group at the relay: the sender's half of SRTLA registration.
#pragma once

#include <cstdint>
#include <span>

#include "common/base/ids.hpp"
#include "common/base/time.hpp"
#include "common/bond/wire.hpp"

namespace aegis::bond {

// The group is asked for (REG1) on one link; when its id is known each link registers itself
// (REG2). A fresh id is asked for at once, without first offering it to a receiver that cannot know
// it. Where one link does not answer or is refused, the next is tried.
class SenderRegistration {
 public:
  explicit SenderRegistration(const GroupToken& seed) : id_(seed) {}

  // What is due now for the links that are not registered: calls `send(link, type)` for each REG1
  // or REG2 to be sent with id().
  template <typename Send>
  void on_timeout(std::span<const LinkId> unregistered, Time now, Send send) {
    if (now < next_ || unregistered.empty()) return;
    if (has_group_) {
      for (LinkId const link : unregistered) send(link, PacketType::kReg2);
      next_ = now + kRound;
    } else {
      send(unregistered[attempts_++ % unregistered.size()], PacketType::kReg1);
      next_ = now + kAnswerTime;
    }
  }
  Time next_timeout() const { return next_; }
  const GroupToken& id() const { return id_; }
  // Under what REG1 asks from now on. Precondition: there is no group.
  void ask_as(const GroupToken& id) { id_ = id; }

  // Whether this REG2 is the answer that is waited for.
  bool awaits(const GroupToken& id) const;
  // The receiver's REG2 that awaits() told of: the links register at once.
  void on_reg2(const GroupToken& id, Time now);
  // The receiver does not know our group (any more).
  void on_no_such_group(bool any_registered, Time now);
  // REG_ERR: another link is tried, without waiting for the answer that will not come.
  void on_refused(Time now);
  // A link came, or came back: it registers without waiting for the next round.
  void on_link_added(Time now);

  void restart(const GroupToken& seed, Time now);

 private:
  // Answers take a round trip; after a second it is a bad link, not a slow one.
  static constexpr Duration kAnswerTime = 1s;
  static constexpr Duration kRound = 500ms;
  static constexpr Duration kRefusedPause = 300ms;
  // Once the id is known, "no such group" answers to older packets are late, not true.
  static constexpr Duration kIgnoreLateAnswers = 2s;

  GroupToken id_;
  bool has_group_ = false;  // the receiver has answered with its half of the id
  Time known_since_{};
  Time next_{};
  std::uint32_t attempts_ = 0;
};

}  // namespace aegis::bond
