#include "agent/pairing.hpp"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "common/crypto/random.hpp"
#include "common/http/pinned_post.hpp"

namespace aegis::agent {
namespace {

using config::Attempt;
using config::PairedRelay;
using config::State;

constexpr std::size_t kMaxAttempts = 16;
constexpr std::size_t kMaxName = 32;

crypto::Secret fresh_key() {
  std::array<std::byte, 32> bytes;
  crypto::random_bytes(bytes);
  return crypto::Secret(
      std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

pairing::Request request_of(const Attempt& attempt) {
  return {attempt.by, attempt.secret, crypto::x25519_public(attempt.rig_key)};
}

Attempt* find_attempt(State& state, const pairing::Id& by) {
  auto const found = std::find_if(state.attempts.begin(), state.attempts.end(),
                                  [&](const Attempt& attempt) { return attempt.by == by; });
  return found == state.attempts.end() ? nullptr : &*found;
}

void forget(State& state, const pairing::Id& by) {
  std::erase_if(state.attempts, [&](const Attempt& attempt) { return attempt.by == by; });
}

// Stores the attempt, unless there is one of the same; what stands there then.
Result<Attempt> begin(const std::filesystem::path& file, Attempt fresh) {
  Attempt stored;
  auto const saved = config::update_state(file, [&](State& state) -> Status {
    if (auto const* known = find_attempt(state, fresh.by)) {
      stored = *known;
      return success();
    }
    if (state.attempts.size() >= kMaxAttempts) state.attempts.erase(state.attempts.begin());
    state.attempts.push_back(fresh);
    stored = std::move(fresh);
    return success();
  });
  if (!saved) return saved.error();
  return stored;
}

Error refused(const HostPort& at, std::string why) {
  return {ErrorKind::kRefused, to_string(at), std::move(why),
          "make a new code on the relay: aegis pair new NAME, or aegis pair rotate NAME"};
}

constexpr int kNotKnown = 404;

// What a status other than 200 means. kRefused is for ever.
Error status_error(const HostPort& at, int status) {
  switch (status) {
    case 403:
      return refused(at, "the relay does not take this code");
    case kNotKnown:
      return refused(at,
                     "the relay does not know this code or pairing: it was used, has lapsed, or "
                     "was taken back");
    case 409:
      return refused(at, "another rig has used this code");
    case 410:
      return refused(at, "this code has expired");
    case 423:
      return refused(at, "this code is burnt: somebody has tried it with a wrong secret too often");
    case 429:
      return {ErrorKind::kTryLater, to_string(at), "the relay has had too many tries from here",
              "try again in a minute"};
    case 503:
      return {ErrorKind::kTryLater, to_string(at), "the relay cannot change its state now",
              "its log says why"};
    default:
      return {ErrorKind::kProtocol, to_string(at),
              fmt::format("the answer is HTTP status {}", status),
              "check that an aegis relay of this version answers there"};
  }
}

Error give_up(const std::filesystem::path& file, const Attempt& attempt, const Error& error) {
  auto const forgotten = config::update_state(file, [&](State& state) -> Status {
    forget(state, attempt.by);
    return success();
  });
  return forgotten ? error : forgotten.error();
}

// The relay's refusal ends the attempt. Once we have its answer it may have taken us while we did
// not hear of it; then this is all that lets us in, and only that it does not know us ends it.
Result<crypto::Secret> post(const std::filesystem::path& file, const Attempt& attempt,
                            const char* path, crypto::Secret body) {
  auto const& relay = attempt.relay;
  auto const answer = http::post_pinned({relay.pairing, path, relay.fingerprint, std::move(body)});
  if (answer && answer->status == 200) return answer->body;
  auto const error = answer ? status_error(relay.pairing, answer->status) : Error(answer.error());
  bool const for_ever = relay.device.key.empty() ? error.kind == ErrorKind::kRefused
                                                 : answer && answer->status == kNotKnown;
  return for_ever ? give_up(file, attempt, error) : error;
}

bool is_same(const PairedRelay& a, const PairedRelay& b) {
  return a.fingerprint == b.fingerprint && a.device.id == b.device.id;
}

// The name of the pairing that this one takes the place of, else the wished for, else the stream's
// without its tenant's; with a number when another pairing is called so.
std::string free_name(const State& state, const PairedRelay& relay) {
  for (auto const& each : state.relays)
    if (is_same(each, relay)) return each.name;
  auto const& stream = relay.terms.stream;
  auto const bare = stream.substr(stream.rfind('/') + 1);
  auto const& wanted = relay.name.empty() ? bare : relay.name;
  auto name = wanted;
  for (int i = 2; state.find_relay(name) != nullptr; ++i) {
    auto const number = fmt::format("-{}", i);
    name = wanted.substr(0, kMaxName - number.size()) + number;
  }
  return name;
}

// Asks the relay and stores what it answers.
Result<Attempt> ask(const std::filesystem::path& file, const Attempt& attempt) {
  auto const request = request_of(attempt);
  auto const body = post(file, attempt, "/pair/1", pairing::write(request));
  if (!body) return body.error();
  auto outcome =
      pairing::read_answer(request, attempt.relay.fingerprint, attempt.rig_key, body->expose());
  if (!outcome)
    return Error{ErrorKind::kProtocol, to_string(attempt.relay.pairing),
                 "the answer does not prove that the relay knows the code",
                 "check that both ends run the same version: aegis --version"};
  if (auto const fit = config::check_full_name(outcome->terms.stream); !fit) return fit.error();
  for (auto& address : outcome->terms.addresses)
    if (address.host.empty()) address.host = attempt.relay.pairing.host;
  auto next = attempt;
  next.relay.device = std::move(outcome->device);
  next.relay.terms = std::move(outcome->terms);
  auto const saved = config::update_state(file, [&](State& state) -> Status {
    auto* stored = find_attempt(state, next.by);
    if (stored == nullptr)
      return Error{ErrorKind::kTryLater, "pairing", "another process has ended it meanwhile",
                   "aegis pair list"};
    *stored = next;
    return success();
  });
  if (!saved) return saved.error();
  return next;
}

// Tells the relay that we know, and makes the attempt a pairing.
Result<PairedRelay> confirm(const std::filesystem::path& file, const Attempt& attempt) {
  auto relay = attempt.relay;
  auto const said =
      post(file, attempt, "/pair/1/confirm", pairing::make_confirmation(relay.device));
  if (!said) return said.error();
  auto const saved = config::update_state(file, [&](State& state) -> Status {
    relay.name = free_name(state, relay);
    std::erase_if(state.relays, [&](const PairedRelay& each) { return is_same(each, relay); });
    state.relays.push_back(relay);
    forget(state, attempt.by);
    return success();
  });
  if (!saved) return saved.error();
  return relay;
}

Result<PairedRelay> finish(const std::filesystem::path& file, const Attempt& attempt) {
  if (!attempt.relay.device.key.empty()) return confirm(file, attempt);
  auto const asked = ask(file, attempt);
  return asked ? confirm(file, *asked) : asked.error();
}

}  // namespace

Result<PairedRelay> pair(const std::filesystem::path& state, const pairing::Uri& uri,
                         const std::string& name) {
  auto const known = config::load_state(state);
  if (!known) return known.error();
  if (!name.empty()) {
    if (auto const fit = config::check_name(name, "--name"); !fit) return fit.error();
    if (known->find_relay(name) != nullptr)
      return Error{ErrorKind::kConfiguration, fmt::format("pairing '{}'", name),
                   "the name is taken", "choose another: --name NAME"};
  }
  Attempt fresh;
  fresh.by = uri.invitation;
  fresh.secret = uri.secret;
  fresh.rig_key = fresh_key();
  fresh.relay.name = name;
  fresh.relay.pairing = uri.at;
  fresh.relay.fingerprint = uri.fingerprint;
  auto const attempt = begin(state, std::move(fresh));
  return attempt ? finish(state, *attempt) : attempt.error();
}

Result<PairedRelay> rotate_pairing(const std::filesystem::path& state, const std::string& name) {
  auto const known = config::load_state(state);
  if (!known) return known.error();
  auto const* relay = known->find_relay(name);
  if (relay == nullptr)
    return Error{ErrorKind::kConfiguration, fmt::format("pairing '{}'", name),
                 "there is none of this name", "aegis pair list"};
  Attempt fresh;
  fresh.by = relay->device.id;
  fresh.rig_key = fresh_key();
  fresh.secret = pairing::rotation_secret(relay->device, crypto::x25519_public(fresh.rig_key));
  fresh.relay.name = name;
  fresh.relay.pairing = relay->pairing;
  fresh.relay.fingerprint = relay->fingerprint;
  auto const attempt = begin(state, std::move(fresh));
  return attempt ? finish(state, *attempt) : attempt.error();
}

Status finish_pairings(const std::filesystem::path& state) {
  auto const known = config::load_state(state);
  if (!known) return known.error();
  Status all = success();
  for (auto const& attempt : known->attempts) {
    if (attempt.relay.device.key.empty()) continue;
    if (auto const finished = confirm(state, attempt); !finished && all) all = finished.error();
  }
  return all;
}

}  // namespace aegis::agent
