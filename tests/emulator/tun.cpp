#include "emulator/tun.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace aegis::emulator {
namespace {

constexpr int kMtu = 1500;
constexpr int kFirstTable = 100;
constexpr int kFirstMetric = 10;

Error refused(std::string what) {
  return {ErrorKind::kRefused, std::move(what), std::strerror(errno),
          "The emulator needs root: it opens TUN devices in network namespaces."};
}

// The calling thread is in the namespace until the object ends.
class InNamespace {
 public:
  explicit InNamespace(const std::string& name)
      : home_(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)) {
    os::Fd const target(::open(("/run/netns/" + name).c_str(), O_RDONLY | O_CLOEXEC));
    entered_ = home_ && target && ::setns(target.get(), CLONE_NEWNET) == 0;
  }
  ~InNamespace() {
    if (entered_ && ::setns(home_.get(), CLONE_NEWNET) != 0) std::perror("setns");
  }
  InNamespace(const InNamespace&) = delete;
  InNamespace& operator=(const InNamespace&) = delete;
  bool entered() const { return entered_; }

 private:
  os::Fd home_;
  bool entered_ = false;
};

bool is_v6(const std::string& address) {
  return address.find(':') != std::string::npos;
}

// Where a kernel lacks the switch (no IPv6, a read-only /proc/sys), its default has to do.
void set_sysctl(const std::string& path, const char* value) {
  std::ofstream("/proc/sys/net/" + path) << value;
}

// One run of ip for each family, because a batch has one.
struct IpScript {
  std::string v4, v6;
  std::string& of(const std::string& address) { return is_v6(address) ? v6 : v4; }
};

bool run_ip(const char* command, const std::string& script) {
  if (script.empty()) return true;
  std::FILE* const ip = ::popen(command, "w");
  if (ip == nullptr) return false;
  bool const written = std::fwrite(script.data(), 1, script.size(), ip) == script.size();
  return ::pclose(ip) == 0 && written;
}

bool run_ip(const IpScript& script) {
  return run_ip("ip -batch -", script.v4) && run_ip("ip -6 -batch -", script.v6);
}

IpScript device_script(const TunSetup& setup) {
  const std::string& device = setup.device;
  IpScript script;
  // A long transmit queue: the kernel must never be the one that drops.
  script.v4 = fmt::format(
      "link set dev {0} addrgenmode none\nlink set dev {0} mtu {1} txqueuelen 10000 up\n", device,
      kMtu);
  for (const std::string& address : setup.addresses) {
    script.of(address) +=
        fmt::format("address add {} dev {}{}\n", address, device, is_v6(address) ? " nodad" : "");
  }
  return script;
}

IpScript route_script(const TunSetup& setup) {
  int const table = kFirstTable + setup.rank;
  IpScript script;
  for (const std::string& route : setup.routes) {
    script.of(route) += fmt::format("route replace {0} dev {1} metric {2}\n", route, setup.device,
                                    kFirstMetric + setup.rank);
    script.of(route) +=
        fmt::format("route replace {} dev {} table {}\n", route, setup.device, table);
  }
  for (const std::string& address : setup.addresses) {
    std::string const host = address.substr(0, address.find('/'));
    script.of(address) += fmt::format("rule add from {} lookup {}\n", host, table);
  }
  return script;
}

// Rules outlive the device: those of an earlier life go first.
void drop_rules(const TunSetup& setup) {
  for (const char* family : {"", "-6 "}) {
    std::string const command =
        fmt::format("ip {}rule flush table {} 2>/dev/null", family, kFirstTable + setup.rank);
    // There may be no such rule: that is as good.
    if (std::FILE* const ip = ::popen(command.c_str(), "r")) ::pclose(ip);
  }
}

bool configure(const TunSetup& setup) {
  for (const std::string& where : {std::string("all"), std::string("default"), setup.device}) {
    set_sysctl("ipv4/conf/" + where + "/rp_filter", "0");
  }
  if (!run_ip(device_script(setup))) return false;
  if (setup.routes.empty()) return true;
  drop_rules(setup);
  return run_ip(route_script(setup));
}

}  // namespace

Result<Tun> Tun::open(const TunSetup& setup) {
  InNamespace const inside(setup.network_namespace);
  if (!inside.entered()) {
    return refused(fmt::format("cannot enter network namespace {}", setup.network_namespace));
  }
  os::Fd fd(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!fd) return refused("cannot open /dev/net/tun");
  ifreq request{};
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  setup.device.copy(request.ifr_name, IFNAMSIZ - 1);
  if (::ioctl(fd.get(), TUNSETIFF, &request) != 0) {
    return refused(fmt::format("cannot make device {}", setup.device));
  }
  if (!configure(setup)) return refused(fmt::format("cannot set up device {}", setup.device));
  return Tun(std::move(fd));
}

Tun::Read Tun::read(std::vector<std::byte>& packet) {
  packet.resize(kMtu + 100);
  ssize_t const size = ::read(fd_.get(), packet.data(), packet.size());
  if (size >= 0) {
    packet.resize(static_cast<std::size_t>(size));
    return Read::kPacket;
  }
  return errno == EAGAIN || errno == EINTR ? Read::kNothing : Read::kGone;
}

bool Tun::write(ByteView packet) {
  return ::write(fd_.get(), packet.data(), packet.size()) == static_cast<ssize_t>(packet.size());
}

}  // namespace aegis::emulator
