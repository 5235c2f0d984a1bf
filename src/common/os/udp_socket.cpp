#include "common/os/udp_socket.hpp"

#include <array>
#include <cassert>
#include <cerrno>
#include <cstring>

#include <fmt/core.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "common/os/errors.hpp"
#include "common/os/sockaddr.hpp"

namespace aegis::os {
namespace {

void set_buffer(int fd, int forced_option, int option, Bytes size) {
  auto const wanted = static_cast<int>(size.count());
  // The forced variant passes the system's limit, given CAP_NET_ADMIN.
  if (setsockopt(fd, SOL_SOCKET, forced_option, &wanted, sizeof wanted) == 0) return;
  setsockopt(fd, SOL_SOCKET, option, &wanted, sizeof wanted);
}

Fd create(int family) {
  return Fd(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

Status bind_to_device(int fd, const std::string& device) {
  if (device.empty()) return success();
  auto const what = fmt::format("cannot bind a socket to interface {}", device);
  if (device.size() >= IFNAMSIZ)
    return Error{ErrorKind::kConfiguration, what, "no interface name is that long", {}};
  auto const size = static_cast<socklen_t>(device.size());
  if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device.data(), size) == 0) return success();
  int const code = errno;
  if (code == EPERM) return system_error(code, what, "it needs CAP_NET_RAW");
  if (code == ENODEV) return system_error(code, what, "see 'ip link' for the names there are");
  return system_error(code, what);
}

// IPv4 arrives at an IPv6 socket as mapped addresses, in its control messages as well.
void ask_for_local(int fd, bool is_v6) {
  int const on = 1;
  if (is_v6) {
    setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
  } else {
    setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
  }
}

bool needs_interface(const Endpoint::Address& address) {
  return address[0] == 0xfe && (address[1] & 0xc0) == 0x80;  // fe80::/10
}

// Room for the one control message that either family has.
struct alignas(cmsghdr) ControlBuffer {
  std::array<std::byte, CMSG_SPACE(sizeof(in6_pktinfo))> bytes;
};

Endpoint local_address(const msghdr& header) {
  auto* const message = CMSG_FIRSTHDR(&header);
  if (message == nullptr) return {};
  if (message->cmsg_level == IPPROTO_IPV6 && message->cmsg_type == IPV6_PKTINFO) {
    in6_pktinfo info{};
    std::memcpy(&info, CMSG_DATA(message), sizeof info);
    Endpoint::Address address{};
    std::memcpy(address.data(), &info.ipi6_addr, address.size());
    return {address, 0, needs_interface(address) ? info.ipi6_ifindex : 0};
  }
  if (message->cmsg_level == IPPROTO_IP && message->cmsg_type == IP_PKTINFO) {
    in_pktinfo info{};
    std::memcpy(&info, CMSG_DATA(message), sizeof info);
    std::array<std::uint8_t, 4> b{};
    std::memcpy(b.data(), &info.ipi_addr, b.size());
    return Endpoint::v4(b[0], b[1], b[2], b[3], 0);
  }
  return {};
}

template <typename Info>
void write_control(msghdr& header, ControlBuffer& buffer, int level, int type, const Info& info) {
  header.msg_control = buffer.bytes.data();
  header.msg_controllen = CMSG_SPACE(sizeof info);
  auto* const message = CMSG_FIRSTHDR(&header);
  message->cmsg_level = level;
  message->cmsg_type = type;
  message->cmsg_len = CMSG_LEN(sizeof info);
  std::memcpy(CMSG_DATA(message), &info, sizeof info);
}

void set_source(msghdr& header, ControlBuffer& buffer, bool is_v6, const Endpoint& source) {
  header.msg_control = nullptr;
  header.msg_controllen = 0;
  if (source.is_any()) return;
  auto const& address = source.address();
  if (is_v6) {
    in6_pktinfo info{};
    std::memcpy(&info.ipi6_addr, address.data(), address.size());
    info.ipi6_ifindex = source.scope();
    write_control(header, buffer, IPPROTO_IPV6, IPV6_PKTINFO, info);
  } else {
    in_pktinfo info{};
    std::memcpy(&info.ipi_spec_dst, address.data() + 12, sizeof info.ipi_spec_dst);
    write_control(header, buffer, IPPROTO_IP, IP_PKTINFO, info);
  }
}

// Errors that a packet of earlier brought home by ICMP, or that pass as links come and go.
constexpr int kMaxErrorsPerRead = 16;

}  // namespace

struct UdpSocket::ReceiveBatch::Storage {
  // Four bytes more than the limit, so that a longer datagram can be told from the longest.
  std::array<std::array<std::byte, kMaxDatagram + 4>, kSlots> buffers{};
  std::array<mmsghdr, kSlots> messages{};
  std::array<iovec, kSlots> parts{};
  std::array<SocketAddress, kSlots> from;
  std::array<ControlBuffer, kSlots> controls{};

