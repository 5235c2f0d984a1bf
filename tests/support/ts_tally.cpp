#include "support/ts_tally.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace aegis::test {
namespace {

constexpr std::byte kSync{0x47};
constexpr std::uint64_t kMaxNumber = std::uint64_t{1} << 32;  // bounds the memory of `seen_`

}  // namespace

void TsTally::add(ByteView bytes, Time now) {
  rest_.insert(rest_.end(), bytes.begin(), bytes.end());
  std::size_t at = 0;
  while (rest_.size() - at >= kTsPacket) {
    if (rest_[at] != kSync) {
      auto const sync =
          std::find(rest_.begin() + static_cast<std::ptrdiff_t>(at), rest_.end(), kSync);
      at = static_cast<std::size_t>(sync - rest_.begin());
      ++damaged_;
      continue;
    }
    add_packet(ByteView(rest_).subspan(at, kTsPacket), now);
    at += kTsPacket;
  }
  rest_.erase(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(at));
}

void TsTally::add_packet(ByteView packet, Time now) {
  continuity_.add(packet);
  bool const has_payload = packet.size() > 3 && (packet[3] & std::byte{0x10}) != std::byte{};
  if (!has_payload) return;  // it carries no number
  auto const mark = read_ts_packet(packet);
  if (!mark || mark->number >= kMaxNumber) {
    ++damaged_;
    return;
  }
  if (mark->number >= seen_.size()) seen_.resize(std::max(mark->number + 1, 2 * mark->number));
  if (seen_[mark->number]) {
    ++duplicated_;
    return;
  }
  seen_[mark->number] = true;
  if (unique_ > 0) {
    longest_gap_ = std::max(longest_gap_, now - last_arrival_);
    if (mark->number < last_) ++reordered_;
  }
  first_ = unique_ == 0 ? mark->number : std::min(first_, mark->number);
  last_ = std::max(last_, mark->number);
  last_arrival_ = now;
  ++unique_;
  latencies_us_.push_back(
      static_cast<std::uint32_t>(std::max<Duration::rep>(0, (now - mark->sent).count())));
}

std::uint64_t TsTally::lost() const {
  return unique_ == 0 ? 0 : last_ - first_ + 1 - unique_;
}

std::vector<std::pair<std::uint64_t, std::uint64_t>> TsTally::gaps() const {
  constexpr std::size_t kMost = 100;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> found;
  if (unique_ == 0) return found;
  for (std::uint64_t number = first_; number <= last_; ++number) {
    if (seen_[number]) continue;
    if (number > first_ && !seen_[number - 1]) {
      ++found.back().second;
    } else if (found.size() == kMost) {
      return found;
    } else {
      found.emplace_back(number, 1);
    }
  }
  return found;
}

Duration TsTally::latency(double quantile) const {
  if (latencies_us_.empty()) return {};
  auto sorted = latencies_us_;
  auto const index = static_cast<std::ptrdiff_t>(quantile * static_cast<double>(sorted.size() - 1));
  std::nth_element(sorted.begin(), sorted.begin() + index, sorted.end());
  return Duration(sorted[static_cast<std::size_t>(index)]);
}

std::string TsTally::json() const {
  return nlohmann::json{{"received", unique_},
                        {"first", first_},
                        {"last", last_},
                        {"lost", lost()},
                        {"gaps", gaps()},
                        {"duplicated", duplicated_},
                        {"reordered", reordered_},
                        {"damaged", damaged_},
                        {"ts_packets", continuity_.packets()},
                        {"continuity_errors", continuity_.errors()},
                        {"longest_gap_ms", to_milliseconds(longest_gap_)},
                        {"latency_ms",
                         {{"p50", to_milliseconds(latency(0.5))},
                          {"p95", to_milliseconds(latency(0.95))},
                          {"p99", to_milliseconds(latency(0.99))},
                          {"max", to_milliseconds(latency(1))}}}}
      .dump();
}

}  // namespace aegis::test
