#include "cli/stats_watch.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include <fmt/core.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "cli/screen.hpp"
#include "cli/stats_format.hpp"
#include "cli/stats_history.hpp"
#include "cli/stats_panel.hpp"
#include "cli/stats_table.hpp"
#include "common/os/clock.hpp"
#include "common/os/fd.hpp"
#include "common/os/thread.hpp"

namespace aegis::cli {
namespace {

constexpr Duration kPeriod = 1s;

// Asks once a second, however long an answer takes, and keeps the last one.
class Feed {
 public:
  explicit Feed(std::function<StatsRound()> ask)
      : ask_(std::move(ask)),
        news_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        thread_("stats", [this] { run(); }) {}
  ~Feed() {
    {
      std::lock_guard const lock(mutex_);
      ended_ = true;
    }
    wake_.notify_all();
  }
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  int fd() const { return news_.get(); }
  std::optional<StatsRound> take() {
    std::uint64_t count = 0;
    [[maybe_unused]] auto const size = ::read(news_.get(), &count, sizeof count);
    std::lock_guard const lock(mutex_);
    return std::exchange(latest_, std::nullopt);
  }
  // An answer is waited for just now.
  bool is_asking() const {
    std::lock_guard const lock(mutex_);
    return asking_;
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    for (auto next = os::now() + kPeriod; !ended_; next = std::max(next + kPeriod, os::now())) {
      wake_.wait_for(lock, next - os::now(), [this] { return ended_; });
      if (ended_) return;
      asking_ = true;
      lock.unlock();
      auto round = ask_();
      lock.lock();
      asking_ = false;
      latest_ = std::move(round);
      std::uint64_t const one = 1;
      [[maybe_unused]] auto const size = ::write(news_.get(), &one, sizeof one);
    }
  }

  const std::function<StatsRound()> ask_;
  os::Fd news_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<StatsRound> latest_;  // guarded by mutex_, as are the next two
  bool ended_ = false, asking_ = false;
  os::Thread thread_;  // last: it uses all of the above
};

// What is on the screen, and how the user wants it.
class View {
 public:
  explicit View(const Terminal& terminal) : terminal_(terminal) {}

  void take(StatsRound round) {
    round_ = std::move(round);
    history_.look(round_.reports);
  }
  void obey(Screen::Key key) {
    switch (key) {
      case Screen::Key::kSort:
        order_ = next(order_);
        break;
      case Screen::Key::kDetail:
        detail_ = !detail_;
        top_ = 0;
        break;
      case Screen::Key::kUp:
        top_ -= top_ > 0 ? 1 : 0;
        break;
      case Screen::Key::kDown:
        ++top_;
        break;
      case Screen::Key::kNone:
      case Screen::Key::kQuit:
        break;
    }
  }

  // As many lines as the screen has, the keys in the last one.
  std::vector<std::string> draw() {
    auto const width = terminal_.width(), height = std::max<std::size_t>(terminal_.height(), 2);
    auto const lines = all_lines(width);
    auto const room = height - 1;
    top_ = std::min(top_, lines.size() > room ? lines.size() - room : 0);
    std::vector<std::string> out;
    for (std::size_t i = top_; i < lines.size() && out.size() < room; ++i)
      out.push_back(render(lines[i], width, terminal_));
    out.resize(room);
    out.push_back(render(keys(lines.size() > room), width, terminal_));
    return out;
  }

 private:
  std::vector<Line> all_lines(std::size_t width) const {
    std::vector<Line> lines;
    for (auto const& report : round_.reports) {
      if (!lines.empty()) lines.insert(lines.end(), 2, Line{});
      auto const part = detail_ ? stats_lines(report)
                                : panel_lines(report, history_, {width, terminal_.utf8(), order_});
      lines.insert(lines.end(), part.begin(), part.end());
    }
    for (auto const& error : round_.errors)
      lines.push_back({{escaped(error.what + ": " + error.why), Colour::kBad}});
    if (lines.empty()) lines.push_back({{"waiting for an agent or a relay to run here"}});
    return lines;
  }
  Line keys(bool scrolls) const {
    return {{fmt::format("q quit   d {}   s sort links: {}{}", detail_ ? "less" : "detail",
                         to_string(order_), scrolls ? "   up, down" : ""),
             Colour::kFaint}};
  }

  const Terminal& terminal_;
  StatsRound round_;
  RateHistory history_;
  LinkOrder order_ = LinkOrder::kAsTheyAre;
  bool detail_ = false;
  std::size_t top_ = 0;  // the first line that is shown
};

}  // namespace

std::string first_that_holds(std::vector<Condition>& conditions, const StatsRound& round,
                             Time now) {
  std::string found;
  for (auto& condition : conditions) {
    auto const what = condition.look(round.reports, now);
    if (what && found.empty()) found = *what;
  }
  return found;
}

std::string watch_on_screen(const std::function<StatsRound()>& ask, StatsRound first,
                            std::vector<Condition> conditions, const Terminal& terminal) {
  View view(terminal);
  std::string found = first_that_holds(conditions, first, os::now());
  view.take(std::move(first));
  auto screen = std::make_unique<Screen>();
  Feed feed(ask);
  while (found.empty() && screen->draw(view.draw())) {
    auto const wake = screen->wait(kPeriod, feed.fd());
    if (wake.key == Screen::Key::kQuit) break;
    view.obey(wake.key);
    if (auto round = feed.take()) {
      found = first_that_holds(conditions, *round, os::now());
      view.take(std::move(*round));
    }
  }
  screen.reset();
  // Whoever has seen enough does not wait for a relay that does not answer.
  if (found.empty() && feed.is_asking()) std::_Exit(EXIT_SUCCESS);
  return found;
}

}  // namespace aegis::cli
