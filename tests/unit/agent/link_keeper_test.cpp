// Which links are off, by the user and by their data caps, and what a restart knows of it.
#include "agent/link_keeper.hpp"

#include <fstream>

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "unit/common/config/file_modes.hpp"

namespace aegis::agent {
namespace {

constexpr Date kToday{std::chrono::year(2026), std::chrono::month(11), std::chrono::day(23)};
constexpr Date kTomorrow{std::chrono::year(2026), std::chrono::month(11), std::chrono::day(24)};

struct Bench {
  test::TempDir folder;
  Time now{Duration(100s)};
  Date today = kToday;
  std::map<std::string, bond::LinkPolicy> told;
  BondStatus bond;

  LinkKeeper start(const std::string& settings) {
    auto const parsed = settings.empty() ? LinkSettings{} : change_settings({}, settings)->settings;
    LinkKeeper keeper({{"m0", parsed}, {"m1"}}, folder / "link-data.json");
    REQUIRE(keeper.load(today));
    told.clear();
    for (auto const& [name, policy] : keeper.policies()) told[name] = policy;
    bond = {};
    bond.links = {LinkStatus{"m0", {}, true, ""}, LinkStatus{"m1", {}, true, ""}};
    return keeper;
  }
  LinkKeeper::SetPolicy set_policy() {
    return [this](const std::string& name, const bond::LinkPolicy& policy) { told[name] = policy; };
  }
  void carry(LinkKeeper& keeper, const std::string& name, std::int64_t bytes) {
    bond.wire_bytes[name] += Bytes(bytes);
    observe(keeper);
  }
  void observe(LinkKeeper& keeper) {
    now += 100ms;
    keeper.observe(bond, today, now, set_policy());
  }
  LinkStatus status(const LinkKeeper& keeper) {
    auto copy = bond;
    keeper.annotate(copy, today);
    return copy.links.front();
  }
};

}  // namespace

TEST_CASE("a link is off from its data cap on until the next period", "[link]") {
  Bench bench;
  auto keeper = bench.start("data=1M/day");
  bench.carry(keeper, "m0", 999'999);
  bench.carry(keeper, "m1", 5'000'000);
  CHECK_FALSE(bench.told["m0"].off);
  bench.carry(keeper, "m0", 1);
  CHECK(bench.told["m0"].off);
  CHECK_FALSE(bench.told["m1"].off);
  CHECK(bench.status(keeper).off_reason == "its 1.00 MB/day are used up");
  CHECK(bench.status(keeper).used_in_day == Bytes(1'000'000));
  bench.today = kTomorrow;
  bench.observe(keeper);
  CHECK_FALSE(bench.told["m0"].off);
  CHECK(bench.status(keeper).off_reason.empty());
  CHECK(bench.status(keeper).used_in_month == Bytes(1'000'000));
}

TEST_CASE("a reached cap is on the disk at once, the rest within ten seconds", "[link]") {
  Bench bench;
  {
    auto keeper = bench.start("data=1M/day");
    bench.carry(keeper, "m0", 1'000'000);
  }  // killed
  {
    auto keeper = bench.start("data=1M/day");
    CHECK(bench.told["m0"].off);
    CHECK(bench.status(keeper).used_in_day == Bytes(1'000'000));
    bench.carry(keeper, "m1", 500);
    bench.now += 10s;
    bench.observe(keeper);
    bench.carry(keeper, "m1", 7);
  }
  auto keeper = bench.start("data=2M/month");
  CHECK_FALSE(bench.told["m0"].off);
  auto status = bench.bond;
  keeper.annotate(status, bench.today);
  CHECK(status.links.at(1).used_in_day == Bytes(500));
  bench.carry(keeper, "m1", 7);
  keeper.save(bench.now);
  keeper = bench.start("");
  status = bench.bond;
  keeper.annotate(status, bench.today);
  CHECK(status.links.at(1).used_in_day == Bytes(507));
}

TEST_CASE("a running agent's links are set one at a time", "[link]") {
  Bench bench;
  auto keeper = bench.start("cap=6M");
  auto const change = [&](const std::string& name, const std::string& text) {
    return keeper.change(name, text, bench.today, bench.now, bench.set_policy());
  };
  REQUIRE(change("m0", "off"));
  CHECK(bench.told["m0"].off);
  CHECK(bench.told["m0"].cap == BitRate::megabits(6));
  CHECK(bench.status(keeper).off_reason == "by the user");
  REQUIRE(change("m0", "on,cap=2M,weight=3"));
  CHECK_FALSE(bench.told["m0"].off);
  CHECK(bench.told["m0"].cap == BitRate::megabits(2));
  CHECK(bench.told["m0"].weight == 3);
  auto const unknown = change("m7", "off");
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().kind == ErrorKind::kUsage);
  CHECK(unknown.error().hint == "it has m0, m1");
  CHECK_FALSE(change("m0", "cap=2"));
  CHECK(bench.told["m0"].cap == BitRate::megabits(2));
}

TEST_CASE("a cap below what is used switches off, and a word on what is used switches on",
          "[link]") {
  Bench bench;
  auto keeper = bench.start("");
  auto const change = [&](const std::string& text) {
    return keeper.change("m0", text, bench.today, bench.now, bench.set_policy());
  };
  bench.carry(keeper, "m0", 3'000'000);
  REQUIRE(change("data=2M/month"));
  CHECK(bench.told["m0"].off);
  REQUIRE(change("used=1M"));
  CHECK_FALSE(bench.told["m0"].off);
  CHECK(bench.status(keeper).used_in_month == Bytes(1'000'000));
  bench.carry(keeper, "m0", 1'000'000);
  CHECK(bench.told["m0"].off);
  REQUIRE(change("data=none"));
  CHECK_FALSE(bench.told["m0"].off);
}

TEST_CASE("counts that cannot be read stop a stream with a data cap, and no other", "[link]") {
  test::TempDir const folder;
  auto const file = folder / "link-data.json";
  std::ofstream(file) << "rubbish";
  ::chmod(file.c_str(), 0600);
  auto const capped = change_settings({}, "data=1G/month")->settings;
  auto const refused = LinkKeeper({{"m0", capped}}, file).load(kToday);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::kConfiguration);
  LinkKeeper keeper({{"m0"}}, file);
  CHECK(keeper.load(kToday));
  BondStatus bond;
  bond.wire_bytes["m0"] = Bytes(100);
  keeper.observe(bond, kToday, Time(Duration(1s)), [](const auto&, const auto&) {});
  keeper.save(Time(Duration(20s)));
  CHECK(std::filesystem::file_size(file) == 7);  // not replaced
}

}  // namespace aegis::agent
