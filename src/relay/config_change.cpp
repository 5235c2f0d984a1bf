#include "relay/config_change.hpp"

namespace aegis::relay {

std::vector<ConfigChange> config_changes(const ServeOptions& running, const ServeOptions& fresh) {
  std::vector<ConfigChange> changes;
  auto const compare = [&](const char* key, bool live, auto&& value) {
    if (!(value(running) == value(fresh))) changes.push_back({key, live});
  };
  // A server in clear cannot turn to TLS, nor back; other files can be read.
  bool const same_scheme = running.tls_cert.empty() == fresh.tls_cert.empty();
  // The exposure of HTTP was judged by whether there is a key.
  bool const same_guard = running.api_key.empty() == fresh.api_key.empty();
  compare("srtla", false, [](auto& o) { return o.srtla; });
  compare("srt-publish", false, [](auto& o) { return o.srt_publish; });
  compare("srt-play", false, [](auto& o) { return o.srt_play; });
  compare("http", false, [](auto& o) { return o.http; });
  compare("tls-cert", same_scheme, [](auto& o) { return o.tls_cert; });
  compare("tls-key", same_scheme, [](auto& o) { return o.tls_key; });
  compare("api-key", same_guard, [](auto& o) { return o.api_key; });
  compare("forward", false, [](auto& o) { return o.forward; });
  compare("grace", true, [](auto& o) { return o.sessions.grace; });
  compare("max-age", true, [](auto& o) { return o.sessions.age; });
  compare("second-publisher", true, [](auto& o) { return o.second_publisher; });
  compare("allow", true, [](auto& o) { return o.callers.allow; });
  compare("deny", true, [](auto& o) { return o.callers.deny; });
  compare("pair-listen", false, [](auto& o) { return o.pair_listen; });
  compare("require-auth", false, [](auto& o) { return o.require_auth; });
  compare("record", false, [](auto& o) { return o.record.directory; });
  compare("record-rotate", false, [](auto& o) { return o.record.rotate; });
  compare("record-keep-free", false, [](auto& o) { return o.record.keep_free; });
  compare("hook", true, [](auto& o) { return o.hooks; });
  compare("hook-key", true, [](auto& o) { return o.hook_key; });
  compare("state", false, [](auto& o) { return o.state; });
  return changes;
}

ServeOptions with_live_changes(const ServeOptions& running, const ServeOptions& fresh) {
  auto result = running;
  if (running.tls_cert.empty() == fresh.tls_cert.empty()) {
    result.tls_cert = fresh.tls_cert;
    result.tls_key = fresh.tls_key;
  }
  if (running.api_key.empty() == fresh.api_key.empty()) result.api_key = fresh.api_key;
  result.sessions = fresh.sessions;
  result.second_publisher = fresh.second_publisher;
  result.callers = fresh.callers;
  result.hooks = fresh.hooks;
  result.hook_key = fresh.hook_key;
  return result;
}

}  // namespace aegis::relay
