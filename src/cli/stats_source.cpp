#include "cli/stats_source.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>

#include <fmt/core.h>

#include "common/base/defaults.hpp"
#include "common/os/paths.hpp"
#include "common/os/unix_socket.hpp"

namespace aegis::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr Duration kPatience = 2s;
constexpr std::size_t kMaxReport = 4'000'000;
constexpr std::string_view kQuestion = "{\"command\":\"status\"}";
constexpr const char* kStatusPath = "/api/v1/status";

Result<Json> read_report(const StatsTarget& target, const std::string& text) {
  auto const refuse = [&](std::string why) {
    return Error{ErrorKind::kProtocol, target.where, std::move(why),
                 "check that an aegis answers there, of this version: aegis --version"};
  };
  auto report = Json::parse(text, nullptr, false);
  if (!report.is_object()) return refuse("the answer is not a report of aegis");
  auto const schema = report.find("schema");
  if (schema == report.end() || *schema != 1) return refuse("the report is of another schema");
  auto const kind = report.find("kind");
  char const* const expected = target.kind == StatsTarget::Kind::kAgent ? "rig" : "relay";
  if (kind == report.end() || *kind != expected)
    return refuse(fmt::format("the answer is not the report of a {}", expected));
  return report;
}

// Of this user's agents, in the order of their names; some may be dead.
std::vector<StatsTarget> agent_sockets() {
  std::vector<StatsTarget> targets;
  std::error_code code;
  auto const directory = os::runtime_directory();
  for (auto const& entry : std::filesystem::directory_iterator(directory ? *directory : "", code)) {
    auto const name = entry.path().filename().string();
    if (name.starts_with("stream-") && name.ends_with(".sock"))
      targets.push_back({StatsTarget::Kind::kAgent, entry.path().string()});
  }
  std::sort(targets.begin(), targets.end(),
            [](const StatsTarget& a, const StatsTarget& b) { return a.where < b.where; });
  return targets;
}

}  // namespace

Result<StatsTarget> parse_stats_target(const std::string& text) {
  if (text.starts_with("http://") || text.starts_with("https://")) {
    auto const path = text.find('/', text.find("://") + std::strlen("://"));
    bool const bare = path == std::string::npos || path + 1 == text.size();
    return StatsTarget{StatsTarget::Kind::kRelay, bare ? text.substr(0, path) + kStatusPath : text};
  }
  if (text.find("://") != std::string::npos)
    return Error{ErrorKind::kUsage, "stats", "a target is a socket's path or http[s]://HOST:PORT",
                 fmt::format("aegis stats http://127.0.0.1:{}", defaults::kHttpPort)};
  return StatsTarget{StatsTarget::Kind::kAgent, text};
}

std::vector<std::string> running_agents() {
  std::vector<std::string> running;
  for (auto const& target : agent_sockets())
    if (os::unix_request(target.where, kQuestion, kPatience)) running.push_back(target.where);
  return running;
}

std::vector<StatsTarget> local_stats_targets(const LocalRelay& relay) {
  auto targets = agent_sockets();
  targets.push_back(
      {StatsTarget::Kind::kRelay,
       fmt::format("{}://{}{}", relay.tls ? "https" : "http", to_string(relay.http), kStatusPath)});
  return targets;
}

Result<Json> fetch_stats(const StatsTarget& target, const http::Access& access) {
  auto const text = target.kind == StatsTarget::Kind::kAgent
                        ? os::unix_request(target.where, kQuestion, kPatience)
                        : http::get(target.where, http::GetLimits{1s, 3s, kMaxReport}, access);
  if (!text) return text.error();
  return read_report(target, *text);
}

}  // namespace aegis::cli
