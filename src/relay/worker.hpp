// A thread whose end can be waited for with a limit.
#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include "common/base/time.hpp"
#include "common/os/thread.hpp"

namespace aegis::relay {

class Worker {
 public:
  Worker() = default;
  Worker(std::string name, std::function<void()> body) {
    auto ended = std::make_shared<std::promise<void>>();
    ended_ = ended->get_future();
    thread_ = os::Thread(std::move(name), [body = std::move(body), ended] {
      body();
      ended->set_value();
    });
  }

  // Started, and not joined yet.
  bool running() const { return ended_.valid(); }

  // True when the thread has ended (or never was). It is told to end by the owner's own means.
  bool join(Duration patience) {
    if (!running()) return true;
    if (patience == Duration::max()) {
      ended_.wait();
    } else if (ended_.wait_for(patience) != std::future_status::ready) {
      return false;
    }
    ended_ = {};
    thread_.join();
    return true;
  }

 private:
  std::future<void> ended_;
  os::Thread thread_;
};

}  // namespace aegis::relay