  // The kernel writes the lengths of what it filled in.
  void reset_lengths(std::size_t slots) {
    for (std::size_t i = 0; i < slots; ++i) {
      messages[i].msg_hdr.msg_namelen = sizeof(sockaddr_storage);
      messages[i].msg_hdr.msg_controllen = sizeof(ControlBuffer);
    }
  }
};

UdpSocket::ReceiveBatch::ReceiveBatch() : storage_(std::make_unique<Storage>()) {
  auto& s = *storage_;
  for (std::size_t i = 0; i < kSlots; ++i) {
    s.parts[i] = {s.buffers[i].data(), s.buffers[i].size()};
    s.messages[i].msg_hdr.msg_iov = &s.parts[i];
    s.messages[i].msg_hdr.msg_iovlen = 1;
    s.messages[i].msg_hdr.msg_name = &s.from[i].storage;
    s.messages[i].msg_hdr.msg_control = s.controls[i].bytes.data();
  }
  s.reset_lengths(kSlots);
}
UdpSocket::ReceiveBatch::~ReceiveBatch() = default;

ByteView UdpSocket::ReceiveBatch::datagram(std::size_t i) const {
  assert(i < size_);
  return {storage_->buffers[i].data(), storage_->messages[i].msg_len};
}

Endpoint UdpSocket::ReceiveBatch::from(std::size_t i) const {
  assert(i < size_);
  return to_endpoint(storage_->from[i].get());
}

Endpoint UdpSocket::ReceiveBatch::local(std::size_t i) const {
  assert(i < size_);
  return local_address(storage_->messages[i].msg_hdr);
}

bool UdpSocket::ReceiveBatch::truncated(std::size_t i) const {
  assert(i < size_);
  return storage_->messages[i].msg_len > kMaxDatagram;
}

struct UdpSocket::SendBatch::Storage {
  std::array<std::array<std::byte, kMaxDatagram>, kSlots> buffers{};
  std::array<mmsghdr, kSlots> messages{};
  std::array<iovec, kSlots> parts{};
  std::array<Endpoint, kSlots> to, sources;
  std::array<bool, kSlots> has_destination{};
  std::array<SocketAddress, kSlots> addresses;
  std::array<ControlBuffer, kSlots> controls{};
};

UdpSocket::SendBatch::SendBatch() : storage_(std::make_unique<Storage>()) {
  auto& s = *storage_;
  for (std::size_t i = 0; i < kSlots; ++i) {
    s.parts[i] = {s.buffers[i].data(), 0};
    s.messages[i].msg_hdr.msg_iov = &s.parts[i];
    s.messages[i].msg_hdr.msg_iovlen = 1;
  }
}
UdpSocket::SendBatch::~SendBatch() = default;

void UdpSocket::SendBatch::push(ByteView datagram) {
  assert(!full() && datagram.size() <= kMaxDatagram);
  auto& s = *storage_;
  std::memcpy(s.buffers[size_].data(), datagram.data(), datagram.size());
  s.parts[size_].iov_len = datagram.size();
  s.has_destination[size_] = false;
  s.sources[size_] = Endpoint();
  ++size_;
}

void UdpSocket::SendBatch::push(ByteView datagram, const Endpoint& to) {
  push(datagram);
  storage_->to[size_ - 1] = to;
  storage_->has_destination[size_ - 1] = true;
}

void UdpSocket::SendBatch::push(ByteView datagram, const Endpoint& to, const Endpoint& source) {
  push(datagram, to);
  storage_->sources[size_ - 1] = source;
}

Result<UdpSocket> UdpSocket::open(const UdpBinding& binding, Bytes buffer) {
  auto const what = fmt::format("cannot open UDP {}", to_string(binding.local));
  bool is_v6 = !binding.local.is_v4();
  Fd fd = create(is_v6 ? AF_INET6 : AF_INET);
  if (!fd && errno == EAFNOSUPPORT && binding.local.is_any() && !binding.ipv6_only) {
    is_v6 = false;  // a kernel without IPv6: "every address" is every IPv4 address there
    fd = create(AF_INET);
  }
  if (!fd) return system_error(errno, what);
  if (is_v6) {
    int const only = binding.ipv6_only ? 1 : 0;
    setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only);
  }
  if (binding.tell_local && binding.local.is_any()) ask_for_local(fd.get(), is_v6);
  set_buffer(fd.get(), SO_RCVBUFFORCE, SO_RCVBUF, buffer);
  set_buffer(fd.get(), SO_SNDBUFFORCE, SO_SNDBUF, buffer);
  if (auto bound = bind_to_device(fd.get(), binding.device); !bound) return bound.error();
  auto const address = to_socket_address(binding.local, is_v6 ? AF_INET6 : AF_INET);
  if (::bind(fd.get(), address.get(), address.size) != 0) {
    int const code = errno;
    return system_error(
        code, what,
        code == EADDRINUSE ? "another program holds this port; 'ss -ulpn' names it" : "");
  }
  return UdpSocket(std::move(fd), is_v6);
}

