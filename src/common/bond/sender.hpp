// The rig's end of the bond: takes SRT datagrams from a local SRT peer, sends each over the link
// that delivers it first, and brings the relay's answers back.
//
// Sans-IO: the shell owns the sockets and the clock. It calls the on_*() functions with what
// happened and its `now`, and on_timeout() when next_timeout() has come; the machine answers
// through SenderOutput while the call runs. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/ids.hpp"
#include "common/base/time.hpp"
#include "common/base/units.hpp"
#include "common/bond/frames.hpp"
#include "common/bond/link_policy.hpp"
#include "common/bond/proof.hpp"
#include "common/bond/wire.hpp"

namespace aegis::bond {

// Where the machine puts its datagrams. The views are valid during the call only, and nothing here
// may call back into the machine.
class SenderOutput {
 public:
  virtual void to_link(LinkId link, ByteView datagram) = 0;
  virtual void to_srt(ByteView datagram) = 0;  // to the local SRT peer

 protected:
  ~SenderOutput() = default;
};

enum class LinkState {
  kConnecting,  // not registered (yet, or again)
  kLive,        // registered and answering
  kSuspect,     // registered, but what was sent is overdue: not used until it answers
  kOff,         // by its policy
};
const char* to_string(LinkState state);

struct SenderConfig {
  // What may be used with a relay that is an Aegis, too (frames.hpp); 0 is plain SRTLA with any
  // relay.
  std::uint32_t capabilities = kOurCapabilities;
  // Who we are to a relay that we are paired with. No other is registered with then.
  std::optional<Device> device = std::nullopt;
  // Packets older than this in the bond's own queue are dropped instead of sent. Replaced by the
  // latency seen in the SRT handshake once there is one.
  Duration max_queue_age = 2s;
};

struct LinkFigures {
  LinkId id;
  LinkState state = LinkState::kConnecting;
  std::uint64_t sent_packets = 0, sent_bytes = 0;    // SRT datagrams and SRTLA frames
  std::uint64_t data_packets = 0;                    // SRT data packets
  std::uint64_t retransmitted_packets = 0;           // of those, SRT retransmissions
  std::uint64_t acked_packets = 0, nak_packets = 0;  // delivered; reported lost by SRT
  BitRate send_rate, delivery_estimate;
  std::optional<Duration> rtt, min_rtt;  // none before the first sample
  Duration queueing{};                   // queueing delay beyond min_rtt that we see now
  Bytes in_flight, in_flight_cap;
  Bytes cap_at_last_send;  // the cap changes with each report; this one let the last packet go
  LinkPolicy policy;
  Time last_heard{};
};

struct SenderFigures {
  bool registered = false;  // at least one link is live
  std::vector<LinkFigures> links;
  std::uint64_t srt_packets_in = 0;  // from the local SRT peer
  std::uint64_t data_packets_in = 0, retransmissions_in = 0;
  bool aegis_peer = false;               // the relay is an Aegis: link frames and repairs
  std::uint64_t repaired_packets = 0;    // sent again by the bond itself
  std::uint64_t expired_packets = 0;     // waited too long, or outlived their connection
  std::uint64_t overflow_packets = 0;    // the queue was full
  std::uint64_t unroutable_packets = 0;  // no link registered
  std::uint64_t junk_from_links = 0, junk_from_srt = 0;
  std::uint64_t duplicate_controls = 0;     // copies of one SRT control packet off several links
  std::uint64_t registration_refusals = 0;  // REG_ERR or REG_NAK
  // Of a paired rig: answers that do not prove to come from its relay, and what the relay's clock
  // was ahead of ours when it refused us for that.
  std::uint64_t unproved_answers = 0;
  std::optional<Duration> clock_refusal;
  // Of media within SRT's payload: what can be delivered within the latency with 95 % confidence
  // (Forecast), renewed each 50 ms while media flows. Zero until a link is live.
  BitRate deliverable;
  // What the live links carry now: no more than that while they are busy, and perhaps more while
  // they are not, since nobody has asked them.
  BitRate capacity;
  // What waits in the bond and in the links' queues takes this long at the links' present rates:
  // an encoder that makes less than `deliverable` sees it shrink.
  Duration backlog{};
  std::size_t queued_packets = 0;
  Duration queue_age{};  // of the oldest queued packet
};

class BondSender {
 public:
  // `seed` are 256 fresh random bytes, the first group id.
  BondSender(const SenderConfig& config, const GroupToken& seed);
  ~BondSender();
  BondSender(const BondSender&) = delete;
  BondSender& operator=(const BondSender&) = delete;

  // A link is added when the shell has a socket for it and removed when that socket is gone.
  // Registration of it starts at once, unless its policy says `off`.
  LinkId add_link(Time now, SenderOutput& out, const LinkPolicy& policy = {});
  void remove_link(LinkId link, Time now, SenderOutput& out);
  // What the user wants of the link from now on.
  void set_policy(LinkId link, const LinkPolicy& policy, Time now, SenderOutput& out);
  // The kernel refused a datagram on this link (no route, device gone).
  void on_send_failure(LinkId link, Time now, SenderOutput& out);

  void on_link_datagram(LinkId link, ByteView datagram, Time now, SenderOutput& out);
  void on_srt_datagram(ByteView datagram, Time now, SenderOutput& out);
  void on_timeout(Time now, SenderOutput& out);
  Time next_timeout() const;

  // What Unix time is ahead of `now`; to be called again when the host's clock was set.
  void set_unix_offset(Duration ahead);

  // Who we are to our relay from the next registration on; the group that there is goes on. Only
  // for a sender that was paired from the start.
  void set_device(Device device);

  // The relay has a new address, or the shell wants a fresh start: every link registers anew.
  void restart(const GroupToken& seed, Time now, SenderOutput& out);

  bool registered() const;
  // Groups that relays have made for us so far. With a new one nothing above the bond can count on
  // the relay's memory of the one before.
  std::uint64_t groups_joined() const;
  SenderFigures figures(Time now) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aegis::bond
