// The emulator's command line.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "emulator/nat.hpp"
#include "emulator/profile.hpp"

namespace aegis::emulator {

struct LinkOptions {
  std::string name;                   // of the device in both namespaces
  std::vector<std::string> a, b;      // addresses with a prefix length, each side's device
  std::vector<std::string> routes_a;  // hosts or networks that side a reaches over this link
  std::optional<Nat> nat;             // how side b sees side a
  Profile up, down;                   // up: a to b
};

struct Options {
  std::string namespace_a, namespace_b;  // names as `ip netns` has them
  std::vector<LinkOptions> links;
  std::map<std::string, std::shared_ptr<const Trace>, std::less<>> traces;
  std::uint64_t seed = 1;
  std::string control;  // path of a Unix socket, "-" for stdin, empty for none
  std::optional<Duration> run_for;

  FindTrace find_trace() const;
};

// Errors: kUsage; kBadInput for a trace file that cannot be read.
Result<Options> parse_options(const std::vector<std::string>& arguments);

extern const char* const kUsage;

}  // namespace aegis::emulator
