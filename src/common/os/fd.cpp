#include "common/os/fd.hpp"

#include <unistd.h>

namespace aegis::os {

void Fd::reset() {
  // Linux frees the number even when close() reports an error, so there is nothing to repeat.
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

}  // namespace aegis::os
