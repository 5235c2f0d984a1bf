#include "agent/bond_link.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "common/bond/wire.hpp"

namespace aegis::agent {
namespace {

// Room for a burst, not for a queue: what waits in the kernel cannot be given to a better link.
constexpr Bytes kSocketBuffer(4'000'000);

// What an error of sendmmsg says about the link. A lost route or neighbour comes back to the same
// socket; a lost device or address does not.
SendTrouble meaning_of(int code) {
  switch (code) {
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTUNREACH:
      return SendTrouble::kNoRoute;
    case ENODEV:
    case ENXIO:
    case EADDRNOTAVAIL:
    case EINVAL:
    case EPERM:
    case EACCES:
      return SendTrouble::kSocketUseless;
    default:
      return SendTrouble::kNone;
  }
}

Endpoint any_of_family(const Endpoint& relay) {
  return relay.is_v4() ? Endpoint::v4(0, 0, 0, 0, 0) : Endpoint::any_v6(0);
}

}  // namespace

Status BondLink::open(const Endpoint& relay) {
  auto const local = plan_.source_required ? plan_.source : any_of_family(relay);
  os::UdpBinding binding{local, plan_.device};
  auto socket = os::UdpSocket::open(binding, kSocketBuffer);
  if (!socket && !plan_.device.empty() && socket.error().kind == ErrorKind::kRefused) {
    binding = {plan_.source, ""};
    socket = os::UdpSocket::open(binding, kSocketBuffer);
  }
  if (!socket) return socket.error();
  // The kernel's choice of a source address, and whether there is a way at all.
  auto route = os::UdpSocket::open(binding);
  if (!route) return route.error();
  if (Status way = route->connect(relay); !way) return way.error();
  local_ = route->local().with_port(socket->local().port());
  relay_ = answers_from_ = relay;
  answered_ = false;
  socket_.emplace(std::move(*socket));
  trouble.clear();
  failure_ = SendTrouble::kNone;
  return success();
}

void BondLink::close() {
  socket_.reset();
  batch_.emplace();
}

void BondLink::send(ByteView datagram) {
  if (!socket_) return;
  if (batch_->full()) flush();
  batch_->push(datagram, relay_);
  wire_bytes_ += Bytes::of(datagram.size()) + header();
}

void BondLink::flush() {
  if (!socket_ || batch_->empty()) return;
  auto const outcome = socket_->send(*batch_);
  if (outcome.dropped == 0) return;
  kernel_drops += outcome.dropped;
  failure_ = std::max(failure_, meaning_of(outcome.last_errno));
}

SendTrouble BondLink::take_failure() {
  return std::exchange(failure_, SendTrouble::kNone);
}

bool BondLink::hears(const Endpoint& from, ByteView datagram) {
  // The address that was asked is believed at any time: another may have been forged.
  if (from == relay_) answers_from_ = relay_;
  if (from == answers_from_) return answered_ = true;
  if (answered_ || from.port() != relay_.port()) return false;
  auto const type = bond::srtla_type(datagram);
  if (type != bond::PacketType::kReg2 && type != bond::PacketType::kReg3) return false;
  answers_from_ = from;
  return answered_ = true;
}

}  // namespace aegis::agent
