// Who may join what: REG1 and REG2 at the relay, from stock senders and from paired ones.
#include <algorithm>
#include <cstdlib>
#include <utility>

#include "common/bond/receiver_impl.hpp"
#include "common/bond/sealed_frames.hpp"

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
  GroupToken const asked = parse_group_token(datagram);
  if (auto const claim = RelayProof::claim(asked))
    return answer_claim(*claim, asked, from, now, out);
  if (config.require_proof) {
    ++counts.unproved;
    return;
  }
  out.to_link(from, make_reg2(tokens.seal(tokens.prepare(asked, from, now))));
}

// Who does not know the key of the device it claims to be gets nothing, not even a no.
void BondReceiver::Impl::answer_claim(const RelayProof::Claim& claim, const GroupToken& asked,
                                      const Endpoint& from, Time now, ReceiverOutput& out) {
  const Device* const device = claimant(asked);
  if (device == nullptr) {
    ++counts.unproved;
    return;
  }
  std::int64_t const unix_us = (now.time_since_epoch() + unix_offset).count();
  if (std::abs(unix_us - claim.unix_us) > RelayProof::kClockTolerance_us) {
    ++counts.clocks_refused;
    return out.to_link(from, RelayProof::make_refusal(asked, {unix_us}, device->key));
  }
  GroupToken answer = tokens.prepare(asked, from, now);
  if (proof.answer(answer, device->key)) out.to_link(from, make_reg2(tokens.seal(answer)));
}

const Device* BondReceiver::Impl::claimant(const GroupToken& token) const {
  auto const claim = RelayProof::claim(token);
  if (!claim) return nullptr;
  auto const found = std::find_if(devices.begin(), devices.end(), [&](const Device& device) {
    return device.id == claim->device && RelayProof::is_by(token, device.key);
  });
  return found == devices.end() ? nullptr : &*found;
}

void BondReceiver::Impl::on_reg2(const Endpoint& from, ByteView datagram, Time now,
                                 ReceiverOutput& out) {
  ++counts.reg2_received;
  GroupToken const token = parse_group_token(datagram);
  bool const plain = datagram.size() != kSealedReg2Size && !RelayProof::claim(token);
  if (!plain) return on_proved_reg2(from, datagram, now, out);
  if (config.require_proof) {
    ++counts.unproved;
    return;
  }
  ReceiverGroup* group = group_of(token, now, out);
  if (group == nullptr) return refuse(from, PacketType::kRegNgp, out);
  join(*group, from, datagram, make_reg_reply(PacketType::kReg3), now, out);
}

void BondReceiver::Impl::on_proved_reg2(const Endpoint& from, ByteView datagram, Time now,
                                        ReceiverOutput& out) {
  GroupToken const token = parse_group_token(datagram);
  auto const known = by_client.find(client_half(token));
  ReceiverGroup* group = known == by_client.end() ? nullptr : groups.at(known->second).get();
  auto fresh = group == nullptr ? proof_of(token, now) : std::nullopt;
  // A relay that was started again has forgotten its keys: all it can do is to say so.
  if (group == nullptr && !fresh) return refuse(from, PacketType::kRegNgp, out);
  auto* proved = group == nullptr ? &*fresh : group->proof();
  auto const claim = proved == nullptr ? std::nullopt : open_reg2(datagram, proved->keys);
  if (!claim || !proved->counters.accept(claim->counter)) {
    ++counts.unproved;
    return;
  }
  Frame const reg3 = make_sealed_reg3(*claim, proved->keys);
  if (group == nullptr) group = make_group(token, std::move(fresh), now, out);
  if (group == nullptr) return refuse(from, PacketType::kRegNgp, out);
  join(*group, from, datagram, reg3, now, out);
}

std::optional<GroupProof> BondReceiver::Impl::proof_of(const GroupToken& token, Time now) const {
  if (!RelayProof::is_answered(token) || !tokens.is_fresh(token, now)) return std::nullopt;
  const Device* const device = claimant(token);
  if (device == nullptr) return std::nullopt;
  return GroupProof{*device, proof.keys(token, device->key), {}};
}

void BondReceiver::Impl::join(ReceiverGroup& group, const Endpoint& from, ByteView datagram,
                              const Frame& reg3, Time now, ReceiverOutput& out) {
  auto const known = by_address.find(from);
  if (known != by_address.end() && known->second.group == &group)
    return registered(group, known->second.slot, datagram, reg3, now, out);
  if (!leave_other_group(from, group, now, out)) return refuse(from, PacketType::kRegErr, out);
  auto const slot = group.add_link(from, config.max_links_per_group, now);
  if (!slot) return refuse(from, PacketType::kRegErr, out);
  by_address[from] = {&group, *slot};
  registered(group, *slot, datagram, reg3, now, out);
}

void BondReceiver::Impl::registered(ReceiverGroup& group, std::size_t slot, ByteView reg2,
                                    const Frame& reg3, Time now, ReceiverOutput& out) {
  auto const& from = group.address_of(slot);
  group.on_heard(slot, reg2.size(), now);
  if (tokens.was_given_to(parse_group_token(reg2), from)) group.prove(slot);
  out.link_registered(from);
  group.send(slot, reg3, out);
}

void BondReceiver::Impl::refuse(const Endpoint& to, PacketType type, ReceiverOutput& out) {
  ++counts.reg_refused;
  out.to_link(to, make_reg_reply(type));
}

ReceiverGroup* BondReceiver::Impl::group_of(const GroupToken& token, Time now,
                                            ReceiverOutput& out) {
  auto const known = by_client.find(client_half(token));
  if (known == by_client.end())
    return tokens.is_fresh(token, now) ? make_group(token, std::nullopt, now, out) : nullptr;
  // Each REG1 of a rig is answered with another token; as long as the group lives every one of them
  // stands for it, however old: the rig goes on with the last, the group began with the first.
  return tokens.is_ours(token) ? groups.at(known->second).get() : nullptr;
}

ReceiverGroup* BondReceiver::Impl::make_group(const GroupToken& token,
                                              std::optional<GroupProof> proved, Time now,
                                              ReceiverOutput& out) {
  if (groups.size() >= config.max_groups && !make_room(now, out)) return nullptr;
  GroupId const id{next_group_id++};
  auto made = std::make_unique<ReceiverGroup>(id, token, pool, now);
  if (proved) made->set_proof(std::move(*proved));
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

// --- Devices -----------------------------------------------------------------------------------

void BondReceiver::set_devices(std::vector<Device> devices, ReceiverOutput& out) {
  auto const may = [&](const Device& device) {
    return std::any_of(devices.begin(), devices.end(),
                       [&](const Device& each) { return each.id == device.id; });
  };
  std::vector<GroupId> revoked;
  for (auto const& [id, group] : impl_->groups)
    if (group->proof() != nullptr && !may(group->proof()->device)) revoked.push_back(id);
  for (GroupId const id : revoked) impl_->close(id, GroupEnd::kRevoked, out);
  impl_->devices = std::move(devices);
}

void BondReceiver::set_unix_offset(Duration ahead) {
  impl_->unix_offset = ahead;
}

}  // namespace aegis::bond
