// One link between rig and relay: a pipe in each direction, and what is observed of its traffic.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/endpoint.hpp"
#include "common/base/ids.hpp"
#include "emulator/pipe.hpp"
#include "sim/scenario.hpp"

namespace aegis::sim {

class ModelLink {
 public:
  ModelLink(const LinkPlan& plan, std::uint8_t number, std::uint64_t seed, Time start);

  // A link that was removed comes back behind a new address; what was on its way is lost.
  void plug(LinkId id, Time now);
  void unplug(Time now);
  std::optional<LinkId> id() const { return id_; }
  const Endpoint& address() const { return address_; }

  void send_up(ByteView datagram, Time now);
  void send_down(ByteView datagram, Time now);
  // The next datagram that came through; the view is valid until the next call.
  std::optional<ByteView> arrived_up(Time now);
  std::optional<ByteView> arrived_down(Time now);
  Time next_up() const { return up_.next_event(); }
  Time next_down() const { return down_.next_event(); }

  // The sender's own opinion, whenever it is asked.
  void observe_usable(bool usable, std::optional<Duration> rtt, Time now);
  LinkReport report() const;

 private:
  Time unloaded_departure(std::size_t size, Time now);
  void observe_arrival(Time sent, Time unloaded, bool data, Time now);
  OutageReport* outage_at(Time now);
  void disturb(Time now);

  LinkPlan plan_;
  emulator::Pipe up_, down_;
  Time start_;
  std::uint64_t opportunity_ = 0;
  std::optional<LinkId> id_;
  Endpoint address_;
  emulator::PacketBytes out_;
  emulator::Histogram caused_;
  LinkReport counts_;
  std::uint64_t data_arrived_ = 0;
  std::vector<unsigned> came_back_;  // for each outage, data packets through after it
};

}  // namespace aegis::sim
