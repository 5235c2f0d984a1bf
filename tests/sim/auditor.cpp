#include "sim/auditor.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/core.h>

#include "sim/srt_format.hpp"
#include "sim/srtla_format.hpp"

namespace aegis::sim {
namespace {

constexpr std::size_t kMostQueued = 16384;  // packets in the sender's queues
constexpr std::size_t kMostComplaints = 10;
constexpr std::int64_t kSlack = kWirePacket;  // the packet that fills it may stick out
constexpr unsigned kSpinning = 100;

std::uint64_t hash_of(ByteView bytes, std::uint64_t hash = 0) {
  hash ^= bytes.size() * 0x9e3779b97f4a7c15ull;
  std::size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, 8);
    hash = (hash ^ word) * 0xbf58476d1ce4e5b9ull;
    hash ^= hash >> 29;
  }
  for (; at < bytes.size(); ++at)
    hash = (hash ^ std::to_integer<std::uint64_t>(bytes[at])) * 0x94d049bb133111ebull;
  return (hash ^ (hash >> 31)) | 1;
}

bool is_srt_data(ByteView datagram) {
  return datagram.size() > kSrtHeader && is_data(datagram);
}

// The same for a packet and its retransmission, which differ in one bit.
std::uint64_t hash_of_either(ByteView data) {
  auto const flags = std::to_integer<std::uint64_t>(data[4] & ~std::byte{0x04});
  return hash_of(data.subspan(5), hash_of(data.first(4)) + flags);
}

std::size_t owed_index(ByteView data) {
  SrtDataHeader const header = read_data_header(data);
  return (header.sequence.value() & 0xffff) * 2 + (header.retransmitted ? 1 : 0);
}

}  // namespace

void Auditor::complain(std::string what, Time now) {
  if (complaints_.size() < kMostComplaints)
    complaints_.push_back(fmt::format("{:.6f} s: {}", to_seconds(now - start_), what));
}

void Auditor::remember(std::uint64_t hash) {
  std::size_t const set = hash % kSets;
  seen_[set * kWays + seen_next_[set]++ % kWays] = hash;
}

bool Auditor::remembered(std::uint64_t hash) const {
  std::size_t const set = hash % kSets;
  for (std::size_t way = 0; way < kWays; ++way)
    if (seen_[set * kWays + way] == hash) return true;
  return false;
}

void Auditor::taken(ByteView srt) {
  if (!is_srt_data(srt)) return remember(hash_of(srt));
  ++taken_data_;
  ++owed_[owed_index(srt)];
  std::uint64_t const index = read_index(srt);
  if (media_.size() <= index) media_.resize(index + 1);
  media_[index] = hash_of_either(srt);
}

bool Auditor::was_taken(ByteView srt) const {
  if (!is_srt_data(srt)) return remembered(hash_of(srt));
  if (srt.size() != kSrtHeader + kPayload) return false;
  std::uint64_t const index = read_index(srt);
  // The bond may have set the retransmission flag: it repairs on its own account.
  return index < media_.size() && media_[index] == hash_of_either(srt);
}

void Auditor::put_on_link(LinkId link, ByteView wire) {
  ByteView const datagram = srtla::srt_inside(wire);
  if (!is_srt_data(datagram)) return;
  ++links_[link].given;
  auto& owed = owed_[owed_index(datagram)];
  if (owed == 0) return;  // a copy
  --owed;
  ++placed_data_;
}

void Auditor::shown(ByteView srt, Time now) {
  if (!was_taken(srt))
    complain(fmt::format("SRT was shown {} bytes that nobody sent, first word {:08x}", srt.size(),
                         srt.size() < 4 ? 0 : load_u32(srt, 0)),
             now);
}

void Auditor::check(const bond::SenderFigures& figures, Time now) {
  for (const auto& link : figures.links) {
    auto const in_flight = link.in_flight.count();
    auto const cap = link.cap_at_last_send.count();
    Seen& seen = links_[link.id];
    // What a suspect link was sent were probes, though it may have come back since.
    bool const live = link.state == bond::LinkState::kLive;
    bool const usable = live && seen.live;
    if (each_step_ && usable && seen.given > 0 && in_flight > seen.in_flight &&
        in_flight >= cap + kSlack)
      complain(fmt::format("link {}: {} bytes in flight, cap {}", link.id.value, in_flight, cap),
               now);
    seen = {in_flight, 0, live};
  }
  std::uint64_t const accounted = placed_data_ + figures.expired_packets +
                                  figures.overflow_packets + figures.unroutable_packets +
                                  figures.queued_packets;
  if (accounted < taken_data_)
    complain(
        fmt::format("{} data packets lost silently: {} taken, {} sent, {} expired, {} "
                    "overflowed, {} unroutable, {} queued",
                    taken_data_ - accounted, taken_data_, placed_data_, figures.expired_packets,
                    figures.overflow_packets, figures.unroutable_packets, figures.queued_packets),
        now);
  if (figures.queued_packets > kMostQueued)
    complain(fmt::format("{} packets queued", figures.queued_packets), now);
}

void Auditor::check(const bond::ReceiverFigures& figures, std::size_t most_held, Time now) {
  std::size_t held = 0;
  for (const auto& group : figures.groups) held += group.held_packets;
  if (held > most_held) complain(fmt::format("{} packets held by the relay", held), now);
}

void Auditor::timer_served(const char* whose, Time next, Time now) {
  served_in_a_row_ = next <= now && now == last_served_ ? served_in_a_row_ + 1 : 0;
  last_served_ = now;
  if (served_in_a_row_ == kSpinning) complain(fmt::format("the {}'s timer spins", whose), now);
}

}  // namespace aegis::sim
