#include "relay/recorder.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "support/temp_dir.hpp"
#include "unit/relay/relay_fixture.hpp"
#include "unit/relay/ts_packets.hpp"

using namespace aegis;
using nlohmann::json;
using relay::EventLog;
using relay::Recorder;

namespace {

constexpr std::size_t kTsPacket = 188;
constexpr Time kStart{100s};

// One SRT packet of seven TS packets, that holds the tables, the start of a key frame, or neither.
enum class Begins { kNothing, kTables, kKeyFrame };
std::string payload(Begins what) {
  std::string text;
  if (what == Begins::kTables) text = test::pat() + test::pmt(true);
  if (what == Begins::kKeyFrame) text = test::ts_packet(0x100, true, true, "key");
  while (text.size() < 7 * kTsPacket) text += test::ts_packet(0x100, false, false, "rest");
  return text;
}

// A second of ten packets: tables, a key frame, and what follows.
std::string second_of(int tenth, bool key_frame) {
  if (tenth == 3) return payload(Begins::kTables);
  return payload(tenth == 4 && key_frame ? Begins::kKeyFrame : Begins::kNothing);
}

ByteView view(const std::string& text) {
  return std::as_bytes(std::span(text));
}

std::string content_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// By name, which is by time.
std::set<std::filesystem::path> files_below(const std::filesystem::path& directory) {
  std::set<std::filesystem::path> files;
  for (auto const& entry : std::filesystem::recursive_directory_iterator(directory))
    if (entry.is_regular_file()) files.insert(entry.path());
  return files;
}

std::unique_ptr<Recorder> recorder_in(const test::TempDir& folder, EventLog& events,
                                      Duration rotate, Bytes keep_free = Bytes(0)) {
  auto opened = Recorder::open({folder.path(), rotate, keep_free}, events);
  REQUIRE(opened);
  return std::move(*opened);
}

}  // namespace

TEST_CASE("files begin with the tables of a key frame and make up the whole stream",
          "[relay][record]") {
  test::TempDir const folder;
  EventLog events;
  auto position = events.next();
  auto const recorder = recorder_in(folder, events, 10s);
  std::string sent;
  {
    auto const track = recorder->record("alice/cam", kStart);
    for (int i = 0; i < 300; ++i) {  // 30 s
      auto const media = second_of(i % 10, true);
      sent += media;
      track->write(view(media), kStart + i * 100ms);
    }
  }
  CHECK(recorder->finish(5s));
  auto const files = files_below(folder.path());
  CHECK(files.size() == 3);
  std::string kept;
  std::vector<std::size_t> sizes;
  for (auto const& file : files) {
    auto const part = content_of(file);
    if (part.size() < 103 * 7 * kTsPacket) CHECK(part.starts_with(test::pat()));
    CHECK(file.parent_path() == folder / "alice/cam");
    CHECK(file.extension() == ".ts");
    sizes.push_back(part.size() / (7 * kTsPacket));
    kept += part;
  }
  std::sort(sizes.begin(), sizes.end());
  CHECK(sizes == std::vector<std::size_t>{97, 100, 103});
  CHECK(kept.size() == sent.size());
  CHECK(recorder->figures().bytes == sent.size());
  CHECK(recorder->figures().files == 3);
  CHECK(recorder->figures().dropped_bytes == 0);
  auto const told = events.read(position);
  CHECK(told.find("\"recording_started\"") != std::string::npos);
  CHECK(told.find("\"bytes\":" + std::to_string(sizes[0] * 7 * kTsPacket)) != std::string::npos);
}

