#include "common/os/netlink.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>

#include <fmt/core.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "common/os/clock.hpp"
#include "common/os/errors.hpp"

namespace aegis::os {
namespace {

// Large enough for what the kernel puts into one message of a dump.
constexpr std::size_t kBufferSize = 65536;
constexpr int kDumpTimeoutSeconds = 2;

Result<Fd> open_route_socket(unsigned groups, bool blocking) {
  int const type = SOCK_RAW | SOCK_CLOEXEC | (blocking ? 0 : SOCK_NONBLOCK);
  Fd fd(::socket(AF_NETLINK, type, NETLINK_ROUTE));
  if (!fd) return system_error(errno, "cannot open a netlink socket");
  sockaddr_nl local{};
  local.nl_family = AF_NETLINK;
  local.nl_groups = groups;
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0)
    return system_error(errno, "cannot bind a netlink socket");
  return fd;
}

std::string text_of(const rtattr* attribute) {
  auto const* data = static_cast<const char*>(RTA_DATA(attribute));
  return {data, strnlen(data, RTA_PAYLOAD(attribute))};
}

Endpoint address_of(int family, const rtattr* attribute) {
  Endpoint::Address bytes{};
  if (family == AF_INET && RTA_PAYLOAD(attribute) == 4) {
    std::uint8_t b[4] = {};
    std::memcpy(b, RTA_DATA(attribute), sizeof b);
    return Endpoint::v4(b[0], b[1], b[2], b[3], 0);
  }
  if (RTA_PAYLOAD(attribute) == bytes.size())
    std::memcpy(bytes.data(), RTA_DATA(attribute), bytes.size());
  return {bytes, 0};
}

// Interfaces under construction while a dump is read, by index.
using Table = std::map<int, Interface>;

void take_link(const nlmsghdr* message, Table& table) {
  auto const* info = static_cast<const ifinfomsg*>(NLMSG_DATA(message));
  auto& interface = table[info->ifi_index];
  interface.index = info->ifi_index;
  interface.up = (info->ifi_flags & IFF_UP) != 0 && (info->ifi_flags & IFF_RUNNING) != 0;
  interface.loopback = (info->ifi_flags & IFF_LOOPBACK) != 0;
  auto left = static_cast<int>(IFLA_PAYLOAD(message));
  for (auto const* a = IFLA_RTA(info); RTA_OK(a, left); a = RTA_NEXT(a, left))
    if (a->rta_type == IFLA_IFNAME) interface.name = text_of(a);
}

void take_address(const nlmsghdr* message, Table& table) {
  auto const* info = static_cast<const ifaddrmsg*>(NLMSG_DATA(message));
  auto const found = table.find(static_cast<int>(info->ifa_index));
  if (found == table.end()) return;
  if (info->ifa_family != AF_INET && info->ifa_family != AF_INET6) return;
  if (info->ifa_family == AF_INET6 && info->ifa_scope == RT_SCOPE_LINK) return;
  const rtattr* chosen = nullptr;
  std::uint32_t flags = info->ifa_flags;
  auto left = static_cast<int>(IFA_PAYLOAD(message));
  for (auto const* a = IFA_RTA(info); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
    // On a point-to-point link IFA_ADDRESS is the far end; IFA_LOCAL is ours where there is one.
    if (a->rta_type == IFA_LOCAL || (a->rta_type == IFA_ADDRESS && chosen == nullptr)) chosen = a;
    if (a->rta_type == IFA_FLAGS) std::memcpy(&flags, RTA_DATA(a), sizeof flags);
  }
  // An address that still waits for duplicate detection, or failed it, cannot be bound to.
  if (chosen == nullptr || (flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) != 0) return;
  found->second.addresses.push_back(address_of(info->ifa_family, chosen));
}

enum class Progress { kMore, kDone, kFailed };

Progress take_messages(const std::byte* data, std::size_t size, Table& table) {
  auto left = static_cast<unsigned>(size);
  for (auto const* m = reinterpret_cast<const nlmsghdr*>(data); NLMSG_OK(m, left);
       m = NLMSG_NEXT(m, left)) {
    if (m->nlmsg_type == NLMSG_DONE) return Progress::kDone;
    if (m->nlmsg_type == NLMSG_ERROR) return Progress::kFailed;
    if (m->nlmsg_type == RTM_NEWLINK) take_link(m, table);
    if (m->nlmsg_type == RTM_NEWADDR) take_address(m, table);
  }
  return Progress::kMore;
}

Status dump(int fd, std::uint16_t type, Table& table) {
  auto const what = "cannot list the network interfaces";
  struct {
    nlmsghdr header;
    rtgenmsg body;
  } request{};
  request.header.nlmsg_len = NLMSG_LENGTH(sizeof request.body);
  request.header.nlmsg_type = type;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.body.rtgen_family = AF_UNSPEC;
  if (::send(fd, &request, request.header.nlmsg_len, 0) < 0) return system_error(errno, what);
  alignas(nlmsghdr) std::array<std::byte, kBufferSize> buffer{};
  for (;;) {
    auto const got = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error(errno, what);
    auto const progress = take_messages(buffer.data(), static_cast<std::size_t>(got), table);
    if (progress == Progress::kDone) return success();
    if (progress == Progress::kFailed)
      return Error{ErrorKind::kTryLater, what, "the kernel refused the question", {}};
  }
}

}  // namespace

