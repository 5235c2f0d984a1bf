// One run of `aegis stream`: starts the parts, watches over them on the main thread's loop, and
// ends them in order.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "agent/bond_uplink.hpp"
#include "agent/control/change_log.hpp"
#include "agent/control/loss_window.hpp"
#include "agent/control/progress.hpp"
#include "agent/control/rate_control.hpp"
#include "agent/control/relay_switch.hpp"
#include "agent/control/rig_state.hpp"
#include "agent/link_keeper.hpp"
#include "agent/media/chunk_queue.hpp"
#include "agent/media/source.hpp"
#include "agent/reporter.hpp"
#include "agent/rig_status.hpp"
#include "agent/srt_uplink.hpp"
#include "agent/stream.hpp"
#include "common/config/state_watch.hpp"
#include "common/os/event_loop.hpp"
#include "common/os/signals.hpp"
#include "common/os/unix_socket.hpp"

namespace aegis::agent {

class Session {
 public:
  explicit Session(const StreamOptions& options);

  // Blocks until the input ends, a signal comes, or something fails that waiting cannot heal.
  Status run();

 private:
  Status start_parts();
  Status start_media();
  void start_control_socket();

  Result<std::unique_ptr<BondUplink>> start_bond(std::size_t relay,
                                                 const std::optional<HostPort>& proxy);
  void start_srt();
  BondStatus bond_status() const;
  void choose_relay(const BondStatus& bond, Time now);
  void try_relay(std::size_t relay);
  void change_relay(std::size_t relay);
  void retire(std::unique_ptr<BondUplink>& bond);
  void read_pairings(Time now);

  void on_tick(Time now);
  void adapt_video_rate(const bond::SenderFigures& figures, Time now);
  void on_signal(Time now);
  void on_control_line(os::UnixServer::ClientId client, std::string_view line);
  Status change_media(const std::string& bit_rate, const std::string& input,
                      const std::string& mute);
  std::string media_answer();
  void set_bit_rate(const BitRateBounds& bounds);
  std::string answer_link(const std::string& name, const std::string& change);
  LinkKeeper::SetPolicy set_policy();
  void tell_followers(const BondStatus& bond);
  void look_for_the_end(Time now);
  void begin_end(Time now, bool hurry);
  void end(Status outcome);

  RigStatus snapshot(Time now);
  control::RigReport report_of(const RigStatus& status, Time now) const;
  void report_proof(const BondStatus& bond, control::RigReport& report, Time now) const;
  void watch_progress(const RigStatus& status, Time now);
  void watch_links(BondStatus& bond, Time now);
  void watch_changes(RigStatus& status, Time now);
  bool all_alive(Time now) const;
  void measure_input(RigStatus& status, Time now);

  StreamOptions const options_;
  os::Signals signals_;
  os::EventLoop loop_;
  Time const started_;
  Reporter reporter_;
  control::RigStateMachine state_machine_;

  media::ChunkQueue queue_;
  LinkKeeper keeper_;
  control::RelaySwitch relay_switch_;
  std::vector<RelayTarget> relays_;    // options_.relays, with what pairing has changed since
  std::size_t relay_ = 0;              // in use
  std::unique_ptr<BondUplink> bond_;   // to it
  std::unique_ptr<BondUplink> tried_;  // to another one, to see whether it answers
  std::size_t tried_relay_ = 0;        // which, while there is tried_
  std::map<std::string, Bytes, std::less<>> carried_before_;  // by bonds that have ended
  std::unique_ptr<media::SourceThread> source_;               // none in proxy mode
  std::unique_ptr<SrtUplink> srt_;                            // none in proxy mode
  std::unique_ptr<os::UnixServer> control_;
  std::vector<os::UnixServer::ClientId> followers_;  // of the forecast

  struct RateSample {
    Time at{};
    std::uint64_t bytes = 0;
    std::optional<BitRate> rate;
  } input_rate_;
  std::map<std::string, control::LossWindow, std::less<>> losses_;  // by link
  control::ChangeLog changes_;
  control::Progress sent_, frames_, bond_ticks_;  // by SRT; of the encoder; of the bond's thread
  control::Progress unproved_;                    // answers that are not from our relay
  config::StateWatch pairings_;
  Time next_state_look_{};
  BitRateBounds bit_rate_;                            // in force
  std::optional<control::RateControl> rate_control_;  // none when there is nothing to adapt
  std::optional<control::RateDecision> video_target_;
  std::optional<Time> closing_at_;  // proxy mode: when to leave
  bool ending_ = false;
  Status outcome_ = success();
};

}  // namespace aegis::agent
