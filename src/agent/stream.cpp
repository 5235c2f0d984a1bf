#include "agent/stream.hpp"

#include "agent/session.hpp"

namespace aegis::agent {

Status run(const StreamOptions& options) {
  return Session(options).run();
}

}  // namespace aegis::agent
