#include "agent/link_plan.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace aegis::agent {
namespace {

constexpr std::size_t kMaxInterfaceName = 15;  // IFNAMSIZ less the zero

std::vector<Endpoint> of_family(const os::Interface& interface, const Endpoint& relay) {
  std::vector<Endpoint> found;
  for (auto const& address : interface.addresses) {
    if (address.is_v4() == relay.is_v4()) found.push_back(address);
  }
  return found;
}

bool is_here(const std::vector<os::Interface>& interfaces, const Endpoint& relay) {
  if (relay.is_loopback()) return true;
  return std::any_of(interfaces.begin(), interfaces.end(), [&](const os::Interface& interface) {
    return std::any_of(interface.addresses.begin(), interface.addresses.end(),
                       [&](const Endpoint& a) { return a.address() == relay.address(); });
  });
}

const char* family_name(const Endpoint& relay) {
  return relay.is_v4() ? "IPv4" : "IPv6";
}

class Planner {
 public:
  Planner(const std::vector<os::Interface>& interfaces, const Endpoint& relay)
      : interfaces_(interfaces), relay_(relay), relay_is_here_(is_here(interfaces, relay)) {}

  void add_every_usable() {
    for (auto const& interface : interfaces_) {
      auto const addresses = of_family(interface, relay_);
      if (!interface.up || interface.loopback != relay_is_here_ || addresses.empty()) continue;
      plan_.links.push_back({interface.name, interface.name, addresses.front(), false, addresses});
    }
  }

  void add(const LinkSpec& spec) {
    auto const same = [&](const PlannedLink& link) { return link.name == spec.name; };
    if (std::any_of(plan_.links.begin(), plan_.links.end(), same)) return;
    if (auto const address = parse_address(spec.name)) {
      add_address(spec.name, *address);
    } else {
      add_interface(spec.name);
    }
  }

  LinkPlan take() { return std::move(plan_); }

 private:
  void add_interface(const std::string& name) {
    auto const found = std::find_if(interfaces_.begin(), interfaces_.end(),
                                    [&](const os::Interface& i) { return i.name == name; });
    if (found == interfaces_.end()) return miss("{} is not there", name);
    if (!found->up) return miss("{} is down", name);
    auto const addresses = of_family(*found, relay_);
    if (addresses.empty()) return miss("{} has no {} address", name, family_name(relay_));
    plan_.links.push_back({name, name, addresses.front(), false, addresses});
  }

  void add_address(const std::string& name, const Endpoint& address) {
    if (address.is_v4() != relay_.is_v4()) {
      return miss("{} cannot reach an {} relay", name, family_name(relay_));
    }
    // All of 127.0.0.0/8 is loopback's, of which the kernel lists one address.
    auto const holds = [&](const os::Interface& i) {
      bool const listed =
          std::any_of(i.addresses.begin(), i.addresses.end(),
                      [&](const Endpoint& a) { return a.address() == address.address(); });
      return i.up && (listed || (i.loopback && address.is_loopback()));
    };
    auto const found = std::find_if(interfaces_.begin(), interfaces_.end(), holds);
    if (found == interfaces_.end()) return miss("no interface has the address {}", name);
    // A local relay answers on loopback whatever interface the address belongs to.
    auto const device = relay_is_here_ ? std::string() : found->name;
    plan_.links.push_back({name, device, address, true, {address}});
  }

  template <typename... Args>
  void miss(fmt::format_string<Args...> format, Args&&... args) {
    plan_.missing.push_back(fmt::format(format, std::forward<Args>(args)...));
  }

  const std::vector<os::Interface>& interfaces_;
  Endpoint const relay_;
  bool const relay_is_here_;
  LinkPlan plan_;
};

}  // namespace

LinkPlan plan_links(const std::vector<os::Interface>& interfaces,
                    const std::vector<LinkSpec>& wanted, const Endpoint& relay) {
  Planner planner(interfaces, relay);
  if (wanted.empty()) planner.add_every_usable();
  for (auto const& spec : wanted) planner.add(spec);
  return planner.take();
}

Status check_link(const LinkSpec& spec) {
  if (parse_address(spec.name)) return success();
  bool const plausible = !spec.name.empty() && spec.name.size() <= kMaxInterfaceName &&
                         spec.name.find_first_of("/ \t:") == std::string::npos;
  if (plausible) return success();
  return Error{ErrorKind::kUsage, fmt::format("cannot use link {}", spec.name),
               "it is neither the name of an interface nor an address",
               "see 'ip address' for both"};
}

}  // namespace aegis::agent
