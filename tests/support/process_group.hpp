// What a program and its children use, while they run.
#pragma once

#include <cstdint>

namespace aegis::test {

struct ResourceUse {
  double cpu_seconds = 0;
  std::uint64_t resident_kb = 0;
};

// Of every process in the group `pgid`, from /proc. The CPU of those that have ended is not in it.
ResourceUse use_of_group(int pgid);

}  // namespace aegis::test
