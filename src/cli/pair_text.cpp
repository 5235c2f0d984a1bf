#include "cli/pair_text.hpp"

#include <cctype>
#include <string_view>

#include <fmt/core.h>

#include "common/base/defaults.hpp"
#include "common/base/endpoint.hpp"

namespace aegis::cli {
namespace {

constexpr Duration kPublishLatency = defaults::kLatency;

std::string passphrase_query(const std::optional<crypto::Secret>& passphrase) {
  if (!passphrase) return "";
  return "&passphrase=" + url_encoded(passphrase->expose());
}

std::string url(std::string_view scheme, const std::string& host, std::uint16_t port,
                const std::string& query) {
  auto const shown = host.empty() ? std::string("HOST") : host;
  return fmt::format("{}://{}?{}", scheme, to_string(HostPort{shown, port}), query);
}

std::string line(std::string_view label, std::string_view value) {
  return fmt::format("  {:<11} {}\n", label, value);
}

std::string passphrase_line(const std::optional<crypto::Secret>& passphrase) {
  return passphrase ? line("passphrase", passphrase->expose()) : "";
}

// Each line of `text` behind two blanks.
std::string indented(const std::string& text) {
  std::string out = "  ";
  for (char const c : text) out += c == '\n' ? std::string("\n  ") : std::string(1, c);
  return out + "\n";
}

std::string figures_text(const config::StockKey& key) {
  std::string out = "\nScene switcher (NOALBS: add it to streamServers) or overlay\n";
  auto const url = config::stats_url(key);
  if (!url) return out + line("stats key", key.stats_key.expose());
  out += line("URL", *url);
  if (url->starts_with("http:"))
    out += line("from afar",
                fmt::format("ssh -N -L {0}:{1} {2}", key.ports.http.port, to_string(key.ports.http),
                            key.host.empty() ? "HOST" : key.host));
  out += indented(config::noalbs_entry(key, *url, false));
  out += "  before NOALBS 2.14:\n";
  return out + indented(config::noalbs_entry(key, *url, true));
}

}  // namespace

std::string url_encoded(std::string_view text) {
  std::string out;
  for (char const c : text) {
    bool const plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.' ||
                       c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string srtla_url(const config::StockKey& key) {
  return url("srtla", key.host, key.ports.srtla,
             "streamid=" + url_encoded(key.publish_id.expose()) +
                 passphrase_query(key.publish_passphrase));
}

// FFmpeg, and so OBS and ffplay, count an SRT URL's latency in microseconds.
std::string publish_url(const config::StockKey& key) {
  return url(
      "srt", key.host, key.ports.srt_publish,
      fmt::format("mode=caller&latency={}&streamid={}{}", kPublishLatency.count(),
                  url_encoded(key.publish_id.expose()), passphrase_query(key.publish_passphrase)));
}

std::string play_url(const config::StockKey& key) {
  return url("srt", key.host, key.ports.srt_play,
             fmt::format("mode=caller&latency={}&streamid={}{}", defaults::kPlayLatency.count(),
                         url_encoded(key.play_id.expose()), passphrase_query(key.play_passphrase)));
}

std::string pair_text(const config::StockKey& key) {
  auto const host = key.host.empty() ? std::string("HOST") : key.host;
  std::string out = fmt::format("Stream {}\n", key.name);

  out += "\nPhone app (Moblin, and others that take an SRTLA address)\n";
  out += line("URL", srtla_url(key));

  out += "\nBonding encoder (belacoder, BELABOX, IRL Pro: SRTLA)\n";
  out += line("host", host);
  out += line("port", std::to_string(key.ports.srtla));
  out += line("stream id", key.publish_id.expose());
  out += passphrase_line(key.publish_passphrase);

  out += "\nEncoder on one connection (OBS: Settings, Stream, Custom; ffmpeg: SRT)\n";
  out += line("URL", publish_url(key));

  out += "\nAnother aegis: save the JSON in a file that only its owner can read\n";
  auto const file = key.name.substr(key.name.find('/') + 1) + ".json";
  out += line("there", fmt::format("(umask 077; aegis pair show {} --json > {})", key.name, file));
  out += line("then", "aegis stream --key " + file);

  out += "\nPlayer (OBS: Media Source; ffplay, VLC, mpv)\n";
  out += line("URL", play_url(key));
  return out + figures_text(key);
}

}  // namespace aegis::cli
