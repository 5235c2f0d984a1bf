// Watches the kernel's interfaces and addresses.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/base/endpoint.hpp"
#include "common/base/result.hpp"
#include "common/os/event_loop.hpp"

namespace aegis::os {

struct Interface {
  int index = 0;
  std::string name;
  bool up = false;  // administratively up and with a carrier
  bool loopback = false;
  std::vector<Endpoint> addresses;  // port 0; link-local IPv6 left out
  friend bool operator==(const Interface&, const Interface&) = default;
};

// Every interface of this network namespace, once.
Result<std::vector<Interface>> list_interfaces();

// Calls back on `loop` with the full list, once at the start and then at each change (coalesced
// within a turn). The callback may end the watch.
class InterfaceWatch {
 public:
  using OnChange = std::function<void(const std::vector<Interface>&, Time)>;
  static Result<std::unique_ptr<InterfaceWatch>> start(EventLoop& loop, OnChange on_change);
  ~InterfaceWatch();

 private:
  struct Impl;
  explicit InterfaceWatch(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace aegis::os
