#include "common/os/log.hpp"

#include <string>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "common/os/fd.hpp"
#include "support/temp_dir.hpp"

using namespace aegis;
using namespace aegis::os;

namespace {

// What `work` writes to stderr.
template <typename Work>
std::string stderr_of(Work work) {
  test::TempDir const dir;
  auto const path = dir / "stderr";
  Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  Fd saved(::dup(STDERR_FILENO));
  ::dup2(file.get(), STDERR_FILENO);
  work();
  ::dup2(saved.get(), STDERR_FILENO);
  return test::read_file(path);
}

}  // namespace

TEST_CASE("a line carries its level and its figures", "[log]") {
  auto const text = stderr_of([] { log::warn("link down link={} rtt_ms={}", "wlan0", 42); });
  CHECK(text.find("warn") != std::string::npos);
  CHECK(text.find("link down link=wlan0 rtt_ms=42\n") != std::string::npos);
}

TEST_CASE("text from the network cannot forge a line or reach the terminal", "[log]") {
  auto const text = stderr_of([] { log::info("caller id={}", "x\nfaked \x1b[2J\x7f"); });
  CHECK(std::count(text.begin(), text.end(), '\n') == 1);
  CHECK(text.find("x\\x0afaked \\x1b[2J\\x7f") != std::string::npos);
}

TEST_CASE("levels below the set one are dropped", "[log]") {
  auto const text = stderr_of([] {
    log::set_level(log::Level::kError);
    log::warn("not shown");
    log::error("shown");
    log::set_level(log::Level::kInfo);
    log::debug("not shown either");
  });
  CHECK(text.find("not shown") == std::string::npos);
  CHECK(text.find("shown") != std::string::npos);
  CHECK(log::parse_level("debug"));
  CHECK_FALSE(log::parse_level("loud"));
}

TEST_CASE("a rate-limited log speaks once a second and loses no count", "[log]") {
  log::RateLimitedLog drops("datagrams dropped");
  Time const start{1h};
  auto const first = stderr_of([&] {
    for (int i = 0; i < 1000; ++i) drops.count("too short", start + Duration(i));
  });
  CHECK(std::count(first.begin(), first.end(), '\n') == 1);
  CHECK(drops.unsaid() == 999);
  auto const second = stderr_of([&] { drops.flush(start + 1s); });
  CHECK(second.find("count=999 total=1000 last=\"too short\"") != std::string::npos);
  CHECK(stderr_of([&] { drops.flush(start + 3s); }).empty());
  CHECK(drops.total() == 1000);
}
