#include "agent/bond_pump.hpp"

#include <algorithm>

#include "common/bond/srt_packet.hpp"
#include "common/crypto/random.hpp"
#include "common/os/clock.hpp"

namespace aegis::agent {
namespace {

constexpr Duration kTick = 100ms;
constexpr Duration kLeastOrphanPatience = 400ms;
// Batches taken from one socket in a turn, so that a busy link does not starve the others.
constexpr int kMaxBatches = 4;

bond::GroupToken fresh_seed() {
  bond::GroupToken seed;
  crypto::random_bytes(seed);
  return seed;
}

bool is_srt_handshake(ByteView datagram) {
  return bond::classify(datagram) == bond::DatagramKind::kSrtControl &&
         bond::srt::control_type(datagram) == bond::srt::ControlType::kHandshake;
}

}  // namespace

BondPump::BondPump(os::EventLoop& loop, BondOptions options, os::UdpSocket srt, Publish publish)
    : loop_(loop),
      options_(std::move(options)),
      publish_(std::move(publish)),
      sender_({.device = options_.device, .max_queue_age = options_.latency}, fresh_seed()),
      srt_(std::move(srt)),
      policies_(options_.policies),
      relay_address_(loop, options_.relay,
                     [this](auto answer) { on_relay_answer(std::move(answer)); }) {}

BondPump::~BondPump() {
  loop_.unwatch(srt_.fd());
  for (auto const& link : links_) {
    if (link->is_open()) loop_.unwatch(link->socket().fd());
  }
}

void BondPump::start(Time now) {
  unregistered_since_ = now;
  keep_wall_clock(now);
  loop_.watch(srt_.fd(), os::Ready::kRead, [this](os::Ready, Time at) { on_srt_readable(at); });
  loop_.after_turn([this](Time at) { after_turn(at); });
  auto watch = os::InterfaceWatch::start(
      loop_, [this](const auto& interfaces, Time at) { on_interfaces(interfaces, at); });
  if (watch) {
    watch_ = std::move(*watch);
  } else {
    os::log::error(watch.error());
  }
  relay_address_.look_up();
  on_tick(now);
}

void BondPump::to_link(LinkId id, ByteView datagram) {
  BondLink* link = find(id);
  // While a link is being added, the only unknown id is its own.
  if (link == nullptr && joining_ != nullptr) link = joining_;
  if (link != nullptr) link->send(datagram);
}

void BondPump::to_srt(ByteView datagram) {
  if (!srt_peer_) return;
  srt_socket_ = bond::srt::destination_socket(datagram);
  orphan_watch_.on_answer();
  if (to_srt_.full()) srt_.send(to_srt_);
  to_srt_.push(datagram, *srt_peer_, srt_called_at_);
}

void BondPump::on_srt_readable(Time now) {
  for (int i = 0; i < kMaxBatches; ++i) {
    std::size_t const count = srt_.receive(received_);
    for (std::size_t k = 0; k < count; ++k) {
      if (received_.truncated(k)) {
        srt_junk_.count("longer than 1500 bytes", now);
      } else {
        take_from_srt(k, now);
      }
    }
    if (count < os::UdpSocket::ReceiveBatch::kSlots) return;
  }
}

void BondPump::take_from_srt(std::size_t slot, Time now) {
  ByteView const datagram = received_.datagram(slot);
  Endpoint const from = received_.from(slot);
  bool const handshake = is_srt_handshake(datagram);
  if (from != srt_peer_) {
    // Only who begins a connection may take the place of the one that has it.
    if (!handshake) return srt_junk_.count("from a stranger", now);
    if (options_.proxy) os::log::info("SRT caller address={}", to_string(from));
    srt_peer_ = from;
    srt_called_at_ = received_.local(slot);
  }
  srt_bytes_in_ += datagram.size();
  if (handshake) orphan_watch_.on_handshake();
  if (bond::classify(datagram) == bond::DatagramKind::kSrtData) {
    last_data_in_ = now;
    orphan_watch_.on_data(now);
  }
  sender_.on_srt_datagram(datagram, now, *this);
}

void BondPump::on_link_readable(LinkId id, Time now) {
  for (int i = 0; i < kMaxBatches; ++i) {
    BondLink* link = find(id);
    if (link == nullptr) return;
    std::size_t const count = link->socket().receive(received_);
    for (std::size_t k = 0; k < count; ++k) {
      link->count_received(received_.datagram(k));
      if (!link->hears(received_.from(k), received_.datagram(k))) continue;
      sender_.on_link_datagram(id, received_.datagram(k), now, *this);
    }
    if (count < os::UdpSocket::ReceiveBatch::kSlots) return;
  }
}

void BondPump::after_turn(Time now) {
  // A failed link's packets go to others, which may fail in turn: there are only so many links.
  for (std::size_t round = 0; round <= links_.size(); ++round) {
    for (auto const& link : links_) link->flush();
    if (!handle_send_troubles(now)) break;
  }
  if (!to_srt_.empty()) srt_.send(to_srt_);
  orphan_watch_.on_group(sender_.groups_joined());
  srt_junk_.flush(now);
  if (sender_.registered() != was_registered_) {
    was_registered_ = !was_registered_;
    unregistered_since_ = now;
    publish_(make_status(now));
  }
  arm_timer(now);
}

bool BondPump::handle_send_troubles(Time now) {
  bool any = false;
  for (auto const& link : links_) {
    auto const trouble = link->take_failure();
    if (trouble == SendTrouble::kNone || !link->is_open()) continue;
    any = true;
    sender_.on_send_failure(link->id, now, *this);
    if (trouble == SendTrouble::kSocketUseless) {
      link->trouble = "its interface or address is gone";
      close_link(*link, now + 2s, now);
    }
  }
  return any;
}

void BondPump::arm_timer(Time now) {
  Time const wanted = sender_.next_timeout();
  if (wanted == timer_at_) return;
  loop_.cancel(timer_);
  timer_at_ = wanted;
  if (wanted == kNever) return;
  timer_ = loop_.at(std::max(wanted, now), [this](Time at) {
    timer_at_ = kNever;
    sender_.on_timeout(at, *this);
  });
}

BondLink* BondPump::find(LinkId id) {
  for (auto const& link : links_) {
    if (link->is_open() && link.get() != joining_ && link->id == id) return link.get();
  }
  return nullptr;
}

// The host's clock may be set while we run, and often is soon after a start. A drift of less than a
// second is none, lest each proof be made anew.
void BondPump::keep_wall_clock(Time now) {
  auto const ahead = os::wall_now().time_since_epoch() - now.time_since_epoch();
  if (unix_offset_ && std::chrono::abs(ahead - *unix_offset_) < 1s) return;
  unix_offset_ = ahead;
  sender_.set_unix_offset(ahead);
}

void BondPump::on_tick(Time now) {
  ++ticks_;
  keep_wall_clock(now);
  if (!sender_.registered() && now - unregistered_since_ > 10s && next_look_up_ == kNever) {
    next_look_up_ = now;
  }
  if (now >= next_look_up_) {
    next_look_up_ = kNever;
    unregistered_since_ = now;
    relay_address_.look_up();
  }
  for (auto const& link : links_) {
    if (!link->is_open() && now >= link->retry_at) open_link(*link, now);
  }
  auto status = make_status(now);
  end_orphaned_srt(status.figures, now);
  publish_(std::move(status));
  loop_.at(now + kTick, [this](Time at) { on_tick(at); });
}

// SRT acknowledges within a round trip and some milliseconds, whatever link brings the answer.
void BondPump::end_orphaned_srt(const bond::SenderFigures& figures, Time now) {
  Duration patience = kLeastOrphanPatience;
  for (auto const& link : figures.links)
    if (link.rtt) patience = std::max(patience, kLeastOrphanPatience + 2 * *link.rtt);
  if (!figures.registered || !orphan_watch_.take_orphan(patience, now)) return;
  os::log::warn("the relay has forgotten the SRT connection, which ends here");
  if (to_srt_.full()) srt_.send(to_srt_);
  to_srt_.push(bond::srt::make_shutdown(srt_socket_), *srt_peer_, srt_called_at_);
}

BondStatus BondPump::make_status(Time now) const {
  BondStatus status;
  status.relay = relay_;
  status.relay_trouble = relay_trouble_;
  for (auto const& text : missing_) {
    status.links_trouble += (status.links_trouble.empty() ? "" : ", ") + text;
  }
  status.figures = sender_.figures(now);
  status.kernel_drops = closed_links_drops_;
  status.wire_bytes = closed_links_bytes_;
  for (auto const& link : links_) {
    LinkStatus entry{link->plan().name, link->local_address(), link->is_open(), link->trouble};
    for (auto const& figures : status.figures.links) {
      if (link->is_open() && figures.id == link->id) entry.figures = figures;
    }
    status.kernel_drops += link->kernel_drops;
    status.wire_bytes[link->plan().name] += link->wire_bytes();
    status.links.push_back(std::move(entry));
  }
  status.ticks = ticks_;
  status.srt_bytes_in = srt_bytes_in_;
  status.last_data_in = last_data_in_;
  status.srt_peer = srt_peer_;
  return status;
}

}  // namespace aegis::agent
