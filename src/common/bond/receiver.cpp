#include "common/bond/receiver.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "common/bond/receiver_group.hpp"
#include "common/bond/registration_token.hpp"
#include "common/crypto/digest.hpp"

namespace aegis::bond {
namespace {

using ClientHalf = std::array<std::byte, kGroupIdHalf>;

constexpr Duration kSweep = 1s;
constexpr Duration kTick = 5ms;
// Answers to datagrams of unknown sources: enough for every rig after a restart, no use to a flood.
constexpr int kUnknownAnswersPerSweep = 1000;
// Shorter datagrams of unknown sources get no answer: it would be longer than the question.
constexpr std::size_t kSmallestAnswered = 64;

ClientHalf client_half(const GroupToken& token) {
  ClientHalf half;
  std::copy_n(token.begin(), half.size(), half.begin());
  return half;
}

SourceLimiter::Secret table_secret(const BondReceiver::TokenKey& key) {
  static constexpr std::array<std::byte, 1> kPurpose{std::byte{'t'}};
  auto const digest = crypto::hmac_sha256(key, {ByteView(kPurpose)});
  return {load_u64(digest, 0), load_u64(digest, 8)};
}

}  // namespace

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
  }
  return "unknown";
}

struct BondReceiver::Impl {
  Impl(const ReceiverConfig& settings, const TokenKey& key)
      : config(settings),
        tokens(key, settings.capabilities),
        registrations(settings.registrations, table_secret(key)),
        unknown_answers(settings.unknown_answers, table_secret(key)),
        pool(settings.max_held_packets) {}

  struct LinkRef {
    ReceiverGroup* group;
    std::size_t slot;
  };

  ReceiverConfig config;
  RegistrationTokens tokens;
  SourceLimiter registrations, unknown_answers;
  PacketPool pool;
  std::unordered_map<GroupId, std::unique_ptr<ReceiverGroup>> groups;
  std::map<ClientHalf, GroupId> by_client;  // ordered: nobody can make its look-ups collide
  std::unordered_map<Endpoint, LinkRef> by_address;
  std::vector<GroupId> ticking;  // groups with packets behind a gap, or a report to send
  std::uint32_t next_group_id = 1;
  Time next_sweep{};
  Time next_tick = kNever;
  int unknown_answers_left = kUnknownAnswersPerSweep;
  ReceiverFigures counts;

  void on_srtla(const Endpoint& from, ByteView datagram, Time now, ReceiverOutput& out);
  void on_registration(const Endpoint& from, ByteView datagram, Time now, ReceiverOutput& out);
  void on_reg1(const Endpoint& from, ByteView datagram, Time now, ReceiverOutput& out);
  void on_reg2(const Endpoint& from, ByteView datagram, Time now, ReceiverOutput& out);
  void on_keepalive(const Endpoint& from, ByteView datagram, Time now, ReceiverOutput& out);
  void on_link_frame(const Endpoint& from, ByteView datagram, Time now, ReceiverOutput& out);
  void on_srt(const Endpoint& from, ByteView datagram, Time now, ReceiverOutput& out);
  void answer_unknown(const Endpoint& from, ByteView datagram, Time now, ReceiverOutput& out);

  ReceiverGroup* group_of(const GroupToken& token, Time now, ReceiverOutput& out);
  ReceiverGroup* make_group(const GroupToken& token, Time now, ReceiverOutput& out);
  bool make_room(Time now, ReceiverOutput& out);
  bool leave_other_group(const Endpoint& from, const ReceiverGroup& group, Time now,
                         ReceiverOutput& out);
  void forget_address(const Endpoint& address, ReceiverOutput& out);
  void registered(ReceiverGroup& group, std::size_t slot, ByteView reg2, Time now,
                  ReceiverOutput& out);
  void refuse(const Endpoint& to, PacketType type, ReceiverOutput& out);
  void close(GroupId id, GroupEnd why, ReceiverOutput& out);
  void sweep(Time now, ReceiverOutput& out);
  void note_ticks(ReceiverGroup& group, Time now);
};

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

// --- Registration ------------------------------------------------------------------------------

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

// Each costs the sealing or checking of a token.
void BondReceiver::Impl::on_registration(const Endpoint& from, ByteView datagram, Time now,
                                         ReceiverOutput& out) {
  if (!registrations.admit(from, now)) {
    ++counts.rate_limited;
  } else if (*srtla_type(datagram) == PacketType::kReg1) {
    on_reg1(from, datagram, now, out);
  } else {
    on_reg2(from, datagram, now, out);
  }
}

