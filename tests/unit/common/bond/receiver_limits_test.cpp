// What the relay's end refuses, forgets and bounds.
#include <algorithm>
#include <map>
#include <vector>

#include <catch2/catch.hpp>
#include <malloc.h>

#include "common/bond/receiver.hpp"
#include "unit/common/bond/bond_pair.hpp"

namespace aegis::bond::test {
namespace {

Endpoint rig(std::uint16_t port) {
  return Endpoint::v4(10, 0, 0, 1, port);
}

// One of many, each with an address of its own.
Endpoint stranger(std::uint16_t number) {
  return Endpoint::v4(172, 16, static_cast<std::uint8_t>(number >> 8),
                      static_cast<std::uint8_t>(number), 5000);
}

struct Shell final : ReceiverOutput {
  explicit Shell(const ReceiverConfig& config) : receiver(config, {}) {}

  BondReceiver receiver;
  Time now{Duration(1000s)};
  Packet answer;  // the last one
  std::size_t answers = 0, to_server = 0;
  std::map<Endpoint, std::size_t> sent_to;  // bytes
  bool accepting = false;
  std::vector<GroupId> opened;
  std::vector<std::pair<GroupId, GroupEnd>> closed;

  void to_link(const Endpoint& link, ByteView datagram) override {
    if (accepting) return;
    sent_to[link] += datagram.size();
    answer.assign(datagram.begin(), datagram.end());
    ++answers;
  }
  void to_srt(GroupId, ByteView) override { ++to_server; }
  void group_opened(GroupId id, const std::optional<DeviceId>&) override { opened.push_back(id); }
  void group_closed(GroupId id, GroupEnd why) override { closed.emplace_back(id, why); }

