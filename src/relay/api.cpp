#include "relay/api.hpp"

#include <algorithm>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "common/os/clock.hpp"
#include "relay/api_access.hpp"
#include "relay/metrics.hpp"
#include "relay/noalbs.hpp"
#include "relay/status_json.hpp"

namespace aegis::relay {
namespace {

using http::Request;
using http::Response;
using nlohmann::json;

Response json_response(const json& document, unsigned status = 200) {
  Response response;
  response.status = status;
  response.body = document.dump() + "\n";
  return response;
}

// Why the relay takes nobody now; empty when it does.
std::string why_not_ready(const ApiSources& sources) {
  if (sources.is_draining()) return "draining";
  if (auto const part = what_hangs(sources.look())) return *part + " does not answer";
  return {};
}

Response healthz(const ApiSources&, const Asker&, const Request&) {
  return json_response({{"status", "ok"}});
}

Response readyz(const ApiSources& sources, const Asker&, const Request&) {
  auto const why = why_not_ready(sources);
  if (why.empty()) return json_response({{"status", "ready"}});
  return json_response({{"status", "not ready"}, {"reason", why}}, 503);
}

Response metrics(const ApiSources& sources, const Asker& asker, const Request& request) {
  auto const accept = request.headers.find("accept");
  auto const form =
      exposition_form(accept == request.headers.end() ? std::string_view() : accept->second);
  Response response;
  response.content_type = content_type(form);
  response.headers["Vary"] = "Accept";
  response.body = metrics_text(sources.look().narrowed(asker.scope), form);
  return response;
}

Response status(const ApiSources& sources, const Asker& asker, const Request&) {
  return json_response(status_json(sources.look().narrowed(asker.scope)));
}

// Says something now and then, so that both sides find out when the other is gone.
constexpr Duration kHeartbeat = 10s;

// Ends when the key that it was opened with does.
Response events(const ApiSources& sources, const Asker& asker, const Request& request) {
  Response response;
  response.content_type = "application/jsonl";
  auto const bearer = bearer_of(request);
  response.more = [sources, scope = asker.scope, position = sources.events->next(),
                   key = bearer ? std::optional<crypto::Secret>(*bearer) : std::nullopt,
                   last = os::now()]() mutable -> std::optional<std::string> {
    auto const shown = key ? std::optional(key->expose()) : std::nullopt;
    if (!asker_of(shown, *sources.access(), sources.api_key())) return std::nullopt;
    auto text = sources.events->read(position, scope);
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

std::optional<std::string> stream_of_stats_key(const Access& access, std::string_view key) {
  auto const* grant = access.find({&key, 1});
  if (grant == nullptr || grant->right != Right::kStats) return std::nullopt;
  return grant->stream;
}

Response stats(const ApiSources& sources, const Asker&, const Request& request) {
  Target const target(request.target);
  bool const classic = target.path == kStats;
  auto const key =
      classic ? target.value("publisher").value_or("") : target.path.substr(kStats.size() + 1);
  auto const stream = stream_of_stats_key(*sources.access(), key);
  if (!stream) return http::json_error(404, "no such stats key");
  if (classic) return json_response(sls_json(sources.look(), *stream, key));
  if (target.value("legacy") == "1")
    return json_response(sls_json(sources.look(), *stream, kLegacyId));
  return json_response(openirl_json(sources.look(), *stream));
}

constexpr std::string_view kSessions = "/api/v1/sessions/";
constexpr std::string_view kPlayers = "/api/v1/players/";

Response ending() {
  return json_response({{"status", "ending"}}, 202);
}

// What the asker may not see is answered as what does not exist.
Response end_session(const ApiSources& sources, const Asker& asker, const Request& request) {
  auto const stream = std::string(Target(request.target).path.substr(kSessions.size()));
  auto const view = sources.look().narrowed(asker.scope);
  auto const is_it = [&](const SessionFigures& session) { return session.stream == stream; };
  if (!view.media || std::none_of(view.media->sessions.begin(), view.media->sessions.end(), is_it))
    return http::json_error(404, "no such session");
  sources.end_session(stream);
  return ending();
}

Response end_player(const ApiSources& sources, const Asker& asker, const Request& request) {
  auto const id = Target(request.target).path.substr(kPlayers.size());
  auto const view = sources.look().narrowed(asker.scope);
  if (view.media)
    for (auto const& player : view.media->players)
      if (std::to_string(player.id.value) == id) return sources.end_player(player.id), ending();
  return http::json_error(404, "no such player");
}

Response drain(const ApiSources& sources, const Asker&, const Request&) {
  sources.drain();
  return json_response({{"status", "draining"}}, 202);
}

enum class Needs { kNothing, kToLook, kToAct, kToRule };

struct Route {
  std::string_view path;  // with a '/' at its end it is of all that begins so
  Response (*answer)(const ApiSources&, const Asker&, const Request&);
  Needs needs = Needs::kToLook;
  std::string_view method = "GET";

  bool is_of(std::string_view asked) const {
    return path.ends_with('/') ? asked.starts_with(path) && asked != path : asked == path;
  }
};
constexpr Route kRoutes[] = {{"/healthz", healthz, Needs::kNothing},
                             {"/readyz", readyz, Needs::kNothing},
                             {"/stats", stats, Needs::kNothing},
                             {"/stats/", stats, Needs::kNothing},
                             {"/metrics", metrics},
                             {"/api/v1/status", status},
                             {"/api/v1/events", events},
                             {kSessions, end_session, Needs::kToAct, "DELETE"},
                             {kPlayers, end_player, Needs::kToAct, "DELETE"},
                             {"/api/v1/drain", drain, Needs::kToRule, "POST"}};

Response unauthorised() {
  auto refusal = http::json_error(401, "a key is needed: Authorization: Bearer KEY");
  refusal.headers["WWW-Authenticate"] = "Bearer";
  return refusal;
}

Response wrong_method(const Route& route) {
  auto refusal = http::json_error(405, fmt::format("only {} is known here", route.method));
  refusal.headers["Allow"] = route.method == "GET" ? "GET, HEAD" : std::string(route.method);
  return refusal;
}

}  // namespace

Response answer(const ApiSources& sources, const Request& request) {
  auto const path = Target(request.target).path;
  for (auto const& route : kRoutes) {
    if (!route.is_of(path)) continue;
    auto asker = std::optional<Asker>(Asker{});
    if (route.needs != Needs::kNothing)
      asker = asker_of(bearer_of(request), *sources.access(), sources.api_key());
    if (!asker) return unauthorised();
    if (request.method != route.method) return wrong_method(route);
    if (route.needs == Needs::kToAct && !asker->may_act)
      return http::json_error(403, "this takes the relay's API key or a tenant's admin key");
    if (route.needs == Needs::kToRule && !(asker->may_act && asker->scope.is_everything()))
      return http::json_error(403, "this takes the relay's API key");
    return route.answer(sources, *asker, request);
  }
  return http::json_error(404, "no such resource");
}

}  // namespace aegis::relay
