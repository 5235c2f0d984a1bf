// Which links there should be, from what the user asked for and the interfaces there are. No system
// call in it.
#pragma once

#include <string>
#include <vector>

#include "agent/stream.hpp"
#include "common/base/endpoint.hpp"
#include "common/base/result.hpp"
#include "common/os/netlink.hpp"

namespace aegis::agent {

struct PlannedLink {
  std::string name;    // as it is shown: the interface, or the address the user gave
  std::string device;  // to bind to where the kernel lets us
  // Bound to when it was asked for; otherwise only when the device cannot be bound to.
  Endpoint source;
  bool source_required = false;
  std::vector<Endpoint> addresses;  // of the interface; a socket is renewed when they change
  friend bool operator==(const PlannedLink&, const PlannedLink&) = default;
};

struct LinkPlan {
  std::vector<PlannedLink> links;
  std::vector<std::string> missing;  // "usb0 is not there", one for each unmet --link
};

// With no `wanted`: every interface that is up and has an address of the relay's family. A relay on
// this very host is reached by the loopback interface.
LinkPlan plan_links(const std::vector<os::Interface>& interfaces,
                    const std::vector<LinkSpec>& wanted, const Endpoint& relay);

// kUsage for a --link that can be neither an interface nor an address.
Status check_link(const LinkSpec& spec);

}  // namespace aegis::agent