  PacketType answer_type() const { return static_cast<PacketType>(load_u16(answer, 0)); }
  GroupToken ask(int rig_number) {
    receiver.on_link_datagram(rig(9999), make_reg1(token_of(rig_number)), now, *this);
    return parse_group_token(answer);
  }
  PacketType join(std::uint16_t port, const GroupToken& token) {
    receiver.on_link_datagram(rig(port), make_reg2(token), now, *this);
    return answer_type();
  }
  // SRT shakes hands in the group of this link.
  void accept(std::uint16_t port) {
    accepting = true;
    for (auto const& group : receiver.figures(now).groups)
      for (auto const& link : group.links)
        if (link.address == rig(port))
          receiver.on_srt_datagram(group.id, srt_accepted(), now, *this);
    accepting = false;
  }
  void data(std::uint16_t port, std::uint32_t seq) {
    accept(port);
    receiver.on_link_datagram(rig(port), srt_data(seq), now, *this);
  }
  void wait(Duration span) {
    now += span;
    receiver.on_timeout(now, *this);
  }
  std::size_t groups() const { return receiver.figures(now).groups.size(); }
  std::size_t links() const {
    auto const figures = receiver.figures(now);
    return figures.groups.empty() ? 0 : figures.groups[0].links.size();
  }
};

}  // namespace

TEST_CASE("a full relay refuses new groups and keeps those that carry", "[bond][limits]") {
  Shell shell({.max_groups = 2});
  for (std::uint16_t i = 1; i <= 2; ++i) {
    REQUIRE(shell.join(i, shell.ask(i)) == PacketType::kReg3);
    shell.data(i, 100);
  }
  CHECK(shell.join(3, shell.ask(3)) == PacketType::kRegNgp);
  CHECK(shell.groups() == 2);
  CHECK(shell.closed.empty());
  CHECK(shell.receiver.figures(shell.now).reg_refused == 1);
  shell.receiver.close_group(shell.opened[0], shell);
  CHECK(shell.join(3, shell.ask(3)) == PacketType::kReg3);
}

TEST_CASE("of groups that carry nothing the oldest gives way", "[bond][limits]") {
  Shell shell({.max_groups = 3});
  shell.join(1, shell.ask(1));
  shell.data(1, 100);
  shell.now += 1s;
  auto const oldest = shell.ask(2);
  shell.join(2, oldest);
  shell.now += 1s;
  auto const younger = shell.ask(3);
  shell.join(3, younger);
  shell.now += 1s;
  CHECK(shell.join(4, shell.ask(4)) == PacketType::kReg3);
  CHECK(shell.groups() == 3);
  CHECK(shell.closed.empty());  // nobody had heard of it
  CHECK(shell.join(3, younger) == PacketType::kReg3);
  CHECK(shell.receiver.figures(shell.now).groups_made == 4);
  shell.data(2, 1);  // the evicted group's link is a stranger now
  CHECK(shell.answer_type() == PacketType::kRegNgp);
}

TEST_CASE("a group takes so many links and no more", "[bond][limits]") {
  struct Limit {
    std::size_t configured;
    std::uint16_t links;
  };
  auto const limit = GENERATE(Limit{3, 3}, Limit{100, 16});
  Shell shell({.max_links_per_group = limit.configured});
  auto const token = shell.ask(1);
  for (std::uint16_t i = 1; i <= limit.links; ++i)
    REQUIRE(shell.join(i, token) == PacketType::kReg3);
  CHECK(shell.join(99, token) == PacketType::kRegErr);
  CHECK(shell.links() == limit.links);
  CHECK(shell.join(1, token) == PacketType::kReg3);  // it has its place
  CHECK(shell.links() == limit.links);
  CHECK(shell.join(1, shell.ask(2)) == PacketType::kReg3);  // and leaves it
  CHECK(shell.join(99, token) == PacketType::kReg3);
}

TEST_CASE("an address that delivers is not taken from its group", "[bond][limits]") {
  Shell shell({});
  auto const first = shell.ask(1);
  shell.join(1, first);
  shell.join(2, first);
  shell.data(1, 100);
  auto const second = shell.ask(2);
  shell.now += 999ms;
  CHECK(shell.join(1, second) == PacketType::kRegErr);
  CHECK(shell.links() == 2);
  CHECK(shell.join(2, second) == PacketType::kReg3);  // this one does not
  CHECK(shell.links() == 1);
  shell.now += 1ms;
  CHECK(shell.join(1, second) == PacketType::kReg3);
  CHECK(shell.links() == 0);
}

TEST_CASE("a link may join with a token that is old, as long as its group lives",
          "[bond][limits]") {
  Shell shell({});
  auto const token = shell.ask(1);
  shell.join(1, token);
  for (int i = 0; i < 20; ++i) {
    shell.data(1, static_cast<std::uint32_t>(i));
    shell.wait(2s);
  }
  CHECK(shell.join(2, token) == PacketType::kReg3);
  shell.receiver.close_group(shell.opened[0], shell);
  CHECK(shell.join(2, token) == PacketType::kRegNgp);
}

TEST_CASE("a rig that asked twice has one group, whichever answer it uses", "[bond][limits]") {
  Shell shell({});
  auto const first = shell.ask(1);
  shell.now += 1s;
  auto const second = shell.ask(1);
  REQUIRE(first != second);
  CHECK(shell.join(1, second) == PacketType::kReg3);
  CHECK(shell.join(2, first) == PacketType::kReg3);
  CHECK(shell.groups() == 1);
  CHECK(shell.links() == 2);
  auto forged = first;
  forged.back() ^= std::byte{1};
  CHECK(shell.join(3, forged) == PacketType::kRegNgp);
}

TEST_CASE("a rig that asked again goes on with the new answer, though the group is older",
          "[bond][limits]") {
  Shell shell({});
  shell.join(1, shell.ask(1));
  auto const second = shell.ask(1);
  for (int i = 0; i < 40; ++i) {
    shell.data(1, static_cast<std::uint32_t>(i));
    shell.wait(1s);
  }
  CHECK(shell.join(2, second) == PacketType::kReg3);
  CHECK(shell.links() == 2);
}

TEST_CASE("a group that idles takes next to no memory", "[bond][limits]") {
  Shell relay({});
  constexpr int kGroups = 100;
  auto const used = [] { return ::mallinfo2().uordblks; };  // nothing where a sanitizer allocates
  auto const before = used();
  for (int i = 0; i < kGroups; ++i) {
    relay.now += 20ms;
    auto const token = relay.ask(i);
    REQUIRE(relay.join(static_cast<std::uint16_t>(1000 + i), token) == PacketType::kReg3);
  }
  CHECK(used() - before < kGroups * std::size_t{16} * 1024);
}

TEST_CASE("a link is forgotten after its silence, and its group after that", "[bond][limits]") {
  Shell shell({.link_timeout = 4s, .group_timeout = 6s});
  shell.join(1, shell.ask(1));
  shell.data(1, 100);
  shell.wait(4s);
  CHECK(shell.links() == 1);
  shell.wait(1s);
  CHECK(shell.groups() == 1);
  CHECK(shell.links() == 0);
  shell.wait(6s);
  CHECK(shell.closed.empty());
  shell.wait(1s);
  REQUIRE(shell.closed.size() == 1);
  CHECK(shell.closed[0].second == GroupEnd::kLinksSilent);
  CHECK(shell.groups() == 0);
}

TEST_CASE("a group that never carried SRT ends though its links are alive", "[bond][limits]") {
  Shell shell({.idle_group_timeout = 15s});
  shell.join(1, shell.ask(1));
  Packet keepalive(38);
  store_u16(keepalive, 0, 0x9000);
  for (int i = 0; i < 15; ++i) {
    shell.receiver.on_link_datagram(rig(1), keepalive, shell.now, shell);
    shell.wait(1s);
  }
  CHECK(shell.groups() == 1);
  shell.wait(1s);
  CHECK(shell.groups() == 0);
  CHECK(shell.closed.empty());  // it was never opened
}

TEST_CASE("strangers get a thousand answers a second and none longer than what they sent",
          "[bond][limits]") {
  Shell shell({});
  shell.wait(1s);
  for (std::uint16_t i = 0; i < 3000; ++i)
    shell.receiver.on_link_datagram(stranger(i), srt_data(i, false, 63), shell.now, shell);
  CHECK(shell.answers == 0);
  for (std::uint16_t i = 0; i < 3000; ++i)
    shell.receiver.on_link_datagram(stranger(i), srt_data(i, false, 64), shell.now, shell);
  CHECK(shell.answers == 1000);
  CHECK(shell.answer.size() <= 64);
  CHECK(shell.receiver.figures(shell.now).unknown_sources == 6000);
  shell.wait(1s);
  shell.data(1, 1);
  CHECK(shell.answers == 1001);
}

TEST_CASE("one source takes no more than its share of registrations and answers",
          "[bond][limits]") {
  Shell shell({.registrations = {5ms, 100}, .unknown_answers = {10ms, 20}});
  auto const token = shell.ask(1);
  for (std::uint16_t i = 0; i < 999; ++i)
    shell.receiver.on_link_datagram(rig(i), make_reg1(token_of(i)), shell.now, shell);
  CHECK(shell.answers == 100);
  CHECK(shell.receiver.figures(shell.now).rate_limited == 900);
  CHECK(shell.receiver.figures(shell.now).reg1_received == 100);
  shell.receiver.on_link_datagram(rig(1), make_reg2(token), shell.now, shell);
  CHECK(shell.groups() == 0);
  shell.receiver.on_link_datagram(stranger(1), make_reg2(token), shell.now, shell);
  CHECK(shell.groups() == 1);
  shell.now += 5ms;
  CHECK(shell.join(1, token) == PacketType::kReg3);
  shell.answers = 0;
  for (std::uint16_t i = 2; i < 100; ++i) shell.data(i, 1);
  CHECK(shell.answers == 20);
  CHECK(shell.receiver.figures(shell.now).rate_limited == 901 + 78);
}

TEST_CASE("an address that may be forged gets three times what came from it at most",
          "[bond][limits]") {
  Shell shell({});
  auto const token = shell.ask(1);
  std::size_t const registration = make_reg2(token).size();
  std::size_t heard = registration;
  shell.join(1, token);  // as whoever asked from elsewhere may have it look
  shell.accept(1);
  auto const deliver = [&](std::uint32_t seq) {
    auto const packet = srt_data(seq, false, 40);
    heard += packet.size();
    shell.receiver.on_link_datagram(rig(1), packet, shell.now, shell);
  };
  auto const answer = [&](std::uint32_t number) {
    shell.receiver.on_srt_datagram(GroupId{1}, srt_control(2, {number, 1, 2, 3, 4, 5, 6}),
                                   shell.now, shell);
  };
  for (std::uint32_t i = 0; i < 100; ++i) {
    deliver(i);
    for (std::uint32_t k = 0; k < 10; ++k) answer(10 * i + k);
    REQUIRE(shell.sent_to[rig(1)] <= 3 * heard);
  }
  CHECK(shell.sent_to[rig(1)] > 2 * heard);  // what may be sent is
  CHECK(shell.receiver.figures(shell.now).groups[0].answers_withheld > 500);

  shell.join(9999, token);  // who asked, and so has received the answer
  shell.data(9999, 100);
  auto const before = shell.sent_to[rig(9999)];
  for (std::uint32_t i = 0; i < 1000; ++i) answer(i);
  CHECK(shell.sent_to[rig(9999)] == before + 44'000);
}

TEST_CASE("before SRT is accepted only its handshake goes on, and not without end",
          "[bond][limits]") {
  Shell shell({});
  shell.join(1, shell.ask(1));
  auto const arrives = [&](const Packet& packet) {
    shell.receiver.on_link_datagram(rig(1), packet, shell.now, shell);
  };
  auto const call = srt_control(0, {4, 2, 1, 1500, 8192, 1, 77, 0, 0, 0, 0, 0});
  arrives(srt_data(1));
  arrives(srt_control(1, {0}));
  CHECK(shell.opened.empty());
  CHECK(shell.to_server == 0);
  for (int i = 0; i < 300; ++i) arrives(call);
  CHECK(shell.opened.size() == 1);
  CHECK(shell.to_server == 100);
  shell.now += 1s;
  for (int i = 0; i < 300; ++i) arrives(call);
  CHECK(shell.to_server == 120);
  shell.to_server = 0;
  shell.accept(1);
  arrives(srt_data(1));
  CHECK(shell.to_server == 1);
  auto elsewhere = srt_data(2);
  store_u32(elsewhere, 12, kServerSocket + 1);
  arrives(elsewhere);
  CHECK(shell.to_server == 1);
  arrives(srt_control(5, {0}));  // the end of it
  arrives(srt_data(2));
  CHECK(shell.to_server == 2);
  CHECK(shell.receiver.figures(shell.now).groups[0].stray_packets == 2 + 200 + 280 + 1 + 1);
}

TEST_CASE("a group that SRT does not accept ends, whatever it sends", "[bond][limits]") {
  Shell shell({.idle_group_timeout = 15s});
  shell.join(1, shell.ask(1));
  for (int i = 0; i < 17; ++i) {
    shell.receiver.on_link_datagram(
        rig(1), srt_control(0, {4, 2, 1, 1500, 8192, 1, 77, 0, 0, 0, 0, 0}), shell.now, shell);
    shell.wait(1s);
  }
  CHECK(shell.groups() == 0);
  REQUIRE(shell.closed.size() == 1);
  CHECK(shell.closed[0].second == GroupEnd::kNeverUsed);
}

TEST_CASE("a full relay lets groups go that carry nothing any more", "[bond][limits]") {
  Shell shell({.max_groups = 3, .link_timeout = 1h});
  for (std::uint16_t i = 1; i <= 3; ++i) {
    shell.join(i, shell.ask(i));
    shell.data(i, 100);
    shell.now += 1s;
  }
  shell.now += 7s;  // 10 s after the first one's packet, less after the others'
  CHECK(shell.join(4, shell.ask(4)) == PacketType::kRegNgp);
  shell.now += 1ms;
  CHECK(shell.join(4, shell.ask(4)) == PacketType::kReg3);
  REQUIRE(shell.closed.size() == 1);
  CHECK(shell.closed[0] == std::pair(shell.opened[0], GroupEnd::kEvicted));
  // The newcomer has not been accepted: it goes before the second, however quiet that is.
  shell.now += 5s;
  CHECK(shell.join(5, shell.ask(5)) == PacketType::kReg3);
  CHECK(shell.closed.size() == 1);
}

TEST_CASE("packets held over all groups are bounded, and none is lost by it", "[bond][limits]") {
  Shell shell({.max_held_packets = 128});
  for (std::uint16_t i = 1; i <= 2; ++i) {
    shell.join(i, shell.ask(i));
    shell.data(i, 100);
  }
  for (std::uint32_t i = 0; i < 100; ++i)
    for (std::uint16_t port = 1; port <= 2; ++port) shell.data(port, 102 + i);
  auto const figures = shell.receiver.figures(shell.now);
  CHECK(figures.groups[0].held_packets + figures.groups[1].held_packets == 128);
  CHECK(shell.to_server == 2 + 200 - 128);  // the rest went on as it came
  shell.receiver.close_group(figures.groups[0].id, shell);
  shell.data(2, 300);
  CHECK(shell.receiver.figures(shell.now).groups[0].held_packets == 65);
}

TEST_CASE("link frames are nothing to a group that did not agree on them", "[bond][limits]") {
  Shell shell({});
  shell.join(1, shell.ask(1));
  std::vector<std::byte> buffer(kMaxDatagram);
  auto const packet = srt_data(5);
  auto const frame = write_link_frame({.link = 1, .number = 0, .datagram = packet}, buffer);
  shell.receiver.on_link_datagram(rig(1), frame, shell.now, shell);
  CHECK(shell.opened.empty());
  CHECK(shell.to_server == 0);
}

}  // namespace aegis::bond::test
