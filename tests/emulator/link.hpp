// One emulated link: a device at each side and a pipe for each direction.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/base/result.hpp"
#include "emulator/link_options.hpp"
#include "emulator/pipe.hpp"
#include "emulator/tun.hpp"

namespace aegis::emulator {

enum class Side { kA, kB };

class Link {
 public:
  // Makes no device yet: see plug().
  Link(const LinkOptions& options, const Options& all, int rank, Time start);

  const std::string& name() const { return options_.name; }
  Pipe& up() { return up_; }
  Pipe& down() { return down_; }
  const Pipe& up() const { return up_; }
  const Pipe& down() const { return down_; }

  // Begins anew at `now`: traces, the schedule of outages, seeds and figures. What is inside is
  // lost.
  void restart(Time now);

  // Makes the devices that are missing. Side a's is taken away and given back as a dongle would be;
  // side b's stays.
  Status plug();
  void unplug() { tun_a_.reset(); }
  bool plugged() const { return tun_a_.has_value(); }
  // -1 while there is no device.
  int fd(Side side) const;

  // Takes what waits at `side`'s device into the pipe, a batch at most. False when the device is
  // gone: it is unplugged.
  bool receive(Side side);
  // Hands out what is due.
  void deliver(Time now);
  Time next_event() const { return std::min(up_.next_event(), down_.next_event()); }

  // Packets that left a pipe but that the kernel would not take, or that had no device to go to.
  std::uint64_t undeliverable(Side to) const { return undeliverable_[to == Side::kA ? 0 : 1]; }

 private:
  std::optional<Tun>& tun(Side side) { return side == Side::kA ? tun_a_ : tun_b_; }
  void hand_out(Pipe& pipe, Side to, Time now);

  LinkOptions options_;
  std::uint64_t seed_up_, seed_down_;
  TunSetup setup_a_, setup_b_;
  Pipe up_, down_;
  std::optional<Tun> tun_a_, tun_b_;
  std::uint64_t undeliverable_[2] = {0, 0};
};

}  // namespace aegis::emulator
