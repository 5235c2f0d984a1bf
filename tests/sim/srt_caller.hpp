// A model of the sending end of stock libsrt 1.5.1 in live mode, sans-IO: the handshake as caller,
// the send buffer with too-late drop, retransmission on loss reports with RETRANSMITALGO=1.
//
// Modelled from the SRT draft (draft-sharabayko-srt sections 3 and 4) and from how libsrt is known
// to behave: maxbw unlimited, so a retransmission leaves as soon as it is asked for.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "common/base/seq.hpp"
#include "sim/srt_format.hpp"
#include "sim/srt_rtt.hpp"

namespace aegis::sim {

struct SrtCallerConfig {
  Duration latency = 2s;
  SeqNo initial_sequence;
  std::uint32_t socket_id = 1;
  Duration peer_idle = 5s;  // PEERIDLETIMEO
  std::string stream_id = {};
  bool once_per_rtt = true;  // RETRANSMITALGO=1; needs a peer that sends periodic NAKs
};

struct SrtCallerCounters {
  std::uint64_t packets = 0;  // originals sent
  std::uint64_t retransmitted = 0;
  std::uint64_t too_late = 0;  // left the send buffer unacknowledged
  std::uint64_t loss_reports = 0, losses_reported = 0;
  std::uint64_t spared = 0;   // asked for again within one RTT, not sent
  std::uint64_t refused = 0;  // the flight window was full
};

class SrtCaller {
 public:
  class Output {
   public:
    virtual void caller_sends(ByteView datagram) = 0;

   protected:
    ~Output() = default;
  };
  enum class State { kInduction, kConclusion, kConnected, kBroken };

  // Starts the handshake at once.
  SrtCaller(const SrtCallerConfig& config, Time now, Output& out);

  State state() const { return state_; }
  const char* broken_because() const { return broken_because_; }
  const SrtCallerCounters& counters() const { return counters_; }
  Duration rtt() const { return rtt_.smoothed; }

  // One packet of media; the connection must stand. False when the flight window refuses it.
  bool push(std::uint64_t index, Time now);
  void on_datagram(ByteView datagram, Time now);
  void on_timeout(Time now);
  Time next_timeout() const;
  void shut_down(Time now);

 private:
  struct Slot {
    std::uint64_t index = 0;
    Time origin{}, last_resent{};
    std::uint32_t message = 0;
    bool resent = false;
  };

  std::uint32_t timestamp(Time now) const;
  void send(const SrtPacket& packet, Time now);
  void send_handshake(Time now);
  void on_handshake(ByteView datagram, Time now);
  void on_ack(ByteView datagram, Time now);
  void on_nak(ByteView datagram, Time now);
  void resend(std::size_t offset, Time now);
  void resend_unacknowledged(Time now);
  void drop_too_late(Time now);
  void break_off(const char* why);
  SeqNo end() const { return first_.plus(static_cast<std::int32_t>(buffer_.size())); }

  SrtCallerConfig config_;
  Output& out_;
  Time started_;
  State state_ = State::kInduction;
  const char* broken_because_ = "";
  std::uint32_t cookie_ = 0, peer_socket_ = 0, message_ = 1;
  bool peer_reports_naks_ = true;
  Duration latency_;
  SeqNo first_;              // the sequence of buffer_.front()
  std::deque<Slot> buffer_;  // sent and not acknowledged
  std::uint32_t window_ = 8192;
  SrtRtt rtt_;
  Time last_heard_, last_sent_, last_ack_, next_handshake_;
  int fast_resends_ = 1;
  SrtCallerCounters counters_;
};

}  // namespace aegis::sim
