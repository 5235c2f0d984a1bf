#include "common/config/state_watch.hpp"

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "support/temp_dir.hpp"

namespace aegis::config {
namespace {

Status add(const std::filesystem::path& file, const std::string& tenant) {
  return update_state(file, [&](State& state) {
    state.tenants.push_back({tenant, {}, {}});
    return success();
  });
}

}  // namespace

TEST_CASE("a state is read at the first look and after each change") {
  test::TempDir const directory;
  auto const file = directory / "state.toml";
  StateWatch watch(file);
  auto const missing = watch.look();
  REQUIRE(missing);
  REQUIRE(missing->has_value());
  CHECK((*missing)->tenants.empty());
  auto const still = watch.look();
  REQUIRE(still);
  CHECK_FALSE(still->has_value());
  REQUIRE(add(file, "alice"));
  auto const changed = watch.look();
  REQUIRE(changed);
  REQUIRE(changed->has_value());
  CHECK((*changed)->tenants.size() == 1);
}

TEST_CASE("a state that cannot be read is so once, and is read when it can be") {
  test::TempDir const directory;
  auto const file = directory / "state.toml";
  StateWatch watch(file);
  REQUIRE(add(file, "alice"));
  REQUIRE(::chmod(file.c_str(), 0644) == 0);
  CHECK_FALSE(watch.look());
  auto const again = watch.look();
  REQUIRE(again);
  CHECK_FALSE(again->has_value());
  // The file's rights are all that changes.
  REQUIRE(::chmod(file.c_str(), 0600) == 0);
  auto const mended = watch.look();
  REQUIRE(mended);
  REQUIRE(mended->has_value());
  CHECK((*mended)->tenants.size() == 1);
  REQUIRE(::chmod(file.c_str(), 0644) == 0);
  CHECK_FALSE(watch.look());
}

}  // namespace aegis::config
