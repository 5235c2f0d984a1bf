// What is simulated: links, stream, peers and what happens on the way. And what came out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/seq.hpp"
#include "common/base/units.hpp"
#include "common/bond/link_policy.hpp"
#include "emulator/profile.hpp"

namespace aegis::sim {

enum class RigKind { kAegis, kStock, kAlternating };
enum class RelayKind { kAegis, kStock, kStockLastNak, kPlain };

struct LinkPlan {
  emulator::Profile up, down;
  bool from_start = true;  // false: added by a Change
};

struct Change {
  enum class Kind {
    kAddLink,
    kRemoveLink,
    kRestartRelay,  // the relay's process: its bond, its key and its SRT end
    kSetPolicy,     // of a link that is there
    kRestartSrt,    // the encoder: a new SRT connection that begins at `sequence`
  };
  Duration at{};
  Kind kind = Kind::kAddLink;
  std::size_t link = 0;
  SeqNo sequence;
  bond::LinkPolicy policy = {};
};

struct Scenario {
  std::string name;
  std::vector<LinkPlan> links;
  BitRate rate = BitRate::megabits(4);  // of MPEG-TS
  std::optional<BitRate> adaptive;      // an encoder that follows the bond, up to this
  Duration frame{};                     // packets of a video frame leave together; 0: evenly
  Duration latency = 2s;
  Duration length = 60s;
  RigKind rig = RigKind::kAegis;
  RelayKind relay = RelayKind::kAegis;
  bool paired = false;                  // two Aegis that prove themselves to each other
  unsigned burst = 4;                   // of the alternating rig
  int loss_max_ttl = 0;                 // of the SRT listener
  bool nak_report = true;               // of the SRT listener
  std::optional<SeqNo> first_sequence;  // drawn when absent
  std::vector<Change> changes;
  unsigned check_every = 1;  // look at the machines' figures after so many steps of theirs
};

struct OutageReport {
  Duration start{}, length{};
  std::optional<Duration> rtt;         // as the sender knew it when it began
  std::optional<Duration> met;         // from its start until a packet was sent into it
  std::optional<Duration> noticed;     // from then until the sender says so
  std::optional<Duration> readmitted;  // from its end until 20 data packets came through
  std::optional<Duration> usable;      // from its end until the sender says so
  std::uint64_t into_the_dark = 0;     // data packets that were sent into it
  std::uint64_t carried = 0;           // bytes through in the second second after it
  bool disturbed = false;              // the link was added or removed, or went dark again, near it
};

struct LinkReport {
  std::uint64_t wire_packets = 0, wire_bytes = 0;  // upwards, with IP and UDP headers
  std::uint64_t data_packets = 0, data_lost = 0;   // SRT data; lost by the link itself
  std::uint64_t lost_bytes = 0;
  Duration queue_p50{}, queue_p95{};  // what the packets waited for others of ours
  std::vector<OutageReport> outages;
};

// Media packets in a row that were not played.
struct Gap {
  Duration at{};  // when the first was made, after the first of all
  std::uint64_t packets = 0, late = 0;
};

struct Report {
  std::string scenario;
  std::uint64_t seed = 0;
  // Media packets: made by the source; of these played; the rest by cause.
  std::uint64_t made = 0, played = 0;
  BitRate made_rate;                        // on average
  std::uint64_t unsent = 0;                 // no SRT connection stood
  std::uint64_t refused = 0;                // the SRT sender's window was full
  std::uint64_t missing = 0;                // sent, and never played
  std::uint64_t late = 0;                   // of these, those that came after their time
  std::uint64_t duplicates = 0;             // data packets shown to the SRT receiver again
  std::uint64_t retransmitted = 0;          // by the SRT sender
  std::uint64_t losses = 0;                 // data packets lost by the links
  std::uint64_t wire_data = 0;              // data packets put on links, repeats included
  std::uint64_t naks = 0, naks_passed = 0;  // loss reports of the receiver; that came to the sender
  unsigned connections = 0, broken = 0;
  std::string broken_because;
  double amplification = 0;        // wire bytes upwards over those of the originals
  double amplification_extra = 0;  // the same without what the links lost
  Duration transport_p50{}, transport_p95{}, transport_p99{};  // from SRT sender into SRT receiver
  Duration excess_p95{};  // playing time beyond the configured latency
  std::vector<LinkReport> links;
  std::vector<Gap> gaps;  // the first hundred
  std::size_t most_queued = 0, most_held = 0;
  std::uint64_t expired = 0, overflowed = 0, unroutable = 0;
  std::uint64_t events = 0;
  std::vector<std::string> violations;  // of invariants; the first few

  double lost_share() const {
    return made == 0 ? 1.0 : static_cast<double>(made - played) / static_cast<double>(made);
  }
};

// Everything follows from the two: same scenario, same seed, same report.
Report run_scenario(const Scenario& scenario, std::uint64_t seed);

}  // namespace aegis::sim
