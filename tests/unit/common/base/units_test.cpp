#include "common/base/units.hpp"

#include <catch2/catch.hpp>

namespace aegis {

TEST_CASE("bit rates are read with their unit", "[units]") {
  for (auto const& [text, bps] :
       std::vector<std::pair<const char*, std::int64_t>>{{"6M", 6'000'000},
                                                         {"2.5M", 2'500'000},
                                                         {"300k", 300'000},
                                                         {"300K", 300'000},
                                                         {"1G", 1'000'000'000},
                                                         {"800000bps", 800'000},
                                                         {"96kbps", 96'000},
                                                         {"10Mbps", 10'000'000},
                                                         {"0.000001M", 1},
                                                         {"0M", 0}}) {
    auto const rate = parse_bit_rate(text);
    INFO(text);
    REQUIRE(rate.ok());
    CHECK(rate->bits_per_second() == bps);
  }
}

TEST_CASE("bit rates that say nothing clear are refused", "[units]") {
  for (auto const* text : {"", "6", "M", "-1M", "6m", "6 M", " 6M", "6MB", "6M ", "nanM", "infM",
                           "1e9M", "0x6M", "1,5M", "99999999999999999999G", "10000000G"}) {
    auto const rate = parse_bit_rate(text);
    INFO(text);
    REQUIRE_FALSE(rate.ok());
    CHECK(rate.error().kind == ErrorKind::kUsage);
    CHECK_FALSE(rate.error().hint.empty());
  }
  CHECK(parse_bit_rate("6").error().why == "the unit is missing");
  CHECK(parse_bit_rate("6m").error().why == "unknown unit 'm'");
  CHECK(parse_bit_rate("-1M").error().why == "negative");
  CHECK(parse_bit_rate("10000000G").error().why == "too large");
}

TEST_CASE("durations are read with their unit", "[units]") {
  CHECK(*parse_duration("250us") == 250us);
  CHECK(*parse_duration("800ms") == 800ms);
  CHECK(*parse_duration("1.5s") == 1500ms);
  CHECK(*parse_duration("10m") == 10min);
  CHECK(*parse_duration("12h") == 12h);
  CHECK(*parse_duration("1d") == 24h);
  for (auto const* text : {"", "800", "s", "-1s", "1 s", "1S", "1min", "1e3s"}) {
    INFO(text);
    CHECK_FALSE(parse_duration(text).ok());
  }
}

TEST_CASE("amounts are read with their unit", "[units]") {
  CHECK(parse_bytes("188B")->count() == 188);
  CHECK(parse_bytes("64k")->count() == 64'000);
  CHECK(parse_bytes("500M")->count() == 500'000'000);
  CHECK(parse_bytes("2GB")->count() == 2'000'000'000);
  CHECK_FALSE(parse_bytes("2").ok());
  CHECK_FALSE(parse_bytes("2Gi").ok());
}

TEST_CASE("rate, time and amount go into each other", "[units]") {
  CHECK(BitRate::megabits(8) * 1s == Bytes(1'000'000));
  CHECK(Bytes(1'000'000) / BitRate::megabits(8) == 1s);
  CHECK(BitRate::from(Bytes(1'000'000), 1s) == BitRate::megabits(8));
  CHECK(BitRate::from(Bytes(1'000'000), 0s) == BitRate());
  CHECK(BitRate::from(Bytes(1'000'000), -1s) == BitRate());
  CHECK(Bytes(1) / BitRate() == Duration::max());
  CHECK(Bytes(1) / BitRate(-1) == Duration::max());
  CHECK(BitRate::megabits(4).scaled(0.5) == BitRate::megabits(2));
  CHECK(Bytes(3) - Bytes(5) == Bytes(-2));
}

TEST_CASE("amounts as people read them", "[units]") {
  CHECK(to_string(BitRate(999)) == "999 bit/s");
  CHECK(to_string(BitRate::kilobits(128)) == "128 kbit/s");
  CHECK(to_string(BitRate::megabits(6)) == "6.00 Mbit/s");
  CHECK(to_string(Duration(250)) == "250 us");
  CHECK(to_string(Duration(800ms)) == "800 ms");
  CHECK(to_string(Duration(2500ms)) == "2.5 s");
  CHECK(to_string(Duration(10min)) == "10 min");
  CHECK(to_string(Duration(125min)) == "2 h 05 min");
  CHECK(to_string(Bytes(188)) == "188 B");
  CHECK(to_string(Bytes(1'250'000)) == "1.25 MB");
  CHECK(to_string(Bytes(2'000'000'000)) == "2.00 GB");
}

}  // namespace aegis
