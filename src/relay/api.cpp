#include "relay/api.hpp"

#include <nlohmann/json.hpp>

#include "relay/metrics.hpp"
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

struct Route {
  std::string_view path;
  Response (*answer)(const ApiSources&, const Request&);
};
constexpr Route kRoutes[] = {
    {"/healthz", healthz}, {"/readyz", readyz}, {"/metrics", metrics}, {"/api/v1/status", status}};

}  // namespace

Response answer(const ApiSources& sources, const Request& request) {
  auto const path = std::string_view(request.target).substr(0, request.target.find('?'));
  for (auto const& route : kRoutes) {
    if (path != route.path) continue;
    if (request.method == "GET") return route.answer(sources, request);
    auto refusal = http::json_error(405, "only GET is known here");
    refusal.headers["Allow"] = "GET, HEAD";
    return refusal;
  }
  return http::json_error(404, "no such resource");
}

}  // namespace aegis::relay
