// An SRT player as the load generator needs it: it acknowledges, asks again for what is missing,
// and counts by the numbers in the programme. Sans-IO, as the publisher.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/seq.hpp"
#include "common/base/time.hpp"
#include "sim/srt_format.hpp"

namespace aegis::bench {

struct PlayerAccount {
  std::uint64_t received = 0;     // each number once
  std::uint64_t missing = 0;      // numbers between the first and the last that never came
  std::uint64_t asked_again = 0;  // packets that the path from the relay had lost
  std::uint64_t refusals = 0;
};

class LoadPlayer {
 public:
  class Output {
   public:
    virtual void player_sends(std::size_t player, ByteView datagram) = 0;

   protected:
    ~Output() = default;
  };

  LoadPlayer(std::size_t index, std::string stream_id, Duration latency, Output& out);

  void on_datagram(ByteView datagram, Time now);
  // To be called every few milliseconds; calls the server from `now` on.
  void tick(Time now);
  bool plays() const { return received_ > 0; }
  PlayerAccount account() const;
  // Counts from here on.
  void start_account();

 private:
  enum class State { kIdle, kInduction, kConclusion, kConnected };
  struct Missing {
    SeqNo sequence;
    Time since;
  };

  std::uint32_t timestamp(Time now) const;
  void send_handshake(Time now);
  void on_handshake(ByteView datagram, Time now);
  void on_data(ByteView datagram, Time now);
  void on_gap(SeqNo upto, Time now);
  void count(std::uint64_t number);
  void acknowledge(Time now);
  void forget_too_late(Time now);

  std::size_t index_;
  std::string stream_id_;
  Duration latency_;
  Output& out_;
  State state_ = State::kIdle;
  Time started_{}, next_handshake_{}, next_ack_{}, next_nak_{};
  std::uint32_t cookie_ = 0, peer_socket_ = 0, ack_number_ = 0;
  SeqNo next_;
  std::vector<Missing> missing_;
  std::uint64_t first_number_ = 0, last_number_ = 0, received_ = 0, since_ack_ = 0;
  PlayerAccount account_;
};

}  // namespace aegis::bench
