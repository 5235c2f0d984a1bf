// The rig's side of a bond for tests: takes one SRT caller's datagrams on a loopback port and bonds
// them over two sockets towards a relay on this host.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

#include "common/bond/sender.hpp"
#include "common/crypto/random.hpp"
#include "common/os/clock.hpp"
#include "common/os/event_loop.hpp"
#include "common/os/thread.hpp"
#include "common/os/udp_socket.hpp"

namespace aegis::test {

class BondedRig final : private bond::SenderOutput {
 public:
  static constexpr int kLinks = 2;

  explicit BondedRig(const Endpoint& relay, std::optional<bond::Device> device = std::nullopt,
                     const bond::LinkPolicy& policy = {})
      : relay_(relay),
        policy_(policy),
        srt_(open()),
        sender_({.device = std::move(device)}, random_seed()) {
    sender_.set_unix_offset(os::wall_now().time_since_epoch() - os::now().time_since_epoch());
    for (int i = 0; i < kLinks; ++i) links_.push_back(open());
    thread_ = os::Thread("rig", [this] { run(); });
  }
  ~BondedRig() {
    loop_.stop();
    thread_.join();
  }
  BondedRig(const BondedRig&) = delete;
  BondedRig& operator=(const BondedRig&) = delete;

  Endpoint srt_endpoint() const { return srt_.local(); }  // where the SRT caller calls

 private:
  static os::UdpSocket open() {
    auto socket = os::UdpSocket::open({Endpoint::loopback(0), {}, false});
    if (!socket) throw std::runtime_error(socket.error().why);
    return std::move(*socket);
  }
  static bond::GroupToken random_seed() {
    bond::GroupToken seed;
    crypto::random_bytes(seed);
    return seed;
  }

  void run() {
    for (auto& link : links_) {
      auto const id = sender_.add_link(os::now(), *this, policy_);
      ids_.push_back(id);
      flush_connecting(link);
      read(link, [this, id](ByteView datagram, const Endpoint&, Time now) {
        sender_.on_link_datagram(id, datagram, now, *this);
      });
    }
    read(srt_, [this](ByteView datagram, const Endpoint& from, Time now) {
      if (is_current_caller(from)) sender_.on_srt_datagram(datagram, now, *this);
    });
    tick(os::now());
    loop_.run();
  }

  // A new caller takes the place of the one before, which is from then on as good as dead.
  bool is_current_caller(const Endpoint& from) {
    if (caller_ == from) return true;
    if (former_.count(from) != 0) return false;
    if (caller_) former_.insert(*caller_);
    caller_ = from;
    return true;
  }

  template <typename Each>
  void read(os::UdpSocket& socket, Each each) {
    loop_.watch(socket.fd(), os::Ready::kRead, [this, &socket, each](os::Ready, Time now) {
      auto const count = socket.receive(batch_);
      for (std::size_t i = 0; i < count; ++i) each(batch_.datagram(i), batch_.from(i), now);
    });
  }
  void tick(Time now) {
    if (sender_.next_timeout() <= now) sender_.on_timeout(now, *this);
    loop_.at(now + 2ms, [this](Time then) { tick(then); });
  }

  // The first datagram of a link comes while add_link() runs: before its id is known.
  void flush_connecting(os::UdpSocket& link) {
    for (auto const& datagram : std::exchange(early_, {})) link.send_one(datagram, relay_);
  }
  void to_link(LinkId link, ByteView datagram) override {
    for (std::size_t i = 0; i < ids_.size(); ++i) {
      if (ids_[i] != link) continue;
      links_[i].send_one(datagram, relay_);
      return;
    }
    early_.emplace_back(datagram.begin(), datagram.end());
  }
  void to_srt(ByteView datagram) override {
    if (caller_) srt_.send_one(datagram, *caller_);
  }

  Endpoint relay_;
  bond::LinkPolicy policy_;  // of each link
  os::UdpSocket srt_;
  std::vector<os::UdpSocket> links_;
  std::vector<LinkId> ids_;
  std::vector<std::vector<std::byte>> early_;
  std::optional<Endpoint> caller_;
  std::set<Endpoint> former_;
  os::UdpSocket::ReceiveBatch batch_;
  os::EventLoop loop_;
  bond::BondSender sender_;
  os::Thread thread_;
};

}  // namespace aegis::test
