#include "relay/api_access.hpp"

#include <algorithm>

namespace aegis::relay {

std::optional<std::string_view> bearer_of(const http::Request& request) {
  static constexpr std::string_view kScheme = "bearer ";
  auto const found = request.headers.find("authorization");
  if (found == request.headers.end() || found->second.size() < kScheme.size()) return std::nullopt;
  std::string_view const given = found->second;
  bool const bearer = std::equal(kScheme.begin(), kScheme.end(), given.begin(),
                                 [](char a, char b) { return a == (b | 0x20); });
  if (!bearer) return std::nullopt;
  return given.substr(kScheme.size());
}

std::optional<Asker> asker_of(std::optional<std::string_view> bearer, const Access& access,
                              const std::optional<crypto::Secret>& api_key) {
  if (!bearer) {
    if (api_key || access.has_tenants()) return std::nullopt;
    return Asker{};
  }
  if (api_key && crypto::Secret(*bearer) == *api_key) return Asker{Scope(), true};
  if (auto const* tenant = access.find_tenant(*bearer))
    return Asker{Scope(tenant->tenant), tenant->may_act};
  return std::nullopt;
}

}  // namespace aegis::relay
