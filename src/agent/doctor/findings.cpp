#include "agent/doctor/findings.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/core.h>

namespace aegis::agent::doctor {
namespace {

using Level = Finding::Level;

// A lost packet takes some round trips to be known and mended.
constexpr int kTripsToMend = 4;
constexpr Duration kSlow = 500ms;
constexpr double kComfort = 1.5;  // of the pictures that are needed

std::string milliseconds(Duration duration) {
  return fmt::format("{} ms", std::llround(to_seconds(duration) * 1e3));
}

std::string subject_of(const ProbedLink& link, const LinkContext& context) {
  return fmt::format("{} to {}", link.name, context.relay);
}

std::string route_hint(const ProbedLink& link, const LinkContext& context) {
  auto const address = address_to_string(context.address);
  auto const by = parse_address(link.name) ? "from" : "oif";
  return fmt::format("ip route get {} {} {}", address, by, link.name);
}

Finding judge_link(const ProbedLink& link, bool others_work, const LinkContext& context) {
  Finding finding{Level::kOk, "reach", subject_of(link, context), "", ""};
  if (!link.trouble.empty() || !link.registered) {
    finding.level = others_work && !context.chosen ? Level::kWarning : Level::kFault;
    finding.seen = link.trouble.empty() ? "no answer" : "cannot be used: " + link.trouble;
    finding.hint = route_hint(link, context);
    return finding;
  }
  finding.seen = "answers";
  if (!link.rtt) return finding;
  finding.seen += ", round trip " + milliseconds(*link.rtt);
  if (*link.rtt <= kSlow) return finding;
  finding.level = Level::kWarning;
  finding.seen += ": losses are mended late";
  finding.hint = fmt::format("aegis stream --latency {}ms", kTripsToMend * *link.rtt / 1ms);
  return finding;
}

Finding judge_clock(const Probe& probe, const LinkContext& context, bool answers) {
  Finding finding{Level::kSkipped, "clock", context.relay, "", ""};
  if (probe.clock_refusal) {
    finding.level = Level::kFault;
    finding.seen =
        fmt::format("the relay's clock is {:+.0f} s from ours, and it refuses us for that",
                    to_seconds(*probe.clock_refusal));
    finding.hint = "timedatectl set-ntp true, here and there";
  } else if (context.paired && answers) {
    finding.level = Level::kOk;
    finding.seen = "near enough to ours";
  } else {
    finding.seen = "unknown: only a relay that we are paired with tells";
  }
  return finding;
}

// The relay as a whole, when no link gets through to it.
Finding judge_silence(const Probe& probe, const LinkContext& context) {
  Finding finding{Level::kFault, "relay", context.relay, "", ""};
  if (probe.unproved > 0) {
    finding.seen = "something answers, but does not prove to be the relay that we are paired with";
    finding.hint = "pair again: aegis pair";
  } else if (probe.refusals > 0) {
    finding.seen = "it answers, and refuses us";
    finding.hint = context.paired
                       ? "on the relay: aegis pair list"
                       : "on the relay: aegis relay serve --help (--require-auth, --allow)";
  } else {
    finding.seen = "no answer over any link";
    finding.hint = fmt::format("on the relay: aegis relay serve, and open UDP {} in its firewall",
                               context.address.port());
  }
  return finding;
}

}  // namespace

Findings judge_reach(const Probe& probe, const LinkContext& context) {
  auto const works = [](const ProbedLink& link) { return link.registered; };
  bool const any = std::any_of(probe.links.begin(), probe.links.end(), works);
  Findings out;
  for (auto const& link : probe.links) out.push_back(judge_link(link, any, context));
  if (any) {
    auto const* seen = probe.aegis_relay ? "an Aegis that reports what arrives"
                                         : "plain SRTLA: it repairs what SRT asks for, no sooner";
    out.push_back({Level::kOk, "relay", context.relay, seen, ""});
  } else if (!probe.links.empty() && !probe.clock_refusal) {
    out.push_back(judge_silence(probe, context));
  }
  out.push_back(judge_clock(probe, context, any));
  return out;
}

Findings judge_sizes(const Probe& probe, const LinkContext& context) {
  auto const needed = needed_packet(context.address);
  Findings out;
  for (auto const& link : probe.links) {
    Finding finding{Level::kOk, "mtu", subject_of(link, context), "", ""};
    if (!link.registered) {
      finding.level = Level::kSkipped;
      finding.seen = context.paired ? "unknown: the relay hears those only who prove who they are"
                                    : "unknown: no answer this time";
    } else if (link.largest_packet >= needed) {
      finding.seen =
          fmt::format("IP packets of {} bytes pass, {} are needed", link.largest_packet, needed);
    } else {
      finding.level = Level::kFault;
      finding.seen = link.largest_packet == 0
                         ? fmt::format("no large packet passes; SRT's have {} bytes", needed)
                         : fmt::format("IP packets of {} bytes pass, and not the {} that SRT needs",
                                       link.largest_packet, needed);
      finding.hint = fmt::format("see where: tracepath {}; or leave the link out: --link",
                                 address_to_string(context.address));
    }
    out.push_back(std::move(finding));
  }
  return out;
}

Finding judge_encoder(const Result<double>& made, double wanted) {
  Finding finding{Level::kOk, "encoder", "libx264", "", ""};
  if (!made) {
    auto const& error = made.error();
    return {Level::kFault, "encoder", "libx264", error.what + ": " + error.why, error.hint};
  }
  finding.seen =
      fmt::format("{:.0f} pictures a second at 1280x720, {:.0f} are needed", *made, wanted);
  if (*made >= kComfort * wanted) return finding;
  finding.level = *made < wanted ? Level::kFault : Level::kWarning;
  finding.hint = "encode elsewhere and pass it on: aegis stream --input udp://:9000, or --proxy";
  return finding;
}

}  // namespace aegis::agent::doctor
