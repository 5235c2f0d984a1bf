#include "agent/media/byte_stream.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/endpoint.hpp"
#include "common/os/errors.hpp"
#include "common/os/sockaddr.hpp"

namespace aegis::agent::media {
namespace {

constexpr Duration kPoll = 50ms;

// Reads what a descriptor has into its own buffer, so that no datagram is cut.
class FdStream : public ByteStream {
 public:
  FdStream(int fd, bool ends) : fd_(fd), ends_(ends) {}

  Result<std::size_t> read(ByteSpan to, const std::stop_token& stop) override {
    while (read_ == size_) {
      if (stop.stop_requested()) return input_left();
      if (!wait_readable(fd_, kPoll)) continue;
      ssize_t const size = ::read(fd_, buffer_.data(), buffer_.size());
      if (size == 0 && ends_) return std::size_t{0};
      if (size < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNREFUSED)
        return os::system_error(errno, "cannot read the input", "", ErrorKind::kBadInput);
      read_ = 0;
      size_ = static_cast<std::size_t>(std::max<ssize_t>(size, 0));
    }
    std::size_t const part = std::min(to.size(), size_ - read_);
    std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(read_), part, to.begin());
    read_ += part;
    return part;
  }
  const char* format() const override { return "mpegts"; }

 private:
  int const fd_;
  bool const ends_;
  std::array<std::byte, 65536> buffer_;
  std::size_t read_ = 0, size_ = 0;
};

class UdpStream final : public FdStream {
 public:
  explicit UdpStream(std::shared_ptr<os::Fd> socket)
      : FdStream(socket->get(), false), socket_(std::move(socket)) {}

 private:
  std::shared_ptr<os::Fd> const socket_;
};

bool is_multicast(const Endpoint& endpoint) {
  auto const& address = endpoint.address();
  return endpoint.is_v4() ? (address[12] & 0xf0) == 0xe0 : address[0] == 0xff;
}

// Joins on the interface that the routing table names.
int join_group(int fd, const Endpoint& group) {
  auto const& address = group.address();
  if (group.is_v4()) {
    ip_mreqn request{};
    std::copy_n(address.begin() + 12, 4, reinterpret_cast<std::uint8_t*>(&request.imr_multiaddr));
    return setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof request);
  }
  ipv6_mreq request{};
  std::copy(address.begin(), address.end(), request.ipv6mr_multiaddr.s6_addr);
  request.ipv6mr_interface = group.scope();
  return setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &request, sizeof request);
}

Result<os::Fd> bind_input(const Endpoint& local, std::string_view spec) {
  int const family = local.is_v4() ? AF_INET : AF_INET6;
  os::Fd fd(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  int const on = 1, off = 0, buffer = 8'000'000;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (family == AF_INET6) setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer) != 0) {
    setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  }
  auto const address = os::to_socket_address(local, family);
  bool const ok = fd && ::bind(fd.get(), address.get(), address.size) == 0 &&
                  (!is_multicast(local) || join_group(fd.get(), local) == 0);
  if (ok) return fd;
  return os::system_error(errno, fmt::format("cannot listen on {}", spec),
                          "give an address of this host and a free port, or a multicast group",
                          ErrorKind::kBadInput);
}

}  // namespace

Error input_left() {
  return {ErrorKind::kTryLater, "the input was left", "asked to", ""};
}

bool wait_readable(int fd, Duration timeout) {
  pollfd waiting{fd, POLLIN, 0};
  return ::poll(&waiting, 1, static_cast<int>(timeout / 1ms)) > 0;
}

std::unique_ptr<ByteStream> pipe_stream(int fd) {
  return std::make_unique<FdStream>(fd, true);
}

std::unique_ptr<ByteStream> udp_stream(std::shared_ptr<os::Fd> socket) {
  return std::make_unique<UdpStream>(std::move(socket));
}

Result<os::Fd> open_udp_input(std::string_view spec) {
  std::string_view where = spec.substr(std::string_view("udp://").size());
  if (where.starts_with('@')) where.remove_prefix(1);  // as VLC writes a group
  auto const parsed = parse_host_port(where, 0);
  if (!parsed) return parsed.error();
  Endpoint local = Endpoint::any_v6(parsed->port);
  if (!parsed->host.empty()) {
    auto const address = parse_address(parsed->host);
    if (!address) {
      return Error{ErrorKind::kUsage, fmt::format("cannot listen on {}", spec),
                   "the host must be an address, not a name", "for example udp://0.0.0.0:9000"};
    }
    local = address->with_port(parsed->port);
  }
  return bind_input(local, spec);
}

}  // namespace aegis::agent::media
