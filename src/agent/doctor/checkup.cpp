#include "agent/doctor/checkup.hpp"

#include <algorithm>
#include <future>
#include <iterator>
#include <memory>
#include <thread>

#include <fmt/format.h>

#include "agent/doctor/findings.hpp"
#include "agent/media/encoder_speed.hpp"
#include "common/os/clock.hpp"
#include "common/os/resolve.hpp"
#include "common/os/udp_socket.hpp"

namespace aegis::agent::doctor {
namespace {

using Level = Finding::Level;
using Addresses = Result<std::vector<Endpoint>>;

constexpr Duration kNameTime = 3s, kSizesTime = 2500ms, kEncoderTime = 1s;
constexpr std::size_t kMostRelays = 8;
constexpr Bytes kSmallBuffer(100'000);

// A look-up that hangs in the system's resolver is left to itself.
Addresses resolve_in_time(const HostPort& where) {
  auto const promise = std::make_shared<std::promise<Addresses>>();
  auto answer = promise->get_future();
  std::thread([promise, where] { promise->set_value(os::resolve(where)); }).detach();
  if (answer.wait_for(kNameTime) == std::future_status::ready) return answer.get();
  return Error{ErrorKind::kUnreachable, where.host, "no name server answers", "resolvectl status"};
}

Finding check_binding(const PlannedLink& link, const Endpoint& relay, bool alone) {
  Finding finding{Level::kOk, "link", link.name, address_to_string(link.source), ""};
  if (link.device.empty()) return finding;
  auto const any = relay.is_v4() ? Endpoint::v4(0, 0, 0, 0, 0) : Endpoint::any_v6(0);
  if (os::UdpSocket::open({any, link.device}, kSmallBuffer)) {
    finding.seen += ", bound by device";
    return finding;
  }
  finding.level = alone ? Level::kNote : Level::kWarning;
  finding.seen += ", may not be bound by device: it needs a route by source address";
  finding.hint = "setcap cap_net_raw+ep $(command -v aegis)";
  return finding;
}

Findings check_plan(const LinkPlan& plan, const Endpoint& relay) {
  Findings out;
  for (auto const& text : plan.missing)
    out.push_back({Level::kFault, "link", text.substr(0, text.find(' ')), text, "ip -br address"});
  for (auto const& link : plan.links)
    out.push_back(check_binding(link, relay, plan.links.size() == 1));
  if (plan.links.empty() && plan.missing.empty())
    out.push_back(
        {Level::kFault, "link", "here",
         fmt::format("no interface is up with an {} address", relay.is_v4() ? "IPv4" : "IPv6"),
         "ip -br address"});
  return out;
}

void add(Findings& out, Findings more) {
  std::move(more.begin(), more.end(), std::back_inserter(out));
}

Findings check_relay(const RelayTarget& relay, const std::vector<LinkSpec>& links,
                     const std::vector<os::Interface>& interfaces) {
  Findings out;
  auto const name = to_string(relay.address);
  Time const asked = os::now();
  auto const addresses = resolve_in_time(relay.address);
  if (!addresses) {
    out.push_back({Level::kFault, "name", name, addresses.error().why,
                   fmt::format("getent ahosts {}", relay.address.host)});
    return out;
  }
  auto const& address = addresses->front();
  if (!parse_address(relay.address.host))
    out.push_back(
        {Level::kOk, "name", name,
         fmt::format("{}, after {} ms", address_to_string(address), (os::now() - asked) / 1ms),
         ""});
  auto const plan = plan_links(interfaces, links, address);
  add(out, check_plan(plan, address));
  LinkContext const context{name, address, !links.empty(), relay.device.has_value()};
  auto const reach = probe_links({address, plan.links, relay.device});
  add(out, judge_reach(reach, context));
  ProbeOptions sizes{address, {}, std::nullopt, true, kSizesTime};
  for (std::size_t i = 0; i < plan.links.size(); ++i)
    if (reach.links[i].registered) sizes.links.push_back(plan.links[i]);
  if (!sizes.links.empty()) add(out, judge_sizes(probe_links(sizes), context));
  return out;
}

Findings check_relays(const std::vector<RelayTarget>& relays, const std::vector<LinkSpec>& links) {
  auto const interfaces = os::list_interfaces();
  if (!interfaces)
    return {{Level::kFault, "link", "here", interfaces.error().why, interfaces.error().hint}};
  std::vector<std::future<Findings>> running;
  for (std::size_t i = 0; i < std::min(relays.size(), kMostRelays); ++i)
    running.push_back(std::async(std::launch::async,
                                 [&, i] { return check_relay(relays[i], links, *interfaces); }));
  Findings out;
  for (auto& each : running) add(out, each.get());
  for (std::size_t i = kMostRelays; i < relays.size(); ++i)
    out.push_back({Level::kSkipped, "relay", to_string(relays[i].address),
                   fmt::format("{} others are looked at", kMostRelays),
                   fmt::format("aegis doctor --relay {}", to_string(relays[i].address))});
  return out;
}

}  // namespace

Findings check_rig(const std::vector<RelayTarget>& relays, const std::vector<LinkSpec>& links) {
  Findings out = check_relays(relays, links);
  // Several relays are reached over the same links.
  Findings once;
  for (auto& finding : out) {
    auto const same = [&](const Finding& other) {
      return other.check == finding.check && other.subject == finding.subject &&
             other.seen == finding.seen;
    };
    if (std::none_of(once.begin(), once.end(), same)) once.push_back(std::move(finding));
  }
  once.push_back(judge_encoder(media::measure_encoder(kEncoderTime), media::wanted_pictures()));
  once.push_back({Level::kNote, "encoder", "FFmpeg",
                  fmt::format("has for H.264: {}", fmt::join(media::h264_encoders(), ", ")), ""});
  return once;
}

}  // namespace aegis::agent::doctor
