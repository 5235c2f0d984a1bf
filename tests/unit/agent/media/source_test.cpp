// Inputs as they run: real files made by ffmpeg, a real pipe, a real UDP socket, real time.
#include "agent/media/source.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/media/av.hpp"
#include "agent/media/passthrough.hpp"
#include "common/os/clock.hpp"
#include "common/os/fd.hpp"
#include "unit/agent/media/decoding.hpp"

namespace aegis::agent::media {
namespace {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("aegis-source-" + std::to_string(::getpid()))) {
    fs::create_directories(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  // Runs ffmpeg with these arguments and the name of the file to make.
  std::string make(const std::string& arguments, const std::string& name) const {
    auto const file = (path_ / name).string();
    auto const command = "ffmpeg -v error -nostdin -y " + arguments + " " + file;
    REQUIRE(std::system(command.c_str()) == 0);
    return file;
  }
  std::string write(const std::string& content, const std::string& name) const {
    std::ofstream(path_ / name) << content;
    return (path_ / name).string();
  }

 private:
  fs::path path_;
};

SourceOptions options(const std::string& input, bool loop = false) {
  SourceOptions options;
  options.inputs = {input};
  options.loop = loop;
  options.video_rate = BitRate::megabits(1);
  options.audio_rate = BitRate::kilobits(128);
  return options;
}

// Takes what a source makes, for at most `limit` or to its end.
std::vector<TsChunk> collect(ChunkQueue& queue, Duration limit) {
  std::vector<TsChunk> chunks;
  Time const end = os::now() + limit;
  while (os::now() < end && !queue.drained()) {
    auto chunk = queue.pop(os::now());
    if (chunk) {
      chunks.push_back(*chunk);
    } else {
      std::this_thread::sleep_for(2ms);
    }
  }
  return chunks;
}

std::vector<std::byte> random_ts(std::size_t packets) {
  std::mt19937 random(7);
  std::vector<std::byte> all;
  for (std::size_t i = 0; i < packets * kTsPacket; ++i) {
    // No adaptation field: these packets carry no clock.
    all.push_back(i % kTsPacket == 0   ? std::byte{0x47}
                  : i % kTsPacket == 3 ? std::byte{0x10}
                                       : static_cast<std::byte>(random() & 0xff));
  }
  return all;
}

}  // namespace

TEST_CASE("a file plays once, in real time, every picture of it", "[realtime]") {
  Folder const folder;
  auto const file = folder.make(
      "-f lavfi -i testsrc2=s=320x180:r=25:d=2 -f lavfi -i sine=d=2:r=44100 -c:v libx264 -bf 2 "
      "-c:a aac",
      "clip.mp4");
  ChunkQueue queue;
  auto source = open_source(options(file), queue);
  REQUIRE(source);
  SourceThread thread(std::move(*source), queue);
  queue.restart(true);
  Time const start = os::now();
  auto const chunks = collect(queue, 10s);
  Duration const took = os::now() - start;
  CHECK(took > 1800ms);
  CHECK(took < 3s);
  REQUIRE(thread.outcome());
  CHECK(thread.outcome()->ok());
  auto const decoded = test::decode_ts(test::joined(chunks));
  CHECK(decoded.errors == 0);
  CHECK(decoded.pictures.size() >= 50);  // sound may be a little longer
  CHECK(decoded.pictures.size() <= 52);
  CHECK(decoded.width == 320);
  CHECK(static_cast<double>(decoded.audio.size()) == Approx(2.0 * 48000).margin(3000));
}

TEST_CASE("a looped file has one timeline without gaps", "[realtime]") {
  Folder const folder;
  // Sound is longer than the picture, and both are odd against each other's frames.
  auto const file = folder.make(
      "-f lavfi -i testsrc2=s=322x182:r=30:d=0.7 -f lavfi -i sine=d=0.75:r=48000 -c:v mpeg4 -c:a "
      "mp2 -f mpegts",
      "clip.ts");
  ChunkQueue queue;
  auto source = open_source(options(file, true), queue);
  REQUIRE(source);
  SourceThread thread(std::move(*source), queue);
  queue.restart(true);
  auto const chunks = collect(queue, 2500ms);
  CHECK_FALSE(thread.outcome());
  auto const decoded = test::decode_ts(test::joined(chunks));
  REQUIRE(decoded.pictures.size() > 55);
  for (std::size_t i = 1; i < decoded.pictures.size(); ++i) {
    auto const step = decoded.pictures[i].pts - decoded.pictures[i - 1].pts;
    CHECK(step > 0);
    CHECK(step < 90 * 160);
  }
  REQUIRE(decoded.audio_pts.size() > 90);
  for (std::size_t i = 1; i < decoded.audio_pts.size(); ++i) {
    CHECK(std::abs(decoded.audio_pts[i] - decoded.audio_pts[i - 1] - 1920) <= 1);
  }
}

TEST_CASE("a file that cannot be streamed says why") {
  Folder const folder;
  ChunkQueue queue;
  auto const error_of = [&](const std::string& input) {
    auto source = open_source(options(input), queue);
    REQUIRE_FALSE(source);
    return source.error();
  };
  CHECK(error_of("/nowhere/clip.mp4").kind == ErrorKind::kBadInput);
  CHECK(error_of(folder.write("this is not a film", "text.mp4")).kind == ErrorKind::kBadInput);
  auto const sound_only = error_of(folder.make("-f lavfi -i sine=d=1 -c:a aac", "sound.mp4"));
  CHECK(sound_only.kind == ErrorKind::kBadInput);
  CHECK(sound_only.what.find("no video") != std::string::npos);
  CHECK(error_of("gopher://example/").kind == ErrorKind::kUsage);
  CHECK(error_of("udp://example.org:9000").kind == ErrorKind::kUsage);
  CHECK_FALSE(error_of("udp://192.0.2.77:9000").hint.empty());  // not an address of this host
}

TEST_CASE("a file source leaves soon when asked to") {
  Folder const folder;
  auto const file = folder.make("-f lavfi -i testsrc2=s=320x180:r=25:d=5 -c:v libx264", "long.mkv");
  ChunkQueue queue;
  auto source = open_source(options(file), queue);
  REQUIRE(source);
  SourceThread thread(std::move(*source), queue);
  SECTION("while nobody wants it") {}
  SECTION("while it plays") {
    queue.restart(true);
    CHECK_FALSE(collect(queue, 300ms).empty());
  }
  Time const asked = os::now();
  thread.request_stop();
  while (!thread.outcome() && os::now() < asked + 5s) std::this_thread::sleep_for(5ms);
  CHECK(os::now() - asked < 400ms);
  REQUIRE(thread.outcome());
  CHECK(thread.outcome()->ok());
}

TEST_CASE("the test source shows the time and keeps 30 pictures a second", "[realtime]") {
  ChunkQueue queue;
  auto source = open_source(options("test"), queue);
  REQUIRE(source);
  SourceThread thread(std::move(*source), queue);
  std::this_thread::sleep_for(300ms);  // what was made before anybody wanted it is not kept
  queue.restart(true);
  thread.source().request_key_frame();
  WallTime const before = os::wall_now();
  auto const chunks = collect(queue, 2s);
  WallTime const after = os::wall_now();
  REQUIRE_FALSE(chunks.empty());
  CHECK(chunks[0].random_access);
  auto const decoded = test::decode_ts(test::joined(chunks));
  REQUIRE(decoded.pictures.size() >= 55);
  CHECK(decoded.pictures.size() <= 61);
  for (std::size_t i = 0; i < decoded.pictures.size(); ++i) {
    REQUIRE(decoded.pictures[i].mark);
    CHECK(decoded.pictures[i].mark->frame == decoded.pictures[0].mark->frame + i);
    WallTime const drawn = capture_time(*decoded.pictures[i].mark, after);
    CHECK(drawn > before - 100ms);
    CHECK(drawn <= after);
  }
}

TEST_CASE("a pipe passes byte for byte and ends at its end") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  os::Fd const reading(ends[0]);
  os::Fd writing(ends[1]);
  ChunkQueue queue;
  auto source = open_pipe_source(reading.get(), queue);
  REQUIRE(source);
  SourceThread thread(std::move(*source), queue);
  auto const stream = random_ts(3000);
  std::jthread const producer([&] {
    std::size_t at = 0;
    while (at < stream.size()) {
      auto const part = std::min<std::size_t>(1000, stream.size() - at);
      auto const wrote = ::write(writing.get(), stream.data() + at, part);
      if (wrote <= 0) break;
      at += static_cast<std::size_t>(wrote);
    }
    writing.reset();
  });
  std::this_thread::sleep_for(50ms);
  queue.restart(false);  // the first bytes waited for this
  auto const chunks = collect(queue, 10s);
  CHECK((test::joined(chunks) == stream));
  REQUIRE(thread.outcome());
  CHECK(thread.outcome()->ok());
}

