// The source that encodes, with ffmpeg processes as its inputs: they are stopped, killed and come
// back, and what goes out is decoded.
#include "agent/media/encoded_source.hpp"

#include <csignal>
#include <thread>

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/media/test_card.hpp"
#include "common/os/clock.hpp"
#include "common/os/fd.hpp"
#include "support/temp_dir.hpp"
#include "unit/agent/media/decoding.hpp"

namespace aegis::agent::media {
namespace {

int free_port(int type) {
  os::Fd const probe(::socket(AF_INET, type, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(::bind(probe.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(::getsockname(probe.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  return ntohs(address.sin_port);
}

// A running ffmpeg.
class Ffmpeg {
 public:
  explicit Ffmpeg(std::string arguments) {
    std::string command = "exec ffmpeg -v error -nostdin " + std::move(arguments);
    char sh[] = "sh", c[] = "-c";
    char* const argv[] = {sh, c, command.data(), nullptr};
    REQUIRE(::posix_spawnp(&pid_, "sh", nullptr, nullptr, argv, environ) == 0);
  }
  ~Ffmpeg() { kill(); }
  Ffmpeg(const Ffmpeg&) = delete;
  Ffmpeg& operator=(const Ffmpeg&) = delete;
  void signal(int number) const { ::kill(pid_, number); }
  void kill() {
    if (pid_ <= 0) return;
    signal(SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

 private:
  pid_t pid_ = 0;
};

std::string live_picture(const std::string& size, const std::string& to) {
  return "-re -f lavfi -i testsrc2=s=" + size +
         ":r=30 -f lavfi -i sine -c:v libx264 -preset ultrafast -g 15 -c:a aac -f mpegts " + to;
}

// A source on air, whose chunks are kept.
class Broadcast {
 public:
  explicit Broadcast(std::vector<std::string> inputs, std::string slate = "", bool loop = false) {
    SourceOptions options;
    options.inputs = std::move(inputs);
    options.encode = true;
    options.loop = loop;
    options.slate = std::move(slate);
    options.video_rate = BitRate::kilobits(800);
    options.audio_rate = BitRate::kilobits(96);
    auto source = open_source(options, queue_);
    REQUIRE(source);
    queue_.restart(true);
    thread_ = std::make_unique<SourceThread>(std::move(*source), queue_);
  }
  // Takes what is made until `holds` does; how long that took.
  Duration until(const std::function<bool(const OnAir&)>& holds, Duration limit = 8s) {
    Time const start = os::now();
    while (os::now() - start < limit) {
      while (auto chunk = queue_.pop(os::now())) chunks_.push_back(*chunk);
      auto const air = thread_->source().on_air();
      if (air && holds(*air)) break;
      std::this_thread::sleep_for(2ms);
    }
    return os::now() - start;
  }
  void run(Duration span) {
    until([](const OnAir&) { return false; }, span);
  }
  // Ends it; all that it made.
  test::Decoded finish() {
    thread_->request_stop();
    for (int i = 0; i < 500 && !thread_->outcome(); ++i) run(10ms);
    run(10ms);
    REQUIRE(thread_->outcome());
    CHECK(thread_->outcome()->ok());
    return test::decode_ts(test::joined(chunks_));
  }
  OnAir now() const { return thread_->source().on_air().value(); }

 private:
  ChunkQueue queue_;
  std::vector<TsChunk> chunks_;
  std::unique_ptr<SourceThread> thread_;
};

bool shows_slate(const OnAir& air) {
  return !air.shown;
}
bool shows_first(const OnAir& air) {
  return air.shown == 0;
}

// It decodes, and its timestamps have no hole.
void check_whole(const test::Decoded& decoded) {
  CHECK(decoded.errors == 0);
  REQUIRE(decoded.pictures.size() > 30);
  for (std::size_t i = 1; i < decoded.pictures.size(); ++i) {
    auto const step = decoded.pictures[i].pts - decoded.pictures[i - 1].pts;
    CHECK(step > 0);
    CHECK(step <= 90 * 600);  // a busy host leaves frames out
  }
  for (std::size_t i = 1; i < decoded.audio_pts.size(); ++i)
    CHECK(std::abs(decoded.audio_pts[i] - decoded.audio_pts[i - 1] - 1920) <= 1);
}

}  // namespace

TEST_CASE("an input that stops, dies and comes back leaves no hole", "[realtime]") {
  auto const url = "udp://127.0.0.1:" + std::to_string(free_port(SOCK_DGRAM));
  Broadcast broadcast({url});
  CHECK(broadcast.until(shows_slate) < 2s);
  CHECK(broadcast.now().slate_reason == "no picture from " + url + ": nothing has come yet");
  CHECK(broadcast.now().sound_lost);
  Ffmpeg camera(live_picture("640x360", url + "?pkt_size=1316"));
  broadcast.until(shows_first);
  CHECK(broadcast.now().format.width == 640);
  broadcast.until([](const OnAir& air) { return !air.sound_lost; });
  CHECK_FALSE(broadcast.now().sound_lost);
  camera.signal(SIGSTOP);
  CHECK(broadcast.until(shows_slate) < 700ms);
  CHECK(broadcast.now().sound_lost);
  camera.signal(SIGCONT);
  CHECK(broadcast.until(shows_first) < 1s);
  camera.kill();
  CHECK(broadcast.until(shows_slate) < 700ms);
  Ffmpeg const other(live_picture("320x240", url + "?pkt_size=1316"));
  CHECK(broadcast.until(shows_first) < 3s);
  broadcast.run(500ms);
  auto const decoded = broadcast.finish();
  check_whole(decoded);
  CHECK(decoded.width == 640);  // the size stays
}

TEST_CASE("the next input takes over and gives back", "[realtime]") {
  aegis::test::TempDir const folder;
  auto const file = (folder / "reserve.ts").string();
  REQUIRE(std::system(("ffmpeg -v error -nostdin -f lavfi -i testsrc2=s=320x180:r=25:d=1 -c:v "
                       "libx264 -f mpegts " +
                       file)
                          .c_str()) == 0);
  auto const url = "udp://127.0.0.1:" + std::to_string(free_port(SOCK_DGRAM));
  Broadcast broadcast({url, file}, "", true);
  auto const shows_second = [](const OnAir& air) { return air.shown == 1; };
  CHECK(broadcast.until(shows_second) < 2s);
  Ffmpeg camera(live_picture("640x360", url + "?pkt_size=1316"));
  CHECK(broadcast.until(shows_first) < 4s);
  camera.kill();
  CHECK(broadcast.until(shows_second) < 700ms);
  broadcast.run(2s);  // longer than the file
  auto const air = broadcast.now();
  CHECK(air.shown == 1);
  CHECK(air.counts.slate < 5);
  CHECK(air.inputs.at(0).state == "lost");
  CHECK(air.inputs.at(1).state == "there");
  check_whole(broadcast.finish());
}

TEST_CASE("files in a list are played one after the other", "[realtime]") {
  aegis::test::TempDir const folder;
  auto const make = [&](const char* name) {
    auto const file = (folder / name).string();
    REQUIRE(std::system(("ffmpeg -v error -nostdin -f lavfi -i testsrc2=s=320x180:r=30:d=1 -c:v "
                         "libx264 " +
                         file)
                            .c_str()) == 0);
    return file;
  };
  Broadcast broadcast({make("a.mp4"), make("b.mp4")});
  CHECK(broadcast.until([](const OnAir& air) { return air.shown == 1; }) < 2s);
  broadcast.run(1500ms);
  auto const decoded = broadcast.finish();
  CHECK(decoded.pictures.size() >= 60);
  CHECK(decoded.pictures.size() < 75);
  CHECK(decoded.audio_pts.empty());  // they have none
}

TEST_CASE("a publisher by RTMP needs the key, and is back at once when it calls again",
          "[realtime]") {
  aegis::test::TempDir const folder;
  auto const key = folder / "rtmp.key";
  aegis::test::write_private_file(key, "canary\n");
  auto const url = "rtmp://127.0.0.1:" + std::to_string(free_port(SOCK_STREAM)) + "/live";
  Broadcast broadcast({url + ",key=" + key.string()});
  auto const publisher = [&](const std::string& name) {
    auto arguments = live_picture("640x360", url + "/" + name + " 2>/dev/null");
    return arguments.replace(arguments.find("mpegts"), 6, "flv");
  };
  {
    Ffmpeg const stranger(publisher("guess"));
    broadcast.run(1500ms);
    CHECK(shows_slate(broadcast.now()));
  }
  Ffmpeg camera(publisher("canary"));
  CHECK(broadcast.until(shows_first) < 3s);
  camera.signal(SIGSTOP);
  CHECK(broadcast.until(shows_slate) < 700ms);
  broadcast.run(1s);
  Ffmpeg const next(publisher("canary"));  // takes the place of the one that hangs
  CHECK(broadcast.until(shows_first) < 3s);
  broadcast.run(300ms);
  check_whole(broadcast.finish());
}

TEST_CASE("SRT is called, and called again", "[realtime]") {
  auto const url = "srt://127.0.0.1:" + std::to_string(free_port(SOCK_DGRAM));
  Broadcast broadcast({url + "?latency=50ms"});
  broadcast.until(shows_slate);
  auto const listener = live_picture("640x360", url + "?mode=listener");
  Ffmpeg camera(listener);
  CHECK(broadcast.until(shows_first) < 4s);
  camera.kill();
  CHECK(broadcast.until(shows_slate) < 900ms);
  Ffmpeg const again(listener);
  CHECK(broadcast.until(shows_first) < 5s);
  check_whole(broadcast.finish());
}

TEST_CASE("a caller by SRT takes the place of one that has died", "[realtime]") {
  auto const url = "srt://127.0.0.1:" + std::to_string(free_port(SOCK_DGRAM));
  Broadcast broadcast({url + "?mode=listener&latency=50ms"});
  broadcast.until(shows_slate);
  Ffmpeg camera(live_picture("640x360", url));
  CHECK(broadcast.until(shows_first) < 4s);
  camera.kill();
  CHECK(broadcast.until(shows_slate) < 900ms);
  broadcast.run(700ms);  // libsrt would wait for five seconds
  Ffmpeg const again(live_picture("640x360", url));
  CHECK(broadcast.until(shows_first) < 3s);
  check_whole(broadcast.finish());
}

TEST_CASE("addresses that other hosts reach are not opened without a key") {
  for (auto const* input :
       {"rtmp://:19999/live", "srt://:19999", "srt://0.0.0.0:19999?mode=listener"}) {
    SourceOptions options;
    options.inputs = {input};
    ChunkQueue queue;
    auto const refused = open_source(options, queue);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::kConfiguration);
    CHECK(refused.error().hint.find(",key=FILE") != std::string::npos);
  }
}

TEST_CASE("the user's picture is the slate") {
  aegis::test::TempDir const folder;
  auto const picture = (folder / "slate.png").string();
  REQUIRE(std::system(
              ("ffmpeg -v error -nostdin -f lavfi -i color=white:s=400x300 -frames:v 1 " + picture)
                  .c_str()) == 0);
  auto const url = "udp://127.0.0.1:" + std::to_string(free_port(SOCK_DGRAM));
  Broadcast broadcast({url}, picture);
  CHECK(broadcast.until(shows_slate) < 2s);
  broadcast.run(1200ms);
  auto const decoded = broadcast.finish();
  CHECK(decoded.errors == 0);
  CHECK(decoded.width == 1280);
  SourceOptions wrong;
  wrong.inputs = {"test"};
  wrong.slate = "/nowhere.png";
  ChunkQueue queue;
  auto const refused = open_source(wrong, queue);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::kBadInput);
}

}  // namespace aegis::agent::media
