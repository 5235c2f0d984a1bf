#include "emulator/control.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace aegis::emulator {
namespace {

nlohmann::json quantiles(const Histogram& histogram) {
  return {{"p50", to_milliseconds(histogram.quantile(0.5))},
          {"p95", to_milliseconds(histogram.quantile(0.95))},
          {"max", to_milliseconds(histogram.max())}};
}

nlohmann::json describe(const Pipe& pipe, std::uint64_t undeliverable) {
  const PipeCounters& c = pipe.counters();
  return {
      {"packets_in", c.packets_in},
      {"bytes_in", c.bytes_in},
      {"packets_out", c.packets_out},
      {"bytes_out", c.bytes_out},
      {"lost",
       {{"random", c.lost_random},
        {"burst", c.lost_burst},
        {"queue", c.lost_queue},
        {"outage", c.lost_outage},
        {"device", undeliverable}}},
      {"duplicated", c.duplicated},
      {"held_back", c.held_back},
      {"bytes_lost_queue", c.bytes_lost_queue},
      {"packets_waited", pipe.queueing().count()},
      {"queueing_ms", quantiles(pipe.queueing())},
      {"caused_ms", quantiles(pipe.caused())},
  };
}

std::string outcome(const Status& status) {
  if (status) return "ok";
  return fmt::format("error: {}: {}", status.error().what, status.error().why);
}

// "up.rate" "3M": a copy of the profile is changed first, so that a bad value changes nothing.
Status change(Link& link, std::string_view target, std::string_view value,
              const FindTrace& find_trace, Time now) {
  std::size_t const dot = target.find('.');
  std::string_view const direction = target.substr(0, dot);
  bool const both = direction == "both";
  if (dot == std::string_view::npos || (!both && direction != "up" && direction != "down")) {
    return Error{ErrorKind::kUsage, "unknown command", std::string(target), ""};
  }
  for (Pipe* pipe : {&link.up(), &link.down()}) {
    bool const meant = both || (direction == "up") == (pipe == &link.up());
    if (!meant) continue;
    Profile profile = pipe->profile();
    Status status = set_stage(profile, target.substr(dot + 1), value, find_trace);
    if (!status) return status;
    pipe->configure(std::move(profile), now);
  }
  return success();
}

Status command(Link& link, const std::vector<std::string_view>& words, const FindTrace& find_trace,
               Time now) {
  if (words.size() < 2) return Error{ErrorKind::kUsage, "no command for this link", "", ""};
  std::string_view const verb = words[1];
  if (verb == "down") {
    bool const hold = words.size() > 2 && words[2] == "hold";
    for (Pipe* pipe : {&link.up(), &link.down()}) {
      pipe->cut(hold ? OutageKind::kHold : OutageKind::kDrop, now);
    }
    return success();
  }
  if (verb == "up") {
    for (Pipe* pipe : {&link.up(), &link.down()}) pipe->restore(now);
    return success();
  }
  if (verb == "unplug") return link.unplug(), success();
  if (verb == "plug") return link.plug();
  return change(link, verb, words.size() > 2 ? words[2] : std::string_view(), find_trace, now);
}

}  // namespace

std::string report(const Links& links) {
  nlohmann::json all = nlohmann::json::array();
  for (const auto& link : links) {
    all.push_back({{"name", link->name()},
                   {"plugged", link->plugged()},
                   {"up", describe(link->up(), link->undeliverable(Side::kB))},
                   {"down", describe(link->down(), link->undeliverable(Side::kA))}});
  }
  return nlohmann::json{{"links", all}}.dump();
}

std::string execute(std::string_view line, Links& links, const FindTrace& find_trace, Time now) {
  std::vector<std::string_view> const words = split(line, ' ');
  if (words[0] == "stats") return report(links);
  if (words[0] == "restart") {
    for (auto& link : links) link->restart(now);
    return "ok";
  }
  for (auto& link : links) {
    if (link->name() == words[0]) return outcome(command(*link, words, find_trace, now));
  }
  return fmt::format("error: there is no link \"{}\"", words[0]);
}

}  // namespace aegis::emulator
