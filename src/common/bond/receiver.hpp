// The relay's end of the bond, for all groups: registers links, acknowledges what they deliver,
// puts the merged SRT packets into order for stock libsrt, and sends SRT's answers back over the
// links.
//
// Sans-IO, with the same contract as BondSender. One thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/endpoint.hpp"
#include "common/base/ids.hpp"
#include "common/base/time.hpp"
#include "common/base/units.hpp"
#include "common/bond/frames.hpp"
#include "common/bond/proof.hpp"
#include "common/bond/source_limiter.hpp"
#include "common/bond/wire.hpp"

namespace aegis::bond {

enum class GroupEnd { kLinksSilent, kClosedByShell, kEvicted, kNeverUsed, kRevoked };
const char* to_string(GroupEnd end);

// Where the machine puts its datagrams and news. Views are valid during the call only, and nothing
// here may call back into the machine.
class ReceiverOutput {
 public:
  virtual void to_link(const Endpoint& link, ByteView datagram) = 0;
  virtual void to_srt(GroupId group, ByteView datagram) = 0;
  // First SRT datagram of the group, which is that of a device that has proved itself or of none:
  // the shell opens its way to the SRT server before it returns.
  virtual void group_opened(GroupId group, const std::optional<DeviceId>& device) = 0;
  virtual void group_closed(GroupId group, GroupEnd why) = 0;
  // For a shell that keeps something for each link: the link whose datagram is at hand has proved
  // that it belongs to a group (it may do so again and again), and: no group has it any more.
  virtual void link_registered(const Endpoint& /*link*/) {}
  virtual void link_gone(const Endpoint& /*link*/) {}

 protected:
  ~ReceiverOutput() = default;
};

struct ReceiverConfig {
  // What is offered to a sender that is an Aegis, too (frames.hpp); 0 is plain SRTLA with
  // everybody.
  std::uint32_t capabilities = kOurCapabilities;
  // Registrations that prove no paired device get nothing.
  bool require_proof = false;
  std::size_t max_groups = 512;
  std::size_t max_links_per_group = 16;
  Duration link_timeout = 10s;        // a silent link is forgotten
  Duration group_timeout = 10s;       // a group without links is forgotten
  Duration idle_group_timeout = 15s;  // a group that SRT never accepted is forgotten, links or not
  std::size_t max_held_packets = 16384;  // over all groups, in the reordering stage
  // Of one source, which may be a carrier's NAT with many rigs behind it. A stock rig with four
  // links sends five a second while it registers: two hundred rigs may do so at once after a
  // restart of the relay, and forty for as long as they like.
  TokenBucket::Limit registrations{5ms, 1000};
  // Answers to what comes from no link: one is enough for a link to learn that it must register.
  TokenBucket::Limit unknown_answers{10ms, 200};
};

struct ReceiverLinkFigures {
  std::size_t slot = 0;  // below max_links_per_group; used again when its link is gone
  Endpoint address;
  Time joined{};
  std::uint64_t packets = 0, bytes = 0;  // SRT datagrams
  std::uint64_t data_packets = 0, retransmitted_packets = 0, duplicate_packets = 0;
  BitRate rate;  // over the last second or so
  // As LinkMeter tells them: its jitter, what waits on it, and its loss from 0 to 1.
  std::optional<Duration> jitter, queueing;
  std::optional<double> loss;
  Time last_heard{}, last_delivered{};
  std::optional<LinkTelemetry> telemetry;  // what the sender last said about its side
};

struct GroupFigures {
  GroupId id;
  Time created{};
  std::optional<DeviceId> device;  // that has proved itself
  std::vector<ReceiverLinkFigures> links;
  std::uint64_t data_packets = 0, duplicate_packets = 0, retransmitted_packets = 0;
  std::uint64_t late_packets = 0;      // originals that arrived after a later one had been released
  std::uint64_t gaps_shown = 0;        // packets that libsrt was let know to be missing
  std::uint64_t srt_refused = 0;       // SRT packets that a guard does not let through
  std::uint64_t stray_packets = 0;     // of no connection that the SRT server has accepted
  std::uint64_t answers_withheld = 0;  // from addresses that may be forged, beyond three times
                                       // what came from there
  std::uint64_t naks_from_srt = 0, naks_forwarded = 0, nak_entries_withheld = 0;
  std::size_t held_packets = 0;
  Duration hold_limit{};            // how long a gap is kept from libsrt at most, now
  std::optional<Duration> latency;  // agreed in the SRT handshake
};

struct ReceiverFigures {
  std::vector<GroupFigures> groups;
  std::uint64_t reg1_received = 0, reg2_received = 0, groups_made = 0;
  std::uint64_t reg_refused = 0;      // full tables, foreign or stale tokens
  std::uint64_t rate_limited = 0;     // registrations and strangers beyond what a source may ask
  std::uint64_t unproved = 0;         // frames that do not prove what they claim, or have to
  std::uint64_t clocks_refused = 0;   // proved registrations of a clock too far from ours
  std::uint64_t unknown_sources = 0;  // datagrams of addresses that have no link
  std::uint64_t junk = 0;             // datagrams that are neither SRTLA nor SRT
};

class BondReceiver {
 public:
  using TokenKey = std::array<std::byte, 32>;
  // `key` seals the registration tokens: fresh random bytes at each start.
  BondReceiver(const ReceiverConfig& config, const TokenKey& key);
  ~BondReceiver();
  BondReceiver(const BondReceiver&) = delete;
  BondReceiver& operator=(const BondReceiver&) = delete;

  void on_link_datagram(const Endpoint& from, ByteView datagram, Time now, ReceiverOutput& out);
  // From the SRT server towards the group's sender.
  void on_srt_datagram(GroupId group, ByteView datagram, Time now, ReceiverOutput& out);
  void on_timeout(Time now, ReceiverOutput& out);
  Time next_timeout() const;

  // The devices that may prove themselves from now on, each with one key or more. Groups of others
  // that have proved themselves before end; a device that has another key now keeps those that it
  // has.
  void set_devices(std::vector<Device> devices, ReceiverOutput& out);
  // What Unix time is ahead of `now`; to be called again when the host's clock was set.
  void set_unix_offset(Duration ahead);

  // Forgets the group and all its links at once (SRT refused it, or it was kicked).
  void close_group(GroupId group, ReceiverOutput& out);

  ReceiverFigures figures(Time now) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aegis::bond
