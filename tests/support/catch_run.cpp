#define CATCH_CONFIG_RUNNER
#include "support/catch_run.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

#include <catch2/catch.hpp>
#include <sys/mman.h>
#include <unistd.h>

// Sanitizers report here instead of to standard error; absent from builds without them.
// NOLINTNEXTLINE(bugprone-reserved-identifier): the name is theirs
extern "C" __attribute__((weak)) void __sanitizer_set_report_fd(void* fd);

namespace aegis::test {
namespace {

constexpr off_t kShown = 8000;  // bytes of log

// Keeps what a case writes to standard error, the log above all, and shows the end of it when the
// case fails: among the lines of hundreds that pass nobody would find them.
class LogOfFailed : public Catch::TestEventListenerBase {
 public:
  using TestEventListenerBase::TestEventListenerBase;

  void testCaseStarting(const Catch::TestCaseInfo& info) override {
    TestEventListenerBase::testCaseStarting(info);
    if (terminal_ < 0) open();
    if (terminal_ < 0) return;
    (void)!ftruncate(kept_, 0);
    lseek(kept_, 0, SEEK_SET);
    dup2(kept_, STDERR_FILENO);
  }
  void testCaseEnded(const Catch::TestCaseStats& stats) override {
    if (terminal_ < 0) return;
    dup2(terminal_, STDERR_FILENO);
    if (!stats.totals.assertions.allOk()) show();
  }

 private:
  void open() {
    kept_ = memfd_create("log", MFD_CLOEXEC);
    if (kept_ < 0) return;
    terminal_ = dup(STDERR_FILENO);
    if (__sanitizer_set_report_fd != nullptr)
      __sanitizer_set_report_fd(reinterpret_cast<void*>(static_cast<std::intptr_t>(terminal_)));
  }
  void show() {
    auto const size = lseek(kept_, 0, SEEK_END);
    std::string text(static_cast<std::size_t>(std::min(size, kShown)), '\0');
    auto const got = pread(kept_, text.data(), text.size(), size - static_cast<off_t>(text.size()));
    if (got > 0) (void)!write(terminal_, text.data(), static_cast<std::size_t>(got));
  }

  int kept_ = -1;
  int terminal_ = -1;
};

CATCH_REGISTER_LISTENER(LogOfFailed)

}  // namespace

int run_tests(int argc, char** argv) {
  return Catch::Session().run(argc, argv);
}

}  // namespace aegis::test
