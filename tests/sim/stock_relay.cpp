#include "sim/stock_relay.hpp"

#include <algorithm>
#include <vector>

#include "sim/rng.hpp"
#include "sim/srt_format.hpp"
#include "sim/srtla_format.hpp"

namespace aegis::sim {
namespace {

constexpr std::size_t kMaxLinks = 16;
constexpr Duration kSweep = 3s;

struct Link {
  Endpoint address;
  Time last_heard{};
  std::vector<std::uint32_t> log;
};

struct Group {
  GroupId id;
  srtla::GroupKey key{};
  Time created{};
  std::vector<Link> links;
  Endpoint last_address;
  bool open = false;
};

class StockRelay final : public RelayEnd {
 public:
  StockRelay(const StockRelayConfig& config, std::uint64_t seed) : config_(config), rng_(seed) {}

  void on_link_datagram(const Endpoint& from, ByteView datagram, Time now,
                        bond::ReceiverOutput& out) override;
  void on_srt_datagram(GroupId id, ByteView datagram, Time now, bond::ReceiverOutput& out) override;
  void on_timeout(Time now, bond::ReceiverOutput& out) override;
  Time next_timeout() const override { return sweep_; }
  std::optional<bond::ReceiverFigures> figures(Time) const override { return std::nullopt; }

 private:
  void reply(const Endpoint& to, std::uint16_t type, bond::ReceiverOutput& out) {
    std::array<std::byte, 32> answer{};
    store_u16(answer, 0, type);
    out.to_link(to, ByteView(answer).first(config_.padded ? 32 : 2));
  }
  std::pair<Group*, Link*> find(const Endpoint& from);
  void on_reg1(const Endpoint& from, ByteView datagram, Time now, bond::ReceiverOutput& out);
  void on_reg2(const Endpoint& from, ByteView datagram, Time now, bond::ReceiverOutput& out);
  void acknowledge(Link& link, ByteView data, bond::ReceiverOutput& out);

  StockRelayConfig config_;
  Rng rng_;
  std::vector<Group> groups_;
  std::uint32_t next_id_ = 1;
  Time sweep_ = kNever;
};

std::pair<Group*, Link*> StockRelay::find(const Endpoint& from) {
  for (Group& group : groups_)
    for (Link& link : group.links)
      if (link.address == from) return {&group, &link};
  return {nullptr, nullptr};
}

void StockRelay::on_reg1(const Endpoint& from, ByteView datagram, Time now,
                         bond::ReceiverOutput& out) {
  if (find(from).first != nullptr) return reply(from, srtla::kRegErr, out);
  Group group;
  group.id = GroupId{next_id_++};
  group.key = srtla::key_of(datagram);
  for (std::size_t at = 128; at < group.key.size(); ++at)
    group.key[at] = static_cast<std::byte>(rng_.below(256));
  group.created = now;
  if (sweep_ == kNever) sweep_ = now + kSweep;
  out.to_link(from, srtla::Registration(srtla::kReg2, group.key).bytes);
  groups_.push_back(std::move(group));
}

void StockRelay::on_reg2(const Endpoint& from, ByteView datagram, Time now,
                         bond::ReceiverOutput& out) {
  srtla::GroupKey const key = srtla::key_of(datagram);
  auto const found = std::find_if(groups_.begin(), groups_.end(),
                                  [&](const Group& group) { return group.key == key; });
  if (found == groups_.end()) return reply(from, srtla::kRegNgp, out);
  auto const [owner, link] = find(from);
  if (link != nullptr) {
    if (owner != &*found) return reply(from, srtla::kRegErr, out);
    link->last_heard = now;
    return reply(from, srtla::kReg3, out);
  }
  if (found->links.size() >= kMaxLinks) return reply(from, srtla::kRegErr, out);
  found->links.push_back({from, now, {}});
  found->last_address = from;
  reply(from, srtla::kReg3, out);
}

void StockRelay::acknowledge(Link& link, ByteView data, bond::ReceiverOutput& out) {
  link.log.push_back(load_u32(data, 0));
  if (link.log.size() < srtla::kAckPackets) return;
  std::array<std::byte, 4 + 4 * srtla::kAckPackets> ack{};
  store_u16(ack, 0, srtla::kAck);
  for (std::size_t i = 0; i < srtla::kAckPackets; ++i) store_u32(ack, 4 + 4 * i, link.log[i]);
  link.log.clear();
  if (config_.srtla_acks) out.to_link(link.address, ack);
}

void StockRelay::on_link_datagram(const Endpoint& from, ByteView datagram, Time now,
                                  bond::ReceiverOutput& out) {
  std::uint16_t const type = srtla::type_of(datagram);
  if (datagram.size() == srtla::kRegSize && type == srtla::kReg1)
    return on_reg1(from, datagram, now, out);
  if (datagram.size() == srtla::kRegSize && type == srtla::kReg2)
    return on_reg2(from, datagram, now, out);
  auto const [group, link] = find(from);
  if (group == nullptr) return;
  link->last_heard = now;
  if (type == srtla::kKeepalive) return out.to_link(from, datagram);
  if (datagram.size() < kSrtHeader) return;
  group->last_address = from;
  if (is_data(datagram)) acknowledge(*link, datagram, out);
  if (!group->open) out.group_opened(group->id, std::nullopt);
  group->open = true;
  out.to_srt(group->id, datagram);
}

void StockRelay::on_srt_datagram(GroupId id, ByteView datagram, Time, bond::ReceiverOutput& out) {
  auto const found = std::find_if(groups_.begin(), groups_.end(),
                                  [&](const Group& group) { return group.id == id; });
  if (found == groups_.end()) return;
  bool const ack = control_of(datagram) == SrtControl::kAck;
  bool const nak = control_of(datagram) == SrtControl::kNak;
  if (!ack && !(nak && config_.broadcast_naks)) return out.to_link(found->last_address, datagram);
  for (const Link& link : found->links) out.to_link(link.address, datagram);
}

void StockRelay::on_timeout(Time now, bond::ReceiverOutput& out) {
  if (now < sweep_) return;
  sweep_ = now + kSweep;
  for (Group& group : groups_)
    std::erase_if(group.links,
                  [&](const Link& link) { return now - link.last_heard > config_.link_timeout; });
  std::erase_if(groups_, [&](const Group& group) {
    bool const over = group.links.empty() && now - group.created > config_.link_timeout;
    if (over && group.open) out.group_closed(group.id, bond::GroupEnd::kLinksSilent);
    return over;
  });
}

}  // namespace

std::unique_ptr<RelayEnd> make_stock_relay(const StockRelayConfig& config, std::uint64_t seed) {
  return std::make_unique<StockRelay>(config, seed);
}

}  // namespace aegis::sim
