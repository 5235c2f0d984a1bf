#include "common/bond/sent_log.hpp"

#include <algorithm>
#include <cassert>

namespace aegis::bond {

SentLog::SentLog()
    : ring_(std::make_unique<Transmission[]>(kCapacity)),
      index_(std::make_unique<std::uint64_t[]>(kIndexSize)),
      sent_up_to_(std::make_unique<std::int64_t[]>(kCapacity)) {}

void SentLog::add(const Transmission& sent) {
  assert(has_room());
  total_sent_ += sent.bytes.count();
  ring_[next_ % kCapacity] = sent;
  ring_[next_ % kCapacity].open = true;
  sent_up_to_[next_ % kCapacity] = total_sent_;
  index_[sent.seq.value() % kIndexSize] = next_ + 1;
  in_flight_ += sent.bytes;
  ++open_count_;
  ++next_;
}

std::optional<std::uint64_t> SentLog::find(SeqNo seq) const {
  std::uint64_t const marked = index_[seq.value() % kIndexSize];
  if (marked == 0 || marked - 1 < oldest_) return std::nullopt;
  auto const& sent = at(marked - 1);
  if (!sent.open || !(sent.seq == seq)) return std::nullopt;
  return marked - 1;
}

std::optional<std::uint64_t> SentLog::order_of(std::uint32_t number) const {
  std::uint32_t const back = static_cast<std::uint32_t>(next_) - number;  // 1 is the newest
  if (back == 0 || back > kCapacity || back > next_) return std::nullopt;
  return next_ - back;
}

void SentLog::close(std::uint64_t order) {
  auto& sent = at(order);
  if (order < oldest_ || order >= next_ || !sent.open) return;
  sent.open = false;
  in_flight_ -= sent.bytes;
  --open_count_;
  while (oldest_ < next_ && !at(oldest_).open) ++oldest_;
}

Bytes SentLog::sent_after(std::uint64_t order) const {
  return Bytes(total_sent_ - sent_up_to_[order % kCapacity]);
}

void SentLog::clear() {
  oldest_ = next_;
  in_flight_ = Bytes();
  open_count_ = 0;
  std::fill_n(index_.get(), kIndexSize, 0);
}

}  // namespace aegis::bond
