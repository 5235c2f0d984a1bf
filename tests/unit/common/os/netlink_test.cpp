#include "common/os/netlink.hpp"

#include <algorithm>
#include <cstdlib>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/os/clock.hpp"

using namespace aegis;
using namespace aegis::os;

namespace {

const Interface* find(const std::vector<Interface>& list, std::string_view name) {
  auto const found =
      std::find_if(list.begin(), list.end(), [&](const auto& i) { return i.name == name; });
  return found == list.end() ? nullptr : &*found;
}

bool run(const char* command) {
  return std::system(command) == 0;
}

// Goes into a network namespace of its own for as long as it lives; false where that is forbidden.
class OwnNamespace {
 public:
  OwnNamespace() : before_(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)) {
    entered_ = before_ && unshare(CLONE_NEWNET) == 0;
  }
  ~OwnNamespace() {
    if (entered_ && setns(before_.get(), CLONE_NEWNET) != 0) std::abort();
  }
  bool entered() const { return entered_; }

 private:
  Fd before_;
  bool entered_ = false;
};

}  // namespace

TEST_CASE("the list of interfaces has the loopback", "[netlink]") {
  auto const list = list_interfaces();
  REQUIRE(list);
  auto const* const lo = find(*list, "lo");
  REQUIRE(lo != nullptr);
  CHECK(lo->loopback);
  CHECK(lo->up);
  CHECK(lo->index > 0);
  CHECK(std::count(lo->addresses.begin(), lo->addresses.end(), Endpoint::loopback(0)) == 1);
}

TEST_CASE("changes of interfaces and addresses are told, with the whole list", "[netlink]") {
  OwnNamespace const own;
  if (!own.entered() || !run("ip link add probe0 type veth peer name probe1 2>/dev/null")) {
    WARN("not allowed to make interfaces here");
    return;
  }
  EventLoop loop;
  std::vector<Interface> last;
  int changes = 0;
  auto watch = InterfaceWatch::start(loop, [&](const std::vector<Interface>& list, Time) {
    last = list;
    ++changes;
  });
  REQUIRE(watch);
  auto const settle = [&] {
    loop.at(now() + 200ms, [&](Time) { loop.stop(); });
    loop.run();
  };
  settle();
  CHECK(changes == 1);
  CHECK(find(last, "probe0") != nullptr);

  REQUIRE(
      run("ip link set probe1 up && ip link set probe0 up && "
          "ip addr add 10.99.0.1/24 dev probe0 && "
          "ip -6 addr add fe80::99/64 dev probe0 nodad 2>/dev/null"));
  settle();
  CHECK(changes > 1);
  auto const* const probe = find(last, "probe0");
  REQUIRE(probe != nullptr);
  CHECK(probe->up);
  CHECK(probe->addresses == std::vector<Endpoint>{Endpoint::v4(10, 99, 0, 1, 0)});

  REQUIRE(run("ip link set probe1 down"));  // the carrier goes
  settle();
  REQUIRE(find(last, "probe0") != nullptr);
  CHECK_FALSE(find(last, "probe0")->up);

  REQUIRE(run("ip link del probe0"));
  settle();
  CHECK(find(last, "probe0") == nullptr);

  watch.value().reset();
  int const before = changes;
  REQUIRE(run("ip link set lo up"));
  settle();
  CHECK(changes == before);
}