Result<std::vector<Interface>> list_interfaces() {
  auto fd = open_route_socket(0, true);
  if (!fd) return fd.error();
  timeval const limit{kDumpTimeoutSeconds, 0};
  setsockopt(fd->get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  Table table;
  if (auto done = dump(fd->get(), RTM_GETLINK, table); !done) return done.error();
  if (auto done = dump(fd->get(), RTM_GETADDR, table); !done) return done.error();
  std::vector<Interface> list;
  for (auto& [index, interface] : table) {
    std::sort(interface.addresses.begin(), interface.addresses.end());
    list.push_back(std::move(interface));
  }
  return list;
}

struct InterfaceWatch::Impl {
  EventLoop& loop;
  Fd fd;
  OnChange on_change;
  std::vector<Interface> last;
  EventLoop::TimerId look_again = 0;

  void drain() const;
  void look(Time now);
  void look_at(Time when);
};

// What the messages say is not used: the list is read anew, so that a burst costs one reading and
// an overflow (ENOBUFS) loses nothing.
void InterfaceWatch::Impl::drain() const {
  std::array<std::byte, 8192> buffer{};
  for (;;) {
    auto const got = ::recv(fd.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && errno != EINTR && errno != ENOBUFS) return;
  }
}

void InterfaceWatch::Impl::look_at(Time when) {
  loop.cancel(look_again);
  look_again = loop.at(when, [this](Time now) { look(now); });
}

void InterfaceWatch::Impl::look(Time now) {
  auto list = list_interfaces();
  if (!list) return look_at(now + 1s);
  if (*list == last) return;
  last = *list;
  auto const callback = on_change;  // a copy, as it may end the watch
  callback(*list, now);
}

InterfaceWatch::InterfaceWatch(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

InterfaceWatch::~InterfaceWatch() {
  impl_->loop.cancel(impl_->look_again);
  impl_->loop.unwatch(impl_->fd.get());
}

Result<std::unique_ptr<InterfaceWatch>> InterfaceWatch::start(EventLoop& loop, OnChange on_change) {
  auto fd = open_route_socket(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR, false);
  if (!fd) return fd.error();
  if (auto list = list_interfaces(); !list) return list.error();
  auto impl = std::make_unique<Impl>(Impl{loop, std::move(fd).value(), std::move(on_change), {}});
  auto* const raw = impl.get();
  loop.watch(raw->fd.get(), Ready::kRead, [raw](Ready, Time now) {
    raw->drain();
    raw->look(now);
  });
  raw->look_at(now());
  return std::unique_ptr<InterfaceWatch>(new InterfaceWatch(std::move(impl)));
}

}  // namespace aegis::os
