#include "emulator/link.hpp"

#include "common/os/clock.hpp"

namespace aegis::emulator {
namespace {

constexpr int kBatch = 64;

std::uint64_t pipe_seed(std::uint64_t seed, int rank, Side from) {
  Random mix(seed * 1'000'003 + static_cast<std::uint64_t>(rank) * 2 + (from == Side::kA ? 0 : 1));
  return mix.next();
}

}  // namespace

Link::Link(const LinkOptions& options, const Options& all, int rank, Time start)
    : options_(options),
      seed_up_(pipe_seed(all.seed, rank, Side::kA)),
      seed_down_(pipe_seed(all.seed, rank, Side::kB)),
      setup_a_{all.namespace_a, options.name, options.a, options.routes_a, rank},
      setup_b_{all.namespace_b, options.name, options.b, {}, rank},
      up_(options.up, seed_up_, start),
      down_(options.down, seed_down_, start) {}

void Link::restart(Time now) {
  up_ = Pipe(up_.profile(), seed_up_, now);
  down_ = Pipe(down_.profile(), seed_down_, now);
}

Status Link::plug() {
  for (Side side : {Side::kA, Side::kB}) {
    if (tun(side)) continue;
    auto opened = Tun::open(side == Side::kA ? setup_a_ : setup_b_);
    if (!opened) return std::move(opened).error();
    tun(side) = std::move(opened).value();
  }
  return success();
}

int Link::fd(Side side) const {
  const std::optional<Tun>& device = side == Side::kA ? tun_a_ : tun_b_;
  return device ? device->fd() : -1;
}

bool Link::receive(Side side) {
  std::optional<Tun>& device = tun(side);
  Pipe& pipe = side == Side::kA ? up_ : down_;
  for (int i = 0; device && i < kBatch; ++i) {
    PacketBytes packet;
    Tun::Read const outcome = device->read(packet);
    if (outcome == Tun::Read::kNothing) break;
    if (outcome == Tun::Read::kGone) return device.reset(), false;
    if (options_.nat && side == Side::kA) translate_outward(packet, *options_.nat);
    // The clock is read after the packet: a time from before it could let the packet out too early.
    pipe.push(std::move(packet), os::now());
  }
  return true;
}

void Link::deliver(Time now) {
  hand_out(up_, Side::kB, now);
  hand_out(down_, Side::kA, now);
}

void Link::hand_out(Pipe& pipe, Side to, Time now) {
  while (auto packet = pipe.pop(now)) {
    if (options_.nat && to == Side::kA) translate_inward(*packet, *options_.nat);
    bool const taken = tun(to) && tun(to)->write(*packet);
    if (!taken) ++undeliverable_[to == Side::kA ? 0 : 1];
  }
}

}  // namespace aegis::emulator
