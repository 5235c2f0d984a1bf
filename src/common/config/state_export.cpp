#include "common/config/state_export.hpp"

#include <charconv>
#include <optional>

#include <fmt/core.h>

#include "common/config/private_file.hpp"
#include "common/config/state_toml.hpp"
#include "common/crypto/random.hpp"

namespace aegis::config {
namespace {

constexpr std::string_view kMagic = "aegis-state-export ";
constexpr int kVersion = 1;
constexpr std::size_t kSaltSize = 16, kLineDigits = 76;
constexpr std::string_view kDigits = "0123456789abcdef";

ByteView bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::string hex(std::string_view text) {
  std::string out;
  for (char const c : text) {
    auto const value = static_cast<unsigned char>(c);
    out += kDigits[value >> 4];
    out += kDigits[value & 0xf];
  }
  return out;
}

std::optional<std::string> from_hex(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string out;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    auto const high = kDigits.find(digits[i]), low = kDigits.find(digits[i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    out += static_cast<char>(high << 4 | low);
  }
  return out;
}

std::string in_lines(std::string_view digits) {
  std::string out;
  for (std::size_t at = 0; at < digits.size(); at += kLineDigits)
    out += fmt::format("{}\n", digits.substr(at, kLineDigits));
  return out;
}

std::string header_of(const crypto::ScryptCost& cost, std::string_view salt) {
  return fmt::format("{}{}\nscrypt {} {} {}\nsalt {}\n\n", kMagic, kVersion, cost.log_n, cost.r,
                     cost.p, hex(salt));
}

// Takes one line from the front of `text`; nothing when none ends there.
std::optional<std::string_view> take_line(std::string_view& text) {
  auto const end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  auto const line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

// What stands behind `prefix` in the next line.
std::optional<std::string_view> take_field(std::string_view& text, std::string_view prefix) {
  auto const line = take_line(text);
  if (!line || !line->starts_with(prefix)) return std::nullopt;
  return line->substr(prefix.size());
}

std::optional<std::uint32_t> take_number(std::string_view& text) {
  std::uint32_t value = 0;
  auto const [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (text.starts_with(' ')) text.remove_prefix(1);
  return value;
}

std::optional<crypto::ScryptCost> parse_cost(std::string_view text) {
  auto const log_n = take_number(text), r = take_number(text), p = take_number(text);
  if (!log_n || !r || !p || !text.empty()) return std::nullopt;
  return crypto::ScryptCost{*log_n, *r, *p};
}

Error no_export(const std::filesystem::path& file, std::string why, std::string hint) {
  return {ErrorKind::kConfiguration, fmt::format("export file {}", quoted(file)), std::move(why),
          std::move(hint)};
}

Error no_memory(std::string what) {
  return {ErrorKind::kTryLater, std::move(what), "there is not enough memory for the passphrase",
          "free -h"};
}

}  // namespace

Result<std::string> write_export(const State& state, const crypto::Secret& passphrase,
                                 const crypto::ScryptCost& cost) {
  std::string salt(kSaltSize, '\0');
  crypto::random_bytes(std::as_writable_bytes(std::span(salt)));
  auto const key = crypto::sealing_key(passphrase, bytes(salt), cost);
  if (!key) return no_memory("state export");
  auto const header = header_of(cost, salt);
  return header + in_lines(hex(crypto::seal(*key, bytes(header), write_state(state))));
}

Result<SealedState> read_export(std::string_view text, const std::filesystem::path& file) {
  auto const whole = text;
  auto const spoilt = no_export(file, "it is cut off, or something else was done to it",
                                "make another one: aegis state export FILE");
  auto version_text = take_field(text, kMagic);
  auto const version = version_text ? take_number(*version_text) : std::nullopt;
  if (!version) return no_export(file, "this is no export of a state", "aegis state export FILE");
  if (*version != kVersion)
    return no_export(file,
                     fmt::format("it is of version {}; this aegis knows {}", *version, kVersion),
                     "use the newer aegis that wrote it");
  auto const cost_text = take_field(text, "scrypt ");
  auto const salt_text = take_field(text, "salt ");
  auto const cost = cost_text ? parse_cost(*cost_text) : std::nullopt;
  auto salt = salt_text ? from_hex(*salt_text) : std::nullopt;
  if (!cost || !salt || salt->size() != kSaltSize || take_line(text) != std::string_view())
    return spoilt;
  if (!crypto::is_bearable(*cost))
    return no_export(file, "it asks for more memory or time than any export of ours does",
                     "do not trust it; make another one: aegis state export FILE");
  SealedState out{
      *cost, std::move(*salt), std::string(whole.substr(0, whole.size() - text.size())), {}};
  while (auto const line = take_line(text)) {
    auto const piece = from_hex(*line);
    if (!piece || line->size() > kLineDigits) return spoilt;
    out.sealed += *piece;
  }
  if (!text.empty() || out.sealed.size() <= crypto::kSealingTag) return spoilt;
  return out;
}

Result<State> open_export(const SealedState& sealed, const crypto::Secret& passphrase,
                          const std::filesystem::path& file) {
  auto const key = crypto::sealing_key(passphrase, bytes(sealed.salt), sealed.cost);
  if (!key) return no_memory(fmt::format("export file {}", quoted(file)));
  auto const content = crypto::unseal(*key, bytes(sealed.header), bytes(sealed.sealed));
  if (!content)
    return Error{ErrorKind::kRefused, fmt::format("export file {}", quoted(file)),
                 "the passphrase is wrong, or the file was changed",
                 "try again with the passphrase that `aegis state export` was given"};
  return parse_state(content->expose(), file);
}

}  // namespace aegis::config
