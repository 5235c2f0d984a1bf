#include "common/os/event_loop.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cassert>
#include <cerrno>
#include <deque>
#include <mutex>
#include <unordered_map>
#include <vector>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "common/os/clock.hpp"
#include "common/os/errors.hpp"

namespace aegis::os {
namespace {

struct Watch {
  std::uint32_t generation = 0;
  Ready interest = Ready::kRead;
  EventLoop::OnReady callback;
};

struct Deadline {
  Time when;
  EventLoop::TimerId id = 0;
  // For a heap with the earliest on top; equal deadlines keep the order of their making.
  friend bool operator<(const Deadline& a, const Deadline& b) {
    return a.when != b.when ? a.when > b.when : a.id > b.id;
  }
};

constexpr bool wants(Ready interest, Ready part) {
  return (static_cast<std::uint32_t>(interest) & static_cast<std::uint32_t>(part)) != 0;
}

std::uint32_t epoll_mask(Ready interest) {
  return (wants(interest, Ready::kRead) ? std::uint32_t{EPOLLIN} : 0u) |
         (wants(interest, Ready::kWrite) ? std::uint32_t{EPOLLOUT} : 0u);
}

// Errors and hang-ups count as what the watcher waits for: its next call learns the cause.
std::uint32_t ready_bits(std::uint32_t events, Ready interest) {
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) return static_cast<std::uint32_t>(interest);
  std::uint32_t bits = 0;
  if ((events & EPOLLIN) != 0) bits |= static_cast<std::uint32_t>(Ready::kRead);
  if ((events & EPOLLOUT) != 0) bits |= static_cast<std::uint32_t>(Ready::kWrite);
  return bits & static_cast<std::uint32_t>(interest);
}

constexpr std::uint64_t tag(int fd, std::uint32_t generation) {
  return (std::uint64_t{generation} << 32) | static_cast<std::uint32_t>(fd);
}

}  // namespace

struct EventLoop::Impl {
  Fd epoll{epoll_create1(EPOLL_CLOEXEC)};
  Fd wake{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  Fd timer{timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)};

  // A callback may unwatch its own descriptor, so a turn holds on to what it runs. The generation
  // tells a descriptor that was closed and reused within a turn from the one the event is about.
  std::unordered_map<int, std::shared_ptr<Watch>> watches;
  std::array<epoll_event, 64> ready{};
  std::uint32_t next_generation = 1;  // 0 marks the loop's own descriptors

  std::vector<Deadline> heap;  // holds cancelled ids until they surface or are swept
  std::unordered_map<TimerId, OnTimer> timers;
  TimerId next_timer = 1;
  Time armed = kNever;  // what the timerfd is set to

  Duration pace{};
  Time last_turn{};

  std::deque<OnTimer> after_turn;  // a deque: a callback may add one

  std::mutex mutex;  // guards `posted`
  std::vector<std::function<void()>> posted;
  std::vector<std::function<void()>> running;
  std::atomic<bool> stopping = false;

  Impl();
  void control(int operation, int fd, std::uint32_t events, std::uint64_t data) const;
  void signal() const;
  void clear_counter(int fd) const;
  void drop_cancelled();
  int arm();
  void dispatch(const epoll_event& event, Time now);
  void run_posted();
  void run_timers(Time now);
  void turn();
};

EventLoop::Impl::Impl() {
  if (!epoll || !wake || !timer) fatal_errno("event loop");
  control(EPOLL_CTL_ADD, wake.get(), EPOLLIN, tag(wake.get(), 0));
  control(EPOLL_CTL_ADD, timer.get(), EPOLLIN, tag(timer.get(), 0));
}

void EventLoop::Impl::control(int operation, int fd, std::uint32_t events,
                              std::uint64_t data) const {
  epoll_event event{};
  event.events = events;
  event.data.u64 = data;
  if (epoll_ctl(epoll.get(), operation, fd, &event) != 0) fatal_errno("event loop: epoll_ctl");
}

void EventLoop::Impl::signal() const {
  std::uint64_t const one = 1;
  // EAGAIN means that the counter is full: the loop is awake already.
  [[maybe_unused]] auto const written = ::write(wake.get(), &one, sizeof one);
}

void EventLoop::Impl::clear_counter(int fd) const {
  std::uint64_t count = 0;
  [[maybe_unused]] auto const got = ::read(fd, &count, sizeof count);
}

void EventLoop::Impl::drop_cancelled() {
  while (!heap.empty() && timers.count(heap.front().id) == 0) {
    std::pop_heap(heap.begin(), heap.end());
    heap.pop_back();
  }
}

// Sets the timerfd to the earliest deadline; returns the timeout for epoll_wait.
int EventLoop::Impl::arm() {
  drop_cancelled();
  Time const next = heap.empty() ? kNever : heap.front().when;
  if (next != kNever && next <= now()) return 0;
  if (next == armed) return -1;
  itimerspec spec{};
  if (next != kNever) {
    auto const us = next.time_since_epoch().count();
    spec.it_value.tv_sec = us / 1'000'000;
    spec.it_value.tv_nsec = us % 1'000'000 * 1000;
  }
  if (timerfd_settime(timer.get(), TFD_TIMER_ABSTIME, &spec, nullptr) != 0)
    fatal_errno("event loop: timerfd_settime");
  armed = next;
  return -1;
}