TEST_CASE("a file that is due waits for a key frame, but not for ever", "[relay][record]") {
  test::TempDir const folder;
  EventLog events;
  auto const recorder = recorder_in(folder, events, 10s);
  for (auto const& [stream, key_frame_at] : {std::pair("cam", 124), std::pair("dog", 1000)}) {
    auto const track = recorder->record(stream, kStart);
    for (int i = 0; i < 250; ++i)
      track->write(view(second_of(i % 10, i == key_frame_at)), kStart + i * 100ms);
  }
  CHECK(recorder->finish(5s));
  std::vector<std::size_t> cut;
  for (auto const* stream : {"cam", "dog"}) {
    auto const files = files_below(folder / stream);
    CHECK(files.size() == 2);
    std::size_t longest = 0;
    for (auto const& file : files) longest = std::max(longest, content_of(file).size());
    cut.push_back(longest / (7 * kTsPacket));
  }
  // At 12.3 s, of 25; and at 20 s.
  CHECK(cut == std::vector<std::size_t>{250 - 123, 200});
}

TEST_CASE("a disk without room is left alone, and that is said once", "[relay][record]") {
  test::TempDir const folder;
  EventLog events;
  auto position = events.next();
  auto const recorder = recorder_in(folder, events, 10s, Bytes(1'000'000'000'000'000));
  {
    auto const track = recorder->record("cam", kStart);
    for (int i = 0; i < 300; ++i) track->write(view(payload(Begins::kTables)), kStart + i * 100ms);
  }
  CHECK(recorder->finish(5s));
  CHECK(files_below(folder.path()).empty());
  CHECK(recorder->figures().dropped_bytes == 300 * 7 * kTsPacket);
  auto const told = events.read(position);
  CHECK(told.find("recording_failed") != std::string::npos);
  CHECK(told.find("recording_failed") == told.rfind("recording_failed"));
}

TEST_CASE("after a hole the next file begins where a player can", "[relay][record]") {
  test::TempDir const folder;
  EventLog events;
  auto const recorder = recorder_in(folder, events, 1h);
  auto const in_the_way = folder / "cam";
  std::ofstream(in_the_way) << "no directory";
  {
    auto const track = recorder->record("cam", kStart);
    int i = 0;
    auto const write_seconds = [&](int count) {
      for (int const end = i + 10 * count; i < end; ++i)
        track->write(view(second_of(i % 10, true)), kStart + i * 100ms);
    };
    write_seconds(2);
    for (int k = 0; k < 100 && recorder->figures().dropped_bytes == 0; ++k)
      std::this_thread::sleep_for(20ms);
    REQUIRE(recorder->figures().dropped_bytes > 0);
    std::filesystem::remove(in_the_way);
    write_seconds(5);
  }
  CHECK(recorder->finish(5s));
  auto const files = files_below(folder.path());
  REQUIRE_FALSE(files.empty());
  for (auto const& file : files) CHECK(content_of(file).starts_with(test::pat()));
}

TEST_CASE("a directory that cannot be made is an error that names it", "[relay][record]") {
  test::TempDir const folder;
  EventLog events;
  std::ofstream(folder / "file") << "x";
  auto const opened = Recorder::open({folder / "file/below", 10s, Bytes(0)}, events);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().kind == ErrorKind::kConfiguration);
  CHECK(opened.error().what.find("file/below") != std::string::npos);
}

TEST_CASE("a relay records what a publisher sends, over its connections", "[relay][record]") {
  test::TempDir const folder;
  relay::ServeOptions options;
  options.record = {folder / "kept", 30min, Bytes(0)};
  test::RelayFixture fixture(options);
  std::string sent;
  test::SrtCaller player(fixture.play(), fixture.play_key("cam"));
  REQUIRE(player.connect());
  for (int round = 0; round < 2; ++round) {
    {
      test::SrtCaller publisher(fixture.publish(), fixture.publish_key("cam"));
      REQUIRE(publisher.connect());
      sent += test::send_packets(publisher, round * 50, 50);
      CHECK(player.receive(sent.size()) == sent);
    }
    REQUIRE(fixture.eventually([](auto const& s) { return s["sessions"][0]["state"] == "grace"; }));
  }
  CHECK(fixture.relay().stop(1500ms));
  auto const files = files_below(folder / "kept/cam");
  REQUIRE(files.size() == 1);
  CHECK(content_of(*files.begin()) == sent);
  CHECK(fixture.counts("recording_bytes", sent.size()));
}
