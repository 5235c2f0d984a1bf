#include "relay/access.hpp"

namespace aegis::relay {
namespace {

crypto::Digest digest_of(std::string_view key) {
  return crypto::sha256(std::as_bytes(std::span(key)));
}

}  // namespace

Access::Access(const config::State& state) : stream_count_(state.streams.size()) {
  for (auto const& stream : state.streams) {
    add(stream, Right::kPublish);
    add(stream, Right::kPlay);
    add(stream, Right::kStats);
  }
  for (auto const& tenant : state.tenants) {
    tenants_.try_emplace(tenant.stats_key, TenantGrant{tenant.name, false});
    tenants_.try_emplace(tenant.admin_key, TenantGrant{tenant.name, true});
  }
}

void Access::add(const config::Stream& stream, Right right) {
  crypto::Secret key;
  std::optional<crypto::Secret> passphrase;
  switch (right) {
    case Right::kPublish:
      key = stream.publish_key;
      passphrase = stream.passphrase;
      break;
    case Right::kPlay:
      key = stream.play_key;
      passphrase = stream.play_passphrase;
      break;
    case Right::kStats:
      key = config::stats_key(stream);
      break;
  }
  if (key.empty()) return;
  auto const digest = digest_of(key.expose());
  grants_.try_emplace(digest,
                      Grant{config::full_name(stream), right, std::move(passphrase), digest});
}

const Grant* Access::find(std::span<const std::string_view> keys) const {
  for (auto const key : keys) {
    auto const found = grants_.find(digest_of(key));
    if (found != grants_.end()) return &found->second;
  }
  return nullptr;
}

const TenantGrant* Access::find_tenant(std::string_view key) const {
  auto const found = tenants_.find(digest_of(key));
  return found == tenants_.end() ? nullptr : &found->second;
}

bool Access::still_holds(const Grant& grant) const {
  auto const found = grants_.find(grant.key);
  return found != grants_.end() && found->second == grant;
}

}  // namespace aegis::relay