TEST_CASE("a pipe without media is an error") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  os::Fd const reading(ends[0]);
  os::Fd writing(ends[1]);
  ChunkQueue queue;
  queue.restart(false);
  auto source = open_pipe_source(reading.get(), queue);
  REQUIRE(source);
  SourceThread thread(std::move(*source), queue);
  std::string const junk(5000, 'x');
  SECTION("nothing at all") {}
  SECTION("junk") {
    REQUIRE(::write(writing.get(), junk.data(), junk.size()) == 5000);
  }
  writing.reset();
  collect(queue, 2s);
  REQUIRE(thread.outcome());
  REQUIRE_FALSE(thread.outcome()->ok());
  CHECK(thread.outcome()->error().kind == ErrorKind::kBadInput);
}

TEST_CASE("UDP datagrams pass byte for byte, short ones in time") {
  ChunkQueue queue;
  queue.restart(false);
  // A free port: the kernel names one, and REUSEADDR lets the source have it.
  os::Fd const sender(::socket(AF_INET, SOCK_DGRAM, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  {
    os::Fd const probe(::socket(AF_INET, SOCK_DGRAM, 0));
    socklen_t size = sizeof to;
    REQUIRE(::bind(probe.get(), reinterpret_cast<sockaddr*>(&to), size) == 0);
    REQUIRE(::getsockname(probe.get(), reinterpret_cast<sockaddr*>(&to), &size) == 0);
  }
  auto source =
      open_source(options("udp://127.0.0.1:" + std::to_string(ntohs(to.sin_port))), queue);
  REQUIRE(source);
  SourceThread thread(std::move(*source), queue);
  auto const stream = random_ts(200);
  // 1472 bytes is what ffmpeg sends by default: packets are cut across datagrams.
  for (std::size_t at = 0; at < stream.size(); at += 1472) {
    auto const part = std::min<std::size_t>(1472, stream.size() - at);
    ::sendto(sender.get(), stream.data() + at, part, 0, reinterpret_cast<sockaddr*>(&to),
             sizeof to);
  }
  auto const chunks = collect(queue, 400ms);
  CHECK((test::joined(chunks) == stream));
  CHECK_FALSE(thread.outcome());
}

}  // namespace aegis::agent::media