// REG1 makes nothing: the answer holds all that a later REG2 must prove.
void BondReceiver::Impl::on_reg1(const Endpoint& from, ByteView datagram, Time now,
                                 ReceiverOutput& out) {
  ++counts.reg1_received;
  out.to_link(from, make_reg2(tokens.seal(parse_group_token(datagram), from, now)));
}

void BondReceiver::Impl::on_reg2(const Endpoint& from, ByteView datagram, Time now,
                                 ReceiverOutput& out) {
  ++counts.reg2_received;
  GroupToken const token = parse_group_token(datagram);
  ReceiverGroup* group = group_of(token, now, out);
  if (group == nullptr) return refuse(from, PacketType::kRegNgp, out);
  auto const known = by_address.find(from);
  if (known != by_address.end() && known->second.group == group)
    return registered(*group, known->second.slot, datagram, now, out);
  if (!leave_other_group(from, *group, now, out)) return refuse(from, PacketType::kRegErr, out);
  auto const slot = group->add_link(from, config.max_links_per_group, now);
  if (!slot) return refuse(from, PacketType::kRegErr, out);
  by_address[from] = {group, *slot};
  registered(*group, *slot, datagram, now, out);
}

void BondReceiver::Impl::registered(ReceiverGroup& group, std::size_t slot, ByteView reg2, Time now,
                                    ReceiverOutput& out) {
  auto const& from = group.address_of(slot);
  group.on_heard(slot, reg2.size(), now);
  if (tokens.was_given_to(parse_group_token(reg2), from)) group.prove(slot);
  out.link_registered(from);
  group.send(slot, make_reg_reply(PacketType::kReg3), out);
}

void BondReceiver::Impl::refuse(const Endpoint& to, PacketType type, ReceiverOutput& out) {
  ++counts.reg_refused;
  out.to_link(to, make_reg_reply(type));
}

ReceiverGroup* BondReceiver::Impl::group_of(const GroupToken& token, Time now,
                                            ReceiverOutput& out) {
  auto const known = by_client.find(client_half(token));
  if (known == by_client.end())
    return tokens.is_fresh(token, now) ? make_group(token, now, out) : nullptr;
  // Each REG1 of a rig is answered with another token; as long as the group lives every one of them
  // stands for it, however old: the rig goes on with the last, the group began with the first.
  return tokens.is_ours(token) ? groups.at(known->second).get() : nullptr;
}

ReceiverGroup* BondReceiver::Impl::make_group(const GroupToken& token, Time now,
                                              ReceiverOutput& out) {
  if (groups.size() >= config.max_groups && !make_room(now, out)) return nullptr;
  GroupId const id{next_group_id++};
  auto made = std::make_unique<ReceiverGroup>(id, token, pool, now);
  auto* group = made.get();
  groups.emplace(id, std::move(made));
  by_client.emplace(client_half(token), id);
  ++counts.groups_made;
  return group;
}

// A group that carries nothing gives way to one that may.
bool BondReceiver::Impl::make_room(Time now, ReceiverOutput& out) {
  std::optional<std::pair<bool, Time>> best;
  GroupId first{};
  for (auto const& [id, group] : groups) {
    auto const standing = group->may_give_way(now);
    if (!standing || (best && *best <= *standing)) continue;
    best = standing;
    first = id;
  }
  if (best) close(first, GroupEnd::kEvicted, out);
  return best.has_value();
}

// An address may change its group unless it delivers media where it is: then whoever asks may have
// forged its source.
bool BondReceiver::Impl::leave_other_group(const Endpoint& from, const ReceiverGroup& group,
                                           Time now, ReceiverOutput& out) {
  auto const known = by_address.find(from);
  if (known == by_address.end()) return true;
  auto const [other, slot] = known->second;
  if (other == &group) return true;
  if (other->is_delivering(slot, now)) return false;
  other->remove_link(slot, now);
  forget_address(from, out);
  return true;
}

void BondReceiver::Impl::forget_address(const Endpoint& address, ReceiverOutput& out) {
  by_address.erase(address);
  out.link_gone(address);
}

// --- Data --------------------------------------------------------------------------------------

void BondReceiver::Impl::on_keepalive(const Endpoint& from, ByteView datagram, Time now,
                                      ReceiverOutput& out) {
  auto const known = by_address.find(from);
  if (known == by_address.end()) return answer_unknown(from, datagram, now, out);
  auto const [group, slot] = known->second;
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
