#include "cli/suggest.hpp"

#include <catch2/catch.hpp>

namespace aegis::cli {

TEST_CASE("edit distance", "[cli]") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("abc", "") == 3);
  CHECK(edit_distance("stream", "stream") == 0);
  CHECK(edit_distance("strem", "stream") == 1);
  CHECK(edit_distance("sxream", "stream") == 1);
  CHECK(edit_distance("srteam", "stream") == 1);  // a swap counts once
  CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("only what is near is suggested, and the nearest of it", "[cli]") {
  std::vector<std::string> const names{"--srt-play", "--srt-publish", "--srtla", "--state"};
  CHECK(suggestion("--srt-plai", names) == "--srt-play");
  CHECK(suggestion("--srtal", names) == "--srtla");
  CHECK(suggestion("--sttae", names) == "--state");
  CHECK(suggestion("--output", names).empty());
  CHECK(suggestion("x", {"y"}) == "y");
  CHECK(suggestion("ab", {"xy"}).empty());
  CHECK(suggestion("anything", {}).empty());
}

}  // namespace aegis::cli
