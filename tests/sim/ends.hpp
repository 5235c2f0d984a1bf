// The two ends of a bond as the simulated world sees them, whoever made them: Aegis's machines or
// the models of stock peers. Both speak through the outputs that Aegis's machines define.
#pragma once

#include <memory>
#include <optional>

#include "common/bond/receiver.hpp"
#include "common/bond/sender.hpp"

namespace aegis::sim {

class RigEnd {
 public:
  virtual ~RigEnd() = default;
  virtual LinkId add_link(Time now, bond::SenderOutput& out) = 0;
  virtual void remove_link(LinkId link, Time now, bond::SenderOutput& out) = 0;
  // Only Aegis's own sender can.
  virtual void set_policy(LinkId, const bond::LinkPolicy&, Time, bond::SenderOutput&) {}
  virtual void on_link_datagram(LinkId link, ByteView datagram, Time now,
                                bond::SenderOutput& out) = 0;
  virtual void on_srt_datagram(ByteView datagram, Time now, bond::SenderOutput& out) = 0;
  virtual void on_timeout(Time now, bond::SenderOutput& out) = 0;
  virtual Time next_timeout() const = 0;
  virtual bool registered() const = 0;
  // Only Aegis's own sender tells.
  virtual std::optional<bond::SenderFigures> figures(Time now) const = 0;
};

class RelayEnd {
 public:
  virtual ~RelayEnd() = default;
  virtual void on_link_datagram(const Endpoint& from, ByteView datagram, Time now,
                                bond::ReceiverOutput& out) = 0;
  virtual void on_srt_datagram(GroupId group, ByteView datagram, Time now,
                               bond::ReceiverOutput& out) = 0;
  virtual void on_timeout(Time now, bond::ReceiverOutput& out) = 0;
  virtual Time next_timeout() const = 0;
  virtual std::optional<bond::ReceiverFigures> figures(Time now) const = 0;
};

std::unique_ptr<RigEnd> make_aegis_rig(const bond::SenderConfig& config,
                                       const bond::GroupToken& seed);
std::unique_ptr<RelayEnd> make_aegis_relay(const bond::ReceiverConfig& config,
                                           const bond::BondReceiver::TokenKey& key,
                                           std::vector<bond::Device> devices,
                                           bond::ReceiverOutput& out);

// No bond at all: data takes the links in turn, `burst` packets on each, control the first one.
// For checks of the SRT models against measurements that were made with such a splitter.
std::unique_ptr<RigEnd> make_alternating_rig(unsigned burst);
// Hands on whatever comes to one group; answers go to the first address seen.
std::unique_ptr<RelayEnd> make_plain_relay();

}  // namespace aegis::sim
