#include "common/bond/sender.hpp"

#include "common/bond/sealed_frames.hpp"
#include "common/bond/sender_impl.hpp"

namespace aegis::bond {
namespace {

// Of a full SRT packet in a link frame: seven TS packets.
constexpr double kMediaShare = 7 * 188.0 / (7 * 188 + 16 + kLinkFrameHeader);

}  // namespace

BondSender::BondSender(const SenderConfig& config, const GroupToken& seed)
    : impl_(std::make_unique<Impl>(config, seed)) {}
BondSender::~BondSender() = default;

SenderLink* BondSender::Impl::find(LinkId id) {
  auto const found =
      std::find_if(links.begin(), links.end(), [&](auto const& link) { return link->id() == id; });
  return found == links.end() ? nullptr : found->get();
}

bool BondSender::Impl::any_registered() const {
  return std::any_of(links.begin(), links.end(),
                     [](auto const& link) { return link->is_registered(); });
}

// --- Links and registration --------------------------------------------------------------------

LinkId BondSender::add_link(Time now, SenderOutput& out, const LinkPolicy& policy) {
  LinkId const id{impl_->next_link_id++};
  impl_->links.push_back(std::make_unique<SenderLink>(id, now));
  impl_->links.back()->use_frames(impl_->framed);
  impl_->links.back()->set_policy(policy, now);
  impl_->rank_links();
  impl_->registration.on_link_added(now);
  impl_->run_registration(now, out);
  return id;
}

void BondSender::remove_link(LinkId link, Time now, SenderOutput& out) {
  if (auto* leaving = impl_->find(link)) impl_->lose_link(*leaving, now, out);
  std::erase_if(impl_->links, [&](auto const& each) { return each->id() == link; });
  impl_->rank_links();
  impl_->drain(now, out);
}

void BondSender::set_policy(LinkId id, const LinkPolicy& policy, Time now, SenderOutput& out) {
  auto* link = impl_->find(id);
  if (link == nullptr) return;
  bool const comes_back = link->state() == LinkState::kOff && !policy.off;
  auto& forgotten = impl_->fates.lost;
  forgotten.clear();
  if (comes_back && impl_->framed) link->list_flight(forgotten);
  link->set_policy(policy, now);
  for (SeqNo const seq : forgotten) impl_->request_repair(seq, now);
  impl_->rank_links();
  if (comes_back) impl_->registration.on_link_added(now);
  impl_->run_registration(now, out);
  impl_->drain(now, out);
  impl_->next_tick = std::min(impl_->next_tick, now + Impl::kTick);
}

void BondSender::Impl::rank_links() {
  ranked = std::any_of(links.begin(), links.end(), [&](auto const& link) {
    return link->priority() != links.front()->priority();
  });
}

void BondSender::on_send_failure(LinkId id, Time now, SenderOutput& out) {
  if (auto* link = impl_->find(id)) impl_->lose_link(*link, now, out);
}

void BondSender::restart(const GroupToken& seed, Time now, SenderOutput& out) {
  for (auto const& link : impl_->links) link->on_lost(now);
  impl_->identity.restart(seed);
  impl_->registration.restart(impl_->identity.id(), now);
  impl_->run_registration(now, out);
}

void BondSender::Impl::lose_link(SenderLink& link, Time now, SenderOutput& out) {
  if (!link.is_registered()) return;
  fates.clear();
  if (framed) link.list_flight(fates.lost);
  link.on_lost(now);  // first: what it had in flight can no longer be taken for on its way
  for (SeqNo const seq : fates.lost) request_repair(seq, now);
  drain(now, out);
}

void BondSender::Impl::run_registration(Time now, SenderOutput& out) {
  std::array<LinkId, 64> waiting;
  std::size_t count = 0;
  for (auto const& link : links)
    if (link->state() == LinkState::kConnecting && count < waiting.size())
      waiting[count++] = link->id();
  registration.on_timeout(std::span(waiting).first(count), now, [&](LinkId id, PacketType type) {
    Frame const frame = registration_frame(*find(id), type, now);
    find(id)->on_other_sent(Bytes::of(frame.size()), now);
    out.to_link(id, frame);
  });
}

Frame BondSender::Impl::registration_frame(SenderLink& link, PacketType type, Time now) {
  if (type == PacketType::kReg1) {
    identity.refresh(now);
    registration.ask_as(identity.id());
    return make_reg1(registration.id());
  }
  if (identity.keys() == nullptr) return make_reg2(registration.id());
  LinkClaim const claim{static_cast<std::uint8_t>(link.id().value), identity.next_counter()};
  link.on_claim_sent(claim.counter);
  return make_sealed_reg2(registration.id(), claim, *identity.keys());
}

void BondSender::set_device(Device device) {
  impl_->identity.set_device(std::move(device));
}

void BondSender::set_unix_offset(Duration ahead) {
  impl_->identity.set_unix_offset(ahead);
}

// --- Time --------------------------------------------------------------------------------------

void BondSender::on_timeout(Time now, SenderOutput& out) {
  auto& self = *impl_;
  bool lost = false;
  for (auto const& link : self.links) {
    if (link->check_overdue(now) && self.framed) self.repair_flight_of(*link, now);
    if (link->is_silent(now)) {
      link->on_lost(now);
      lost = true;
    }
    if (link->state() == LinkState::kOff) self.mend_switched_off(*link, now);
    if (link->is_registered() && now >= link->next_keepalive()) {
      Frame keepalive = link->make_keepalive(now);
      if (auto const* keys = self.identity.keys()) keepalive = seal_keepalive(keepalive, *keys);
      link->on_other_sent(Bytes::of(keepalive.size()), now);
      out.to_link(link->id(), keepalive);
    }
  }
  if (lost) self.registration.on_link_added(now);
  self.run_registration(now, out);
  if (self.framed) self.hedge_overdue(now);
  self.buffer.forget_older_than(now - self.max_queue_age);
  self.drain(now, out);
  if (now >= self.next_forecast) self.update_forecast(now);
  bool const busy = self.backlog() || std::any_of(self.links.begin(), self.links.end(),
                                                  [](auto const& l) { return l->has_flight(); });
  self.next_tick = now + (busy ? Impl::kTick : Impl::kIdleTick);
}

BitRate BondSender::Impl::capacity() const {
  BitRate sum;
  for (auto const& link : links) sum = sum + link->usable_rate();
  return sum;
}

void BondSender::Impl::update_forecast(Time now) {
  // At an even pace as long as the timer keeps up with it.
  next_forecast = std::max(next_forecast + Forecast::kInterval, now + Forecast::kInterval / 2);
  forecast.update(capacity(), max_queue_age);
}

Duration BondSender::Impl::drain_time() const {
  constexpr Duration kLongest = 60s;
  auto const packets = fresh.size() + retransmissions.size() + repairs.size();
  Bytes waiting(static_cast<std::int64_t>(packets) * SenderLink::kTypicalPacket);
  for (auto const& link : links) waiting += link->standing_queue();
  BitRate const rate = capacity();
  if (waiting.count() == 0) return {};
  return rate.bits_per_second() > 0 ? std::min(kLongest, waiting / rate) : kLongest;
}

Time BondSender::next_timeout() const {
  bool const connecting =
      std::any_of(impl_->links.begin(), impl_->links.end(),
                  [](auto const& link) { return link->state() == LinkState::kConnecting; });
  return connecting ? std::min(impl_->next_tick, impl_->registration.next_timeout())
                    : impl_->next_tick;
}

bool BondSender::registered() const {
  return impl_->any_registered();
}

std::uint64_t BondSender::groups_joined() const {
  return impl_->groups_joined;
}

SenderFigures BondSender::figures(Time now) const {
  SenderFigures figures = impl_->counts;
  figures.registered = impl_->any_registered();
  figures.aegis_peer = impl_->framed;
  for (auto const& link : impl_->links) figures.links.push_back(link->figures(now));
  figures.deliverable = impl_->forecast.deliverable().scaled(kMediaShare);
  figures.capacity = impl_->capacity().scaled(kMediaShare);
  figures.backlog = impl_->drain_time();
  figures.queued_packets = impl_->fresh.size() + impl_->retransmissions.size();
  if (!impl_->fresh.empty()) figures.queue_age = now - impl_->fresh.front_queued();
  return figures;
}

}  // namespace aegis::bond
