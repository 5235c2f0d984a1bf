// Once a bond runs, neither end allocates anything for a packet: counted over a minute of media
// with losses, by both kinds of relay.
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <optional>
#include <vector>

#include <catch2/catch.hpp>

#include "common/bond/frames.hpp"
#include "common/bond/receiver.hpp"
#include "common/bond/sender.hpp"
#include "unit/common/bond/srt_packets.hpp"

namespace {

std::atomic<std::size_t> allocations{0};  // of this whole program

}  // namespace

// A sanitizer that has its own operator new tells of it; without one this program has another.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// NOLINTNEXTLINE(bugprone-reserved-identifier): the name is theirs
extern "C" void __sanitizer_malloc_hook(const volatile void* /*place*/, std::size_t /*size*/) {
  ++allocations;
}
#else
void* operator new(std::size_t size) {
  ++allocations;
  if (void* const place = std::malloc(size)) return place;
  throw std::bad_alloc();
}
void operator delete(void* place) noexcept {
  std::free(place);
}
void operator delete(void* place, std::size_t /*size*/) noexcept {
  std::free(place);
}
#endif

namespace aegis::bond {
namespace {

constexpr std::size_t kLinks = 2;
constexpr std::array<Duration, kLinks> kDelays{15ms, 30ms};
constexpr Duration kStep = 500us;  // of virtual time; a data packet each second step

// Datagrams on their way, in the order in which they arrive, in memory that is there from the
// start.
class Wire {
 public:
  void send(ByteView datagram, Time due) {
    auto& slot = slots_[end_++ % kSlots];
    slot.due = due;
    slot.size = datagram.size();
    std::copy(datagram.begin(), datagram.end(), slot.bytes.begin());
  }
  // The next that has arrived, good until the next call of send().
  std::optional<ByteView> receive(Time now) {
    if (begin_ == end_ || slots_[begin_ % kSlots].due > now) return std::nullopt;
    auto const& slot = slots_[begin_++ % kSlots];
    return ByteView(slot.bytes.data(), slot.size);
  }

 private:
  static constexpr std::size_t kSlots = 512;
  struct Slot {
    Time due;
    std::size_t size = 0;
    std::array<std::byte, 1500> bytes;
  };
  std::vector<Slot> slots_{kSlots};
  std::size_t begin_ = 0, end_ = 0;
};

// Both ends and their links; the SRT server is there only to say that it accepts and acknowledges.
class Bond final : SenderOutput, ReceiverOutput {
 public:
  explicit Bond(std::uint32_t capabilities)
      : sender_({.capabilities = capabilities}, token()),
        receiver_({.capabilities = capabilities}, BondReceiver::TokenKey{}) {
    for (std::size_t i = 0; i < kLinks; ++i) sender_.add_link(now_, *this);
  }

  void run(Duration span) {
    for (Time const end = now_ + span; now_ < end; now_ += kStep) step();
  }
  std::uint64_t delivered() const { return delivered_; }

 private:
  static GroupToken token() {
    GroupToken token;
    token.fill(std::byte{7});
    return token;
  }
  static Endpoint address_of(std::size_t link) {
    return Endpoint::v4(10, 0, 0, 1, static_cast<std::uint16_t>(1000 + link));
  }

  void step() {
    for (std::size_t i = 0; i < kLinks; ++i) {
      while (auto const up = up_[i].receive(now_)) {
        // Each hundredth is lost, on either link.
        if (++carried_ % 100 != 0) receiver_.on_link_datagram(address_of(i), *up, now_, *this);
      }
      while (auto const down = down_[i].receive(now_))
        sender_.on_link_datagram(LinkId{static_cast<std::uint32_t>(i + 1)}, *down, now_, *this);
    }
    if (sender_.next_timeout() <= now_) sender_.on_timeout(now_, *this);
    if (receiver_.next_timeout() <= now_) receiver_.on_timeout(now_, *this);
    if (!group_) return find_group();
    if (++steps_ % 2 == 0) send_data();
    if (steps_ % 20 == 0) acknowledge();
  }
  void find_group() {
    auto const figures = receiver_.figures(now_);
    if (figures.groups.empty() || figures.groups.front().links.size() < kLinks) return;
    group_ = figures.groups.front().id;
    receiver_.on_srt_datagram(*group_, handshake_, now_, *this);
  }
  void send_data() {
    store_u32(data_, 0, ++seq_ & SeqNo::kMask);
    sender_.on_srt_datagram(data_, now_, *this);
  }
  void acknowledge() {
    store_u32(ack_, 4, ++acks_);
    store_u32(ack_, 16, highest_ + 1);
    receiver_.on_srt_datagram(*group_, ack_, now_, *this);
  }

  void to_link(LinkId link, ByteView datagram) override {
    auto const i = link.value - 1;
    up_.at(i).send(datagram, now_ + kDelays.at(i));
  }
  void to_link(const Endpoint& link, ByteView datagram) override {
    auto const i = link.port() - 1000U;
    down_.at(i).send(datagram, now_ + kDelays.at(i));
  }
  void to_srt(ByteView /*datagram*/) override {}
  void to_srt(GroupId /*group*/, ByteView datagram) override {
    ++delivered_;
    highest_ = std::max(highest_, load_u32(datagram, 0) & SeqNo::kMask);
  }
  void group_opened(GroupId /*group*/, const std::optional<DeviceId>& /*device*/) override {}
  void group_closed(GroupId /*group*/, GroupEnd /*why*/) override {}

  Time now_{1s};
  std::array<Wire, kLinks> up_, down_;
  BondSender sender_;
  BondReceiver receiver_;
  std::optional<GroupId> group_;
  test::Packet const handshake_ = test::srt_accepted();
  test::Packet data_ = test::srt_data(0);
  test::Packet ack_ = test::srt_control(2, {0, 60'000, 10'000, 8000, 1000, 10'000, 1'300'000});
  std::uint32_t seq_ = 0, acks_ = 0, highest_ = 0;
  std::uint64_t steps_ = 0, carried_ = 0, delivered_ = 0;
};

}  // namespace

TEST_CASE("a bond that runs allocates nothing for a packet") {
  auto const capabilities = GENERATE(std::uint32_t{0}, std::uint32_t{kOurCapabilities});
  Bond bond(capabilities);
  bond.run(30s);
  auto const delivered_before = bond.delivered();
  auto const before = allocations.load();
  bond.run(60s);
  auto const after = allocations.load();
  CHECK(bond.delivered() - delivered_before > 59'000);
  CHECK(before > 0);
  CHECK(after - before == 0);
}

}  // namespace aegis::bond
