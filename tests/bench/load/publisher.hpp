// A stock bonding rig as the load generator needs it: SRTLA over two links, an SRT caller above
// them that sends at a constant rate. Sans-IO: the batches belong to the shell.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "bench/load/program.hpp"
#include "common/base/units.hpp"
#include "common/bond/wire.hpp"
#include "sim/srt_caller.hpp"

namespace aegis::bench {

class LoadPublisher final : private sim::SrtCaller::Output {
 public:
  static constexpr std::size_t kLinks = 2;

  class Output {
   public:
    virtual void publisher_sends(std::size_t publisher, std::size_t link, ByteView datagram) = 0;

   protected:
    ~Output() = default;
  };

  struct Options {
    std::string stream_id;
    BitRate rate;
    Duration latency = 2s;
    bool media = true;  // false: it registers its group and is silent from then on
  };

  // Begins to register at `start`.
  LoadPublisher(std::size_t index, Options options, const Program& program, Output& out,
                Time start);

  void on_datagram(std::size_t link, ByteView datagram, Time now);
  // To be called every few milliseconds.
  void tick(Time now);

  bool registered() const { return links_up_ == kLinks; }
  bool sends() const { return caller_ && caller_->state() == sim::SrtCaller::State::kConnected; }
  const char* broken_because() const { return caller_ ? caller_->broken_because() : ""; }
  sim::SrtCallerCounters counters() const;

 private:
  void caller_sends(ByteView datagram) override;
  void on_srtla(std::size_t link, ByteView datagram);
  void ask(Time now);
  void keep_alive(Time now);
  void call(Time now);
  void send_due(Time now);
  void to_link(std::size_t link, ByteView datagram);

  std::size_t index_;
  Options options_;
  const Program& program_;
  Output& out_;
  bond::GroupToken token_{};
  bool has_group_ = false;
  std::array<bool, kLinks> up_{};
  std::size_t links_up_ = 0, next_link_ = 0;
  Time next_question_, next_keepalive_{};
  std::optional<sim::SrtCaller> caller_;
  Time first_media_{};
  std::uint64_t sent_ = 0;
};

}  // namespace aegis::bench
