// Counts of data by day and month, and the file that keeps them.
#include "agent/data_usage.hpp"

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "agent/data_file.hpp"
#include "unit/common/config/file_modes.hpp"

namespace aegis::agent {
namespace {

using std::chrono::day;
using std::chrono::month;
using std::chrono::year;
using Period = DataCap::Period;

Date date(int y, unsigned m, unsigned d) {
  return {year(y), month(m), day(d)};
}

}  // namespace

TEST_CASE("data is counted by day and by month", "[link]") {
  DataUsage usage;
  auto const monday = date(2026, 11, 30), tuesday = date(2026, 12, 1);
  usage.add(Bytes(100), date(2026, 11, 29));
  usage.add(Bytes(10), monday);
  usage.add(Bytes(1), monday);
  CHECK(usage.in(Period::kDay, monday) == Bytes(11));
  CHECK(usage.in(Period::kMonth, monday) == Bytes(111));
  // A new period begins without a packet.
  CHECK(usage.in(Period::kDay, tuesday) == Bytes(0));
  CHECK(usage.in(Period::kMonth, tuesday) == Bytes(0));
  usage.add(Bytes(5), date(2027, 1, 1));
  CHECK(usage.in(Period::kMonth, date(2027, 1, 2)) == Bytes(5));
}

TEST_CASE("a clock that goes back clears nothing", "[link]") {
  DataUsage usage;
  usage.add(Bytes(100), date(2026, 11, 23));
  auto const unset = date(1970, 1, 1);
  CHECK(usage.in(Period::kDay, unset) == Bytes(100));
  usage.add(Bytes(10), unset);
  CHECK(usage.in(Period::kDay, date(2026, 11, 23)) == Bytes(110));
  CHECK(usage.in(Period::kMonth, date(2026, 11, 30)) == Bytes(110));
  // Nor does a date in the future hold for ever, once the user says so.
  usage.add(Bytes(1), date(2036, 1, 1));
  usage.set(Period::kMonth, Bytes(50), date(2026, 11, 24));
  CHECK(usage.in(Period::kMonth, date(2026, 11, 24)) == Bytes(50));
  CHECK(usage.in(Period::kMonth, date(2026, 12, 1)) == Bytes(0));
}

TEST_CASE("two counts of one link are added where they are of one period", "[link]") {
  DataUsage mine, other;
  mine.add(Bytes(7), date(2026, 11, 22));
  other.add(Bytes(100), date(2026, 11, 23));
  auto sum = mine;
  sum.add(other);
  CHECK(sum.in(Period::kDay, date(2026, 11, 23)) == Bytes(100));
  CHECK(sum.in(Period::kMonth, date(2026, 11, 23)) == Bytes(107));
  auto reverse = other;
  reverse.add(mine);
  CHECK(reverse == sum);
  DataUsage old;
  old.add(Bytes(9), date(2026, 10, 31));
  sum.add(old);
  CHECK(sum == reverse);
}

TEST_CASE("counts survive in a file that only its owner may read", "[link]") {
  test::TempDir const folder;
  DataFile const file(DataFile::beside(folder / "deep" / "state.toml"));
  CHECK(file.path() == folder / "deep" / "link-data.json");
  REQUIRE(file.load());
  CHECK(file.load()->empty());
  auto const today = date(2026, 11, 23);
  DataUsages counted;
  counted["wwan0"].add(Bytes(5'000'000'000), today);
  counted["10.1.2.3"].add(Bytes(1), today);
  auto const nothing = [](DataUsages&) {};
  REQUIRE(file.add(counted, nothing));
  struct stat info {};
  REQUIRE(::stat(file.path().c_str(), &info) == 0);
  CHECK((info.st_mode & 07777) == 0600);
  CHECK(*file.load() == counted);
  // Another agent has counted, too.
  auto const sum = file.add(counted, nothing);
  REQUIRE(sum);
  CHECK(sum->at("wwan0").in(Period::kMonth, today) == Bytes(10'000'000'000));
  auto const set = [&](DataUsages& usages) { usages["wwan0"].set(Period::kDay, Bytes(3), today); };
  REQUIRE(file.add({}, set));
  CHECK(file.load()->at("wwan0").in(Period::kDay, today) == Bytes(3));
}

TEST_CASE("a file that holds no counts is refused, and left as it is", "[link]") {
  test::TempDir const folder;
  DataFile const file(folder / "link-data.json");
  for (
      auto const* text :
      {"", "[]", "{}", R"({"schema":2,"links":{}})", R"({"schema":1,"links":[]})",
       R"({"schema":1,"links":{"a":{}}})",
       R"({"schema":1,"links":{"a":{"day":"2026-11-23","day_bytes":-1,"month":"2026-11","month_bytes":1}}})",
       R"({"schema":1,"links":{"a":{"day":"2026-13-23","day_bytes":1,"month":"2026-11","month_bytes":1}}})",
       R"({"schema":1,"links":{"a":{"day":"2026-11-23","day_bytes":1,"month":"x","month_bytes":1}}})"}) {
    INFO(text);
    std::ofstream(file.path()) << text;
    ::chmod(file.path().c_str(), 0600);
    auto const loaded = file.load();
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().kind == ErrorKind::kConfiguration);
    CHECK(loaded.error().hint.find("rm ") != std::string::npos);
    CHECK_FALSE(file.add({}, [](DataUsages&) {}));
    CHECK(std::filesystem::file_size(file.path()) == std::string_view(text).size());
  }
}

}  // namespace aegis::agent
