#include "common/bond/sender_identity.hpp"

#include <string_view>
#include <utility>

#include "common/bond/frames.hpp"

namespace aegis::bond {

SenderIdentity::SenderIdentity(std::uint32_t capabilities, std::optional<Device> device,
                               const GroupToken& seed)
    : capabilities_(capabilities), device_(std::move(device)) {
  restart(seed);
}

void SenderIdentity::restart(const GroupToken& seed) {
  id_ = seed;
  keys_.reset();
  proof_.reset();
  if (!device_) {
    if (capabilities_ != 0) write_client_capabilities(id_, capabilities_);
    return;
  }
  // Whoever listens sees id(): of a paired rig nothing of the seed itself is in it.
  entropy_ =
      crypto::Secret(std::string_view(reinterpret_cast<const char*>(seed.data()), seed.size()));
  id_.fill(std::byte{0});
}

void SenderIdentity::set_device(Device device) {
  device_ = std::move(device);
  // An answer to the old proof that is still under way is none to the next one: we ask again.
  proof_.reset();
}

void SenderIdentity::refresh(Time now) {
  if (!device_) return;
  bool const fresh = proof_ && now - proof_made_ < kProofAge && proof_offset_ == unix_offset_;
  if (fresh) return;
  std::int64_t const unix_us = (now.time_since_epoch() + unix_offset_).count();
  proof_.emplace(*device_, entropy_, ++generation_, capabilities_, unix_us);
  proof_made_ = now;
  proof_offset_ = unix_offset_;
  id_ = proof_->id();
}

bool SenderIdentity::accept(const GroupToken& answer) {
  if (!device_) return true;
  auto keys = proof_ ? proof_->accept(answer) : std::nullopt;
  if (!keys) return false;
  keys_ = std::move(keys);
  return true;
}

std::optional<Duration> SenderIdentity::clock_refusal(ByteView reg_nak, Time now) const {
  auto const refusal = proof_ ? proof_->read_refusal(reg_nak) : std::nullopt;
  if (!refusal) return std::nullopt;
  return Duration(refusal->relay_unix_us) - (now.time_since_epoch() + unix_offset_);
}

}  // namespace aegis::bond
