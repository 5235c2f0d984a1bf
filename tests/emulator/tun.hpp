// A TUN device in a named network namespace. The only part of the emulator that changes the system.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"
#include "common/os/fd.hpp"

namespace aegis::emulator {

struct TunSetup {
  std::string network_namespace;
  std::string device;
  std::vector<std::string> addresses;  // with prefix lengths
  std::vector<std::string> routes;     // hosts or networks behind this device
  int rank = 0;                        // lower: preferred where several devices have a route
};

// The device lives as long as the object. Routes are kept in the main table, with a metric by rank,
// and in a table of the device's own that sockets bound to its address are ruled to use.
class Tun {
 public:
  // Needs CAP_NET_ADMIN and CAP_SYS_ADMIN: kRefused, with what failed.
  static Result<Tun> open(const TunSetup& setup);

  int fd() const { return fd_.get(); }

  enum class Read { kPacket, kNothing, kGone };
  // One packet into `packet`, which is resized to it. kGone: somebody deleted the device.
  Read read(std::vector<std::byte>& packet);
  // False when the kernel would not take it.
  bool write(ByteView packet);

 private:
  explicit Tun(os::Fd fd) : fd_(std::move(fd)) {}
  os::Fd fd_;
};

}  // namespace aegis::emulator
