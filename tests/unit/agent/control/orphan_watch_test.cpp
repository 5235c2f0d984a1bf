#include "agent/control/orphan_watch.hpp"

#include <catch2/catch.hpp>

using namespace aegis;
using aegis::agent::control::OrphanWatch;

namespace {

constexpr Duration kPatience = 500ms;
constexpr Time kStart{10s};

// A connection that stands in the first group.
OrphanWatch connected() {
  OrphanWatch watch;
  watch.on_group(1);
  watch.on_handshake();
  watch.on_answer();
  watch.on_data(kStart);
  return watch;
}

}  // namespace

TEST_CASE("a connection that a new group does not answer is an orphan", "[orphan]") {
  auto watch = connected();
  watch.on_group(2);
  CHECK_FALSE(watch.take_orphan(kPatience, kStart + 1min));  // nothing was asked
  watch.on_data(kStart);
  watch.on_data(kStart + 400ms);
  CHECK_FALSE(watch.take_orphan(kPatience, kStart + 499ms));
  CHECK(watch.take_orphan(kPatience, kStart + 500ms));
  CHECK_FALSE(watch.take_orphan(kPatience, kStart + 1min));
  // Its owner has not heard it.
  watch.on_data(kStart + 600ms);
  CHECK(watch.take_orphan(kPatience, kStart + 1100ms));
}

TEST_CASE("silence in the group in which a connection began is not the watch's business",
          "[orphan]") {
  auto watch = connected();
  watch.on_group(1);
  watch.on_data(kStart + 1s);
  CHECK_FALSE(watch.take_orphan(kPatience, kStart + 1min));
}

TEST_CASE("a new group that answers, or a new connection, settles it", "[orphan]") {
  auto watch = connected();
  watch.on_group(2);
  watch.on_data(kStart);
  if (GENERATE(true, false)) {
    watch.on_answer();
  } else {
    watch.on_handshake();
  }
  watch.on_data(kStart + 100ms);
  CHECK_FALSE(watch.take_orphan(kPatience, kStart + 1min));
}
