#include "sim/world.hpp"

#include <algorithm>

#include "sim/stock_relay.hpp"
#include "sim/stock_rig.hpp"

namespace aegis::sim {
namespace {

constexpr Duration kLoopback = 20us;          // from process to process on one host
constexpr Duration kEncoderInterval = 100ms;  // between two changes of an adaptive encoder's rate
constexpr BitRate kEncoderLeast = BitRate::kilobits(300);
constexpr Duration kFirstDial = 500ms;  // the encoder starts a little after the bond

template <std::size_t N>
std::array<std::byte, N> random_bytes(Rng& rng) {
  std::array<std::byte, N> bytes{};
  for (auto& byte : bytes) byte = static_cast<std::byte>(rng.below(256));
  return bytes;
}

bond::Device paired_device() {
  return {{}, crypto::Secret("a key of 32 bytes, known to both")};
}

std::unique_ptr<RigEnd> make_rig(const Scenario& scenario, Rng& rng) {
  switch (scenario.rig) {
    case RigKind::kStock:
      return make_stock_rig(rng.next());
    case RigKind::kAlternating:
      return make_alternating_rig(scenario.burst);
    case RigKind::kAegis:
      break;
  }
  bond::SenderConfig config;
  if (scenario.paired) config.device = paired_device();
  return make_aegis_rig(config, random_bytes<bond::kGroupIdSize>(rng));
}

}  // namespace

World::World(const Scenario& scenario, std::uint64_t seed)
    : scenario_(scenario),
      seed_(seed),
      rng_(seed),
      control_({kEncoderLeast, scenario.adaptive.value_or(kEncoderLeast)}, kEncoderLeast),
      start_(Time(1h + std::chrono::milliseconds(rng_.below(3'600'000)))),
      timeline_(start_),
      auditor_(start_, scenario.check_every == 1),
      rig_(make_rig(scenario_, rng_)),
      rig_alarm_(timeline_, *this, kRigTimer),
      relay_alarm_(timeline_, *this, kRelayTimer),
      caller_alarm_(timeline_, *this, kCallerTimer),
      listener_alarm_(timeline_, *this, kListenerTimer) {
  report_.scenario = scenario_.name;
  media_rate_ = scenario_.adaptive ? kEncoderLeast : scenario_.rate;
  report_.seed = seed_;
  next_first_sequence_ = scenario_.first_sequence.value_or(SeqNo(rng_.below(0x7fffffff)));
  make_relay();
  for (std::size_t i = 0; i < scenario_.links.size(); ++i) {
    links_.push_back(std::make_unique<ModelLink>(
        scenario_.links[i], static_cast<std::uint8_t>(i + 1), rng_.next(), start_));
    // Each link's alarms pass its number; an Alarm has no argument of its own.
    up_alarms_.push_back(Alarm(timeline_, *this, kUp | static_cast<std::uint32_t>(i) << 8));
    down_alarms_.push_back(Alarm(timeline_, *this, kDown | static_cast<std::uint32_t>(i) << 8));
  }
  for (std::size_t i = 0; i < links_.size(); ++i)
    if (scenario_.links[i].from_start) apply({{}, Change::Kind::kAddLink, i, {}});
  for (std::size_t i = 0; i < scenario_.changes.size(); ++i)
    timeline_.at(start_ + scenario_.changes[i].at, *this, kChange, static_cast<std::uint32_t>(i));
  dialing_ = true;
  timeline_.at(start_ + kFirstDial, *this, kDial);
}

void World::make_relay() {
  switch (scenario_.relay) {
    case RelayKind::kAegis:
      relay_config_.require_proof = scenario_.paired;
      relay_ = make_aegis_relay(relay_config_, random_bytes<32>(rng_), {paired_device()}, *this);
      break;
    case RelayKind::kPlain:
      relay_ = make_plain_relay();
      break;
    case RelayKind::kStock:
    case RelayKind::kStockLastNak:
      relay_ =
          make_stock_relay({.broadcast_naks = scenario_.relay == RelayKind::kStock}, rng_.next());
      break;
  }
  relay_alarm_.set(relay_->next_timeout());
}

Report World::run() {
  Time const end = start_ + scenario_.length + scenario_.latency + 2s;
  while (timeline_.step(end)) {
  }
  check_rig();
  check_relay();
  return report();
}

void World::on_event(std::uint32_t what, std::uint32_t argument) {
  std::uint32_t const event = what & 0xff;
  switch (event) {
    case kMedia:
      return make_media();
    case kChange:
      return apply(scenario_.changes[argument]);
    case kDial:
      return dial();
    case kUp:
      return on_up(what >> 8);
    case kDown:
      return on_down(what >> 8);
    case kCallerToRig:
    case kRigToCaller:
    case kRelayToListener:
    case kListenerToRelay:
      on_hop(event, pool_.view(argument), pool_.tag(argument));
      return pool_.release(argument);
    default:
      return on_timer(event);
  }
}

void World::on_timer(std::uint32_t what) {
  if (what == kRigTimer && rig_alarm_.due()) {
    if (rig_->next_timeout() <= now()) {
      rig_->on_timeout(now(), *this);
      auditor_.timer_served("rig", rig_->next_timeout(), now());
    }
    after_rig();
  } else if (what == kRelayTimer && relay_alarm_.due()) {
    if (relay_->next_timeout() <= now()) {
      relay_->on_timeout(now(), *this);
      auditor_.timer_served("relay", relay_->next_timeout(), now());
    }
    after_relay();
  } else if (what == kCallerTimer && caller_alarm_.due()) {
    if (caller_) caller_->on_timeout(now());
    after_caller();
  } else if (what == kListenerTimer && listener_alarm_.due()) {
    for (auto const& each : accepted_)
      if (each->end.next_timeout() <= now()) each->end.on_timeout(now());
    after_listener();
  }
}

void World::later(Event hop, ByteView datagram, std::uint32_t tag) {
  timeline_.at(now() + kLoopback, *this, hop, pool_.take(datagram, tag));
}

void World::on_hop(std::uint32_t what, ByteView datagram, std::uint32_t tag) {
  if (what == kCallerToRig) {
    auditor_.taken(datagram);
    rig_->on_srt_datagram(datagram, now(), *this);
    after_rig();
  } else if (what == kRigToCaller && caller_) {
    if (!is_data(datagram) && control_of(datagram) == SrtControl::kNak) ++report_.naks_passed;
    caller_->on_datagram(datagram, now());
    after_caller();
  } else if (what == kRelayToListener) {
    hand_to_listener(GroupId{tag}, datagram);
  } else if (what == kListenerToRelay) {
    relay_->on_srt_datagram(GroupId{tag}, datagram, now(), *this);
    after_relay();
  }
}

// --- Outputs ------------------------------------------------------------------------------------

void World::to_link(LinkId link, ByteView datagram) {
  auditor_.put_on_link(link, datagram);
  for (std::size_t i = 0; i < links_.size(); ++i) {
    if (links_[i]->id() != link) continue;
    links_[i]->send_up(datagram, now());
    return arm_link(i);
  }
  if (!plugging_) return auditor_.complain("the sender used a link that does not exist", now());
  links_[*plugging_]->plug(link, now());
  plugging_.reset();
  to_link(link, datagram);
}

void World::to_link(const Endpoint& link, ByteView datagram) {
  for (std::size_t i = 0; i < links_.size(); ++i) {
    if (!links_[i]->id() || links_[i]->address() != link) continue;
    links_[i]->send_down(datagram, now());
    return arm_link(i);
  }
}

void World::to_srt(ByteView datagram) {
  later(kRigToCaller, datagram);
}

void World::to_srt(GroupId group, ByteView datagram) {
  auditor_.shown(datagram, now());
  if (datagram.size() == kSrtHeader + kPayload && is_data(datagram))
    ledger_.shown(read_index(datagram));
  later(kRelayToListener, datagram, group.value);
}

void World::group_opened(GroupId, const std::optional<bond::DeviceId>&) {}

void World::group_closed(GroupId group, bond::GroupEnd) {
  std::erase_if(accepted_, [&](auto const& each) {
    if (each->group == group) fold(each->end);
    return each->group == group;
  });
}

void World::caller_sends(ByteView datagram) {
  later(kCallerToRig, datagram);
}

// --- What happens -------------------------------------------------------------------------------

void World::on_up(std::size_t index) {
  if (!up_alarms_[index].due()) return;
  while (auto const datagram = links_[index]->arrived_up(now()))
    relay_->on_link_datagram(links_[index]->address(), *datagram, now(), *this);
  arm_link(index);
  after_relay();
}

void World::on_down(std::size_t index) {
  if (!down_alarms_[index].due()) return;
  while (auto const datagram = links_[index]->arrived_down(now())) {
    rig_->on_link_datagram(*links_[index]->id(), *datagram, now(), *this);
    after_rig();  // one by one: what each lets the rig send is checked against the cap of its
                  // moment
  }
  arm_link(index);
}

void World::hand_to_listener(GroupId group, ByteView datagram) {
  bool const handshake = datagram.size() >= kSrtHeader && !is_data(datagram) &&
                         control_of(datagram) == SrtControl::kHandshake;
  for (auto const& each : accepted_) {
    if (each->group != group || each->end.broken()) continue;
    auto const said = handshake ? read_handshake(datagram) : std::nullopt;
    bool const another =
        said && each->end.connected() && each->end.peer_socket() != said->socket_id;
    if (another) continue;
    std::uint32_t const own = each->end.socket_id();
    if (!handshake && destination_of(datagram) != own) continue;
    each->end.on_datagram(datagram, now());
    return after_listener();
  }
  if (!handshake) return;
  SrtAcceptorConfig config;
  config.latency = scenario_.latency;
  config.loss_max_ttl = scenario_.loss_max_ttl;
  config.nak_report = scenario_.nak_report;
  config.socket_id = next_socket_++;
  accepted_.push_back(std::make_unique<Accepted>(*this, group, config));
  accepted_.back()->end.on_datagram(datagram, now());
  after_listener();
}

// The first datagrams leave before the caller learns the new link's id: to_link() plugs it then.
void World::plug(std::size_t index) {
  plugging_ = index;
  LinkId const id = rig_->add_link(now(), *this);
  if (plugging_) links_[index]->plug(id, now());
  plugging_.reset();
}

void World::apply(const Change& change) {
  switch (change.kind) {
    case Change::Kind::kAddLink:
      if (!links_[change.link]->id()) plug(change.link);
      return after_rig();
    case Change::Kind::kRemoveLink: {
      auto const id = links_[change.link]->id();
      links_[change.link]->unplug(now());
      if (id) rig_->remove_link(*id, now(), *this);
      return after_rig();
    }
    case Change::Kind::kSetPolicy:
      if (auto const id = links_[change.link]->id())
        rig_->set_policy(*id, change.policy, now(), *this);
      return after_rig();
    case Change::Kind::kRestartRelay:
      for (auto const& each : accepted_) fold(each->end);
      accepted_.clear();
      make_relay();
      return after_relay();
    case Change::Kind::kRestartSrt:
      next_first_sequence_ = change.sequence;
      if (caller_) caller_->shut_down(now());
      return after_caller();
  }
}

void World::dial() {
  SrtCallerConfig config;
  config.latency = scenario_.latency;
  config.initial_sequence = next_first_sequence_;
  config.socket_id = next_socket_++;
  next_first_sequence_ = SeqNo(rng_.below(0x7fffffff));
  dialing_ = false;
  SrtCaller::Output& out = *this;
  caller_.emplace(config, now(), out);
  after_caller();
}

// Of one packet, at the rate of now.
double World::media_interval() {
  if (scenario_.adaptive && now() >= next_media_rate_) {
    next_media_rate_ = now() + kEncoderInterval;
    if (auto const figures = rig_->figures(now()))
      media_rate_ = control_
                        .step({.capacity = figures->capacity,
                               .deliverable = figures->deliverable,
                               .backlog = figures->backlog,
                               .latency = scenario_.latency},
                              now())
                        .target;
  }
  auto const bps = static_cast<double>(std::max<std::int64_t>(media_rate_.bits_per_second(), 1000));
  return static_cast<double>(kPayload * 8) * 1e6 / bps;
}

void World::make_media() {
  bool const up = caller_ && caller_->state() == SrtCaller::State::kConnected;
  auto const due = [&] { return media_start_ + Duration(static_cast<std::int64_t>(media_due_)); };
  for (; due() <= now(); media_due_ += media_interval()) {
    std::uint64_t const index = ledger_.next();
    if (!up) {
      ledger_.unsent(now());
    } else if (caller_->push(index, now())) {
      ledger_.made(now());
    } else {
      ledger_.refused(now());
    }
  }
  Time const next = std::max(due(), now() + scenario_.frame);
  if (next < start_ + scenario_.length) timeline_.at(next, *this, kMedia);
  after_caller();
}

}  // namespace aegis::sim
