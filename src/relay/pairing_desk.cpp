#include "relay/pairing_desk.hpp"

#include <utility>

#include "common/config/state.hpp"
#include "common/crypto/identity.hpp"
#include "common/crypto/random.hpp"
#include "common/http/identity_tls.hpp"
#include "common/os/clock.hpp"
#include "common/os/log.hpp"

namespace aegis::relay {
namespace {

constexpr http::ServerLimits kLimits{.connections = 16,
                                     .header_bytes = 4 * 1024,
                                     .body_bytes = 1024,
                                     .request_timeout = 5s,
                                     .idle_timeout = 5s,
                                     .write_timeout = 5s};
// Two for a pairing; there may be several rigs behind one address, and rigs that try again.
constexpr bond::TokenBucket::Limit kTries{5s, 30};

bond::SourceLimiter::Secret fresh_secret() {
  std::array<std::byte, 16> bytes;
  crypto::random_bytes(bytes);
  return {load_u64(bytes, 0), load_u64(bytes, 8)};
}

// Rigs tell these apart (aegis-pair(7)).
http::Response refusal(pairing::Verdict verdict) {
  switch (verdict) {
    case pairing::Verdict::kWrong:
      return http::json_error(403, "the secret is wrong");
    case pairing::Verdict::kTaken:
      return http::json_error(409, "another rig has used this code");
    case pairing::Verdict::kExpired:
      return http::json_error(410, "this code has expired");
    case pairing::Verdict::kBurnt:
      return http::json_error(423, "this code is burnt: too many wrong tries");
    default:
      return http::json_error(404, "there is no such code: it was used, or taken back");
  }
}

http::Response busy(const Error& error) {
  os::log::error(error);
  return http::json_error(503, "the relay cannot change its state now");
}

http::Response bytes_response(const crypto::Secret& body) {
  http::Response response;
  response.content_type = "application/octet-stream";
  response.body = body.expose();
  return response;
}

pairing::Terms terms_of(const config::State& state, const config::Stream& stream,
                        std::uint16_t srtla_port) {
  pairing::Terms terms{config::full_name(stream),
                       stream.publish_key,
                       stream.passphrase,
                       {{state.public_host, srtla_port}}};
  terms.addresses.insert(terms.addresses.end(), state.addresses.begin(), state.addresses.end());
  return terms;
}

}  // namespace

Result<std::unique_ptr<PairingDesk>> PairingDesk::open(Options options, const Gate& gate) {
  std::unique_ptr<PairingDesk> desk(new PairingDesk(std::move(options), gate));
  auto tls = http::identity_tls(desk->options_.identity);
  if (!tls)
    return Error{ErrorKind::kConfiguration, "pairing", "the relay's identity cannot be used", ""};
  auto server = http::Server::start(
      desk->options_.local,
      [raw = desk.get()](const http::Request& request) { return raw->answer(request); }, kLimits,
      std::move(tls));
  if (!server) return server.error();
  desk->server_ = std::move(*server);
  return desk;
}

PairingDesk::PairingDesk(Options options, const Gate& gate)
    : options_(std::move(options)), gate_(gate), limiter_(kTries, fresh_secret()) {}

http::Response PairingDesk::answer(const http::Request& request) {
  if (!gate_.admits(request.from)) return http::json_error(403, "not from this address");
  if (!limiter_.admit(request.from, os::now()))
    return http::json_error(429, "too many tries from this address");
  if (request.method != "POST") return http::json_error(405, "POST only");
  if (request.target == "/pair/1") return pair(request);
  if (request.target == "/pair/1/confirm") return confirm(request);
  return http::json_error(404, "there is nothing of this name");
}

http::Response PairingDesk::pair(const http::Request& request) {
  auto const asked = pairing::parse_request(request.body);
  if (!asked) return http::json_error(400, "not a request of this version");
  auto const fingerprint = crypto::fingerprint_of(options_.identity);
  auto verdict = pairing::Verdict::kNotThis;
  crypto::Secret answer;
  auto const saved = config::update_state(options_.state, [&](config::State& state) -> Status {
    auto const now = os::wall_now();
    for (auto& stream : state.streams) {
      auto& slot = stream.slot;
      pairing::tidy(slot, now);
      if (verdict != pairing::Verdict::kNotThis) continue;
      verdict = pairing::judge(slot, *asked, now);
      if (verdict != pairing::Verdict::kWelcome) continue;
      auto const id = slot.device ? slot.device->id : pairing::fresh_id(*asked, options_.identity);
      auto made = pairing::make_answer(*asked, options_.identity, fingerprint, id,
                                       terms_of(state, stream, options_.srtla_port));
      if (!made) {
        verdict = pairing::Verdict::kWrong;
        continue;
      }
      pairing::take(slot, *asked, std::move(made->device), now);
      answer = std::move(made->body);
      os::log::info("rig invited in stream={} from={}", config::full_name(stream),
                    masked(request.from));
    }
    return success();
  });
  if (!saved) return busy(saved.error());
  if (verdict == pairing::Verdict::kWelcome) return bytes_response(answer);
  os::log::warn("rig refused at the pairing listener from={}", masked(request.from));
  return refusal(verdict);
}

http::Response PairingDesk::confirm(const http::Request& request) {
  auto const said = pairing::parse_confirmation(request.body);
  if (!said) return http::json_error(400, "not a confirmation of this version");
  bool known = false;
  auto const saved = config::update_state(options_.state, [&](config::State& state) -> Status {
    for (auto& stream : state.streams) {
      if (known || !pairing::confirm(stream.slot, *said, os::wall_now())) continue;
      known = true;
      os::log::info("rig paired stream={} from={}", config::full_name(stream),
                    masked(request.from));
    }
    return success();
  });
  if (!saved) return busy(saved.error());
  if (!known) return http::json_error(404, "there is no such pairing: it may have lapsed");
  return http::Response{.body = "{}\n", .headers = {}, .more = {}};
}

}  // namespace aegis::relay
