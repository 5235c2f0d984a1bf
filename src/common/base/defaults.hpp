// Every default that two rooms, a page of documentation or another host must agree on.
#pragma once

#include <cstdint>

#include "common/base/time.hpp"
#include "common/base/units.hpp"

namespace aegis::defaults {

inline constexpr std::uint16_t kSrtlaPort = 5000;       // udp, bonded ingest
inline constexpr std::uint16_t kSrtPublishPort = 4001;  // udp, plain SRT ingest
inline constexpr std::uint16_t kSrtPlayPort = 4000;     // udp, SRT players
inline constexpr std::uint16_t kHttpPort = 5080;  // tcp, figures; loopback unless told otherwise

inline constexpr Duration kLatency = 2s;         // SRT latency of the rig's uplink
inline constexpr Duration kPlayLatency = 200ms;  // floor of the relay's latency towards players
// How long players are kept without a publisher. A modem that has lost its network needs 20 to 40 s
// to have another, and so does whoever starts an encoder again; after a minute nobody watches a
// picture that stands still.
inline constexpr Duration kGrace = 60s;
inline constexpr BitRate kVideoBitRate = BitRate::megabits(4);
inline constexpr BitRate kAudioBitRate = BitRate::kilobits(128);

}  // namespace aegis::defaults
