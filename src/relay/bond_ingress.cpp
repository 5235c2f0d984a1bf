#include "relay/bond_ingress.hpp"

#include <algorithm>
#include <utility>

#include "common/crypto/random.hpp"
#include "common/os/clock.hpp"
#include "common/os/log.hpp"

namespace aegis::relay {
namespace {

namespace log = os::log;

constexpr Duration kFiguresEvery = 200ms;
constexpr Bytes kRouteBuffer{4'000'000};
// Batches read before the others get their turn.
constexpr int kBatchesPerTurn = 8;
// Packets of several links come one by one; together they cost less.
constexpr Duration kPace = 1ms;

bond::BondReceiver::TokenKey fresh_key() {
  bond::BondReceiver::TokenKey key;
  crypto::random_bytes(key);
  return key;
}

// Any local address that can reach `peer`.
Endpoint any_source(const Endpoint& peer) {
  if (peer.is_loopback() && peer.is_v4()) return Endpoint::loopback(0);
  return peer.is_v4() ? Endpoint::v4(0, 0, 0, 0, 0) : Endpoint::any_v6(0);
}

}  // namespace

Result<std::unique_ptr<BondIngress>> BondIngress::open(Options options, GroupDirectory& groups,
                                                       EventLog& events) {
  auto socket = os::UdpSocket::open({.local = options.links, .device = {}, .tell_local = true});
  if (!socket) return socket.error();
  return std::unique_ptr<BondIngress>(
      new BondIngress(std::move(*socket), std::move(options), groups, events));
}

BondIngress::BondIngress(os::UdpSocket links, Options options, GroupDirectory& groups,
                         EventLog& events)
    : links_(std::move(links)),
      srt_server_(options.srt_server),
      groups_(groups),
      events_(events),
      callers_(std::move(options.callers)),
      receiver_({.require_proof = options.require_proof}, fresh_key()) {
  keep_wall_clock(os::now());
}

void BondIngress::run() {
  loop_.watch(links_.fd(), os::Ready::kRead,
              [this](os::Ready, Time now) { on_links_readable(now); });
  loop_.after_turn([this](Time now) { after_turn(now); });
  arm(os::now());
  loop_.pace(kPace);
  loop_.run();
  for (auto const& [group, route] : routes_) {
    loop_.unwatch(route.socket.fd());
    groups_.remove(route.local);
  }
  routes_.clear();
}

void BondIngress::stop() {
  loop_.stop();
}

void BondIngress::close_group(GroupId group) {
  loop_.post([this, group] { receiver_.close_group(group, *this); });
}

void BondIngress::set_callers(AddressRules callers) {
  loop_.post([this, fresh = std::move(callers)] { callers_ = fresh; });
}

void BondIngress::set_devices(std::vector<bond::Device> devices) {
  loop_.post([this, fresh = std::move(devices)] { receiver_.set_devices(fresh, *this); });
}

// The host's clock may be set while we run.
void BondIngress::keep_wall_clock(Time now) {
  receiver_.set_unix_offset(os::wall_now().time_since_epoch() - now.time_since_epoch());
}

// --- In ----------------------------------------------------------------------------------------

void BondIngress::on_links_readable(Time now) {
  for (int i = 0; i < kBatchesPerTurn; ++i) {
    auto const count = links_.receive(incoming_);
    totals_.datagrams_in += count;
    for (std::size_t k = 0; k < count; ++k) on_link_datagram(k, now);
    flush_srt();
    flush_links();
    if (count < os::UdpSocket::ReceiveBatch::kSlots) return;
  }
}

void BondIngress::on_link_datagram(std::size_t slot, Time now) {
  if (incoming_.truncated(slot)) {
    ++totals_.oversized_datagrams;
  } else if (!callers_.admits(incoming_.from(slot))) {
    ++totals_.denied_datagrams;
  } else {
    incoming_at_ = incoming_.local(slot);
    receiver_.on_link_datagram(incoming_.from(slot), incoming_.datagram(slot), now, *this);
  }
}

void BondIngress::on_route_readable(GroupId group, Time now) {
  auto const route = routes_.find(group);
  if (route == routes_.end()) return;
  auto& socket = route->second.socket;
  auto const errors_before = socket.socket_errors();
  auto const count = socket.receive(incoming_);
  totals_.socket_errors += socket.socket_errors() - errors_before;
  for (std::size_t k = 0; k < count; ++k)
    if (!incoming_.truncated(k))
      receiver_.on_srt_datagram(group, incoming_.datagram(k), now, *this);
}

void BondIngress::after_turn(Time now) {
  if (receiver_.next_timeout() <= now) receiver_.on_timeout(now, *this);
  flush_srt();
  flush_links();
  if (now - figures_.read()->at >= kFiguresEvery) {
    keep_wall_clock(now);
    publish_figures(now);
  }
  arm(now);
}

void BondIngress::arm(Time now) {
  Time const wanted = std::min(receiver_.next_timeout(), now + kFiguresEvery);
  if (timer_at_ > now && timer_at_ <= wanted) return;
  loop_.cancel(timer_);
  timer_at_ = wanted;
  timer_ = loop_.at(wanted, [this](Time) { timer_at_ = kNever; });
}

// --- Out ---------------------------------------------------------------------------------------

void BondIngress::to_link(const Endpoint& link, ByteView datagram) {
  if (to_links_.full()) flush_links();
  to_links_.push(datagram, link, source_for(link));
}

// Whoever has no link is answered while its datagram is at hand, or not at all.
Endpoint BondIngress::source_for(const Endpoint& link) const {
  auto const known = asked_at_.find(link);
  return known == asked_at_.end() ? incoming_at_ : known->second;
}

void BondIngress::link_registered(const Endpoint& link) {
  asked_at_.insert_or_assign(link, incoming_at_);
}

void BondIngress::link_gone(const Endpoint& link) {
  asked_at_.erase(link);
}

void BondIngress::to_srt(GroupId group, ByteView datagram) {
  if (routes_.count(group) == 0) {
    ++totals_.srt_send_drops;
    return;
  }
  if (to_srt_group_ != group || to_srt_.full()) flush_srt();
  to_srt_group_ = group;
  to_srt_.push(datagram);
}

void BondIngress::flush_links() {
  if (!to_links_.empty()) totals_.link_send_drops += links_.send(to_links_).dropped;
}

// A full buffer or a server that is not there costs these datagrams and nothing else: the group
// lives on, and SRT above asks for them again.
void BondIngress::flush_srt() {
  if (to_srt_.empty()) return;
  auto& socket = routes_.at(*to_srt_group_).socket;
  totals_.srt_send_drops += socket.send(to_srt_).dropped;
}

void BondIngress::group_opened(GroupId group, const std::optional<bond::DeviceId>& device) {
  auto socket = os::UdpSocket::open({any_source(srt_server_), {}, false}, kRouteBuffer);
  auto const connected = socket ? socket->connect(srt_server_) : Status(socket.error());
  if (!connected) {
    ++totals_.group_sockets_failed;
    log::error(connected.error());
    return;
  }
  auto const local = socket->local();
  groups_.add(local, {group, device});
  auto const [route, added] = routes_.insert_or_assign(group, Route{std::move(*socket), local});
  loop_.watch(route->second.socket.fd(), os::Ready::kRead,
              [this, group](os::Ready, Time now) { on_route_readable(group, now); });
  log::info("bond group opened group={}{}", group.value, device ? " paired=yes" : "");
  events_.add("group_opened", {{"group", group.value}});
}

void BondIngress::group_closed(GroupId group, bond::GroupEnd why) {
  if (to_srt_group_ == group) flush_srt();
  auto const route = routes_.find(group);
  if (route == routes_.end()) return;
  loop_.unwatch(route->second.socket.fd());
  groups_.remove(route->second.local);
  routes_.erase(route);
  log::info("bond group closed group={} why=\"{}\"", group.value, to_string(why));
  events_.add("group_closed", {{"group", group.value}, {"reason", to_string(why)}});
}

void BondIngress::publish_figures(Time now) {
  BondFigures figures = totals_;
  figures.at = now;
  figures.receiver = receiver_.figures(now);
  figures.socket_errors += links_.socket_errors();
  link_news_.look(figures.receiver, events_);
  figures_.publish(std::move(figures));
}

}  // namespace aegis::relay
