#include "agent/doctor/link_probe.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <set>

#include <netinet/in.h>
#include <poll.h>

#include "agent/bond_link.hpp"
#include "common/bond/frames.hpp"
#include "common/bond/sender.hpp"
#include "common/crypto/random.hpp"
#include "common/os/clock.hpp"

namespace aegis::agent::doctor {
namespace {

// Ethernet's, those of DSL, tunnels and mobile networks, and what is left when nothing else fits.
constexpr std::array<unsigned, 13> kPackets{1500, 1492, 1480, 1460, 1440, 1420, 1400,
                                            1380, 1360, 1340, 1300, 1280, 1000};
// A lost packet is no narrow path: each size is tried so often.
constexpr int kRounds = 5;
constexpr Duration kRound = 250ms, kLastAnswers = 500ms;
constexpr Duration kTurn = 20ms;
// Shorter keepalives are the bond's own.
constexpr std::size_t kLeastProbe = 200;

unsigned header_of(const Endpoint& relay) {
  return relay.is_v4() ? 20 + 8 : 40 + 8;
}

bond::GroupToken fresh_seed() {
  bond::GroupToken seed;
  crypto::random_bytes(seed);
  return seed;
}

class Prober final : private bond::SenderOutput {
 public:
  explicit Prober(const ProbeOptions& options)
      : options_(options), sender_({.device = options.device}, fresh_seed()) {
    auto const header = header_of(options.relay);
    for (unsigned const packet : kPackets) sizes_.insert(packet - header);
    sizes_.insert(needed_packet(options.relay) - header);
  }

  Probe run() {
    Time now = os::now();
    Time const end = now + options_.patience;
    sender_.set_unix_offset(os::wall_now().time_since_epoch() - now.time_since_epoch());
    for (auto const& plan : options_.links) open(plan, now);
    while (now < end && !settled(now)) {
      wait();
      now = os::now();
      receive(now);
      sender_.on_timeout(now, *this);
      if (options_.sizes) send_sizes(now);
      for (auto const& link : links_) link->socket.flush();
    }
    return result(now);
  }

 private:
  struct Link {
    explicit Link(const PlannedLink& plan) : socket(plan) {}
    BondLink socket;
    std::string trouble;
    std::set<std::size_t> echoed;  // payloads
    int rounds = 0;
    Time next_round{};
  };

  void open(const PlannedLink& plan, Time now) {
    links_.push_back(std::make_unique<Link>(plan));
    auto& link = *links_.back();
    if (auto const opened = link.socket.open(options_.relay); !opened) {
      link.trouble = opened.error().why;
      return;
    }
    // Whole packets or none, whatever the kernel believes about the path.
    int const v4 = IP_PMTUDISC_PROBE, v6 = IPV6_PMTUDISC_PROBE;
    if (options_.relay.is_v4()) {
      setsockopt(link.socket.socket().fd(), IPPROTO_IP, IP_MTU_DISCOVER, &v4, sizeof v4);
    } else {
      setsockopt(link.socket.socket().fd(), IPPROTO_IPV6, IPV6_MTU_DISCOVER, &v6, sizeof v6);
    }
    joining_ = &link;
    link.socket.id = sender_.add_link(now, *this);
    joining_ = nullptr;
    link.socket.flush();
  }

  void to_link(LinkId id, ByteView datagram) override {
    for (auto const& link : links_)
      if (link->socket.is_open() && (link.get() == joining_ || link->socket.id == id))
        return link->socket.send(datagram);
  }
  void to_srt(ByteView) override {}

  void wait() const {
    std::vector<pollfd> fds;
    for (auto const& link : links_)
      if (link->socket.is_open()) fds.push_back({link->socket.socket().fd(), POLLIN, 0});
    ::poll(fds.data(), fds.size(), static_cast<int>(kTurn / 1ms));
  }

  void receive(Time now) {
    for (auto const& link : links_) {
      if (!link->socket.is_open()) continue;
      auto const count = link->socket.socket().receive(batch_);
      for (std::size_t i = 0; i < count; ++i) take(*link, batch_.from(i), batch_.datagram(i), now);
    }
  }

  void take(Link& link, const Endpoint& from, ByteView datagram, Time now) {
    if (!link.socket.hears(from, datagram)) return;
    bool const probe = datagram.size() >= kLeastProbe &&
                       bond::srtla_type(datagram) == bond::PacketType::kKeepalive;
    if (!probe) return sender_.on_link_datagram(link.socket.id, datagram, now, *this);
    if (sizes_.contains(datagram.size())) link.echoed.insert(datagram.size());
  }

  bool is_live(const Link& link, Time now) const {
    for (auto const& figures : sender_.figures(now).links)
      if (link.socket.is_open() && figures.id == link.socket.id)
        return figures.state == bond::LinkState::kLive && (options_.sizes || figures.rtt);
    return false;
  }

  // What has not come back yet, once more.
  void send_sizes(Time now) {
    std::array<std::byte, kMaxDatagram> bytes{};
    store_u16(bytes, 0, static_cast<std::uint16_t>(bond::PacketType::kKeepalive));
    for (auto const& link : links_) {
      if (link->rounds == kRounds || now < link->next_round || !is_live(*link, now)) continue;
      ++link->rounds;
      link->next_round = now + (link->rounds == kRounds ? kLastAnswers : kRound);
      for (auto const size : sizes_)
        if (!link->echoed.contains(size))
          link->socket.socket().send_one(ByteView(bytes).first(size), options_.relay);
    }
  }

  bool settled(Time now) const {
    return std::all_of(links_.begin(), links_.end(), [&](const auto& link) {
      if (!link->socket.is_open()) return true;
      if (!is_live(*link, now)) return false;
      bool const all_sizes = link->echoed.size() == sizes_.size() ||
                             (link->rounds == kRounds && now >= link->next_round);
      return !options_.sizes || all_sizes;
    });
  }

  Probe result(Time now) const {
    auto const figures = sender_.figures(now);
    Probe out{{},
              figures.aegis_peer,
              figures.registration_refusals,
              figures.unproved_answers,
              figures.clock_refusal};
    for (auto const& link : links_) {
      ProbedLink probed{link->socket.plan().name, link->trouble};
      for (auto const& each : figures.links) {
        if (!link->socket.is_open() || each.id != link->socket.id) continue;
        probed.registered = each.state == bond::LinkState::kLive;
        probed.rtt = each.min_rtt;
      }
      if (!link->echoed.empty())
        probed.largest_packet =
            static_cast<unsigned>(*link->echoed.rbegin()) + header_of(options_.relay);
      out.links.push_back(std::move(probed));
    }
    return out;
  }

  const ProbeOptions& options_;
  bond::BondSender sender_;
  std::vector<std::unique_ptr<Link>> links_;
  Link* joining_ = nullptr;  // while the sender gives it its id
  std::set<std::size_t> sizes_;
  os::UdpSocket::ReceiveBatch batch_;
};

}  // namespace

unsigned needed_packet(const Endpoint& relay) {
  constexpr unsigned kSrtHeader = 16, kSrtPayload = 1316;
  return header_of(relay) + static_cast<unsigned>(bond::kLinkFrameHeader) + kSrtHeader +
         kSrtPayload;
}

Probe probe_links(const ProbeOptions& options) {
  return Prober(options).run();
}

}  // namespace aegis::agent::doctor
