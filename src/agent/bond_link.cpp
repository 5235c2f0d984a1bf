#include "agent/bond_link.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

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
  auto socket = os::UdpSocket::open({local, plan_.device}, kSocketBuffer);
  if (!socket && !plan_.device.empty() && socket.error().kind == ErrorKind::kRefused) {
    socket = os::UdpSocket::open({plan_.source, ""}, kSocketBuffer);
  }
  if (!socket) return socket.error();
  if (Status connected = socket->connect(relay); !connected) return connected.error();
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
  batch_->push(datagram);
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

Endpoint BondLink::local_address() const {
  return socket_ ? socket_->local() : plan_.source;
}

}  // namespace aegis::agent
