#include "relay/gate.hpp"

namespace aegis::relay {

const char* to_string(Refusal refusal) {
  switch (refusal) {
    case Refusal::kNoStreamId:
      return "no stream id";
    case Refusal::kMalformedStreamId:
      return "malformed stream id";
    case Refusal::kUnknownKey:
      return "unknown key";
    case Refusal::kWrongRight:
      return "key without this right";
    case Refusal::kConflict:
      return "stream has a publisher";
    case Refusal::kOverload:
      return "relay is full";
    case Refusal::kAddress:
      return "address not allowed";
    case Refusal::kDraining:
      return "relay is draining";
    case Refusal::kDevice:
      return "stream of another device";
    case Refusal::kPassphrase:
      return "passphrase";
    case Refusal::kCount:
      break;
  }
  return "?";
}

os::SrtReject reject_code(Refusal refusal) {
  switch (refusal) {
    case Refusal::kNoStreamId:
      return os::SrtReject::kUnauthorized;
    case Refusal::kMalformedStreamId:
      return os::SrtReject::kBadRequest;
    case Refusal::kUnknownKey:
      return os::SrtReject::kForbidden;
    case Refusal::kWrongRight:
      return os::SrtReject::kBadMode;
    case Refusal::kConflict:
      return os::SrtReject::kConflict;
    case Refusal::kOverload:
      return os::SrtReject::kOverload;
    case Refusal::kAddress:
      return os::SrtReject::kNotAcceptable;
    case Refusal::kDraining:
      return os::SrtReject::kUnavailable;
    case Refusal::kDevice:
      return os::SrtReject::kNotFound;
    case Refusal::kPassphrase:
      return os::SrtReject::kLocked;
    case Refusal::kCount:
      break;
  }
  return os::SrtReject::kUnavailable;
}

std::variant<Grant, Refusal> judge(const Access& access, Right door, std::string_view stream_id) {
  auto const id = StreamId::parse(stream_id);
  if (id.fault() == StreamId::Fault::kMissing) return Refusal::kNoStreamId;
  if (id.fault() == StreamId::Fault::kMalformed) return Refusal::kMalformedStreamId;
  auto const* grant = access.find(id.keys());
  if (grant == nullptr) return Refusal::kUnknownKey;
  if (grant->right != door || id.wants().value_or(door) != door) return Refusal::kWrongRight;
  return *grant;
}

os::SrtSocket::Admission Gate::admit(Right door, const os::SrtSocket::Caller& caller) {
  if (connections_ >= kMaxConnections) return refuse(Refusal::kOverload, caller.from);
  auto verdict = grant(door, caller);
  if (auto const* refusal = std::get_if<Refusal>(&verdict)) return refuse(*refusal, caller.from);
  auto const& granted = std::get<Grant>(verdict);
  if (door == Right::kPublish && is_taken(granted.stream, caller.from))
    return refuse(Refusal::kConflict, caller.from);
  if (drains_away(granted.stream)) return refuse(Refusal::kDraining, caller.from);
  return {std::nullopt, granted.passphrase};
}

os::SrtSocket::Admission Gate::admit_stranger(Right door, const os::SrtSocket::Caller& caller) {
  if (!admits(caller.from)) return refuse(Refusal::kAddress, caller.from);
  return admit(door, caller);
}

void Gate::set_rules(AddressRules callers, session::SecondPublisher second) {
  std::lock_guard const lock(mutex_);
  callers_ = std::move(callers);
  second_publisher_ = second;
}

void Gate::drain() {
  std::lock_guard const lock(mutex_);
  draining_ = true;
}

bool Gate::admits(const Endpoint& from) const {
  std::lock_guard const lock(mutex_);
  return callers_.admits(from);
}

bool Gate::drains_away(const std::string& stream) const {
  std::lock_guard const lock(mutex_);
  return draining_ && sessions_.count(stream) == 0;
}

void Gate::open_session(const std::string& stream) {
  std::lock_guard const lock(mutex_);
  sessions_.insert(stream);
}

void Gate::close_session(const std::string& stream) {
  std::lock_guard const lock(mutex_);
  sessions_.erase(stream);
}

os::SrtSocket::Admission Gate::refuse(Refusal refusal, const Endpoint& from) {
  count(refusal, from);
  return {reject_code(refusal), std::nullopt};
}

std::variant<Grant, Refusal> Gate::grant(Right door, const os::SrtSocket::Caller& caller) {
  auto const access = store_.current();
  auto verdict = judge(*access, door, caller.stream_id);
  auto const* granted = std::get_if<Grant>(&verdict);
  if (door == Right::kPublish && granted != nullptr &&
      is_others(*access, *granted, groups_.find(caller.from)))
    return Refusal::kDevice;
  return verdict;
}

// A rig that has proved itself publishes what it is paired for. Whoever has not, by bond or by
// plain SRT, has the stream's key at least, which is not enough where proof is asked for.
bool Gate::is_others(const Access& access, const Grant& grant,
                     const std::optional<GroupDirectory::Entry>& group) const {
  if (!group || !group->device) return require_proof_;
  auto const* stream = access.stream_of(*group->device);
  return stream == nullptr || *stream != grant.stream;
}

void Gate::count(Refusal refusal, const Endpoint& from) {
  std::lock_guard const lock(mutex_);
  auto& tally = tallies_[static_cast<std::size_t>(refusal)];
  ++tally.count;
  tally.last = from;
}

std::uint64_t Gate::refusals(Refusal refusal) const {
  std::lock_guard const lock(mutex_);
  return tallies_[static_cast<std::size_t>(refusal)].count;
}

Endpoint Gate::last_refused(Refusal refusal) const {
  std::lock_guard const lock(mutex_);
  return tallies_[static_cast<std::size_t>(refusal)].last;
}

void Gate::occupy(const std::string& stream, const Endpoint& publisher) {
  std::lock_guard const lock(mutex_);
  occupied_.insert_or_assign(stream, publisher);
}

void Gate::vacate(const std::string& stream) {
  std::lock_guard const lock(mutex_);
  occupied_.erase(stream);
}

bool Gate::is_taken(const std::string& stream, const Endpoint& from) const {
  std::lock_guard const lock(mutex_);
  if (second_publisher_ == session::SecondPublisher::kReplace) return false;
  auto const found = occupied_.find(stream);
  return found != occupied_.end() && found->second != from;
}

}  // namespace aegis::relay
