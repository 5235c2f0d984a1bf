// Looks the relay's name up without holding up the thread that asks.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "common/base/endpoint.hpp"
#include "common/base/result.hpp"
#include "common/os/event_loop.hpp"

namespace aegis::agent {

// Lives on `loop`'s thread. A look-up that hangs in the system's resolver holds up nobody, not even
// the end of the process.
class RelayAddress {
 public:
  using OnAnswer = std::function<void(Result<std::vector<Endpoint>>)>;
  // `on_answer` runs on the loop, once for each look-up.
  RelayAddress(os::EventLoop& loop, HostPort relay, OnAnswer on_answer);
  ~RelayAddress();
  RelayAddress(const RelayAddress&) = delete;
  RelayAddress& operator=(const RelayAddress&) = delete;

  // Starts a look-up unless one is under way.
  void look_up();

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace aegis::agent
