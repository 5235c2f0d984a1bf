#include "common/bond/registration_token.hpp"

#include <algorithm>
#include <span>

#include "common/bond/frames.hpp"
#include "common/crypto/digest.hpp"

namespace aegis::bond {
namespace {

constexpr std::size_t kIssued = kGroupIdHalf, kAddress = kIssued + 8, kPort = kAddress + 16,
                      kTag = kGroupIdSize - 32;

crypto::Digest tag_of(const RegistrationTokens::Key& key, const GroupToken& id) {
  return crypto::hmac_sha256(key, {ByteView(id).first(kTag)});
}

}  // namespace

GroupToken RegistrationTokens::prepare(GroupToken id, const Endpoint& asked_from, Time now) const {
  std::fill(id.begin() + kGroupIdHalf, id.end(), std::byte{0});
  store_u64(id, kIssued, static_cast<std::uint64_t>(now.time_since_epoch().count()));
  auto const address = std::as_bytes(std::span(asked_from.address()));
  std::copy(address.begin(), address.end(), id.begin() + kAddress);
  store_u16(id, kPort, asked_from.port());
  auto const theirs = client_capabilities(id);
  if (theirs && (*theirs & capabilities_) != 0)
    write_relay_capabilities(id, *theirs & capabilities_);
  return id;
}

GroupToken RegistrationTokens::seal(GroupToken id) const {
  auto const tag = tag_of(key_, id);
  std::copy(tag.begin(), tag.end(), id.begin() + kTag);
  return id;
}

bool RegistrationTokens::is_ours(const GroupToken& id) const {
  return crypto::equal(tag_of(key_, id), ByteView(id).subspan(kTag));
}

bool RegistrationTokens::was_given_to(const GroupToken& id, const Endpoint& endpoint) const {
  auto const address = std::as_bytes(std::span(endpoint.address()));
  return std::equal(address.begin(), address.end(), id.begin() + kAddress) &&
         load_u16(id, kPort) == endpoint.port() && is_ours(id);
}

bool RegistrationTokens::is_fresh(const GroupToken& id, Time now) const {
  if (!is_ours(id)) return false;
  Time const issued{Duration(static_cast<std::int64_t>(load_u64(id, kIssued)))};
  return issued <= now && now - issued <= kLifetime;
}

}  // namespace aegis::bond
