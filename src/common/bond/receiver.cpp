#include "common/bond/receiver.hpp"

#include <algorithm>
#include <string_view>

#include "common/bond/receiver_impl.hpp"
#include "common/crypto/digest.hpp"

namespace aegis::bond {
namespace {

constexpr Duration kSweep = 1s;
constexpr Duration kTick = 5ms;
// Shorter datagrams of unknown sources get no answer: it would be longer than the question.
constexpr std::size_t kSmallestAnswered = 64;

SourceLimiter::Secret table_secret(const BondReceiver::TokenKey& key) {
  static constexpr std::array<std::byte, 1> kPurpose{std::byte{'t'}};
  auto const digest = crypto::hmac_sha256(key, {ByteView(kPurpose)});
  return {load_u64(digest, 0), load_u64(digest, 8)};
}

}  // namespace

ClientHalf client_half(const GroupToken& token) {
  ClientHalf half;
  std::copy_n(token.begin(), half.size(), half.begin());
  return half;
}

const char* to_string(GroupEnd end) {
  switch (end) {
    case GroupEnd::kLinksSilent:
      return "all links silent";
    case GroupEnd::kClosedByShell:
      return "closed by the relay";
    case GroupEnd::kEvicted:
      return "evicted to make room";
    case GroupEnd::kNeverUsed:
      return "SRT was never accepted";
    case GroupEnd::kRevoked:
      return "its device may not any more";
  }
  return "unknown";
}

BondReceiver::Impl::Impl(const ReceiverConfig& settings, const TokenKey& key)
    : config(settings),
      tokens(key, settings.capabilities),
      proof(
          crypto::Secret(std::string_view(reinterpret_cast<const char*>(key.data()), key.size()))),
      registrations(settings.registrations, table_secret(key)),
      unknown_answers(settings.unknown_answers, table_secret(key)),
      pool(settings.max_held_packets) {}

BondReceiver::BondReceiver(const ReceiverConfig& config, const TokenKey& key)
    : impl_(std::make_unique<Impl>(config, key)) {}
BondReceiver::~BondReceiver() = default;

void BondReceiver::on_link_datagram(const Endpoint& from, ByteView datagram, Time now,
                                    ReceiverOutput& out) {
  switch (classify(datagram)) {
    case DatagramKind::kSrtla:
      return impl_->on_srtla(from, datagram, now, out);
    case DatagramKind::kSrtData:
    case DatagramKind::kSrtControl:
      return impl_->on_srt(from, datagram, now, out);
    case DatagramKind::kJunk:
      ++impl_->counts.junk;
      return;
  }
}

void BondReceiver::Impl::on_srtla(const Endpoint& from, ByteView datagram, Time now,
                                  ReceiverOutput& out) {
  switch (*srtla_type(datagram)) {
    case PacketType::kReg1:
    case PacketType::kReg2:
      return on_registration(from, datagram, now, out);
    case PacketType::kKeepalive:
      return on_keepalive(from, datagram, now, out);
    case PacketType::kLinkData:
      return on_link_frame(from, datagram, now, out);
    default:  // what only a receiver sends
      ++counts.junk;
  }
}

// --- Data --------------------------------------------------------------------------------------

void BondReceiver::Impl::on_keepalive(const Endpoint& from, ByteView datagram, Time now,
                                      ReceiverOutput& out) {
  auto const known = by_address.find(from);
  if (known == by_address.end()) return answer_unknown(from, datagram, now, out);
  auto const [group, slot] = known->second;
  if (group->proof() && !group->proof()->keys.opens(SessionKeys::Toward::kRelay, datagram)) {
    ++counts.unproved;
    return;
  }
  group->on_heard(slot, datagram.size(), now);
  if (auto const telemetry = parse_keepalive(datagram).telemetry)
    group->on_telemetry(slot, *telemetry);
  group->send(slot, datagram, out);
}

void BondReceiver::Impl::on_srt(const Endpoint& from, ByteView datagram, Time now,
                                ReceiverOutput& out) {
  auto const known = by_address.find(from);
  if (known == by_address.end()) return answer_unknown(from, datagram, now, out);
  auto const [group, slot] = known->second;
  group->on_srt_from_link(slot, datagram, now, out);
  note_ticks(*group, now);
}

void BondReceiver::Impl::on_link_frame(const Endpoint& from, ByteView datagram, Time now,
                                       ReceiverOutput& out) {
  auto const known = by_address.find(from);
  if (known == by_address.end()) return answer_unknown(from, datagram, now, out);
  auto const [group, slot] = known->second;
  group->on_link_frame(slot, datagram, now, out);
  note_ticks(*group, now);
}

// A rig that registered with a relay since restarted learns at once that it has to register again.
void BondReceiver::Impl::answer_unknown(const Endpoint& from, ByteView datagram, Time now,
                                        ReceiverOutput& out) {
  ++counts.unknown_sources;
  if (datagram.size() < kSmallestAnswered || unknown_answers_left <= 0) return;
  if (!unknown_answers.admit(from, now)) {
    ++counts.rate_limited;
    return;
  }
  --unknown_answers_left;
  out.to_link(from, make_reg_reply(PacketType::kRegNgp));
}

void BondReceiver::on_srt_datagram(GroupId id, ByteView datagram, Time now, ReceiverOutput& out) {
  auto const known = impl_->groups.find(id);
  if (known == impl_->groups.end()) return;
  auto const kind = classify(datagram);
  if (kind != DatagramKind::kSrtData && kind != DatagramKind::kSrtControl) return;
  known->second->on_srt_from_server(datagram, now, out);
}

void BondReceiver::Impl::note_ticks(ReceiverGroup& group, Time now) {
  if (!group.wants_ticks()) return;
  if (std::find(ticking.begin(), ticking.end(), group.id()) != ticking.end()) return;
  ticking.push_back(group.id());
  next_tick = std::min(next_tick, now + kTick);
}

// --- Time --------------------------------------------------------------------------------------

void BondReceiver::on_timeout(Time now, ReceiverOutput& out) {
  auto& self = *impl_;
  if (now >= self.next_tick) {
    std::erase_if(self.ticking, [&](GroupId id) {
      auto const known = self.groups.find(id);
      if (known == self.groups.end()) return true;
      known->second->on_timeout(now, out);
      return !known->second->wants_ticks();
    });
    self.next_tick = self.ticking.empty() ? kNever : now + kTick;
  }
  if (now >= self.next_sweep) self.sweep(now, out);
}

void BondReceiver::Impl::sweep(Time now, ReceiverOutput& out) {
  next_sweep = now + kSweep;
  unknown_answers_left = kUnknownAnswersPerSweep;
  std::vector<std::pair<GroupId, GroupEnd>> ended;
  for (auto const& [id, group] : groups) {
    group->expire_links(config.link_timeout, now,
                        [&](const Endpoint& address) { forget_address(address, out); });
    auto const linkless = group->linkless_since();
    if (linkless && now - *linkless > config.group_timeout)
      ended.emplace_back(id, GroupEnd::kLinksSilent);
    else if (!group->was_accepted() && now - group->created() > config.idle_group_timeout)
      ended.emplace_back(id, GroupEnd::kNeverUsed);
  }
  for (auto const& [id, why] : ended) close(id, why, out);
}

Time BondReceiver::next_timeout() const {
  return std::min(impl_->next_sweep, impl_->next_tick);
}

void BondReceiver::close_group(GroupId group, ReceiverOutput& out) {
  impl_->close(group, GroupEnd::kClosedByShell, out);
}

void BondReceiver::Impl::close(GroupId id, GroupEnd why, ReceiverOutput& out) {
  auto const known = groups.find(id);
  if (known == groups.end()) return;
  known->second->for_each_link([&](const Endpoint& address) { forget_address(address, out); });
  by_client.erase(client_half(known->second->token()));
  bool const opened = known->second->is_open();
  groups.erase(known);
  if (opened) out.group_closed(id, why);
}

ReceiverFigures BondReceiver::figures(Time now) const {
  ReceiverFigures figures = impl_->counts;
  for (auto const& [id, group] : impl_->groups) figures.groups.push_back(group->figures(now));
  std::sort(figures.groups.begin(), figures.groups.end(),
            [](auto const& a, auto const& b) { return a.id < b.id; });
  return figures;
}

}  // namespace aegis::bond
