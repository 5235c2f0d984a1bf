#include "common/os/event_loop.hpp"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include "common/os/clock.hpp"

using namespace aegis;
using namespace aegis::os;

namespace {

struct Pair {
  Fd a, b;
  Pair() {
    int ends[2] = {-1, -1};
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    a = Fd(ends[0]);
    b = Fd(ends[1]);
  }
};

void poke(const Fd& fd) {
  REQUIRE(::write(fd.get(), "x", 1) == 1);
}

}  // namespace

TEST_CASE("timers fire in order of deadline, then of making", "[event_loop]") {
  EventLoop loop;
  std::string order;
  Time const start = now();
  loop.at(start + 3ms, [&](Time) { order += 'd', loop.stop(); });
  loop.at(start + 1ms, [&](Time) { order += 'a'; });
  loop.at(start + 2ms, [&](Time) { order += 'b'; });
  loop.at(start + 2ms, [&](Time) { order += 'c'; });
  loop.run();
  CHECK(order == "abcd");
}

TEST_CASE("a timer is neither early nor far too late", "[event_loop]") {
  EventLoop loop;
  Time const when = now() + 5300us;
  Time fired{};
  loop.at(when, [&](Time at) { fired = at, loop.stop(); });
  loop.run();
  CHECK(fired >= when);
  CHECK(fired < when + 200ms);
}

TEST_CASE("a callback may cancel a timer that is due in the same turn", "[event_loop]") {
  EventLoop loop;
  Time const due = now();
  bool cancelled_ran = false;
  EventLoop::TimerId victim = 0;
  loop.at(due, [&](Time) { loop.cancel(victim); });
  victim = loop.at(due, [&](Time) { cancelled_ran = true; });
  loop.at(due + 1ms, [&](Time) { loop.stop(); });
  loop.run();
  CHECK_FALSE(cancelled_ran);
  loop.cancel(victim);  // unknown by now: nothing happens
}

TEST_CASE("a timer that re-arms itself at once starves nobody", "[event_loop]") {
  EventLoop loop;
  Pair pair;
  std::function<void(Time)> again = [&](Time t) { loop.at(t, again); };
  loop.at(now(), again);
  loop.watch(pair.a.get(), Ready::kRead, [&](Ready, Time) { loop.stop(); });
  poke(pair.b);
  loop.run();
  SUCCEED("the descriptor had its turn");
  loop.unwatch(pair.a.get());
}

TEST_CASE("thousands of moved timers leave one that fires", "[event_loop]") {
  EventLoop loop;
  int fired = 0;
  EventLoop::TimerId id = 0;
  for (int i = 0; i < 5000; ++i) {
    loop.cancel(id);
    id = loop.at(now() + 1ms, [&](Time) { ++fired, loop.stop(); });
  }
  loop.run();
  CHECK(fired == 1);
}

TEST_CASE("a callback may unwatch a descriptor that is ready in the same turn", "[event_loop]") {
  EventLoop loop;
  Pair first;
  Pair second;
  int calls = 0;
  auto const once = [&](Ready, Time) {
    ++calls;
    loop.unwatch(first.a.get());
    loop.unwatch(second.a.get());
  };
  loop.watch(first.a.get(), Ready::kRead, once);
  loop.watch(second.a.get(), Ready::kRead, once);
  poke(first.b);
  poke(second.b);
  loop.at(now() + 10ms, [&](Time) { loop.stop(); });
  loop.run();
  CHECK(calls == 1);
}

TEST_CASE("an event of a descriptor's former life does not reach its successor", "[event_loop]") {
  EventLoop loop;
  Pair first;
  Pair second;
  int stale = 0;
  int calls = 0;
  auto const replace = [&](Ready, Time) {
    if (++calls > 1) return;
    for (auto* pair : {&first, &second}) {
      loop.unwatch(pair->a.get());
      char drained = 0;
      REQUIRE(::read(pair->a.get(), &drained, 1) == 1);
      loop.watch(pair->a.get(), Ready::kRead, [&](Ready, Time) { ++stale; });
    }
  };
  loop.watch(first.a.get(), Ready::kRead, replace);
  loop.watch(second.a.get(), Ready::kRead, replace);
  poke(first.b);
  poke(second.b);
  loop.at(now() + 10ms, [&](Time) { loop.stop(); });
  loop.run();
  CHECK(calls == 1);
  CHECK(stale == 0);
}

TEST_CASE("interest decides what is reported, and may change", "[event_loop]") {
  EventLoop loop;
  Pair pair;
  std::vector<Ready> seen;
  loop.watch(pair.a.get(), Ready::kWrite, [&](Ready ready, Time) {
    seen.push_back(ready);
    if (seen.size() == 1) {
      poke(pair.b);
      loop.change(pair.a.get(), Ready::kReadWrite);
    } else {
      loop.stop();
    }
  });
  loop.run();
  CHECK(seen == std::vector<Ready>{Ready::kWrite, Ready::kReadWrite});
}

TEST_CASE("a hang-up is told to a reader", "[event_loop]") {
  EventLoop loop;
  Pair pair;
  pair.b.reset();
  Ready seen{};
  loop.watch(pair.a.get(), Ready::kRead, [&](Ready ready, Time) { seen = ready, loop.stop(); });
  loop.run();
  CHECK(seen == Ready::kRead);
}

TEST_CASE("after_turn runs once a turn, after all else, with the turn's time", "[event_loop]") {
  EventLoop loop;
  std::string order;
  Time timer_now{};
  Time after_now{};
  Time const due = now();
  loop.after_turn([&](Time t) { order += '|', after_now = t, loop.stop(); });
  loop.at(due, [&](Time t) { order += 'a', timer_now = t; });
  loop.at(due, [&](Time) { order += 'b'; });
  loop.post([&] { order += 'p'; });
  loop.run();
  CHECK(order == "pab|");
  CHECK(timer_now == after_now);
}

TEST_CASE("a paced loop takes together what comes within its pace", "[event_loop]") {
  EventLoop loop;
  std::vector<Time> turns;
  loop.pace(20ms);
  loop.after_turn([&](Time at) {
    turns.push_back(at);
    if (turns.size() == 4) loop.stop();
  });
  std::atomic<bool> done = false;
  std::thread busy([&] {
    while (!done) loop.post([] {});
  });
  loop.run();
  done = true;
  busy.join();
  for (std::size_t i = 1; i < turns.size(); ++i) CHECK(turns[i] - turns[i - 1] >= Duration(20ms));
}

TEST_CASE("work posted from many threads runs on the loop's thread, all of it", "[event_loop]") {
  EventLoop loop;
  int ran = 0;  // unguarded on purpose: a thread checker sees it if work runs elsewhere
  constexpr int kThreads = 4;
  constexpr int kEach = 2000;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i)
        loop.post([&] {
          if (++ran == kThreads * kEach) loop.stop();
        });
    });
  }
  loop.run();
  for (auto& thread : threads) thread.join();
  CHECK(ran == kThreads * kEach);
}

TEST_CASE("stop before run ends the run at once", "[event_loop]") {
  EventLoop loop;
  loop.stop();
  loop.run();
  bool ran = false;
  loop.post([&] { ran = true, loop.stop(); });
  loop.run();
  CHECK(ran);
}
