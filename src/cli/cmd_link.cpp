// `aegis link`: one link of a running agent, set anew.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "agent/link_settings.hpp"
#include "cli/commands.hpp"
#include "cli/link_text.hpp"
#include "cli/stats_source.hpp"
#include "cli/terminal.hpp"
#include "common/config/private_file.hpp"
#include "common/os/unix_socket.hpp"

namespace aegis::cli {
namespace {

using Json = nlohmann::ordered_json;

// The agent may be writing its counts to a slow disk.
constexpr Duration kPatience = 5s;
constexpr const char* kExample = "aegis link wwan0 off";

Error wrong(std::string why, std::string hint) {
  return {ErrorKind::kUsage, "link", std::move(why), std::move(hint)};
}

// --agent, else the only one that runs here.
Result<std::string> find_agent(const LinkArgs& args) {
  if (!args.agent.empty()) return args.agent;
  auto const running = running_agents();
  if (running.size() == 1) return running.front();
  if (running.empty())
    return Error{ErrorKind::kUnreachable, "link", "no agent of this user runs here",
                 "start one: aegis stream --link IFACE,cap=2M"};
  return wrong("several agents run here",
               fmt::format("aegis link {} {} --agent {}", args.name, fmt::join(args.settings, ","),
                           config::quoted(running.front())));
}

Error refused(const Json& answer) {
  auto const text = [&](const char* key) {
    return answer.contains(key) && answer[key].is_string() ? answer[key].get<std::string>()
                                                           : std::string();
  };
  bool const usage = answer.contains("usage") && answer["usage"] == true;
  return {usage ? ErrorKind::kUsage : ErrorKind::kTryLater, "link", text("error"), text("hint")};
}

Result<Json> ask(const std::string& agent, const Json& question) {
  auto const text = os::unix_request(agent, question.dump(), kPatience);
  if (!text) return text.error();
  auto answer = Json::parse(*text, nullptr, false);
  if (answer.is_object() && answer.contains("error")) return refused(answer);
  bool const expected = answer.is_object() && answer.contains("kind") && answer["kind"] == "link" &&
                        answer.contains("link");
  if (expected) return answer;
  return Error{ErrorKind::kProtocol, agent, "the answer is not what an agent says",
               "check that an aegis answers there, of this version: aegis --version"};
}

}  // namespace

Status cmd_link(const Arguments& arguments) {
  auto const& args = arguments.link;
  if (args.name.empty()) return wrong("the link's name is missing", kExample);
  if (args.settings.empty()) return wrong("nothing is given to set", kExample);
  auto const change = fmt::format("{}", fmt::join(args.settings, ","));
  // The agent knows the link; what can be set is known here.
  if (auto const fits = agent::change_settings({}, change); !fits)
    return wrong(fits.error().what + ": " + fits.error().why, fits.error().hint);
  auto const agent = find_agent(args);
  if (!agent) return agent.error();
  auto const answer = ask(*agent, {{"command", "link"}, {"name", args.name}, {"change", change}});
  if (!answer) return answer.error();
  if (args.json) {
    fmt::print("{}\n", answer->dump(2, ' ', false, Json::error_handler_t::replace));
  } else {
    fmt::print("{}\n", link_line(args.name, (*answer)["link"]));
  }
  return success();
}

}  // namespace aegis::cli
