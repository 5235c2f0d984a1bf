#include "common/bond/sender_registration.hpp"

#include <algorithm>

namespace aegis::bond {

bool SenderRegistration::awaits(const GroupToken& id) const {
  return !has_group_ && std::equal(id_.begin(), id_.begin() + kGroupIdHalf, id.begin());
}

void SenderRegistration::on_reg2(const GroupToken& id, Time now) {
  id_ = id;
  has_group_ = true;
  known_since_ = now;
  next_ = now;
}

void SenderRegistration::on_no_such_group(bool any_registered, Time now) {
  if (!has_group_ || any_registered || now - known_since_ < kIgnoreLateAnswers) return;
  has_group_ = false;
  next_ = now;
}

void SenderRegistration::on_refused(Time now) {
  next_ = std::min(next_, now + kRefusedPause);
}

void SenderRegistration::on_link_added(Time now) {
  // While a REG1 is under way the new link waits for its answer; a second group would be made.
  bool const waiting = !has_group_ && attempts_ > 0;
  if (!waiting) next_ = now;
}

void SenderRegistration::restart(const GroupToken& seed, Time now) {
  id_ = seed;
  has_group_ = false;
  next_ = now;
}

}  // namespace aegis::bond
