#include "agent/link_keeper.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "common/os/log.hpp"

namespace aegis::agent {
namespace {

std::string names_of(const auto& links) {
  std::string names;
  for (auto const& [name, link] : links) names += (names.empty() ? "" : ", ") + name;
  return names;
}

}  // namespace

LinkKeeper::LinkKeeper(const std::vector<LinkSpec>& specs, const std::filesystem::path& data_file)
    : file_(data_file) {
  for (auto const& spec : specs) links_[spec.name].settings = spec.settings;
}

Status LinkKeeper::load(Date today) {
  auto usages = file_.load();
  if (!usages && any_data_cap()) return usages.error();
  if (!usages) {
    os::log::warn("the links' data is not counted beyond this run: {}", usages.error().why);
    file_usable_ = false;
  } else {
    stored_ = std::move(*usages);
  }
  enforce(today, [](const auto&, const auto&) {});
  return success();
}

LinkPolicies LinkKeeper::policies() const {
  LinkPolicies policies;
  for (auto const& [name, link] : links_) policies[name] = link.policy;
  return policies;
}

DataUsage LinkKeeper::usage_of(const std::string& name) const {
  DataUsage usage;
  for (auto const* part : {&stored_, &counted_})
    if (auto const found = part->find(name); found != part->end()) usage.add(found->second);
  return usage;
}

void LinkKeeper::observe(const BondStatus& bond, Date today, Time now,
                         const SetPolicy& set_policy) {
  if (next_save_ == Time()) next_save_ = now + kSaveInterval;
  count(bond, today);
  enforce(today, set_policy);
  if (now >= next_save_) save(now);
}

void LinkKeeper::count(const BondStatus& bond, Date today) {
  for (auto const& [name, total] : bond.wire_bytes) {
    Link& link = links_[name];
    if (total == link.seen) continue;
    counted_[name].add(total - link.seen, today);
    link.seen = total;
    unsaved_ = true;
  }
}

void LinkKeeper::enforce(Date today, const SetPolicy& set_policy) {
  for (auto& [name, link] : links_) {
    auto const& cap = link.settings.data;
    bool const spent = cap && usage_of(name).in(cap->period, today) >= cap->amount;
    if (spent != link.spent) {
      link.spent = spent;
      tell(name, link, today);
      next_save_ = {};
    }
    auto const policy = policy_of(link.settings, spent);
    if (policy == link.policy) continue;
    link.policy = policy;
    set_policy(name, policy);
  }
}

void LinkKeeper::tell(const std::string& name, const Link& link, Date today) const {
  if (!link.spent) return os::log::info("link within its data cap again name={}", name);
  auto const& cap = *link.settings.data;
  os::log::warn("link switched off name={}: {} of {} used; on again in the next {}", name,
                to_string(usage_of(name).in(cap.period, today)), to_string(cap),
                to_string(cap.period));
}

bool LinkKeeper::any_data_cap() const {
  return std::any_of(links_.begin(), links_.end(),
                     [](auto const& entry) { return entry.second.settings.data.has_value(); });
}

void LinkKeeper::save(Time now) {
  next_save_ = now + (any_data_cap() ? kSaveInterval : kIdleSaveInterval);
  if (!unsaved_ || !file_usable_) return;
  Status const saved = save_with([](DataUsages&) {}, now);
  auto const trouble = saved ? "" : saved.error().why;
  if (!saved && trouble != save_trouble_)
    os::log::warn("the links' data count is not saved: {}", trouble);
  save_trouble_ = trouble;
}

Status LinkKeeper::save_with(const std::function<void(DataUsages&)>& change, Time now) {
  auto usages = file_.add(counted_, change);
  if (!usages) return usages.error();
  stored_ = std::move(*usages);
  counted_.clear();
  unsaved_ = false;
  next_save_ = now + kSaveInterval;
  return success();
}

Status LinkKeeper::change(const std::string& name, std::string_view text, Date today, Time now,
                          const SetPolicy& set_policy) {
  auto const found = links_.find(name);
  if (found == links_.end())
    return Error{ErrorKind::kUsage, fmt::format("link '{}'", name), "the agent has no such link",
                 links_.empty() ? "it has none yet: aegis stats"
                                : fmt::format("it has {}", names_of(links_))};
  auto const changed = change_settings(found->second.settings, text);
  if (!changed) return changed.error();
  if (changed->used) {
    auto const period = changed->settings.data.value_or(DataCap{}).period;
    auto const set = [&](DataUsages& usages) { usages[name].set(period, *changed->used, today); };
    if (auto saved = save_with(set, now); !saved) return saved;
  }
  found->second.settings = changed->settings;
  os::log::info("link set name={} settings=\"{}\"", name, to_text(changed->settings));
  enforce(today, set_policy);
  return success();
}

void LinkKeeper::annotate(BondStatus& bond, Date today) const {
  for (auto& status : bond.links) {
    auto const found = links_.find(status.name);
    if (found == links_.end()) continue;
    Link const& link = found->second;
    auto const usage = usage_of(status.name);
    status.settings = link.settings;
    status.used_in_day = usage.in(DataCap::Period::kDay, today);
    status.used_in_month = usage.in(DataCap::Period::kMonth, today);
    status.off_reason = link.settings.off ? "by the user"
                        : link.spent
                            ? fmt::format("its {} are used up", to_string(*link.settings.data))
                            : "";
  }
}

}  // namespace aegis::agent
