// One link's socket, from the plan to the datagrams: opened, renewed and given up as the kernel has
// it. The bond thread's own.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "agent/link_plan.hpp"
#include "common/base/ids.hpp"
#include "common/os/udp_socket.hpp"

namespace aegis::agent {

// What the kernel said about datagrams it would not send, the worst last.
enum class SendTrouble { kNone, kNoRoute, kSocketUseless };

class BondLink {
 public:
  explicit BondLink(PlannedLink plan) : plan_(std::move(plan)) {}

  // Bound by device where allowed, else by source address. Not connected: see hears().
  Status open(const Endpoint& relay);
  void close();
  bool is_open() const { return socket_.has_value(); }
  os::UdpSocket& socket() { return *socket_; }

  // Is this from the relay? A host with several addresses may answer from another one than it was
  // asked at, as stock receivers do that leave it to the kernel. So until the address that we know
  // has spoken, an answer to a registration that comes from the relay's port makes its sender the
  // relay on this link. The bond checks what the answer says.
  bool hears(const Endpoint& from, ByteView datagram);

  // Queues a datagram; what the kernel says comes out of flush().
  void send(ByteView datagram);
  void flush();
  // The worst that flush() met since the last call.
  SendTrouble take_failure();

  // What the network adds to each datagram: IP and UDP headers.
  Bytes header() const { return Bytes(relay_.is_v4() ? 20 + 8 : 40 + 8); }
  void count_received(ByteView datagram) { wire_bytes_ += Bytes::of(datagram.size()) + header(); }
  // Both ways, headers included.
  Bytes wire_bytes() const { return wire_bytes_; }

  const PlannedLink& plan() const { return plan_; }
  Endpoint local_address() const { return is_open() ? local_ : plan_.source; }

  LinkId id;                       // while the bond knows it
  Time retry_at = kNever;          // when to open it again, while it is not open
  std::string trouble;             // why it is not open
  std::uint64_t kernel_drops = 0;  // datagrams the kernel had no room for

 private:
  PlannedLink plan_;
  Endpoint relay_, answers_from_, local_;
  Bytes wire_bytes_;
  bool answered_ = false;  // what answers_from_ is, is known
  std::optional<os::UdpSocket> socket_;
  std::optional<os::UdpSocket::SendBatch> batch_{std::in_place};
  SendTrouble failure_ = SendTrouble::kNone;
};

}  // namespace aegis::agent
