// The simulated world: media source, SRT caller, rig, links, relay and SRT listener on one time
// line.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "agent/control/rate_control.hpp"
#include "sim/auditor.hpp"
#include "sim/ends.hpp"
#include "sim/ledger.hpp"
#include "sim/model_link.hpp"
#include "sim/rng.hpp"
#include "sim/scenario.hpp"
#include "sim/srt_acceptor.hpp"
#include "sim/srt_caller.hpp"
#include "sim/timeline.hpp"

namespace aegis::sim {

class World final : private Actor,
                    private bond::SenderOutput,
                    private bond::ReceiverOutput,
                    private SrtCaller::Output {
 public:
  World(const Scenario& scenario, std::uint64_t seed);
  Report run();

 private:
  enum Event : std::uint32_t {
    kMedia,
    kChange,
    kDial,
    kRigTimer,
    kRelayTimer,
    kCallerTimer,
    kListenerTimer,
    kUp,
    kDown,
    kCallerToRig,
    kRigToCaller,
    kRelayToListener,
    kListenerToRelay,
  };

  // One connection that the SRT listener accepted.
  struct Accepted final : SrtAcceptor::Output {
    Accepted(World& owner, GroupId its_group, const SrtAcceptorConfig& config)
        : world(owner), group(its_group), end(config, *this) {}
    void acceptor_sends(ByteView datagram) override {
      world.later(kListenerToRelay, datagram, group.value);
    }
    void media(std::uint64_t index, Time arrived, Time now) override {
      world.ledger_.played(index, arrived, now, world.scenario_.latency);
    }
    World& world;
    GroupId group;
    SrtAcceptor end;
  };

  void on_event(std::uint32_t what, std::uint32_t argument) override;
  void on_hop(std::uint32_t what, ByteView datagram, std::uint32_t tag);
  void on_timer(std::uint32_t what);
  void later(Event hop, ByteView datagram, std::uint32_t tag = 0);

  // Outputs of the machines.
  void to_link(LinkId link, ByteView datagram) override;
  void to_srt(ByteView datagram) override;
  void to_link(const Endpoint& link, ByteView datagram) override;
  void to_srt(GroupId group, ByteView datagram) override;
  void group_opened(GroupId group, const std::optional<bond::DeviceId>& device) override;
  void group_closed(GroupId group, bond::GroupEnd why) override;
  void caller_sends(ByteView datagram) override;

  void make_media();
  double media_interval();
  void dial();
  void apply(const Change& change);
  void plug(std::size_t index);
  void make_relay();
  void on_up(std::size_t index);
  void on_down(std::size_t index);
  void hand_to_listener(GroupId group, ByteView datagram);
  void fold(SrtAcceptor& acceptor);
  void after_rig();
  void after_relay();
  void after_caller();
  void after_listener();
  void arm_link(std::size_t index);
  void check_rig();
  void check_relay();
  Report report();

  Time now() const { return timeline_.now(); }

  Scenario scenario_;
  std::uint64_t seed_;
  Rng rng_;
  agent::control::RateControl control_;
  Time start_;
  Timeline timeline_;
  PacketPool pool_;
  Auditor auditor_;
  Ledger ledger_;
  std::vector<std::unique_ptr<ModelLink>> links_;
  std::vector<Alarm> up_alarms_, down_alarms_;
  std::unique_ptr<RigEnd> rig_;
  std::unique_ptr<RelayEnd> relay_;
  std::optional<SrtCaller> caller_;
  std::vector<std::unique_ptr<Accepted>> accepted_;
  Alarm rig_alarm_, relay_alarm_, caller_alarm_, listener_alarm_;
  std::optional<std::size_t> plugging_;  // the link that is being added just now
  bool dialing_ = false, media_flows_ = false;
  SeqNo next_first_sequence_;
  std::uint32_t next_socket_ = 1000;
  double media_due_ = 0;  // us after media_start_ when the next packet of media is to be made
  Time media_start_{};
  BitRate media_rate_;
  Time next_media_rate_{};
  unsigned rig_steps_ = 0, relay_steps_ = 0;
  bond::ReceiverConfig relay_config_;
  Report report_;
};

}  // namespace aegis::sim
