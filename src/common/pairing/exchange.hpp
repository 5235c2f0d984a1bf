// What a rig and a relay say to each other once, so that they have a device key in common that
// never crossed the wire (aegis-pair(7)): the bytes, the keys and the proofs, for both ends.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/endpoint.hpp"
#include "common/bond/proof.hpp"
#include "common/crypto/digest.hpp"
#include "common/crypto/key_exchange.hpp"
#include "common/crypto/secret.hpp"

namespace aegis::pairing {

// Of an invitation, or of a device that asks for a new key.
using Id = bond::DeviceId;
inline constexpr std::size_t kSecretSize = 20;

// The rig asks.
struct Request {
  Id by{};
  crypto::Secret secret;  // kSecretSize bytes: the invitation's, or rotation_secret()
  crypto::PublicKey rig_key{};
};
crypto::Secret write(const Request& request);
std::optional<Request> parse_request(std::string_view body);

// What a paired rig is told: where and as what it publishes.
struct Terms {
  std::string stream;  // its full name at the relay
  crypto::Secret stream_id;
  std::optional<crypto::Secret> passphrase;
  // SRTLA, the first one first. Without a host it is where the pairing was.
  std::vector<HostPort> addresses;
};

// The relay's side. The same request always gets the same key and answer, so that a rig may ask
// again: `identity` is what the relay keeps, `fingerprint` what the rig knows it by.
struct Answer {
  bond::Device device;
  crypto::Secret body;
};
// `id` is what the rig will be known by. Nothing when the rig's key is none that can be used.
std::optional<Answer> make_answer(const Request& request, const crypto::Secret& identity,
                                  const crypto::Digest& fingerprint, const Id& id,
                                  const Terms& terms);
// An id for a rig that has none yet: the same for the same request.
Id fresh_id(const Request& request, const crypto::Secret& identity);

// The rig's side: what the answer comes to. Nothing when it is not from who knows the secret.
struct Outcome {
  bond::Device device;
  Terms terms;
};
std::optional<Outcome> read_answer(const Request& request, const crypto::Digest& fingerprint,
                                   const crypto::Secret& rig_private_key, std::string_view body);

// The rig says that it knows its key now.
struct Confirmation {
  Id device{};
  crypto::Digest proof{};
};
crypto::Secret make_confirmation(const bond::Device& device);
std::optional<Confirmation> parse_confirmation(std::string_view body);
bool is_by(const Confirmation& confirmation, const bond::Device& device);

// What gives a device the right to a new key.
crypto::Secret rotation_secret(const bond::Device& device, const crypto::PublicKey& rig_key);

}  // namespace aegis::pairing
