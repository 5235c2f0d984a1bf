// Both ends of a bond joined by links of a fixed one-way delay, in virtual time: enough to see each
// rule by itself. Rates, losses and SRT's own behaviour belong to tests/sim.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "common/bond/receiver.hpp"
#include "common/bond/sender.hpp"
#include "unit/common/bond/srt_packets.hpp"

namespace aegis::bond::test {

inline GroupToken token_of(int fill) {
  GroupToken token;
  token.fill(static_cast<std::byte>(fill));
  return token;
}

class BondPair : public SenderOutput, public ReceiverOutput {
 public:
  struct Link {
    Duration delay{};
    bool up = true;       // rig to relay
    bool back_up = true;  // relay to rig
    std::size_t carried = 0;
    // Packets for which this says true are lost on their way to the relay.
    std::function<bool(const Packet&)> lose = [](const Packet&) { return false; };
  };

  // Plain SRTLA, unless both have capabilities.
  explicit BondPair(std::vector<Duration> delays, std::uint32_t capabilities = 0)
      : BondPair(std::move(delays), capabilities, capabilities) {}
  BondPair(std::vector<Duration> delays, std::uint32_t sender_can, std::uint32_t receiver_can)
      : BondPair(std::move(delays), SenderConfig{.capabilities = sender_can},
                 ReceiverConfig{.capabilities = receiver_can}) {}
  BondPair(std::vector<Duration> delays, const SenderConfig& rig, const ReceiverConfig& relay)
      : sender(rig, token_of(7)), receiver(relay, BondReceiver::TokenKey{}) {
    for (Duration const delay : delays) add_link(delay);
  }
  virtual ~BondPair() = default;
  BondPair(const BondPair&) = delete;
  BondPair& operator=(const BondPair&) = delete;

  LinkId add_link(Duration delay) {
    // The machine sends while it is called: the link must be known by its id before.
    LinkId const expected{static_cast<std::uint32_t>(links.size() + 1)};
    links[expected].delay = delay;
    LinkId const id = sender.add_link(now, *this);
    return id;
  }

  void to_link(LinkId id, ByteView datagram) override {
    Link& link = links.at(id);
    ++link.carried;
    Packet packet(datagram.begin(), datagram.end());
    if (!link.up || link.lose(packet)) return;
    at(now + link.delay,
       [this, id, packet] { receiver.on_link_datagram(address_of(id), packet, now, *this); });
  }
  void to_link(const Endpoint& to, ByteView datagram) override {
    if (accepting_) return;
    if (srtla_type(datagram) == PacketType::kReg3) at(now, [this] { accept_all(); });
    LinkId const id{static_cast<std::uint32_t>(to.port() - 1000)};
    Link& link = links.at(id);
    answers[id].emplace_back(datagram.begin(), datagram.end());
    Packet packet(datagram.begin(), datagram.end());
    if (!link.back_up || lose_answer(packet)) return;
    at(now + link.delay, [this, id, packet] { sender.on_link_datagram(id, packet, now, *this); });
  }
  void to_srt(ByteView datagram) override { at_rig.emplace_back(datagram.begin(), datagram.end()); }
  void to_srt(GroupId, ByteView datagram) override {
    at_server.emplace_back(datagram.begin(), datagram.end());
    arrived.push_back(now);
  }
  void group_opened(GroupId id, const std::optional<DeviceId>&) override { opened.push_back(id); }
  void group_closed(GroupId id, GroupEnd why) override { closed.emplace_back(id, why); }

  static Endpoint address_of(LinkId id) {
    return Endpoint::v4(10, 0, 0, 1, static_cast<std::uint16_t>(1000 + id.value));
  }

  void send(const Packet& packet) { sender.on_srt_datagram(packet, now, *this); }

  void run_until(Time end) {
    while (true) {
      Time const timer = std::min(sender.next_timeout(), receiver.next_timeout());
      Time const event = events.empty() ? kNever : events.begin()->first;
      Time const next = std::min(timer, event);
      if (next > end) break;
      now = std::max(now, next);
      if (event <= timer) {
        auto const work = events.begin()->second;
        events.erase(events.begin());
        work();
      } else {
        if (sender.next_timeout() <= now) sender.on_timeout(now, *this);
        if (receiver.next_timeout() <= now) receiver.on_timeout(now, *this);
      }
    }
    now = end;
  }
  void run_for(Duration span) { run_until(now + span); }
  // `count` data packets at even spacing, from sequence number `first`.
  void stream(std::uint32_t first, std::uint32_t count, Duration spacing) {
    for (std::uint32_t i = 0; i < count; ++i) {
      send(srt_data(first + i));
      run_for(spacing);
    }
  }
  std::vector<std::uint32_t> sequences_at_server() const {
    std::vector<std::uint32_t> out;
    for (auto const& packet : at_server)
      if ((packet[0] & std::byte{0x80}) == std::byte{0}) out.push_back(load_u32(packet, 0));
    return out;
  }

  // Answers of the relay for which this says true are lost.
  std::function<bool(const Packet&)> lose_answer = [](const Packet&) { return false; };
  bool server_accepts = true;
  Time now{Duration(1s)};
  BondSender sender;
  BondReceiver receiver;
  std::map<LinkId, Link> links;
  std::map<LinkId, std::vector<Packet>> answers;  // what the relay sent on each link
  std::vector<Packet> at_rig, at_server;
  std::vector<Time> arrived;
  std::vector<GroupId> opened;
  std::vector<std::pair<GroupId, GroupEnd>> closed;

 private:
  // As if SRT had shaken hands already, which is not what these tests are about.
  void accept_all() {
    if (!server_accepts) return;
    accepting_ = true;
    for (auto const& group : receiver.figures(now).groups)
      if (accepted_.insert(group.id).second)
        receiver.on_srt_datagram(group.id, srt_accepted(), now, *this);
    accepting_ = false;
  }

  bool accepting_ = false;
  std::set<GroupId> accepted_;
  void at(Time when, std::function<void()> work) { events.emplace(when, std::move(work)); }
  std::multimap<Time, std::function<void()>> events;
};

}  // namespace aegis::bond::test
