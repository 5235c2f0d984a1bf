// What may stand behind --input, and what may not.
#include "agent/media/input_spec.hpp"

#include <fstream>

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "support/temp_dir.hpp"

namespace aegis::agent::media {

TEST_CASE("an input is known by its text") {
  auto const kind_of = [](const char* text) {
    auto const spec = parse_input(text);
    REQUIRE(spec);
    return spec.value().kind;
  };
  CHECK(kind_of("test") == InputKind::kTest);
  CHECK(kind_of("-") == InputKind::kPipe);
  CHECK(kind_of("a,key=b.mp4") == InputKind::kFile);
  CHECK(kind_of("udp://:9000") == InputKind::kUdp);
  auto const rtmp = parse_input("rtmp://127.0.0.1/live/");
  REQUIRE(rtmp);
  CHECK(rtmp.value().where == HostPort{"127.0.0.1", 1935});
  CHECK(rtmp.value().path == "live");
  auto const srt = parse_input("srt://[::1]:9000?mode=listener&latency=100ms");
  REQUIRE(srt);
  CHECK(srt.value().where == HostPort{"::1", 9000});
  CHECK(srt.value().query.at("latency") == "100ms");
  CHECK(parse_input("gopher://host/").error().kind == ErrorKind::kUsage);
  CHECK(parse_input("srt://host").error().kind == ErrorKind::kUsage);
}

TEST_CASE("no secret stands in the text, and none is said again") {
  for (auto const* text : {"rtsp://admin:canary@camera/1", "srt://host:1?passphrase=canary-canary",
                           "rtmp://canary@host/live"}) {
    auto const spec = parse_input(text);
    REQUIRE_FALSE(spec);
    auto const& error = spec.error();
    CHECK(error.kind == ErrorKind::kUsage);
    CHECK((error.what + error.why + error.hint).find("canary") == std::string::npos);
  }
}

TEST_CASE("a key file is read when it is private") {
  aegis::test::TempDir const folder;
  auto const file = folder / "key";
  aegis::test::write_private_file(file, "canary\n");
  auto const spec = parse_input("rtmp://:1935/live,key=" + file.string());
  REQUIRE(spec);
  CHECK(spec.value().key == crypto::Secret("canary"));
  CHECK(spec.value().name == "rtmp://:1935/live");
  CHECK(shown_name("rtmp://:1935/live,key=x") == "rtmp://:1935/live");
  ::chmod(file.c_str(), 0644);
  auto const open = parse_input("rtmp://:1935/live,key=" + file.string());
  REQUIRE_FALSE(open);
  CHECK(open.error().kind == ErrorKind::kConfiguration);
  aegis::test::write_private_file(folder / "two", "two words\n");
  CHECK_FALSE(parse_input("rtmp://:1935/live,key=" + (folder / "two").string()));
  CHECK_FALSE(parse_input("rtmp://:1935/live,key=/nowhere"));
}

}  // namespace aegis::agent::media
