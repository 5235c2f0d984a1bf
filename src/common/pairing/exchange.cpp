#include "common/pairing/exchange.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "common/pairing/byte_text.hpp"

namespace aegis::pairing {
namespace {

constexpr std::byte kVersion{1};
constexpr std::size_t kRequestSize = 1 + 16 + kSecretSize + 32;
constexpr std::size_t kConfirmationSize = 1 + 16 + 32;
constexpr std::size_t kKeySize = 32;
// Of a text in the terms, and of how many relays a rig is told.
constexpr std::size_t kMaxText = 300, kMaxAddresses = 8;

ByteView bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}
ByteView bytes(const crypto::Secret& secret) {
  return bytes(secret.expose());
}

// What both have seen, whoever stood between them.
crypto::Digest transcript(const Request& request, const crypto::Digest& fingerprint,
                          const crypto::PublicKey& relay_key, const Id& device) {
  return crypto::hmac_sha256(bytes("aegis pairing"),
                             {bytes(write(request)), fingerprint, relay_key, device});
}

crypto::Secret device_key(const crypto::Secret& shared, const Request& request,
                          const crypto::Digest& said) {
  return crypto::hkdf(shared, request.secret, said, bytes("aegis device key"), kKeySize);
}

crypto::Digest relay_proof(const crypto::Secret& key, const crypto::Digest& said,
                           std::string_view terms) {
  return crypto::hmac_sha256(bytes(key), {bytes("aegis relay pairs"), said, bytes(terms)});
}

crypto::Digest rig_proof(const bond::Device& device) {
  return crypto::hmac_sha256(bytes(device.key), {bytes("aegis rig pairs"), device.id});
}

// Drawn from what the relay keeps anyway: nothing has to be stored for an answer to be repeated.
crypto::Secret relay_private_key(const Request& request, const crypto::Secret& identity) {
  return crypto::Secret(as_text(
      crypto::hmac_sha256(bytes(identity), {bytes("aegis pairing key"), bytes(write(request))})));
}

void add_text(std::string& out, std::string_view text) {
  out += static_cast<char>(text.size() >> 8);
  out += static_cast<char>(text.size() & 0xff);
  out += text;
}

std::string write_terms(const Terms& terms) {
  std::string out;
  out.reserve(2048);
  add_text(out, terms.stream);
  add_text(out, terms.stream_id.expose());
  add_text(out, terms.passphrase ? terms.passphrase->expose() : std::string_view());
  for (auto const& address : terms.addresses)
    add_text(out, address.host.empty() ? std::to_string(address.port) : to_string(address));
  return out;
}

std::optional<Terms> read_terms(ByteReader in) {
  auto const text = [&in]() -> std::optional<std::string_view> {
    auto const size = in.take_u16();
    if (!size || *size > kMaxText) return std::nullopt;
    auto const found = in.take(*size);
    bool const clean = found && std::all_of(found->begin(), found->end(),
                                            [](char c) { return c > 32 && c < 127; });
    return clean ? found : std::nullopt;
  };
  Terms terms;
  auto const stream = text(), stream_id = text(), passphrase = text();
  if (!stream || !stream_id || !passphrase || stream->empty() || stream_id->empty())
    return std::nullopt;
  terms.stream = *stream;
  terms.stream_id = crypto::Secret(*stream_id);
  if (!passphrase->empty()) terms.passphrase = crypto::Secret(*passphrase);
  while (!in.is_at_end()) {
    auto const address = text();
    auto const parsed = address ? std::optional(parse_host_port(*address, 0)) : std::nullopt;
    if (!parsed || !*parsed || (*parsed)->port == 0 || terms.addresses.size() == kMaxAddresses)
      return std::nullopt;
    terms.addresses.push_back(**parsed);
  }
  if (terms.addresses.empty()) return std::nullopt;
  return terms;
}

}  // namespace

crypto::Secret write(const Request& request) {
  std::string out(1, static_cast<char>(kVersion));
  out.reserve(kRequestSize);
  out += as_text(request.by);
  out += request.secret.expose();
  out += as_text(request.rig_key);
  return crypto::Secret(out);
}

std::optional<Request> parse_request(std::string_view body) {
  if (body.size() != kRequestSize || std::byte(body.front()) != kVersion) return std::nullopt;
  ByteReader in(body.substr(1));
  Request request;
  in.fill(request.by);
  request.secret = crypto::Secret(*in.take(kSecretSize));
  in.fill(request.rig_key);
  return request;
}

Id fresh_id(const Request& request, const crypto::Secret& identity) {
  auto const drawn =
      crypto::hmac_sha256(bytes(identity), {bytes("aegis device id"), bytes(write(request))});
  Id id{};
  std::copy_n(drawn.begin(), id.size(), id.begin());
  return id;
}

std::optional<Answer> make_answer(const Request& request, const crypto::Secret& identity,
                                  const crypto::Digest& fingerprint, const Id& id,
                                  const Terms& terms) {
  auto const private_key = relay_private_key(request, identity);
  auto const shared = crypto::x25519_shared(private_key, request.rig_key);
  if (!shared) return std::nullopt;
  auto const relay_key = crypto::x25519_public(private_key);
  auto const said = transcript(request, fingerprint, relay_key, id);
  auto key = device_key(*shared, request, said);
  auto const told = write_terms(terms);
  std::string body(1, static_cast<char>(kVersion));
  body.reserve(4096);
  body += as_text(id);
  body += as_text(relay_key);
  body += as_text(relay_proof(key, said, told));
  body += told;
  return Answer{{id, std::move(key)}, crypto::Secret(body)};
}

std::optional<Outcome> read_answer(const Request& request, const crypto::Digest& fingerprint,
                                   const crypto::Secret& rig_private_key, std::string_view body) {
  if (body.empty() || std::byte(body.front()) != kVersion) return std::nullopt;
  ByteReader in(body.substr(1));
  Outcome outcome;
  crypto::PublicKey relay_key{};
  crypto::Digest proof{};
  if (!in.fill(outcome.device.id) || !in.fill(relay_key) || !in.fill(proof)) return std::nullopt;
  auto const shared = crypto::x25519_shared(rig_private_key, relay_key);
  if (!shared) return std::nullopt;
  auto const said = transcript(request, fingerprint, relay_key, outcome.device.id);
  outcome.device.key = device_key(*shared, request, said);
  if (!crypto::equal(relay_proof(outcome.device.key, said, in.rest()), proof)) return std::nullopt;
  auto terms = read_terms(in);
  if (!terms) return std::nullopt;
  outcome.terms = std::move(*terms);
  return outcome;
}

crypto::Secret make_confirmation(const bond::Device& device) {
  std::string out(1, static_cast<char>(kVersion));
  out += as_text(device.id);
  out += as_text(rig_proof(device));
  return crypto::Secret(out);
}

std::optional<Confirmation> parse_confirmation(std::string_view body) {
  if (body.size() != kConfirmationSize || std::byte(body.front()) != kVersion) return std::nullopt;
  ByteReader in(body.substr(1));
  Confirmation confirmation;
  in.fill(confirmation.device);
  in.fill(confirmation.proof);
  return confirmation;
}

bool is_by(const Confirmation& confirmation, const bond::Device& device) {
  return confirmation.device == device.id && crypto::equal(rig_proof(device), confirmation.proof);
}

crypto::Secret rotation_secret(const bond::Device& device, const crypto::PublicKey& rig_key) {
  auto const right = crypto::hmac_sha256(bytes(device.key), {bytes("aegis rotates"), rig_key});
  return crypto::Secret(as_text(right).substr(0, kSecretSize));
}

}  // namespace aegis::pairing
