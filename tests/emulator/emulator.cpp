#include "emulator/emulator.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <sched.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/os/clock.hpp"

namespace aegis::emulator {
namespace {

// A busy machine must not make links slower: the loop uses little and is served at once. Where that
// is not allowed the emulator works all the same, only less exactly.
void ask_for_priority() {
  sched_param const parameters{.sched_priority = 1};
  (void)::sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &parameters);
}

void reply(int fd, std::string text) {
  text += '\n';
  (void)::send(fd, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace

Emulator::Emulator(Options options)
    : options_(std::move(options)),
      find_trace_(options_.find_trace()),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)),
      now_(os::now()) {
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGTERM);
  sigaddset(&mask, SIGINT);
  sigprocmask(SIG_BLOCK, &mask, nullptr);
  signals_ = os::Fd(::signalfd(-1, &mask, SFD_NONBLOCK | SFD_CLOEXEC));
  watch(timer_.get());
  watch(signals_.get());
}

Result<std::unique_ptr<Emulator>> Emulator::create(Options options) {
  std::unique_ptr<Emulator> emulator(new Emulator(std::move(options)));
  const Options& all = emulator->options_;
  for (const LinkOptions& link : all.links) {
    int const rank = static_cast<int>(emulator->links_.size());
    emulator->links_.push_back(std::make_unique<Link>(link, all, rank, emulator->now_));
    if (Status status = emulator->links_.back()->plug(); !status) return std::move(status).error();
  }
  emulator->watch_links();
  if (Status status = emulator->open_control(); !status) return std::move(status).error();
  ask_for_priority();
  if (all.run_for) emulator->end_ = os::now() + *all.run_for;
  return emulator;
}

Status Emulator::open_control() {
  if (options_.control.empty()) return success();
  if (options_.control == "-") {
    clients_[STDIN_FILENO] = {os::Fd(STDIN_FILENO), ""};
    watch(STDIN_FILENO);
    return success();
  }
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  options_.control.copy(address.sun_path, sizeof address.sun_path - 1);
  listener_ = os::Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  ::unlink(address.sun_path);
  bool const bound =
      ::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  if (!bound || ::listen(listener_.get(), 4) != 0) {
    return Error{ErrorKind::kConfiguration, "cannot open the control socket", std::strerror(errno),
                 ""};
  }
  watch(listener_.get());
  return success();
}

void Emulator::watch(int fd) {
  epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
}

// A closed device leaves the epoll set by itself; its number may come back as another device.
void Emulator::watch_links() {
  devices_.clear();
  for (auto& link : links_) {
    for (Side side : {Side::kA, Side::kB}) {
      int const fd = link->fd(side);
      if (fd < 0) continue;
      devices_[fd] = {link.get(), side};
      watch(fd);  // EEXIST for those that are watched already
    }
  }
}

void Emulator::run() {
  std::array<epoll_event, 32> events{};
  while (!stopping_) {
    set_timer();
    int const count = ::epoll_wait(epoll_.get(), events.data(), events.size(), -1);
    now_ = os::now();
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      on_event(event.data.fd);
    }
    now_ = os::now();
    for (auto& link : links_) link->deliver(now_);
    stopping_ = stopping_ || now_ >= end_;
  }
}

void Emulator::on_event(int fd) {
  if (auto const device = devices_.find(fd); device != devices_.end()) {
    auto const [link, side] = device->second;
    if (!link->receive(side)) watch_links();
  } else if (fd == timer_.get()) {
    std::uint64_t expirations = 0;
    (void)!::read(fd, &expirations, sizeof expirations);
    armed_ = kNever;
  } else if (fd == signals_.get()) {
    stopping_ = true;
  } else if (fd == listener_.get()) {
    accept_client();
  } else {
    on_control(fd);
  }
}

void Emulator::accept_client() {
  os::Fd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!client) return;
  int const fd = client.get();
  watch(fd);
  clients_[fd] = {std::move(client), ""};
}

void Emulator::on_control(int fd) {
  auto const found = clients_.find(fd);
  if (found == clients_.end()) return;
  std::array<char, 4096> buffer{};
  ssize_t const size = ::read(fd, buffer.data(), buffer.size());
  if (size <= 0) {
    stopping_ = stopping_ || fd == STDIN_FILENO;
    clients_.erase(found);
    return;
  }
  std::string& input = found->second.input;
  input.append(buffer.data(), static_cast<std::size_t>(size));
  for (std::size_t end = input.find('\n'); end != std::string::npos; end = input.find('\n')) {
    std::string const answer =
        execute(std::string_view(input).substr(0, end), links_, find_trace_, now_);
    input.erase(0, end + 1);
    watch_links();
    if (fd == STDIN_FILENO) {
      (void)!::write(STDOUT_FILENO, (answer + "\n").data(), answer.size() + 1);
    } else {
      reply(fd, answer);
    }
  }
}

void Emulator::set_timer() {
  Time next = end_;
  for (auto& link : links_) next = std::min(next, link->next_event());
  if (next == armed_) return;
  armed_ = next;
  auto const us = next == kNever ? 0 : std::max<std::int64_t>(1, next.time_since_epoch().count());
  itimerspec spec{};
  spec.it_value.tv_sec = us / 1'000'000;
  spec.it_value.tv_nsec = us % 1'000'000 * 1000;
  ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &spec, nullptr);
}

}  // namespace aegis::emulator
