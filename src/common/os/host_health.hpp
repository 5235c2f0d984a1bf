// What a host must have before it streams, whichever end it is: buffers, a clock, a processor,
// disk.
#pragma once

#include <filesystem>
#include <optional>

#include "common/base/finding.hpp"
#include "common/base/units.hpp"

namespace aegis::os {

struct HostFacts {
  std::filesystem::path folder;            // whose disk was looked at
  std::optional<Bytes> receive_buffer;     // what the kernel grants a UDP socket that asks for 8 MB
  std::optional<Bytes> send_buffer;        // likewise
  std::optional<bool> clock_synchronised;  // nothing where the kernel does not say
  double load = 0;                         // runnable threads over the last minute
  unsigned processors = 1;
  std::optional<Bytes> disk_free;  // nothing when the disk cannot be asked
};

// Looks; takes no time to speak of. `folder` need not exist: what is above it counts then.
HostFacts look_at_host(const std::filesystem::path& folder);

// What the facts mean. Pure.
Findings judge_host(const HostFacts& facts);

}  // namespace aegis::os
