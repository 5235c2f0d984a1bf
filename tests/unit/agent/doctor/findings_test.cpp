#include "agent/doctor/findings.hpp"

#include <catch2/catch.hpp>

#include "common/os/host_health.hpp"

namespace aegis::agent::doctor {
namespace {

using Level = Finding::Level;

LinkContext context_of(bool chosen, bool paired) {
  return {"relay:5000", Endpoint::v4(192, 0, 2, 1, 5000), chosen, paired};
}

// The levels of one check's findings, in order.
std::vector<Level> levels(const Findings& findings, const std::string& check) {
  std::vector<Level> out;
  for (auto const& finding : findings)
    if (finding.check == check) out.push_back(finding.level);
  return out;
}

bool says(const Findings& findings, const std::string& text) {
  for (auto const& finding : findings)
    if ((finding.seen + "|" + finding.hint).find(text) != std::string::npos) return true;
  return false;
}

}  // namespace

TEST_CASE("A link without an answer is a fault, unless nobody asked for it and others work") {
  Probe probe{{{"eth0", "", true, 40ms}, {"wwan0"}}, true};
  CHECK(levels(judge_reach(probe, context_of(false, false)), "reach") ==
        std::vector{Level::kOk, Level::kWarning});
  auto const chosen = judge_reach(probe, context_of(true, false));
  CHECK(levels(chosen, "reach") == std::vector{Level::kOk, Level::kFault});
  CHECK(levels(chosen, "relay") == std::vector{Level::kOk});
  CHECK(says(chosen, "round trip 40 ms"));
  CHECK(says(chosen, "ip route get 192.0.2.1 oif wwan0"));
  probe.links[0].registered = false;
  auto const silent = judge_reach(probe, context_of(false, false));
  CHECK(levels(silent, "reach") == std::vector{Level::kFault, Level::kFault});
  CHECK(levels(silent, "relay") == std::vector{Level::kFault});
  CHECK(says(silent, "open UDP 5000"));
}

TEST_CASE("A slow link is warned of, with a latency that suits it") {
  Probe const probe{{{"sat0", "", true, 700ms}}};
  auto const findings = judge_reach(probe, context_of(true, false));
  CHECK(levels(findings, "reach") == std::vector{Level::kWarning});
  CHECK(says(findings, "--latency 2800ms"));
}

TEST_CASE("What a relay says of a refusal is told") {
  struct Case {
    std::uint64_t refusals, unproved;
    const char* text;
  };
  for (auto const& [refusals, unproved, text] :
       {Case{0, 0, "no answer over any link"}, {2, 0, "refuses us"}, {0, 3, "does not prove"}}) {
    Probe const probe{{{"eth0"}}, false, refusals, unproved};
    CHECK(says(judge_reach(probe, context_of(true, true)), text));
  }
  Probe const late{{{"eth0"}}, false, 1, 0, -90s};
  auto const findings = judge_reach(late, context_of(true, true));
  CHECK(levels(findings, "clock") == std::vector{Level::kFault});
  CHECK(says(findings, "-90 s from ours"));
  CHECK(levels(findings, "relay").empty());
}

TEST_CASE("The clock of a relay is known by pairing only") {
  Probe const probe{{{"eth0", "", true, 40ms}}};
  CHECK(levels(judge_reach(probe, context_of(true, true)), "clock") == std::vector{Level::kOk});
  CHECK(levels(judge_reach(probe, context_of(true, false)), "clock") ==
        std::vector{Level::kSkipped});
}

TEST_CASE("Packets that SRT needs have to pass") {
  Probe probe{{{"a", "", true, 1ms, 1368}, {"b", "", true, 1ms, 1360}, {"c", "", true}, {"d"}}};
  auto const v4 = judge_sizes(probe, context_of(true, false));
  CHECK(levels(v4, "mtu") ==
        std::vector{Level::kOk, Level::kFault, Level::kFault, Level::kSkipped});
  CHECK(says(v4, "IP packets of 1360 bytes pass, and not the 1368"));
  auto context = context_of(true, false);
  context.address = parse_endpoint("[2001:db8::1]:5000").value();
  CHECK(levels(judge_sizes(probe, context), "mtu")[0] == Level::kFault);
}

TEST_CASE("An encoder has to be faster than the pictures come") {
  CHECK(judge_encoder(45.0, 30).level == Level::kOk);
  CHECK(judge_encoder(44.0, 30).level == Level::kWarning);
  CHECK(judge_encoder(29.0, 30).level == Level::kFault);
  CHECK(judge_encoder(Error{ErrorKind::kConfiguration, "x", "y", "z"}, 30).hint == "z");
}

TEST_CASE("What a host lacks is said, with what to type") {
  os::HostFacts facts{"/srv", Bytes(8'000'000),    Bytes(8'000'000), true, 1.5,
                      2,      Bytes(1'000'000'000)};
  for (auto const& finding : os::judge_host(facts)) CHECK(finding.level == Level::kOk);
  facts = {"/srv", Bytes(212'992), std::nullopt, false, 1.7, 2, Bytes(50'000'000)};
  auto const poor = os::judge_host(facts);
  CHECK(levels(poor, "buffers") == std::vector{Level::kWarning, Level::kSkipped});
  CHECK(says(poor, "sysctl -w net.core.rmem_max=8000000"));
  CHECK(levels(poor, "clock") == std::vector{Level::kWarning});
  CHECK(levels(poor, "processor") == std::vector{Level::kWarning});
  CHECK(levels(poor, "disk") == std::vector{Level::kWarning});
  facts.disk_free = Bytes(0);
  CHECK(levels(os::judge_host(facts), "disk") == std::vector{Level::kFault});
}

}  // namespace aegis::agent::doctor
