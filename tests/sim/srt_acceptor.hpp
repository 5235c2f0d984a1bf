// A model of the receiving end of stock libsrt 1.5.1 in live mode, sans-IO: one accepted
// connection. Handshake answers, TSBPD delivery with too-late drop, ACK every 10 ms and light ACKs,
// loss reports at once (or by LOSSMAXTTL) and periodically, RTT from ACKACK.
//
// Modelled from the SRT draft and from field measurements of the stock library; the clock-drift
// tracer is left out, since both ends of the simulation share one clock.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "common/base/seq.hpp"
#include "sim/srt_format.hpp"
#include "sim/srt_rtt.hpp"

namespace aegis::sim {

struct SrtAcceptorConfig {
  Duration latency = 2s;
  int loss_max_ttl = 0;    // LOSSMAXTTL, in packets
  bool nak_report = true;  // NAKREPORT
  std::uint32_t socket_id = 2;
  Duration peer_idle = 5s;
};

struct SrtAcceptorCounters {
  std::uint64_t packets = 0;     // data packets that came, of any kind
  std::uint64_t duplicates = 0;  // were in the buffer already
  std::uint64_t belated = 0;     // came after their place had been passed (or delivered)
  std::uint64_t dropped = 0;     // places passed without their packet
  std::uint64_t beyond = 0;      // did not fit into the buffer
  std::uint64_t loss_reports = 0, losses_reported = 0;
};

class SrtAcceptor {
 public:
  class Output {
   public:
    virtual void acceptor_sends(ByteView datagram) = 0;
    // Media for the application, at its TSBPD time; `arrived` when it came.
    virtual void media(std::uint64_t index, Time arrived, Time now) = 0;

   protected:
    ~Output() = default;
  };

  SrtAcceptor(const SrtAcceptorConfig& config, Output& out) : config_(config), out_(out) {}

  bool connected() const { return connected_; }
  bool broken() const { return broken_; }
  const SrtAcceptorCounters& counters() const { return counters_; }
  std::uint32_t socket_id() const { return config_.socket_id; }
  std::uint32_t peer_socket() const { return peer_socket_; }

  void on_datagram(ByteView datagram, Time now);
  void on_timeout(Time now);
  Time next_timeout() const;

 private:
  static constexpr std::int64_t kBuffer = 8192;
  struct Slot {
    bool present = false, lost = false;
    bool fresh = false;  // lost, and not reported yet
    int ttl = 0;         // of a fresh loss: arrivals until it is reported
    std::uint32_t timestamp = 0;
    std::uint64_t index = 0;
    Time arrived{};
  };

  Slot& slot(std::int64_t at) { return slots_[static_cast<std::size_t>(at) % kBuffer]; }
  const Slot& slot(std::int64_t at) const { return slots_[static_cast<std::size_t>(at) % kBuffer]; }
  SeqNo sequence(std::int64_t at) const {
    return first_.plus(static_cast<std::int32_t>(at & 0x7fffffff));
  }
  std::int64_t position(SeqNo sequence) const;
  std::uint32_t timestamp(Time now) const;
  void send(const SrtPacket& packet, Time now);

  void on_handshake(ByteView datagram, Time now);
  void on_data(ByteView datagram, Time now);
  void on_gap(std::int64_t from, std::int64_t to, Time now);
  void on_reordered(std::int64_t at, const Slot& place);
  void age_fresh_losses(Time now);
  void report(const SrtLosses& losses, Time now);
  void report_all(Time now);
  void send_ack(Time now);
  void on_ack_ack(ByteView datagram, Time now);
  void on_shutdown(Time now);
  void deliver(Time now);
  void pass(std::int64_t until);
  Time play_time(const Slot& slot) const;
  Duration nak_interval() const;

  SrtAcceptorConfig config_;
  Output& out_;
  bool connected_ = false, broken_ = false, induced_ = false;
  std::uint32_t peer_socket_ = 0;
  Duration latency_{};
  Time started_{}, time_base_{};  // of this end's timestamps; of the peer's
  Time last_heard_{}, last_sent_{}, next_ack_{}, next_nak_{};

  // Positions count packets since the initial sequence number `first_`.
  SeqNo first_;
  std::vector<Slot> slots_;
  std::int64_t play_ = 0;        // next for the application
  std::int64_t ready_ = 0;       // first one present at or after play_; high_ when there is none
  std::int64_t contiguous_ = 0;  // first gap: what an ACK says
  std::int64_t high_ = 0;        // one after the highest that came
  std::int64_t missing_ = 0;     // in play_ ... high_
  std::int64_t fresh_ = 0;       // of those, not reported yet

  int tolerance_ = 0, in_order_ = 0, early_ = 0;
  struct SentAck {
    std::uint32_t number = 0;
    std::int64_t position = 0;
    Time at{};
  };
  std::array<SentAck, 256> acks_{};
  std::uint32_t ack_number_ = 0;
  std::int64_t acked_ = -1, ack_acked_ = -1;
  Time last_full_ack_{};
  int since_ack_ = 0, light_acks_ = 1;
  SrtRtt rtt_;
  SrtAcceptorCounters counters_;
};

}  // namespace aegis::sim
