// Who may publish, who may play and who may ask by HTTP: an immutable snapshot of the state file.
#pragma once

#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/time.hpp"
#include "common/bond/proof.hpp"
#include "common/config/state.hpp"
#include "common/crypto/digest.hpp"
#include "common/crypto/secret.hpp"
#include "relay/stream_id.hpp"

namespace aegis::relay {

// What one SRT stream id or stats key opens.
struct Grant {
  std::string stream;  // its full name
  Right right = Right::kPublish;
  std::optional<crypto::Secret> passphrase;  // that SRT must use; none: no encryption
  crypto::Digest key{};                      // names the key without showing it
  friend bool operator==(const Grant&, const Grant&) = default;
};

// What one key of a tenant's opens by HTTP: its own streams, to look at or also to act upon.
struct TenantGrant {
  std::string tenant;
  bool may_act = false;
  friend bool operator==(const TenantGrant&, const TenantGrant&) = default;
};

// Keys are looked up by their SHA-256, so that the time a look-up takes says nothing about a key.
// Thread-safe: nothing changes after construction.
class Access {
 public:
  Access() = default;
  explicit Access(const config::State& state);

  // The grant of the first of these keys that is known; nothing when none is.
  const Grant* find(std::span<const std::string_view> keys) const;
  // Does the key of `grant` still open the same thing under the same passphrase?
  bool still_holds(const Grant& grant) const;
  const TenantGrant* find_tenant(std::string_view key) const;
  bool has_tenants() const { return !tenants_.empty(); }
  std::size_t stream_count() const { return stream_count_; }

  // The paired rigs, and which stream each may publish: null when there is none.
  const std::vector<bond::Device>& devices() const { return devices_; }
  const std::string* stream_of(const bond::DeviceId& device) const;

  // For the pairing listener: its identity, and whether anybody may come by then.
  const crypto::Secret& identity() const { return identity_; }
  bool pairs(WallTime now) const { return !identity_.empty() && now < pairs_until_; }

 private:
  struct DigestHash {
    std::size_t operator()(const crypto::Digest& digest) const {
      std::size_t value = 0;
      std::memcpy(&value, digest.data(), sizeof value);
      return value;
    }
  };

  void add(const config::Stream& stream, Right right);

  std::unordered_map<crypto::Digest, Grant, DigestHash> grants_;
  std::unordered_map<crypto::Digest, TenantGrant, DigestHash> tenants_;
  std::vector<bond::Device> devices_;
  std::map<bond::DeviceId, std::string> device_streams_;
  crypto::Secret identity_;
  WallTime pairs_until_{};
  std::size_t stream_count_ = 0;
};

}  // namespace aegis::relay
