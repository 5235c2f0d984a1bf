// Whose streams somebody is shown: everybody's, or one tenant's.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/config/state.hpp"

namespace aegis::relay {

// Everything that is told to a tenant, and everything that it asks for, goes by holds(): what it
// does not hold is to look as if it did not exist.
class Scope {
 public:
  Scope() = default;  // the operator's: everything
  explicit Scope(std::string tenant) : tenant_(std::move(tenant)) {}

  bool is_everything() const { return !tenant_; }
  bool holds(std::string_view full_name) const {
    return !tenant_ || config::tenant_of(full_name) == *tenant_;
  }

 private:
  std::optional<std::string> tenant_;
};

}  // namespace aegis::relay
