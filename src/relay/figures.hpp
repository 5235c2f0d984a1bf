// What the relay's threads tell about themselves. Unknown is nothing, never zero.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/endpoint.hpp"
#include "common/base/ids.hpp"
#include "common/base/time.hpp"
#include "common/base/units.hpp"
#include "common/bond/receiver.hpp"
#include "common/os/srt_socket.hpp"
#include "relay/session/table.hpp"

namespace aegis::relay {

struct SessionFigures {
  std::string stream;
  session::State state = session::State::kProvisional;
  bool bonded = false;           // came by SRTLA
  std::optional<GroupId> group;  // of the bond, where it is known
  Time started{};
  std::optional<Time> last_media;
  std::uint32_t resumes = 0;       // connections after the first
  std::optional<Time> grace_ends;  // while it is in grace
  std::optional<Time> connected;   // since when its connection stands; the rest is of that one
  std::optional<BitRate> rate;     // of the media
  std::optional<os::SrtStats> srt;
};

using PlayerId = Id<struct PlayerTag>;  // never reused while the relay runs

struct PlayerFigures {
  PlayerId id;
  std::string stream;
  Endpoint address;
  Time started{};
  std::uint64_t lapped_packets = 0;  // too slow: lost before they reached libsrt
  std::optional<BitRate> rate;
  std::optional<os::SrtStats> srt;
};

// Of the SRT thread.
struct MediaFigures {
  Time at{};  // when they were taken
  std::vector<SessionFigures> sessions;
  std::vector<PlayerFigures> players;
  std::uint64_t sessions_started = 0, sessions_resumed = 0;
  std::array<std::uint64_t, static_cast<std::size_t>(session::End::kCount)> sessions_ended{};
  std::uint64_t players_started = 0, players_ended = 0;
  std::uint64_t packets_in = 0, packets_out = 0, lapped_packets = 0;
};

// Of the bond thread.
struct BondFigures {
  Time at{};
  bond::ReceiverFigures receiver;
  std::uint64_t datagrams_in = 0;
  std::uint64_t oversized_datagrams = 0;   // longer than any SRT or SRTLA datagram
  std::uint64_t denied_datagrams = 0;      // from outside of the networks that may call
  std::uint64_t link_send_drops = 0;       // the kernel would not send them to a link
  std::uint64_t srt_send_drops = 0;        // nor to the SRT server
  std::uint64_t group_sockets_failed = 0;  // a group had no socket towards the SRT server
  std::uint64_t socket_errors = 0;         // what ICMP reported
};

// A sender that has not measured yet tells 0.
inline std::optional<Duration> rtt_of(const bond::ReceiverLinkFigures& link) {
  if (!link.telemetry || link.telemetry->rtt_ms == 0) return std::nullopt;
  return std::chrono::milliseconds(link.telemetry->rtt_ms);
}

}  // namespace aegis::relay
