// The bond's sender under any sequence of calls: links come and go, the relay says anything, the
// SRT peer sends anything, time passes.
#include <algorithm>
#include <optional>
#include <vector>

#include "common/bond/sender.hpp"
#include "common/bond/wire.hpp"
#include "fuzz/srt_datagrams.hpp"

using namespace aegis;
using namespace aegis::bond;
using fuzz::require;

namespace {

constexpr std::size_t kMostLinks = 6;
constexpr std::size_t kMostQueued = 16384;

class Rig final : SenderOutput {
 public:
  explicit Rig(fuzz::Input input) : input_(input), base_(input_.u32()), sender_({}, GroupToken{}) {}

  void run() {
    for (int step = 0; step < 1000 && !input_.empty(); ++step) {
      operate(input_.u8());
      auto const figures = sender_.figures(now_);
      require(figures.links.size() == links_.size(), "each link has its figures");
      require(figures.queued_packets <= kMostQueued, "the queues are bounded");
      for (auto const& link : figures.links) {
        require(link.in_flight.count() >= 0, "what is in flight is not negative");
        require(link.in_flight_cap.count() > 0, "each link has a cap");
      }
    }
  }

 private:
  void to_link(LinkId link, ByteView datagram) override {
    bool const known = adding_ || std::find(links_.begin(), links_.end(), link) != links_.end();
    require(known, "only links that exist are used");
    require(datagram.size() >= 2 && datagram.size() <= kMaxDatagram, "datagrams fit");
    if (classify(datagram) == DatagramKind::kSrtData) remember(load_u32(datagram, 0));
    if (srtla_type(datagram) == PacketType::kReg1) asked_ = parse_group_token(datagram);
  }
  void to_srt(ByteView datagram) override {
    require(datagram.size() >= srt::kHeaderSize && datagram.size() <= kMaxDatagram,
            "SRT is given SRT");
  }

  void remember(std::uint32_t sequence) { sent_[sent_count_++ % sent_.size()] = SeqNo(sequence); }
  std::optional<LinkId> pick() {
    std::uint8_t const choice = input_.u8();
    if (links_.empty()) return std::nullopt;
    return links_[choice % links_.size()];
  }
  void from_relay(ByteView datagram) {
    if (auto const link = pick()) sender_.on_link_datagram(*link, datagram, now_, *this);
  }
  void operate(std::uint8_t operation);
  void answer_registration();
  void acknowledge();
  void pass_time();
  void add_link() {
    if (links_.size() >= kMostLinks) return;
    adding_ = true;
    LinkId const id = sender_.add_link(now_, *this);
    adding_ = false;
    require(std::find(links_.begin(), links_.end(), id) == links_.end(), "link ids are new");
    links_.push_back(id);
  }
  void remove_link() {
    auto const link = pick();
    if (!link) return;
    std::erase(links_, *link);
    sender_.remove_link(*link, now_, *this);
  }

  fuzz::Input input_;
  std::uint32_t base_;
  Time now_{1h};
  std::vector<LinkId> links_;
  bool adding_ = false;
  std::optional<GroupToken> asked_;
  std::array<SeqNo, 64> sent_;
  std::size_t sent_count_ = 0;
  BondSender sender_;
};

void Rig::operate(std::uint8_t operation) {
  switch (operation % 17) {
    case 0:
      return add_link();
    case 1:
      return remove_link();
    case 2:
      if (auto const link = pick()) sender_.on_send_failure(*link, now_, *this);
      return;
    case 3:
      return from_relay(input_.bytes(input_.u16() % kMaxDatagram));
    case 4:
      return sender_.on_srt_datagram(input_.bytes(input_.u16() % kMaxDatagram), now_, *this);
    case 5:
      return pass_time();
    case 6:
      return from_relay(make_reg_reply(PacketType::kReg3));
    case 7:
      return from_relay(make_reg_reply(PacketType::kRegNgp));
    case 8:
      return answer_registration();
    case 9:
    case 10:
      return sender_.on_srt_datagram(fuzz::srt_data(input_, base_), now_, *this);
    case 11:
      return acknowledge();
    case 12:
      return from_relay(fuzz::srt_nak(input_, base_));
    case 13:
      return from_relay(fuzz::srt_ack(input_, base_));
    case 14:
      return sender_.on_srt_datagram(fuzz::srt_conclusion(input_, base_), now_, *this);
    case 15:
      base_ += input_.u16();
      return;
    default:
      sender_.restart(GroupToken{}, now_, *this);
  }
}

// As the relay would: the first half of the id as it came, the rest from the input.
void Rig::answer_registration() {
  if (!asked_) return from_relay(make_reg_reply(PacketType::kRegErr));
  GroupToken token = *asked_;
  ByteView const half = input_.bytes(input_.u8() % kGroupIdHalf);
  std::copy(half.begin(), half.end(), token.begin() + kGroupIdHalf);
  from_relay(make_reg2(token));
}

void Rig::acknowledge() {
  std::array<SeqNo, kAckEntries> list;
  std::uint8_t const from = input_.u8();
  for (std::size_t i = 0; i < list.size(); ++i) list[i] = sent_[(from + i) % sent_.size()];
  from_relay(make_ack(std::span(list).first(1 + from % kAckEntries)));
}

void Rig::pass_time() {
  std::uint8_t const much = input_.u8();
  Time const until = now_ + (much < 200 ? Duration(1ms) * much : Duration(100ms) * (much - 199));
  for (int served = 0; sender_.next_timeout() <= until; ++served) {
    require(served < 100'000, "timers do not spin");
    now_ = std::max(now_, sender_.next_timeout());
    sender_.on_timeout(now_, *this);
  }
  now_ = until;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Rig(fuzz::Input(data, size)).run();
  return 0;
}
