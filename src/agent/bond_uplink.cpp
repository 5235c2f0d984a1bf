#include "agent/bond_uplink.hpp"

#include <atomic>
#include <mutex>

#include "agent/bond_pump.hpp"
#include "common/os/clock.hpp"
#include "common/os/resolve.hpp"
#include "common/os/thread.hpp"

namespace aegis::agent {
namespace {

// Packets of the encoder and answers of the relay come one by one, a millisecond apart; taken
// together they cost less processor time. Nobody sees 4 ms under a latency of hundreds.
constexpr Duration kPace = 4ms;

}  // namespace

struct BondUplink::Impl {
  BondOptions options;
  os::UdpSocket srt;
  Endpoint srt_address;
  os::EventLoop loop;
  BondPump* pump = nullptr;  // the thread's own
  std::atomic<bool> registered{false};
  mutable std::mutex mutex;
  BondStatus status;
  os::Thread thread;

  Impl(BondOptions from, os::UdpSocket socket)
      : options(std::move(from)), srt(std::move(socket)), srt_address(srt.local()) {}

  void publish(BondStatus latest) {
    registered = latest.figures.registered;
    std::lock_guard const lock(mutex);
    status = std::move(latest);
  }
  void run() {
    BondPump bond(loop, options, std::move(srt), [this](BondStatus s) { publish(std::move(s)); });
    bond.start(os::now());
    pump = &bond;
    loop.pace(kPace);
    loop.run();
    pump = nullptr;
  }
};

Result<std::unique_ptr<BondUplink>> BondUplink::start(const BondOptions& options) {
  for (auto const& link : options.links) {
    if (Status checked = check_link(link); !checked) return checked.error();
  }
  Endpoint local = Endpoint::loopback(0);
  if (options.proxy && options.proxy->host.empty()) {
    local = Endpoint::any_v6(options.proxy->port);
  } else if (options.proxy) {
    auto const addresses = os::resolve(*options.proxy);
    if (!addresses) return addresses.error();
    local = addresses->front();
  }
  auto socket = os::UdpSocket::open({.local = local, .device = "", .tell_local = true});
  if (!socket) return socket.error();
  auto impl = std::make_unique<Impl>(options, std::move(*socket));
  auto* raw = impl.get();
  raw->thread = os::Thread("bond", [raw] { raw->run(); });
  return std::unique_ptr<BondUplink>(new BondUplink(std::move(impl)));
}

BondUplink::BondUplink(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

BondUplink::~BondUplink() {
  impl_->loop.stop();
  impl_->thread.join();
}

Endpoint BondUplink::srt_address() const {
  return impl_->srt_address;
}
bool BondUplink::registered() const {
  return impl_->registered;
}

void BondUplink::set_policy(const std::string& name, const bond::LinkPolicy& policy) {
  impl_->loop.post([impl = impl_.get(), name, policy] {
    if (impl->pump != nullptr) impl->pump->set_policy(name, policy, os::now());
  });
}

void BondUplink::set_device(const bond::Device& device) {
  impl_->loop.post([impl = impl_.get(), device] {
    if (impl->pump != nullptr) impl->pump->set_device(device);
  });
}

BondStatus BondUplink::status() const {
  std::lock_guard const lock(impl_->mutex);
  return impl_->status;
}

}  // namespace aegis::agent
