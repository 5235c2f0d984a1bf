// What a shell hears about the links it may have to keep something for.
#include <unordered_map>

#include <catch2/catch.hpp>

#include "common/bond/receiver.hpp"
#include "common/bond/wire.hpp"

using namespace aegis;
using namespace aegis::bond;

namespace {

Endpoint rig(std::uint16_t port) {
  return Endpoint::v4(10, 0, 0, 1, port);
}

struct Shell final : ReceiverOutput {
  BondReceiver receiver{{.max_groups = 2}, {}};
  Time now{1s};
  GroupToken answer{};
  std::unordered_map<Endpoint, int> links;  // how often each registered, while it has a group

  void to_link(const Endpoint& to, ByteView datagram) override {
    auto const type = srtla_type(datagram);
    if (type == PacketType::kReg2) answer = parse_group_token(datagram);
    // A link is known before it is answered that it is.
    if (type == PacketType::kReg3) CHECK(links.count(to) == 1);
  }
  void to_srt(GroupId, ByteView) override {}
  void group_opened(GroupId, const std::optional<DeviceId>&) override {}
  void group_closed(GroupId, GroupEnd) override {}
  void link_registered(const Endpoint& link) override { ++links[link]; }
  void link_gone(const Endpoint& link) override { CHECK(links.erase(link) == 1); }

  GroupToken ask(const Endpoint& from, int rig_number) {
    GroupToken token{};
    token.fill(static_cast<std::byte>(rig_number));
    receiver.on_link_datagram(from, make_reg1(token), now, *this);
    return answer;
  }
  void join(const Endpoint& from, const GroupToken& token) {
    receiver.on_link_datagram(from, make_reg2(token), now, *this);
  }
};

}  // namespace

TEST_CASE("a shell is told of each link that registers, and of its end", "[bond]") {
  Shell shell;
  auto const first = shell.ask(rig(1), 1);
  CHECK(shell.links.empty());
  shell.join(rig(1), first);
  shell.join(rig(2), first);
  shell.join(rig(2), first);
  CHECK(shell.links == std::unordered_map<Endpoint, int>{{rig(1), 1}, {rig(2), 2}});

  SECTION("by another group that takes the link") {
    auto const second = shell.ask(rig(2), 2);
    shell.join(rig(2), second);
    CHECK(shell.links == std::unordered_map<Endpoint, int>{{rig(1), 1}, {rig(2), 1}});
  }
  SECTION("by silence") {
    shell.now += 9s;
    shell.join(rig(2), first);
    shell.now += 2s;
    shell.receiver.on_timeout(shell.now, shell);
    CHECK(shell.links == std::unordered_map<Endpoint, int>{{rig(2), 3}});
  }
  SECTION("with its group, which gives way to new ones") {
    shell.now += 1s;
    shell.join(rig(3), shell.ask(rig(3), 3));
    shell.join(rig(4), shell.ask(rig(4), 4));
    CHECK(shell.links == std::unordered_map<Endpoint, int>{{rig(3), 1}, {rig(4), 1}});
  }
}
