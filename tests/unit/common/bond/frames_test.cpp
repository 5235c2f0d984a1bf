#include "common/bond/frames.hpp"

#include <random>
#include <set>
#include <vector>

#include <catch2/catch.hpp>

#include "common/bond/arrival_log.hpp"

namespace aegis::bond {
namespace {

LinkFrame frame(std::uint32_t number) {
  return {.link = 3, .number = number, .datagram = {}};
}

}  // namespace

TEST_CASE("capabilities travel in each half and random bytes carry none", "[frames]") {
  GroupToken id;
  std::mt19937 random(1);
  for (auto& b : id) b = static_cast<std::byte>(random());
  CHECK(!client_capabilities(id));
  CHECK(!relay_capabilities(id));
  write_client_capabilities(id, kLinkFrames);
  write_relay_capabilities(id, kLinkFrames | 0x80000000);
  CHECK(client_capabilities(id) == kLinkFrames);
  CHECK(relay_capabilities(id) == (kLinkFrames | 0x80000000));
  id[6] = std::byte{2};  // a version that we do not know
  CHECK(!client_capabilities(id));
}

TEST_CASE("a link frame is eight bytes and the SRT datagram", "[frames]") {
  std::vector<std::byte> const datagram(1332, std::byte{0x55});
  std::vector<std::byte> out(kMaxDatagram);
  auto const bytes = write_link_frame({.link = 7, .number = 0xfffffffe, .datagram = datagram}, out);
  REQUIRE(bytes.size() == 1340);
  CHECK(load_u64(bytes, 0) == 0x9a010700fffffffeu);
  CHECK(classify(bytes) == DatagramKind::kSrtla);
  auto const parsed = parse_link_frame(bytes);
  CHECK(parsed.link == 7);
  CHECK(parsed.number == 0xfffffffeu);
  CHECK(
      std::equal(parsed.datagram.begin(), parsed.datagram.end(), datagram.begin(), datagram.end()));
}

TEST_CASE("a report survives the wire and only at its exact length", "[frames]") {
  ArrivalReport report{.number = 9, .relay_clock_us = 0xfffffff0, .count = 2, .links = {}};
  report.links[0] = {1, 100, 200, 300, 400, {0x1122334455667788, 1}};
  report.links[1] = {2, 0xffffffff, 1, 2, 3, {0, 0xffffffffffffffff}};
  std::vector<std::byte> out(kMaxDatagram);
  auto const bytes = write_report(report, out);
  REQUIRE(bytes.size() == 12 + 2 * 36);
  CHECK(classify(bytes) == DatagramKind::kSrtla);
  auto const parsed = parse_report(bytes);
  CHECK(parsed.number == 9);
  CHECK(parsed.relay_clock_us == 0xfffffff0);
  REQUIRE(parsed.count == 2);
  CHECK(parsed.links[0] == report.links[0]);
  CHECK(parsed.links[1] == report.links[1]);
  CHECK(classify(bytes.first(bytes.size() - 1)) == DatagramKind::kJunk);
  out[3] = std::byte{17};
  CHECK(classify(ByteView(out).first(12 + 17 * 36)) == DatagramKind::kJunk);
}

TEST_CASE("the arrival log remembers exactly the last 128 numbers", "[frames]") {
  auto const seed = GENERATE(1u, 2u, 3u, 4u);
  std::minstd_rand random(seed);
  ArrivalLog log;
  std::set<std::uint32_t> arrived;
  std::uint32_t const base = seed % 2 == 0 ? 0xffffff00u : 5000u;  // half of them wrap
  std::uint32_t highest = base;
  log.on_arrival(frame(base), 1340, Time(Duration(1)));
  arrived.insert(base);
  for (int i = 0; i < 2000; ++i) {
    std::uint32_t const back = static_cast<std::uint32_t>(random() % 8 == 0 ? random() % 100 : 0);
    std::uint32_t const number =
        back > 0 ? highest - back
                 : highest + 1 + static_cast<std::uint32_t>(random() % (i % 50 == 0 ? 200 : 3));
    bool const in_reach = static_cast<std::int32_t>(number - base) >= 0;
    if (!in_reach) continue;
    bool const was_new = log.on_arrival(frame(number), 1340, Time(Duration(i)));
    CHECK(was_new == arrived.insert(number).second);
    if (static_cast<std::int32_t>(number - highest) > 0) highest = number;
  }
  auto const report = log.report();
  CHECK(report.highest == highest);
  CHECK(report.packets == arrived.size() - 1 + 1);
  for (std::uint32_t behind = 0; behind <= 128; ++behind) {
    INFO("behind " << behind);
    CHECK(report.has(highest - behind) == (arrived.count(highest - behind) == 1));
  }
  CHECK(!report.has(highest - 129));
  CHECK(!log.has_news());
}

TEST_CASE("a sender that begins anew is followed", "[frames]") {
  ArrivalLog log;
  log.on_arrival(frame(50'000'000), 1340, Time(Duration(1)));
  CHECK(log.on_arrival(frame(0), 1340, Time(Duration(2))));
  CHECK(log.report().highest == 0);
}

}  // namespace aegis::bond
