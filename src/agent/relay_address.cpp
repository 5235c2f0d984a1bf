#include "agent/relay_address.hpp"

#include <mutex>
#include <thread>
#include <utility>

#include "common/os/resolve.hpp"
#include "common/os/thread.hpp"

namespace aegis::agent {

// Outlives its owner for as long as a look-up hangs.
struct RelayAddress::Shared {
  HostPort relay;
  std::mutex mutex;
  os::EventLoop* loop = nullptr;  // none once the owner is gone
  OnAnswer on_answer;
  bool busy = false;
};

RelayAddress::RelayAddress(os::EventLoop& loop, HostPort relay, OnAnswer on_answer)
    : shared_(std::make_shared<Shared>()) {
  shared_->relay = std::move(relay);
  shared_->loop = &loop;
  shared_->on_answer = std::move(on_answer);
}

RelayAddress::~RelayAddress() {
  std::lock_guard const lock(shared_->mutex);
  shared_->loop = nullptr;
}

void RelayAddress::look_up() {
  {
    std::lock_guard const lock(shared_->mutex);
    if (std::exchange(shared_->busy, true)) return;
  }
  std::thread([shared = shared_] {
    os::name_this_thread("resolve");
    auto answer = os::resolve(shared->relay);
    std::lock_guard const lock(shared->mutex);
    shared->busy = false;
    if (shared->loop == nullptr) return;
    shared->loop->post([shared, answer = std::move(answer)]() mutable {
      {
        std::lock_guard const still_there(shared->mutex);
        if (shared->loop == nullptr) return;
      }
      shared->on_answer(std::move(answer));
    });
  }).detach();
}

}  // namespace aegis::agent
