// Who asks by HTTP, and what that opens.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/crypto/secret.hpp"
#include "common/http/server.hpp"
#include "relay/access.hpp"
#include "relay/scope.hpp"

namespace aegis::relay {

struct Asker {
  Scope scope;           // what may be seen
  bool may_act = false;  // end sessions and players of the same
};

// The bearer token (RFC 6750); nothing when there is none.
std::optional<std::string_view> bearer_of(const http::Request& request);

// The operator shows `api_key`, a tenant one of its own. Without a key somebody may look, at all
// there is, only where nobody has one: then HTTP is for this host, and for one person. Nothing is
// opened by a key that is not known.
std::optional<Asker> asker_of(std::optional<std::string_view> bearer, const Access& access,
                              const std::optional<crypto::Secret>& api_key);

}  // namespace aegis::relay
