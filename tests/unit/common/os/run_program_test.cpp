#include "common/os/run_program.hpp"

#include <fstream>
#include <iterator>

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "common/os/clock.hpp"
#include "support/temp_dir.hpp"

namespace aegis::os {
namespace {

std::filesystem::path script(const test::TempDir& folder, const std::string& body) {
  auto const file = folder / "program";
  std::ofstream(file) << "#!/bin/sh\n" << body;
  REQUIRE(::chmod(file.c_str(), 0700) == 0);
  return file;
}

std::string content_of(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

TEST_CASE("a program gets its arguments and its input, and no shell reads them", "[program]") {
  test::TempDir const folder;
  auto const out = (folder / "out").string();
  auto const program = script(folder, "{ printf '%s,' \"$@\"; cat; env; } > " + out + "\n");
  std::string const input(20'000, 'i');
  REQUIRE(run_program({program, {"a b", "$(id)", ";"}, input, 5s, {}}));
  auto const text = content_of(out);
  CHECK(text.starts_with("a b,$(id),;," + input));
  CHECK(text.find("HOME=") == std::string::npos);
}

TEST_CASE("a program that fails, is not there or does not end is told apart", "[program]") {
  test::TempDir const folder;
  CHECK(run_program({script(folder, "exit 3\n"), {}, "", 5s, {}}).error().why ==
        "it ended with code 3");
  CHECK(run_program({script(folder, "kill -9 $$\n"), {}, "", 5s, {}}).error().why ==
        "signal 9 ended it");
  auto const missing = run_program({folder / "none", {}, "", 5s, {}});
  CHECK(missing.error().kind == ErrorKind::kConfiguration);
  // What it started dies with it.
  auto const before = now();
  auto const slow = run_program({script(folder, "sleep 60 | cat\n"), {}, "", 300ms, {}});
  CHECK(slow.error().kind == ErrorKind::kTryLater);
  CHECK(
      run_program({script(folder, "sleep 60\n"), {}, "", 60s, [] { return true; }}).error().kind ==
      ErrorKind::kTryLater);
  CHECK(now() - before < 5s);
}

}  // namespace aegis::os
