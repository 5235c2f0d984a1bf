// Session's way to the relay: the bond and the SRT above it, and the change to another relay.
#include <algorithm>
#include <utility>

#include "agent/session.hpp"
#include "common/config/state.hpp"
#include "common/os/log.hpp"

namespace aegis::agent {
namespace {

constexpr Duration kStateLook = 1s;

bool any_link_live(const BondStatus& bond) {
  return std::any_of(bond.links.begin(), bond.links.end(), [](auto const& link) {
    return link.open && link.figures.state == bond::LinkState::kLive;
  });
}

// By who we are to which relay: a name may be another pairing's by now.
const config::PairedRelay* find_pairing(const config::State& state, const RelayTarget& target) {
  auto const found = std::find_if(state.relays.begin(), state.relays.end(), [&](auto const& relay) {
    return relay.device.id == target.device->id && relay.fingerprint == target.fingerprint;
  });
  return found == state.relays.end() ? nullptr : &*found;
}

}  // namespace

Result<std::unique_ptr<BondUplink>> Session::start_bond(std::size_t relay,
                                                        const std::optional<HostPort>& proxy) {
  auto const& target = relays_[relay];
  return BondUplink::start(
      {target.address, options_.links, proxy, options_.latency, keeper_.policies(), target.device});
}

void Session::start_srt() {
  auto const& relay = relays_[relay_];
  SrtUplinkOptions to;
  to.peer = bond_->srt_address();
  to.stream_id = relay.stream_id;
  to.passphrase = relay.passphrase;
  to.latency = options_.latency;
  to.random_access = source_->source().encodes();
  to.expected_rate = options_.bitrate.max + defaults::kAudioBitRate;
  srt_ = std::make_unique<SrtUplink>(
      std::move(to), queue_,
      SrtUplinkHooks{[bond = bond_.get()] { return bond->registered(); },
                     [source = &source_->source()] { source->request_key_frame(); }});
}

// The bond in use; its links have carried what those of other bonds have, too.
BondStatus Session::bond_status() const {
  auto status = bond_->status();
  auto const add = [&](const auto& carried) {
    for (auto const& [name, bytes] : carried)
      status.wire_bytes[name] = status.wire_bytes[name] + bytes;
  };
  add(carried_before_);
  if (tried_) add(tried_->status().wire_bytes);
  return status;
}

void Session::choose_relay(const BondStatus& bond, Time now) {
  control::RelayView in_use{any_link_live(bond), true};
  if (srt_) in_use.connected = srt_->status().phase == control::SrtPhase::kConnected;
  std::optional<control::RelayView> tried;
  if (tried_) tried = control::RelayView{any_link_live(tried_->status()), false};
  auto const decision = relay_switch_.step(in_use, tried, now);
  using Action = control::RelaySwitch::Action;
  switch (decision.action) {
    case Action::kStay:
      return;
    case Action::kTry:
      return try_relay(decision.relay);
    case Action::kChange:
      return change_relay(decision.relay);
    case Action::kDrop:
      return retire(tried_);
  }
}

void Session::try_relay(std::size_t relay) {
  retire(tried_);
  os::log::warn("relay does not answer, trying relay={}", to_string(relays_[relay].address));
  auto bond = start_bond(relay, std::nullopt);
  if (!bond) return os::log::error(bond.error());
  tried_ = std::move(*bond);
  tried_relay_ = relay;
}

void Session::change_relay(std::size_t relay) {
  os::log::warn("relay changed from={} to={}", to_string(relays_[relay_].address),
                to_string(relays_[relay].address));
  relay_ = relay;
  srt_.reset();
  retire(bond_);
  bond_ = std::move(tried_);
  if (!options_.proxy) return start_srt();
  // The encoder's address is free now.
  retire(bond_);
  auto bond = start_bond(relay, options_.proxy);
  if (!bond) return end(bond.error());
  bond_ = std::move(*bond);
}

// A new device key is for the next time that we register: what runs goes on.
void Session::read_pairings(Time now) {
  if (now < next_state_look_ || options_.state.empty()) return;
  next_state_look_ = now + kStateLook;
  auto const state = pairings_.look();
  if (!state) return os::log::error(state.error());
  if (!*state) return;
  for (auto& target : relays_) {
    auto const* relay = target.device ? find_pairing(**state, target) : nullptr;
    if (relay == nullptr) continue;
    target.pairing = relay->name;
    if (relay->device.key == target.device->key) continue;
    target.device = relay->device;
    os::log::info("new device key relay={}", target.pairing);
    if (&target == &relays_[relay_]) bond_->set_device(relay->device);
    if (tried_ && &target == &relays_[tried_relay_]) tried_->set_device(relay->device);
  }
}

// Ends a bond; what its links have carried is kept.
void Session::retire(std::unique_ptr<BondUplink>& bond) {
  if (!bond) return;
  for (auto const& [name, bytes] : bond->status().wire_bytes)
    carried_before_[name] = carried_before_[name] + bytes;
  bond.reset();
}

}  // namespace aegis::agent