void EventLoop::Impl::dispatch(const epoll_event& event, Time now) {
  auto const fd = static_cast<int>(event.data.u64 & 0xffffffffu);
  auto const generation = static_cast<std::uint32_t>(event.data.u64 >> 32);
  if (generation == 0) {
    clear_counter(fd);
    if (fd == timer.get()) armed = kNever;
    return;
  }
  auto const found = watches.find(fd);
  if (found == watches.end() || found->second->generation != generation) return;
  auto const watch = found->second;
  auto const bits = ready_bits(event.events, watch->interest);
  if (bits != 0) watch->callback(static_cast<Ready>(bits), now);
}

void EventLoop::Impl::run_posted() {
  {
    std::lock_guard const lock(mutex);
    running.swap(posted);
  }
  for (auto& work : running) work();
  running.clear();
}

void EventLoop::Impl::run_timers(Time now) {
  // A timer set by a callback waits for the next turn, so a timer that re-arms itself at `now`
  // cannot keep the descriptors from their turn.
  TimerId const first_new = next_timer;
  for (drop_cancelled(); !heap.empty(); drop_cancelled()) {
    Deadline const due = heap.front();
    if (due.when > now || due.id >= first_new) break;
    std::pop_heap(heap.begin(), heap.end());
    heap.pop_back();
    auto const found = timers.find(due.id);
    OnTimer const callback = std::move(found->second);
    timers.erase(found);
    callback(now);
  }
}

void EventLoop::Impl::turn() {
  if (pace > Duration::zero() && now() < last_turn + pace) sleep_until(last_turn + pace);
  int const count = epoll_wait(epoll.get(), ready.data(), static_cast<int>(ready.size()), arm());
  if (count < 0) {
    if (errno == EINTR) return;
    fatal_errno("event loop: epoll_wait");
  }
  Time const turn_now = last_turn = now();
  for (int i = 0; i < count; ++i) dispatch(ready[static_cast<std::size_t>(i)], turn_now);
  run_posted();
  run_timers(turn_now);
  for (std::size_t i = 0; i < after_turn.size(); ++i) after_turn[i](turn_now);
}

EventLoop::EventLoop() : impl_(std::make_unique<Impl>()) {}
EventLoop::~EventLoop() = default;

void EventLoop::watch(int fd, Ready interest, OnReady callback) {
  assert(impl_->watches.count(fd) == 0);
  auto const generation = impl_->next_generation++;
  if (impl_->next_generation == 0) impl_->next_generation = 1;
  impl_->watches[fd] = std::make_shared<Watch>(Watch{generation, interest, std::move(callback)});
  impl_->control(EPOLL_CTL_ADD, fd, epoll_mask(interest), tag(fd, generation));
}

void EventLoop::change(int fd, Ready interest) {
  auto const found = impl_->watches.find(fd);
  assert(found != impl_->watches.end());
  if (found->second->interest == interest) return;
  found->second->interest = interest;
  impl_->control(EPOLL_CTL_MOD, fd, epoll_mask(interest), tag(fd, found->second->generation));
}

void EventLoop::unwatch(int fd) {
  if (impl_->watches.erase(fd) != 0) impl_->control(EPOLL_CTL_DEL, fd, 0, 0);
}

EventLoop::TimerId EventLoop::at(Time when, OnTimer callback) {
  TimerId const id = impl_->next_timer++;
  impl_->timers.emplace(id, std::move(callback));
  impl_->heap.push_back({when, id});
  std::push_heap(impl_->heap.begin(), impl_->heap.end());
  return id;
}

void EventLoop::cancel(TimerId id) {
  if (impl_->timers.erase(id) == 0) return;
  // Timers that are always moved before they fire must not pile up in the heap.
  auto& heap = impl_->heap;
  if (heap.size() < 64 || heap.size() < 4 * impl_->timers.size()) return;
  std::erase_if(heap, [&](const Deadline& d) { return impl_->timers.count(d.id) == 0; });
  std::make_heap(heap.begin(), heap.end());
}

void EventLoop::after_turn(OnTimer callback) {
  impl_->after_turn.push_back(std::move(callback));
}

void EventLoop::pace(Duration least) {
  impl_->pace = least;
}

void EventLoop::run() {
  while (!impl_->stopping.exchange(false)) impl_->turn();
}

void EventLoop::stop() {
  impl_->stopping = true;
  impl_->signal();
}

void EventLoop::post(std::function<void()> work) {
  {
    std::lock_guard const lock(impl_->mutex);
    impl_->posted.push_back(std::move(work));
  }
  impl_->signal();
}

}  // namespace aegis::os