Status UdpSocket::connect(const Endpoint& peer) {
  auto const address = to_socket_address(peer, is_v6_ ? AF_INET6 : AF_INET);
  if (::connect(fd_.get(), address.get(), address.size) == 0) return success();
  return system_error(errno, fmt::format("cannot connect UDP to {}", to_string(peer)));
}

Endpoint UdpSocket::local() const {
  SocketAddress address;
  if (getsockname(fd_.get(), address.get(), &address.size) != 0) return {};
  return to_endpoint(address.get());
}

std::size_t UdpSocket::receive(ReceiveBatch& batch) {
  auto& s = *batch.storage_;
  s.reset_lengths(batch.size_);
  batch.size_ = 0;
  for (int errors = 0; errors < kMaxErrorsPerRead;) {
    int const got = recvmmsg(fd_.get(), s.messages.data(), unsigned{ReceiveBatch::kSlots},
                             MSG_DONTWAIT, nullptr);
    if (got >= 0) return batch.size_ = static_cast<std::size_t>(got);
    if (errno == EAGAIN || errno == EWOULDBLOCK) return 0;
    if (errno == EINTR) continue;
    ++errors;
    ++socket_errors_;
  }
  return 0;
}

SendOutcome UdpSocket::send(SendBatch& batch) {
  auto& s = *batch.storage_;
  int const family = is_v6_ ? AF_INET6 : AF_INET;
  for (std::size_t i = 0; i < batch.size_; ++i) {
    auto& header = s.messages[i].msg_hdr;
    header.msg_name = nullptr;
    header.msg_namelen = 0;
    set_source(header, s.controls[i], is_v6_, s.sources[i]);
    if (!s.has_destination[i]) continue;
    store_socket_address(s.to[i], family, s.addresses[i]);
    header.msg_name = &s.addresses[i].storage;
    header.msg_namelen = s.addresses[i].size;
  }
  SendOutcome outcome;
  std::size_t next = 0;
  while (next < batch.size_) {
    int const sent = sendmmsg(fd_.get(), s.messages.data() + next,
                              static_cast<unsigned>(batch.size_ - next), MSG_DONTWAIT);
    if (sent > 0) {
      next += static_cast<std::size_t>(sent);
      outcome.sent += static_cast<std::size_t>(sent);
      continue;
    }
    if (errno == EINTR) continue;
    outcome.last_errno = errno;
    // A full buffer is full for all that follow; any other error is this destination's alone.
    bool const full = errno == EAGAIN || errno == EWOULDBLOCK;
    std::size_t const lost = full ? batch.size_ - next : 1;
    outcome.dropped += lost;
    next += lost;
  }
  batch.size_ = 0;
  return outcome;
}

bool UdpSocket::send_one(ByteView datagram, const Endpoint& to) {
  auto const address = to_socket_address(to, is_v6_ ? AF_INET6 : AF_INET);
  for (;;) {
    auto const sent = ::sendto(fd_.get(), datagram.data(), datagram.size(), MSG_DONTWAIT,
                               address.get(), address.size);
    if (sent >= 0 || errno != EINTR) return sent >= 0;
  }
}

}  // namespace aegis::os
