#include "relay/api.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "common/os/clock.hpp"
#include "relay/metrics.hpp"
#include "relay/noalbs.hpp"
#include "relay/status_json.hpp"

namespace aegis::relay {
namespace {

using http::Request;
using http::Response;
using nlohmann::json;

// Each thread tells its figures five times a second while it works.
constexpr Duration kStuck = 3s;

Response json_response(const json& document, unsigned status = 200) {
  Response response;
  response.status = status;
  response.body = document.dump() + "\n";
  return response;
}

// Why the relay takes nobody now; empty when it does.
std::string why_not_ready(const ApiSources& sources) {
  if (sources.is_draining()) return "draining";
  auto const view = sources.look();
  auto const runs = [&](Time told) { return told != Time{} && view.now - told < kStuck; };
  if (!runs(view.bond->at)) return "the bond does not answer";
  if (view.media && !runs(view.media->at)) return "SRT does not answer";
  return {};
}

Response healthz(const ApiSources&, const Request&) {
  return json_response({{"status", "ok"}});
}

Response readyz(const ApiSources& sources, const Request&) {
  auto const why = why_not_ready(sources);
  if (why.empty()) return json_response({{"status", "ready"}});
  return json_response({{"status", "not ready"}, {"reason", why}}, 503);
}

Response metrics(const ApiSources& sources, const Request& request) {
  auto const accept = request.headers.find("accept");
  auto const form =
      exposition_form(accept == request.headers.end() ? std::string_view() : accept->second);
  Response response;
  response.content_type = content_type(form);
  response.headers["Vary"] = "Accept";
  response.body = metrics_text(sources.look(), form);
  return response;
}

Response status(const ApiSources& sources, const Request&) {
  return json_response(status_json(sources.look()));
}

// Says something now and then, so that both sides find out when the other is gone.
constexpr Duration kHeartbeat = 10s;

Response events(const ApiSources& sources, const Request&) {
  Response response;
  response.content_type = "application/jsonl";
  response.more = [log = sources.events, position = sources.events->next(),
                   last = os::now()]() mutable {
    auto text = log->read(position);
    if (text.empty() && os::now() - last >= kHeartbeat) text = "{\"event\":\"alive\"}\n";
    if (!text.empty()) last = os::now();
    return text;
  };
  return response;
}

// A request's target taken apart. The views point into it.
struct Target {
  explicit Target(std::string_view text) : path(text.substr(0, text.find('?'))) {
    query = text.substr(std::min(path.size() + 1, text.size()));
  }
  // The value of `name` in the query; a name without one has an empty value. Keys need no escapes,
  // so none are undone.
  std::optional<std::string_view> value(std::string_view name) const {
    for (auto left = query; !left.empty();) {
      auto const field = left.substr(0, left.find('&'));
      left.remove_prefix(std::min(field.size() + 1, left.size()));
      if (field.substr(0, field.find('=')) == name)
        return field.substr(std::min(name.size() + 1, field.size()));
    }
    return std::nullopt;
  }
  std::string_view path, query;
};

// What the readers of the SRT Live Server's form look their stream up by, when they say nothing.
constexpr std::string_view kLegacyId = "live";
constexpr std::string_view kStats = "/stats";

Response stats(const ApiSources& sources, const Request& request) {
  Target const target(request.target);
  bool const classic = target.path == kStats;
  auto const key =
      classic ? target.value("publisher").value_or("") : target.path.substr(kStats.size() + 1);
  auto const stream = sources.stream_of(key);
  if (!stream) return http::json_error(404, "no such stats key");
  if (classic) return json_response(sls_json(sources.look(), *stream, key));
  if (target.value("legacy") == "1")
    return json_response(sls_json(sources.look(), *stream, kLegacyId));
  return json_response(openirl_json(sources.look(), *stream));
}

struct Route {
  std::string_view path;
  Response (*answer)(const ApiSources&, const Request&);
  bool open = false;  // without the API key
};
constexpr Route kRoutes[] = {{"/healthz", healthz, true}, {"/readyz", readyz, true},
                             {kStats, stats, true},       {"/metrics", metrics},
                             {"/api/v1/status", status},  {"/api/v1/events", events}};

bool may_ask(const ApiSources& sources, const Request& request) {
  if (!sources.api_key) return true;
  static constexpr std::string_view kScheme = "bearer ";
  auto const found = request.headers.find("authorization");
  if (found == request.headers.end() || found->second.size() < kScheme.size()) return false;
  std::string_view const given = found->second;
  bool const bearer = std::equal(kScheme.begin(), kScheme.end(), given.begin(),
                                 [](char a, char b) { return a == (b | 0x20); });
  return bearer && crypto::Secret(given.substr(kScheme.size())) == *sources.api_key;
}

Response unauthorised() {
  auto refusal = http::json_error(401, "an API key is needed: Authorization: Bearer KEY");
  refusal.headers["WWW-Authenticate"] = "Bearer";
  return refusal;
}

}  // namespace

Response answer(const ApiSources& sources, const Request& request) {
  auto path = Target(request.target).path;
  if (path.starts_with("/stats/")) path = kStats;
  for (auto const& route : kRoutes) {
    if (path != route.path) continue;
    if (!route.open && !may_ask(sources, request)) return unauthorised();
    if (request.method == "GET") return route.answer(sources, request);
    auto refusal = http::json_error(405, "only GET is known here");
    refusal.headers["Allow"] = "GET, HEAD";
    return refusal;
  }
  return http::json_error(404, "no such resource");
}

}  // namespace aegis::relay
