#include <algorithm>
#include <atomic>
#include <unordered_set>

#include "common/os/clock.hpp"
#include "common/os/log.hpp"
#include "common/os/srt_internal.hpp"

namespace aegis::os {
namespace {

// libsrt re-reads its state at least this often while it waits, and offers no way to end a wait
// from outside (srt_epoll_uwait refuses system descriptors), so a longer slice would only delay
// wake().
constexpr std::int64_t kSliceMs = 10;

int event_bits(bool read, bool write) {
  int bits = SRT_EPOLL_ERR;
  if (read) bits |= SRT_EPOLL_IN;
  if (write) bits |= SRT_EPOLL_OUT;
  return bits;
}

}  // namespace

struct SrtEpoll::Impl {
  int id = srt_epoll_create();
  std::unordered_set<int> handles;
  // Sockets that broke before they were added: libsrt reports no event for those.
  std::unordered_set<int> already_broken;
  // Listeners just added: libsrt does not report callers that were waiting before. Reported
  // readable once; accept() then finds out.
  std::vector<int> fresh_listeners;
  std::vector<SRT_EPOLL_EVENT> raw;
  std::vector<Event> events;
  std::atomic<bool> woken = false;

  void collect(std::int64_t timeout_ms);
};

// One look at libsrt's list of ready sockets, of which it gives the first `raw.size()`: room for
// all keeps busy sockets at its head from hiding the others.
void SrtEpoll::Impl::collect(std::int64_t timeout_ms) {
  raw.resize(std::max<std::size_t>(64, handles.size() + 1));
  int const size = static_cast<int>(raw.size());
  // libsrt 1.5.1 returns one more than it filled when the room did not suffice.
  int const count = std::min(srt_epoll_uwait(id, raw.data(), size, timeout_ms), size);
  for (int i = 0; i < count; ++i) {
    auto const& ready = raw[static_cast<std::size_t>(i)];
    if (handles.count(ready.fd) == 0 || already_broken.count(ready.fd) != 0) continue;
    events.push_back({ready.fd, (ready.events & SRT_EPOLL_IN) != 0,
                      (ready.events & SRT_EPOLL_OUT) != 0, (ready.events & SRT_EPOLL_ERR) != 0});
  }
  for (int const handle : fresh_listeners) {
    auto const same = [&](const Event& e) { return e.handle == handle; };
    if (std::none_of(events.begin(), events.end(), same))
      events.push_back({handle, true, false, false});
  }
  fresh_listeners.clear();
  for (int const handle : already_broken) events.push_back({handle, true, true, true});
}

SrtEpoll::SrtEpoll() : impl_(std::make_unique<Impl>()) {
  if (impl_->id < 0) log::error(srt_error("cannot create an SRT epoll"));
  srt_epoll_set(impl_->id, SRT_EPOLL_ENABLE_EMPTY);
}

SrtEpoll::~SrtEpoll() {
  srt_epoll_release(impl_->id);
}

void SrtEpoll::add(const SrtSocket& socket, bool read, bool write) {
  int const handle = socket.handle();
  int const bits = event_bits(read, write);
  impl_->handles.insert(handle);
  bool const added = srt_epoll_add_usock(impl_->id, handle, &bits) != SRT_ERROR;
  auto const state = srt_getsockstate(handle);
  if (!added || state >= SRTS_BROKEN) impl_->already_broken.insert(handle);
  if (added && read && state == SRTS_LISTENING) impl_->fresh_listeners.push_back(handle);
}

void SrtEpoll::change(const SrtSocket& socket, bool read, bool write) {
  int const bits = event_bits(read, write);
  if (srt_epoll_update_usock(impl_->id, socket.handle(), &bits) == SRT_ERROR)
    impl_->already_broken.insert(socket.handle());
}

void SrtEpoll::remove(const SrtSocket& socket) {
  impl_->handles.erase(socket.handle());
  impl_->already_broken.erase(socket.handle());
  std::erase(impl_->fresh_listeners, socket.handle());
  srt_epoll_remove_usock(impl_->id, socket.handle());
}

const std::vector<SrtEpoll::Event>& SrtEpoll::wait(Duration timeout) {
  auto& self = *impl_;
  self.events.clear();
  Time const deadline = now() + timeout;
  for (;;) {
    bool const woken = self.woken.exchange(false);
    auto const left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now()).count();
    bool const last =
        woken || left <= 0 || !self.already_broken.empty() || !self.fresh_listeners.empty();
    self.collect(last ? 0 : std::min<std::int64_t>(left, kSliceMs));
    if (last || !self.events.empty()) return self.events;
  }
}

void SrtEpoll::wake() {
  impl_->woken = true;
}

}  // namespace aegis::os
