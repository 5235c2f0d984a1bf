// The bond's receiver under any sequence of calls: anyone sends anything from anywhere, the SRT
// server answers anything, time passes.
#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "common/bond/receiver.hpp"
#include "common/bond/sealed_frames.hpp"
#include "common/bond/wire.hpp"
#include "fuzz/srt_datagrams.hpp"

using namespace aegis;
using namespace aegis::bond;
using fuzz::require;

namespace {

const Device& paired_device() {
  static Device const device{{}, crypto::Secret("a key of 32 bytes, known to both")};
  return device;
}

class Relay final : ReceiverOutput {
 public:
  explicit Relay(fuzz::Input input)
      : input_(input), base_(input_.u32()), receiver_(config(), BondReceiver::TokenKey{}) {
    receiver_.set_devices({paired_device()}, *this);
  }

  void run() {
    for (int step = 0; step < 1000 && !input_.empty(); ++step) {
      operate(input_.u8());
      check(receiver_.figures(now_));
    }
  }

 private:
  static ReceiverConfig config() {
    ReceiverConfig small;
    small.max_groups = 4;
    small.max_links_per_group = 3;
    small.max_held_packets = 32;
    return small;
  }

  void check(const ReceiverFigures& figures) const {
    require(figures.groups.size() <= config().max_groups, "groups are bounded");
    std::size_t held = 0;
    for (auto const& group : figures.groups) {
      require(group.links.size() <= config().max_links_per_group, "links are bounded");
      held += group.held_packets;
    }
    require(held <= config().max_held_packets, "held packets are bounded");
  }

  void to_link(const Endpoint& link, ByteView datagram) override {
    require(heard_.contains(link), "nothing is sent to an address that never sent anything");
    auto& ledger = heard_.at(link);
    ledger.sent += datagram.size();
    require(ledger.proved || ledger.sent <= 3 * ledger.heard,
            "an address that may be forged gets three times what came from it at most");
    require(datagram.size() >= 2 && datagram.size() <= kMaxDatagram, "datagrams fit");
    if (srtla_type(datagram) == PacketType::kReg2)
      offered_.emplace_back(link, parse_group_token(datagram));
    if (offered_.size() > 8) offered_.erase(offered_.begin());
  }
  void to_srt(GroupId group, ByteView datagram) override {
    require(open_.contains(group), "SRT is given packets of open groups only");
    require(datagram.size() >= srt::kHeaderSize && datagram.size() <= kMaxDatagram,
            "SRT is given SRT");
  }
  void group_opened(GroupId group, const std::optional<DeviceId>&) override {
    require(open_.insert(group).second && !closed_.contains(group), "a group opens once");
  }
  void group_closed(GroupId group, GroupEnd why) override {
    require(closed_.insert(group).second, "a group closes once");
    require(to_string(why) != nullptr, "there is a reason");
    open_.erase(group);
  }

  Endpoint somewhere() {
    std::uint8_t const choice = input_.u8();
    auto const where = Endpoint::v4(10, 0, 0, choice % 8, static_cast<std::uint16_t>(choice / 64));
    heard_[where];
    return where;
  }
  void arrives(ByteView datagram) { arrives(somewhere(), datagram); }
  void arrives(const Endpoint& from, ByteView datagram) {
    heard_[from].heard += datagram.size();
    receiver_.on_link_datagram(from, datagram, now_, *this);
  }
  void answers(ByteView datagram) {
    receiver_.on_srt_datagram(GroupId{input_.u8() % 16u}, datagram, now_, *this);
  }
  void operate(std::uint8_t operation);
  void register_link();
  void register_paired();
  void do_rarely(std::uint8_t what);
  void pass_time();

  fuzz::Input input_;
  std::uint32_t base_;
  Time now_{1h};
  struct Ledger {
    std::size_t heard = 0, sent = 0;
    bool proved = false;
  };
  std::map<Endpoint, Ledger> heard_;
  std::set<GroupId> open_, closed_;
  std::vector<std::pair<Endpoint, GroupToken>> offered_;  // to whom
  BondReceiver receiver_;
};

void Relay::operate(std::uint8_t operation) {
  switch (operation % 13) {
    case 0:
      return arrives(input_.bytes(input_.u16() % kMaxDatagram));
    case 1: {
      GroupToken id{};
      id[0] = static_cast<std::byte>(input_.u8());
      return arrives(make_reg1(id));
    }
    case 2:
      return register_link();
    case 3:
    case 4:
    case 5:
      return arrives(fuzz::srt_data(input_, base_));
    case 6:
      arrives(fuzz::srt_conclusion(input_, base_));
      for (GroupId const group : std::set(open_))
        receiver_.on_srt_datagram(group, fuzz::srt_accepted(), now_, *this);
      return;
    case 7:
      return arrives(make_keepalive(input_.u16(), {}));
    case 8:
      return answers(fuzz::srt_nak(input_, base_));
    case 9:
      return answers(fuzz::srt_ack(input_, base_));
    case 10:
      return answers(input_.bytes(input_.u16() % kMaxDatagram));
    case 11:
      return pass_time();
    default:
      return do_rarely(input_.u8());
  }
}

void Relay::do_rarely(std::uint8_t what) {
  switch (what % 4) {
    case 0:
      return receiver_.close_group(GroupId{input_.u8() % 16u}, *this);
    case 1:
      return register_paired();
    case 2:
      if (what / 4 % 8 == 0) receiver_.set_devices({}, *this);
      return receiver_.set_devices({paired_device()}, *this);
    default:
      base_ += input_.u16();
  }
}

// A paired rig asks, and registers with the last answer, which may be another's.
void Relay::register_paired() {
  std::int64_t const unix_us =
      now_.time_since_epoch().count() + (input_.u16() - 1000) * std::int64_t{1'000'000};
  RigProof const rig(paired_device(), crypto::Secret("entropy"), input_.u8() % 4, kLinkFrames,
                     unix_us);
  arrives(make_reg1(rig.id()));
  if (offered_.empty()) return;
  auto const [asked_from, token] = offered_.back();
  auto const keys = rig.accept(token);
  if (!keys) return;
  auto const from = somewhere();
  if (from == asked_from) heard_[from].proved = true;
  arrives(from, make_sealed_reg2(token, {input_.u8(), input_.u8()}, *keys));
}

void Relay::register_link() {
  std::uint8_t const choice = input_.u8();
  if (offered_.empty()) return;
  auto const [asked_from, token] = offered_[choice % offered_.size()];
  auto const from = somewhere();
  if (from == asked_from) heard_[from].proved = true;
  arrives(from, make_reg2(token));
}

void Relay::pass_time() {
  std::uint8_t const much = input_.u8();
  Time const until = now_ + (much < 200 ? Duration(1ms) * much : Duration(100ms) * (much - 199));
  for (int served = 0; receiver_.next_timeout() <= until; ++served) {
    require(served < 100'000, "timers do not spin");
    now_ = std::max(now_, receiver_.next_timeout());
    receiver_.on_timeout(now_, *this);
  }
  now_ = until;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Relay(fuzz::Input(data, size)).run();
  return 0;
}
