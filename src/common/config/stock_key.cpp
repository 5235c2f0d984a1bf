#include "common/config/stock_key.hpp"

#include <algorithm>

#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <string.h>

#include "common/base/defaults.hpp"
#include "common/config/private_file.hpp"

namespace aegis::config {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kSchema = 1;
constexpr PrivateFileRules kRules{"key file", 64'000, false, true};
constexpr const char* kLegacyPublisher = "live";  // the id in the answer to ?legacy=1
constexpr std::size_t kMaxStreamId = 512;         // SRT's own limit
constexpr std::size_t kMinPassphrase = 10, kMaxPassphrase = 79;

// An entry of "streamServers" in the configuration of NOALBS.
Json noalbs_json(const StockKey& key, const std::string& url, bool before_2_14) {
  Json server{{"type", "OpenIRL"}, {"statsUrl", url}};
  if (before_2_14)
    server = {{"type", "SrtLiveServer"},
              {"statsUrl", url + "?legacy=1"},
              {"publisher", kLegacyPublisher}};
  return {{"streamServer", std::move(server)}, {"name", key.name},     {"priority", 0},
          {"overrideScenes", nullptr},         {"dependsOn", nullptr}, {"enabled", true}};
}

Json stats_json(const StockKey& key) {
  auto const url = stats_url(key);
  return {{"url", url ? Json(*url) : Json()},
          {"key", key.stats_key.expose()},
          {"noalbs", url ? noalbs_json(key, *url, false) : Json()}};
}

Json text_or_null(std::string_view text) {
  return text.empty() ? Json() : Json(text);
}
Json secret_or_null(const std::optional<crypto::Secret>& secret) {
  return secret ? Json(secret->expose()) : Json();
}

Error bad_key(const std::filesystem::path& file, std::string why) {
  return {ErrorKind::kConfiguration, fmt::format("key file {}", quoted(file)), std::move(why),
          "make it anew on the relay: aegis pair show NAME --json"};
}

// The value at `path`, or null when there is none.
const Json& at(const Json& document, std::initializer_list<const char*> path) {
  static const Json kNothing;
  auto const* node = &document;
  for (auto const* key : path) {
    auto const found = node->is_object() ? node->find(key) : node->end();
    if (!node->is_object() || found == node->end()) return kNothing;
    node = &*found;
  }
  return *node;
}

bool is_printable(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 32 && c < 127; });
}

Result<PublishKey> read_key(const Json& document, const std::filesystem::path& file) {
  auto const& schema = at(document, {"schema"});
  if (!schema.is_number_integer()) return bad_key(file, "it is not what `aegis pair` printed");
  if (schema != kSchema)
    return bad_key(
        file, fmt::format("it is of a schema that this aegis does not know; it knows {}", kSchema));
  PublishKey key;
  if (auto const& name = at(document, {"name"}); name.is_string()) key.name = name;
  auto const& id = at(document, {"publish", "streamid"});
  if (!id.is_string() || id.get_ref<const std::string&>().empty() ||
      id.get_ref<const std::string&>().size() > kMaxStreamId ||
      !is_printable(id.get_ref<const std::string&>()))
    return bad_key(file, "publish.streamid is missing or not a stream id");
  key.stream_id = crypto::Secret(id.get_ref<const std::string&>());
  auto const& passphrase = at(document, {"publish", "passphrase"});
  if (passphrase.is_string()) {
    auto const& text = passphrase.get_ref<const std::string&>();
    if (text.size() < kMinPassphrase || text.size() > kMaxPassphrase)
      return bad_key(file, fmt::format("publish.passphrase is not {} to {} characters long",
                                       kMinPassphrase, kMaxPassphrase));
    key.passphrase = crypto::Secret(text);
  } else if (!passphrase.is_null()) {
    return bad_key(file, "publish.passphrase is neither a text nor null");
  }
  auto const& host = at(document, {"publish", "srtla", "host"});
  if (!host.is_string()) return key;
  auto const& port = at(document, {"publish", "srtla", "port"});
  bool const usual = port.is_null();
  bool const valid = port.is_number_unsigned() && port.get<std::uint64_t>() > 0 &&
                     port.get<std::uint64_t>() <= 65535;
  if (!usual && !valid) return bad_key(file, "publish.srtla.port is not a port");
  key.srtla = HostPort{host, usual ? defaults::kSrtlaPort : port.get<std::uint16_t>()};
  return key;
}

}  // namespace

StockKey stock_key(const Stream& stream, const std::string& host, const RelayPorts& ports) {
  return {full_name(stream),
          host,
          ports,
          stream.publish_key,
          stream.play_key,
          stats_key(stream),
          stream.passphrase,
          stream.play_passphrase};
}

std::optional<std::string> stats_url(const StockKey& key) {
  auto const& bound = key.ports.http;
  auto const address = parse_address(bound.host);
  bool const local = bound.host == "localhost" || (address && address->is_loopback());
  auto const& host = local ? bound.host : key.host;
  if (host.empty()) return std::nullopt;
  return fmt::format("{}://{}/stats/{}", local && !key.ports.https ? "http" : "https",
                     to_string(HostPort{host, bound.port}), key.stats_key.expose());
}

std::string noalbs_entry(const StockKey& key, const std::string& stats_url, bool before_2_14) {
  return noalbs_json(key, stats_url, before_2_14).dump(2);
}

crypto::Secret write_stock_key(const StockKey& key) {
  auto const host = text_or_null(key.host);
  Json const document{
      {"schema", kSchema},
      {"name", key.name},
      {"publish",
       {{"srtla", {{"host", host}, {"port", key.ports.srtla}}},
        {"srt", {{"host", host}, {"port", key.ports.srt_publish}}},
        {"streamid", key.publish_id.expose()},
        {"passphrase", secret_or_null(key.publish_passphrase)}}},
      {"play",
       {{"host", host},
        {"port", key.ports.srt_play},
        {"streamid", key.play_id.expose()},
        {"passphrase", secret_or_null(key.play_passphrase)}}},
      {"stats", stats_json(key)},
  };
  std::string text = document.dump(2);
  crypto::Secret out(text);
  explicit_bzero(text.data(), text.size());
  return out;
}

Result<PublishKey> load_publish_key(const std::filesystem::path& file) {
  auto const content = read_private_file(file, kRules);
  if (!content) return content.error();
  if (!content->has_value()) return bad_key(file, "there is no such file");
  // No exceptions: the parser's words would repeat a piece of the file.
  auto const document = Json::parse((*content)->expose(), nullptr, false);
  if (document.is_discarded()) return bad_key(file, "it is not JSON");
  return read_key(document, file);
}

}  // namespace aegis::config
