// The bond thread's machinery: everything here runs on one event loop.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "agent/bond_link.hpp"
#include "agent/bond_uplink.hpp"
#include "agent/control/orphan_watch.hpp"
#include "agent/relay_address.hpp"
#include "common/bond/sender.hpp"
#include "common/os/event_loop.hpp"
#include "common/os/log.hpp"
#include "common/os/netlink.hpp"
#include "common/os/udp_socket.hpp"

namespace aegis::agent {

class BondPump final : private bond::SenderOutput {
 public:
  using Publish = std::function<void(BondStatus)>;
  // `publish` gets a status several times a second, and at once when the bond comes or goes.
  BondPump(os::EventLoop& loop, BondOptions options, os::UdpSocket srt, Publish publish);
  ~BondPump();
  BondPump(const BondPump&) = delete;
  BondPump& operator=(const BondPump&) = delete;

  void start(Time now);
  void set_policy(const std::string& name, const bond::LinkPolicy& policy, Time now);
  void set_device(const bond::Device& device) { sender_.set_device(device); }

 private:
  // bond::SenderOutput: called by the sender, never calls back into it.
  void to_link(LinkId link, ByteView datagram) override;
  void to_srt(ByteView datagram) override;

  void on_srt_readable(Time now);
  void take_from_srt(std::size_t slot, Time now);
  void end_orphaned_srt(const bond::SenderFigures& figures, Time now);
  void on_link_readable(LinkId link, Time now);
  void after_turn(Time now);
  bool handle_send_troubles(Time now);
  void arm_timer(Time now);

  void on_interfaces(const std::vector<os::Interface>& interfaces, Time now);
  void reconcile(Time now);
  void open_link(BondLink& link, Time now);
  void close_link(BondLink& link, Time retry_at, Time now);
  BondLink* find(LinkId id);

  void on_relay_answer(Result<std::vector<Endpoint>> answer);
  void use_relay(const Endpoint& relay, Time now);
  void keep_wall_clock(Time now);
  void on_tick(Time now);
  bond::LinkPolicy policy_of(const BondLink& link) const;
  void forget(const BondLink& link);
  BondStatus make_status(Time now) const;

  os::EventLoop& loop_;
  BondOptions const options_;
  Publish const publish_;
  bond::BondSender sender_;

  os::UdpSocket srt_;
  os::UdpSocket::ReceiveBatch received_;
  os::UdpSocket::SendBatch to_srt_;
  std::optional<Endpoint> srt_peer_;
  Endpoint srt_called_at_;        // the address of ours that the peer called
  std::uint32_t srt_socket_ = 0;  // the peer's, as the relay's answers to it say
  control::OrphanWatch orphan_watch_;
  std::uint64_t srt_bytes_in_ = 0, closed_links_drops_ = 0;
  std::map<std::string, Bytes, std::less<>> closed_links_bytes_;
  LinkPolicies policies_;
  std::optional<Time> last_data_in_;
  os::log::RateLimitedLog srt_junk_{"datagram dropped on the SRT side"};

  std::vector<std::unique_ptr<BondLink>> links_;
  BondLink* joining_ = nullptr;  // while the sender gives it its id
  std::vector<os::Interface> interfaces_;
  bool interfaces_known_ = false;
  std::vector<std::string> missing_;
  std::unique_ptr<os::InterfaceWatch> watch_;

  RelayAddress relay_address_;
  std::optional<Endpoint> relay_;
  std::string relay_trouble_;
  Time unregistered_since_{}, next_look_up_ = kNever;

  os::EventLoop::TimerId timer_ = 0;
  Time timer_at_ = kNever;
  std::uint64_t ticks_ = 0;
  std::optional<Duration> unix_offset_;
  bool was_registered_ = false;
};

}  // namespace aegis::agent
