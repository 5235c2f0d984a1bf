// The bonded end of the relay: one UDP socket for all links of all rigs, the bond receiver behind
// it, and a way to the SRT server for each group.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "common/base/cidr.hpp"
#include "common/base/endpoint.hpp"
#include "common/base/ids.hpp"
#include "common/base/result.hpp"
#include "common/bond/receiver.hpp"
#include "common/os/event_loop.hpp"
#include "common/os/udp_socket.hpp"
#include "relay/event_log.hpp"
#include "relay/figures.hpp"
#include "relay/group_directory.hpp"
#include "relay/link_news.hpp"
#include "relay/snapshot.hpp"

namespace aegis::relay {

// Everything but open() and what is called thread-safe runs on the thread in run().
class BondIngress final : private bond::ReceiverOutput {
 public:
  struct Options {
    Endpoint links, srt_server;
    AddressRules callers;
    bool require_proof = false;  // nothing but paired rigs
  };
  // Hears links on `links` and hands each group's SRT datagrams to `srt_server`, from a socket of
  // the group's own that `groups` knows. Links that `callers` does not admit are not heard at all.
  // Errors: as UdpSocket::open.
  static Result<std::unique_ptr<BondIngress>> open(Options options, GroupDirectory& groups,
                                                   EventLog& events);

  void run();   // until stop()
  void stop();  // thread-safe

  // Forgets the group and its links. Thread-safe.
  void close_group(GroupId group);
  // Whose links are heard from now on. Thread-safe.
  void set_callers(AddressRules callers);
  // The rigs that may prove themselves from now on; groups of others end. Thread-safe.
  void set_devices(std::vector<bond::Device> devices);
  std::shared_ptr<const BondFigures> figures() const { return figures_.read(); }  // thread-safe
  Endpoint links_endpoint() const { return links_.local(); }

 private:
  // A group's way to the SRT server.
  struct Route {
    os::UdpSocket socket;
    Endpoint local;
  };

  BondIngress(os::UdpSocket links, Options options, GroupDirectory& groups, EventLog& events);

  void on_links_readable(Time now);
  void on_link_datagram(std::size_t slot, Time now);
  void on_route_readable(GroupId group, Time now);
  void after_turn(Time now);
  void arm(Time now);
  void flush_links();
  void flush_srt();
  void keep_wall_clock(Time now);
  void publish_figures(Time now);

  void to_link(const Endpoint& link, ByteView datagram) override;
  void to_srt(GroupId group, ByteView datagram) override;
  void group_opened(GroupId group, const std::optional<bond::DeviceId>& device) override;
  void group_closed(GroupId group, bond::GroupEnd why) override;
  void link_registered(const Endpoint& link) override;
  void link_gone(const Endpoint& link) override;
  Endpoint source_for(const Endpoint& link) const;

  os::EventLoop loop_;
  os::UdpSocket links_;
  Endpoint srt_server_;
  GroupDirectory& groups_;
  EventLog& events_;
  LinkNews link_news_;
  AddressRules callers_;
  bond::BondReceiver receiver_;
  std::unordered_map<GroupId, Route> routes_;
  // At which address of ours each registered link asks: it has to be answered from there. As many
  // as the receiver has links.
  std::unordered_map<Endpoint, Endpoint> asked_at_;

  os::UdpSocket::ReceiveBatch incoming_;
  Endpoint incoming_at_;  // the address of ours to which the link datagram at hand was sent
  os::UdpSocket::SendBatch to_links_;
  os::UdpSocket::SendBatch to_srt_;
  std::optional<GroupId> to_srt_group_;  // whose datagrams stand in to_srt_

  Time timer_at_ = kNever;  // when the receiver's timer is set to fire
  os::EventLoop::TimerId timer_ = 0;
  BondFigures totals_;  // its counters only
  Snapshot<BondFigures> figures_;
};

}  // namespace aegis::relay
