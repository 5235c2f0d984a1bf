#include "common/bond/reorder.hpp"

#include <algorithm>

namespace aegis::bond {

Reorder::Reorder(PacketPool& pool) : pool_(pool) {}

Reorder::~Reorder() {
  drop_held();
}

void Reorder::drop_held() {
  for (std::size_t i = 0; i < kWindow && figures_.held > 0; ++i) {
    if (slots_[i].state != SlotState::kHeld) continue;
    pool_.release(slots_[i].held);
    slots_[i].state = SlotState::kUnknown;
    --figures_.held;
  }
}

void Reorder::on_start(SeqNo initial) {
  begin_at(initial.value());
}

void Reorder::begin_at(std::int64_t number) {
  drop_held();
  if (slots_) std::fill_n(slots_.get(), kWindow, Slot{});
  for (Witness& w : witnesses_) w = Witness{.last_original = w.last_original, .present = w.present};
  started_ = true;
  strays_ = 0;
  next_ = number;
  seen_ = number - 1;
}

void Reorder::on_link_joined(std::size_t link, Time now) {
  witnesses_[link] = Witness{.last_original = now, .present = true};
  lateness_.add(kUnknownSpread, now);
}

void Reorder::on_link_gone(std::size_t link) {
  witnesses_[link] = Witness{};
}

std::int64_t Reorder::unwrap(SeqNo seq) const {
  return next_ + distance(SeqNo(static_cast<std::uint32_t>(next_ & SeqNo::kMask)), seq);
}

Reorder::Slot& Reorder::slot(std::int64_t number) {
  Slot& found = slots_[static_cast<std::size_t>(number) % kWindow];
  if (found.number != number) found = Slot{.number = number};
  return found;
}

// Slots serve numbers before and after next_; a later number takes the slot of an earlier one.
bool Reorder::is_remembered(std::int64_t number) const {
  return slots_[static_cast<std::size_t>(number) % kWindow].number <= number;
}

Reorder::Verdict Reorder::admit(ByteView packet, std::size_t link, Time now) {
  SeqNo const seq = srt::sequence(packet);
  bool const again = srt::is_retransmitted(packet);
  if (!slots_) slots_ = std::make_unique<Slot[]>(kWindow);
  // Without a handshake to tell where numbers begin, the first packet does.
  if (!started_) begin_at(seq.value());
  std::int64_t const number = unwrap(seq);
  auto const window = static_cast<std::int64_t>(kWindow);
  if (number >= next_ + window || number < next_ - window) {
    // A modem may give out what it has held for ten seconds. Only when nothing else comes any more
    // is it another run of numbers. SRT judges each.
    if (++strays_ >= kStraysOfAnotherRun) begin_at(seq.value() + 1);
    return Verdict::kPass;
  }
  strays_ = 0;
  if (number < 0) return Verdict::kPass;
  if (!again) witness(link, number, now);
  if (number >= next_) return admit_expected(number, packet, now);
  // Forgotten: its slot may hold a packet ahead by now. SRT judges.
  if (!is_remembered(number)) return Verdict::kPass;
  return admit_late(slot(number), again, now);
}

Reorder::Verdict Reorder::admit_expected(std::int64_t number, ByteView packet, Time now) {
  mark_missing(number, now);
  Slot& known = slot(number);
  // Held, or gone on out of order when there was no room to hold it.
  if (known.state == SlotState::kHeld || known.state == SlotState::kDone)
    return ++figures_.duplicates, Verdict::kDuplicate;
  if (known.state == SlotState::kMissing && !srt::is_retransmitted(packet))
    learn_lateness(known, now);
  if (number == next_) {
    known.state = SlotState::kDone;
    ++next_;
    return Verdict::kPass;
  }
  auto const stored = pool_.store(packet);
  if (!stored) {  // no room to hold anything: in-order delivery gives way to delivery
    known.state = SlotState::kDone;
    return Verdict::kPass;
  }
  known.held = *stored;
  known.state = SlotState::kHeld;
  ++figures_.held;
  return Verdict::kHeld;
}

Reorder::Verdict Reorder::admit_late(Slot& known, bool retransmitted, Time now) {
  if (known.state == SlotState::kDone) return ++figures_.duplicates, Verdict::kDuplicate;
  if (known.state == SlotState::kShown) {
    if (retransmitted) {
      learn_repair(known, now);
    } else {
      ++figures_.late;
      learn_lateness(known, now);
    }
  }
  known.state = SlotState::kDone;
  return Verdict::kPass;
}

void Reorder::mark_missing(std::int64_t up_to, Time now) {
  for (std::int64_t number = seen_ + 1; number < up_to; ++number) {
    Slot& missing = slot(number);
    missing.state = SlotState::kMissing;
    missing.missed = now;
  }
  seen_ = std::max(seen_, up_to);
}

void Reorder::learn_lateness(const Slot& known, Time now) {
  lateness_.add(now - known.missed, now);
}

void Reorder::learn_repair(const Slot& known, Time now) {
  if (known.requests != 1) return;  // Karn: which request was answered is not known
  Duration const took = now - known.requested;
  if (!repair_mean_) {
    repair_mean_ = took;
    repair_variance_ = took / 2;
    return;
  }
  repair_variance_ = (3 * repair_variance_ + std::chrono::abs(*repair_mean_ - took)) / 4;
  repair_mean_ = (7 * *repair_mean_ + took) / 8;
}

void Reorder::witness(std::size_t link, std::int64_t number, Time now) {
  Witness& w = witnesses_[link];
  w.highest = std::max(w.highest, number);
  w.last_original = now;
  if (now - w.pending_since < kLinkReorder) return;
  w.settled = w.pending;
  w.pending = w.highest;
  w.pending_since = now;
}

Duration Reorder::hold_limit(Time now) const {
  if (sender_repairs_) return latency_ ? *latency_ / 2 : kLongestHold;
  Duration const ceiling = latency_ ? std::min(kLongestHold, *latency_ / 3) : kLongestHold;
  Duration const spread = lateness_.get(now) * 5 / 4 + kLinkReorder;
  return std::clamp(spread, std::min(kShortestHold, ceiling), std::max(kShortestHold, ceiling));
}

bool Reorder::gap_is_real(std::int64_t number, Time now) {
  Slot const& gap = slot(number);
  Duration const limit = hold_limit(now);
  if (gap.state != SlotState::kMissing || now - gap.missed >= limit) return true;
  if (sender_repairs_) return false;
  bool any = false;
  for (Witness const& w : witnesses_) {
    if (!w.present || now - w.last_original > kMayDeliver) continue;
    bool const waited = now - w.pending_since >= kLinkReorder;
    if (w.settled <= number && !(w.pending > number && waited)) return false;
    any = true;
  }
  return any;
}

Duration Reorder::repair_time() const {
  Duration const measured = repair_mean_ ? *repair_mean_ + 4 * repair_variance_ : Duration::zero();
  return std::max(srt_rtt_, measured) + kLinkReorder;
}

bool Reorder::allow_request(SeqNo seq, Time now) {
  if (!started_ || !slots_) return true;
  std::int64_t const number = unwrap(seq);
  auto const window = static_cast<std::int64_t>(kWindow);
  if (number < 0 || number < next_ - window || number >= next_ + window) return true;
  if (!is_remembered(number)) return true;
  Slot& known = slot(number);
  if (known.state == SlotState::kDone || known.state == SlotState::kHeld) return false;
  if (known.requests > 0 && now - known.requested < repair_time()) return false;
  known.requested = now;
  if (known.requests < 255) ++known.requests;
  return true;
}

}  // namespace aegis::bond
