// Who may join what: REG1 and REG2 at the relay, from stock senders and from paired ones.
#include <algorithm>

#include "common/bond/receiver_impl.hpp"

namespace aegis::bond {

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

}  // namespace aegis::bond
