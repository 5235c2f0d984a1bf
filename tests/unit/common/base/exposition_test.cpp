#include "common/base/exposition.hpp"

#include <limits>

#include <catch2/catch.hpp>

using namespace aegis;
using Kind = Exposition::Kind;
using Form = Exposition::Form;

namespace {

std::string example(Form form) {
  Exposition out(form);
  out.family("build", Kind::kInfo, "", "What runs.");
  out.sample({{"version", "1.2"}}, 1);
  out.family("rate_bytes_per_second", Kind::kGauge, "bytes_per_second", "Now.");
  out.sample({{"link", "0"}}, 0.25);
  out.sample({{"link", "1"}}, std::nullopt);
  out.sample({{"link", "2"}}, std::numeric_limits<double>::quiet_NaN());
  out.family("rtt_seconds", Kind::kGauge, "seconds", "Nobody knows it.");
  out.sample({}, std::nullopt);
  out.family("lost_packets", Kind::kCounter, "", "So far.");
  out.count({}, std::uint64_t{1} << 53, WallTime(1500ms));
  out.count({{"stream", "a\"b\\c\nd"}}, 7);
  return std::move(out).finish();
}

}  // namespace

TEST_CASE("OpenMetrics text has families, units and an end; the unknown is absent",
          "[exposition]") {
  CHECK(example(Form::kOpenMetrics) ==
        "# TYPE build info\n"
        "# HELP build What runs.\n"
        "build_info{version=\"1.2\"} 1\n"
        "# TYPE rate_bytes_per_second gauge\n"
        "# UNIT rate_bytes_per_second bytes_per_second\n"
        "# HELP rate_bytes_per_second Now.\n"
        "rate_bytes_per_second{link=\"0\"} 0.25\n"
        "# TYPE lost_packets counter\n"
        "# HELP lost_packets So far.\n"
        "lost_packets_total 9007199254740992\n"
        "lost_packets_created 1.500\n"
        "lost_packets_total{stream=\"a\\\"b\\\\c\\nd\"} 7\n"
        "# EOF\n");
}

TEST_CASE("the older text names samples and has no end", "[exposition]") {
  CHECK(example(Form::kClassic) ==
        "# TYPE build_info gauge\n"
        "# HELP build_info What runs.\n"
        "build_info{version=\"1.2\"} 1\n"
        "# TYPE rate_bytes_per_second gauge\n"
        "# HELP rate_bytes_per_second Now.\n"
        "rate_bytes_per_second{link=\"0\"} 0.25\n"
        "# TYPE lost_packets_total counter\n"
        "# HELP lost_packets_total So far.\n"
        "lost_packets_total 9007199254740992\n"
        "lost_packets_total{stream=\"a\\\"b\\\\c\\nd\"} 7\n");
}

TEST_CASE("the older text goes to those only that ask for nothing newer", "[exposition]") {
  CHECK(exposition_form("") == Form::kOpenMetrics);
  CHECK(exposition_form("*/*") == Form::kOpenMetrics);
  CHECK(exposition_form("application/openmetrics-text;version=1.0.0,text/plain;q=0.5") ==
        Form::kOpenMetrics);
  CHECK(exposition_form("text/plain;version=0.0.4;q=1,*/*;q=0.1") == Form::kClassic);
}
