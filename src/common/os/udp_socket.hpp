// A non-blocking UDP socket with batched receive and send.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "common/base/bytes.hpp"
#include "common/base/endpoint.hpp"
#include "common/base/result.hpp"
#include "common/base/units.hpp"
#include "common/os/fd.hpp"

namespace aegis::os {

// How a socket is tied to its network.
struct UdpBinding {
  Endpoint local;      // any_v6(port) listens on both families
  std::string device;  // SO_BINDTODEVICE where not empty
  bool ipv6_only = false;
  // Where `local` is every address: receive() tells at which of them each datagram arrived, so that
  // the answer can leave from there. A peer with a connected socket hears no other.
  bool tell_local = false;
};

// Counts what the kernel refused to send: never an exception, never a log line per packet.
struct SendOutcome {
  std::size_t sent = 0;
  std::size_t dropped = 0;  // not sent: full buffer, or an error of this destination
  int last_errno = 0;       // of the last drop; 0 when nothing was dropped
};

class UdpSocket {
 public:
  // Receive and send buffers are asked for at `buffer_bytes` (the kernel may grant less).
  static Result<UdpSocket> open(const UdpBinding& binding, Bytes buffer = Bytes(8'000'000));

  // After connect() only that peer is heard, and send_batch may leave the destination out.
  Status connect(const Endpoint& peer);
  int fd() const { return fd_.get(); }
  Endpoint local() const;

  // Reads what waits, at most `Batch::kSlots` datagrams. EAGAIN gives an empty batch. Errors that
  // ICMP reports (ECONNREFUSED, ...) are swallowed and counted in `socket_errors()`.
  class ReceiveBatch;
  std::size_t receive(ReceiveBatch& batch);
  // Sends everything in the batch and clears it.
  class SendBatch;
  SendOutcome send(SendBatch& batch);
  // One datagram, for what is rare.
  bool send_one(ByteView datagram, const Endpoint& to);

  std::uint64_t socket_errors() const { return socket_errors_; }

 private:
  explicit UdpSocket(Fd fd, bool is_v6) : fd_(std::move(fd)), is_v6_(is_v6) {}
  Fd fd_;
  bool is_v6_ = true;
  std::uint64_t socket_errors_ = 0;
};

// Storage for one recvmmsg. Allocated once, reused for ever.
class UdpSocket::ReceiveBatch {
 public:
  static constexpr std::size_t kSlots = 64;
  ReceiveBatch();
  ~ReceiveBatch();
  std::size_t size() const { return size_; }
  ByteView datagram(std::size_t i) const;
  Endpoint from(std::size_t i) const;
  // The address of ours that it was sent to, port 0, with the interface where the address needs
  // one. Endpoint() when the socket was not opened to tell.
  Endpoint local(std::size_t i) const;
  bool truncated(std::size_t i) const;  // longer than kMaxDatagram: to be dropped and counted

 private:
  friend class UdpSocket;
  struct Storage;
  std::unique_ptr<Storage> storage_;
  std::size_t size_ = 0;
};

// Storage for one sendmmsg: copies what is pushed.
class UdpSocket::SendBatch {
 public:
  static constexpr std::size_t kSlots = 64;
  SendBatch();
  ~SendBatch();
  bool full() const { return size_ == kSlots; }
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  // Precondition: not full, datagram within kMaxDatagram.
  void push(ByteView datagram, const Endpoint& to);
  // `source` is an address as ReceiveBatch::local() gives it; Endpoint() leaves it to the kernel.
  void push(ByteView datagram, const Endpoint& to, const Endpoint& source);
  void push(ByteView datagram);  // for a connected socket

 private:
  friend class UdpSocket;
  struct Storage;
  std::unique_ptr<Storage> storage_;
  std::size_t size_ = 0;
};

}  // namespace aegis::os
