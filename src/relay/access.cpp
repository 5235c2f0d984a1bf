#include "relay/access.hpp"

#include <algorithm>

namespace aegis::relay {
namespace {

crypto::Digest digest_of(std::string_view key) {
  return crypto::sha256(std::as_bytes(std::span(key)));
}

}  // namespace

Access::Access(const config::State& state)
    : identity_(state.identity), stream_count_(state.streams.size()) {
  for (auto const& stream : state.streams) {
    add(stream, Right::kPublish);
    add(stream, Right::kPlay);
    add(stream, Right::kStats);
    auto const& slot = stream.slot;
    pairs_until_ = std::max(pairs_until_, pairing::is_of_use_until(slot));
    if (!slot.device) continue;
    devices_.push_back(*slot.device);
    device_streams_.emplace(slot.device->id, config::full_name(stream));
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

const std::string* Access::stream_of(const bond::DeviceId& device) const {
  auto const found = device_streams_.find(device);
  return found == device_streams_.end() ? nullptr : &found->second;
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
