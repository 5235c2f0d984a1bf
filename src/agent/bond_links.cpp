// BondPump's other half: which links there are, and where the relay is.
#include <algorithm>

#include "agent/bond_pump.hpp"
#include "common/crypto/random.hpp"
#include "common/os/clock.hpp"

namespace aegis::agent {
namespace {

constexpr Duration kRetry = 2s;

}  // namespace

void BondPump::on_interfaces(const std::vector<os::Interface>& interfaces, Time now) {
  interfaces_ = interfaces;
  interfaces_known_ = true;
  reconcile(now);
}

// Makes the links what they should be: keeps those whose plan has not changed.
void BondPump::reconcile(Time now) {
  if (!relay_ || !interfaces_known_) return;
  auto plan = plan_links(interfaces_, options_.links, *relay_);
  for (auto const& text : plan.missing) {
    if (std::find(missing_.begin(), missing_.end(), text) == missing_.end()) {
      os::log::warn("waiting for a link: {}", text);
    }
  }
  missing_ = std::move(plan.missing);
  auto const is_planned = [&](const BondLink& link) {
    return std::find(plan.links.begin(), plan.links.end(), link.plan()) != plan.links.end();
  };
  for (auto const& link : links_) {
    if (is_planned(*link)) continue;
    os::log::info("link removed name={}", link->plan().name);
    close_link(*link, kNever, now);
    forget(*link);
  }
  std::erase_if(links_, [&](const auto& link) { return !is_planned(*link); });
  for (auto& planned : plan.links) {
    auto const same = [&](const auto& link) { return link->plan() == planned; };
    if (std::any_of(links_.begin(), links_.end(), same)) continue;
    links_.push_back(std::make_unique<BondLink>(std::move(planned)));
    os::log::info("link added name={}", links_.back()->plan().name);
  }
  // A change of the network may be what a link that failed has waited for.
  for (auto const& link : links_) {
    if (!link->is_open()) open_link(*link, now);
  }
}

void BondPump::open_link(BondLink& link, Time now) {
  Status const opened = link.open(*relay_);
  if (!opened) {
    if (link.trouble != opened.error().why)
      os::log::warn("link name={} {}", link.plan().name, opened.error().why);
    link.trouble = opened.error().why;
    link.retry_at = now + kRetry;
    return;
  }
  link.retry_at = kNever;
  joining_ = &link;
  link.id = sender_.add_link(now, *this, policy_of(link));
  joining_ = nullptr;
  loop_.watch(link.socket().fd(), os::Ready::kRead,
              [this, id = link.id](os::Ready, Time at) { on_link_readable(id, at); });
}

void BondPump::close_link(BondLink& link, Time retry_at, Time now) {
  link.retry_at = retry_at;
  if (!link.is_open()) return;
  loop_.unwatch(link.socket().fd());
  link.close();
  sender_.remove_link(link.id, now, *this);
}

// Its counts outlive it.
void BondPump::forget(const BondLink& link) {
  closed_links_drops_ += link.kernel_drops;
  closed_links_bytes_[link.plan().name] += link.wire_bytes();
}

void BondPump::set_policy(const std::string& name, const bond::LinkPolicy& policy, Time now) {
  policies_[name] = policy;
  for (auto const& link : links_)
    if (link->is_open() && link->plan().name == name)
      sender_.set_policy(link->id, policy_of(*link), now, *this);
}

bond::LinkPolicy BondPump::policy_of(const BondLink& link) const {
  auto const found = policies_.find(link.plan().name);
  auto policy = found == policies_.end() ? bond::LinkPolicy{} : found->second;
  policy.header = link.header();
  return policy;
}

void BondPump::on_relay_answer(Result<std::vector<Endpoint>> answer) {
  Time const now = os::now();
  if (!answer) {
    // An address that once worked is better than none.
    if (!relay_) relay_trouble_ = answer.error().what + ": " + answer.error().why;
    os::log::warn("relay not found host={} {}", options_.relay.host, answer.error().why);
    next_look_up_ = now + kRetry;
    return;
  }
  relay_trouble_.clear();
  auto const current = relay_ ? std::find(answer->begin(), answer->end(), *relay_) : answer->end();
  // The one in use did not answer, or this would not have been asked: try the next.
  auto const next =
      current == answer->end() || current + 1 == answer->end() ? answer->begin() : current + 1;
  if (relay_ != *next) use_relay(*next, now);
}

void BondPump::use_relay(const Endpoint& relay, Time now) {
  os::log::info("relay address={}", to_string(relay));
  for (auto const& link : links_) {
    close_link(*link, kNever, now);
    forget(*link);
  }
  links_.clear();
  bool const first = !relay_;
  relay_ = relay;
  if (!first) {
    bond::GroupToken seed;
    crypto::random_bytes(seed);
    sender_.restart(seed, now, *this);
  }
  reconcile(now);
}

}  // namespace aegis::agent
