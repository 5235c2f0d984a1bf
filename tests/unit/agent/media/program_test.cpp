// Encoders and muxer together, judged by what FFmpeg decodes from their chunks.
#include "agent/media/program.hpp"

#include <map>

#include <catch2/catch.hpp>

#include "agent/media/encoder.hpp"
#include "agent/media/test_card.hpp"
#include "unit/agent/media/decoding.hpp"

namespace aegis::agent::media {
namespace {

constexpr VideoFormat kSmall{.width = 640, .height = 360};

Duration frame_time(int frame) {
  return Duration(frame * 1'000'000ll / 30);
}

// Runs `frames` of the test card and its tone through a programme.
struct Rig {
  explicit Rig(BitRate rate, VideoFormat format = kSmall) : card(format) {
    auto opened = Program::open({format, true, rate, BitRate::kilobits(128)},
                                [this](const TsChunk& chunk) { chunks.push_back(chunk); });
    REQUIRE(opened);
    program = std::move(*opened);
  }
  void run(int frames) {
    for (int i = 0; i < frames; ++i, ++next) {
      WallTime const wall(Duration(1'795'401'196'000'000) + frame_time(next));
      REQUIRE(program->video(card.draw(static_cast<std::uint64_t>(next), wall), frame_time(next)));
      std::vector<float> sound(2 * 1600);
      tone.fill(static_cast<std::uint64_t>(next) * 1600, sound);
      REQUIRE(program->audio(sound, frame_time(next)));
    }
  }
  std::size_t bytes() const {
    std::size_t sum = 0;
    for (auto const& chunk : chunks) sum += chunk.size;
    return sum;
  }
  TestCard card;
  TestTone tone;
  std::vector<TsChunk> chunks;
  std::unique_ptr<Program> program;
  int next = 0;
};

struct TsHeader {
  int pid;
  bool has_payload;
  int continuity;
};
TsHeader header(ByteView packet) {
  return {load_u16(packet, 1) & 0x1fff, (std::to_integer<int>(packet[3]) & 0x10) != 0,
          std::to_integer<int>(packet[3]) & 0x0f};
}

}  // namespace

TEST_CASE("the strip survives H.264 at a low bit rate") {
  Rig rig(BitRate::kilobits(400), {.width = 1280, .height = 720});
  rig.run(45);
  REQUIRE(rig.program->finish());
  auto const decoded = test::decode_ts(test::joined(rig.chunks));
  CHECK(decoded.errors == 0);
  REQUIRE(decoded.pictures.size() == 45);
  for (std::size_t i = 0; i < decoded.pictures.size(); ++i) {
    REQUIRE(decoded.pictures[i].mark);
    CHECK(decoded.pictures[i].mark->frame == i);
    CHECK(decoded.pictures[i].pts - decoded.pictures[0].pts ==
          to_ticks(frame_time(static_cast<int>(i))));
  }
}

TEST_CASE("the beep and the flash come out at the same instant") {
  Rig rig(BitRate::kilobits(800));
  rig.run(60);
  REQUIRE(rig.program->finish());
  auto const decoded = test::decode_ts(test::joined(rig.chunks));
  REQUIRE(decoded.audio_pts.size() > 60);
  // The second flash is frame 30; find the beep's first loud sample after the first beep's end.
  std::int64_t const flash = decoded.pictures.at(30).pts;
  std::int64_t beep = 0;
  for (std::size_t i = 24000; i < decoded.audio.size() && beep == 0; ++i) {
    if (std::abs(decoded.audio[i]) > 0.12f) {
      beep = decoded.audio_pts[0] + static_cast<std::int64_t>(i) * 90000 / 48000;
    }
  }
  CHECK(std::abs(beep - flash) < 90 * 10);  // 10 ms
}

TEST_CASE("chunks are seven whole TS packets, each with its sync byte and continuity counter") {
  Rig rig(BitRate::megabits(2));
  rig.run(90);
  REQUIRE(rig.program->finish());
  std::map<int, int> last;
  std::size_t short_chunks = 0;
  for (auto const& chunk : rig.chunks) {
    REQUIRE(chunk.size % kTsPacket == 0);
    REQUIRE(chunk.size > 0);
    if (chunk.size != kChunkSize) ++short_chunks;
    for (std::size_t at = 0; at < chunk.size; at += kTsPacket) {
      ByteView const packet = chunk.view().subspan(at, kTsPacket);
      REQUIRE(packet[0] == std::byte{0x47});
      auto const [pid, has_payload, continuity] = header(packet);
      auto const known = last.find(pid);
      if (has_payload && known != last.end()) REQUIRE(continuity == (known->second + 1) % 16);
      last[pid] = continuity;
    }
  }
  CHECK(short_chunks <= 4);  // before each of three key frames, and the last
}

TEST_CASE("every key frame starts a chunk that begins with the tables") {
  Rig rig(BitRate::megabits(1));
  rig.run(75);
  REQUIRE(rig.program->finish());  // else the last picture may be cut off
  std::vector<std::size_t> starts;
  for (std::size_t i = 0; i < rig.chunks.size(); ++i) {
    if (rig.chunks[i].random_access) starts.push_back(i);
  }
  REQUIRE(starts.size() == 3);
  for (std::size_t const start : starts) {
    auto const& chunk = rig.chunks[start];
    bool has_pat = false;
    for (std::size_t at = 0; at < chunk.size; at += kTsPacket) {
      has_pat = has_pat || header(chunk.view().subspan(at, kTsPacket)).pid == 0;
    }
    CHECK(has_pat);
  }
  // A player that joins at the second one sees every picture from there on.
  std::vector<TsChunk> const tail(rig.chunks.begin() + static_cast<std::ptrdiff_t>(starts[1]),
                                  rig.chunks.end());
  auto const decoded = test::decode_ts(test::joined(tail));
  CHECK(decoded.video_errors == 0);  // a frame of sound may be cut in two at either end
  REQUIRE(decoded.pictures.size() == 45);
  CHECK(decoded.pictures[0].key_frame);
  CHECK(decoded.pictures[0].mark->frame == 30);
}

TEST_CASE("a key frame comes when it is asked for") {
  Rig rig(BitRate::megabits(1));
  rig.run(10);
  auto const before = rig.chunks.size();
  rig.program->request_key_frame();
  rig.run(1);
  bool found = false;
  for (std::size_t i = before; i < rig.chunks.size(); ++i)
    found = found || rig.chunks[i].random_access;
  rig.run(1);
  for (std::size_t i = before; i < rig.chunks.size(); ++i)
    found = found || rig.chunks[i].random_access;
  CHECK(found);
}

TEST_CASE("a new bit rate takes hold while the encoder runs") {
  Rig rig(BitRate::megabits(2));
  auto const rate_of_four_seconds = [&rig] {
    rig.run(30);  // settle
    auto const before = rig.bytes();
    rig.run(90);
    return static_cast<double>(rig.bytes() - before) * 8 / 3;
  };
  constexpr double kSound = 165e3;  // with its TS packets
  CHECK(rate_of_four_seconds() - kSound == Approx(2.1e6).epsilon(0.12));
  rig.program->set_video_rate(BitRate::kilobits(500));
  CHECK(rate_of_four_seconds() - kSound == Approx(0.55e6).epsilon(0.2));
  rig.program->set_video_rate(BitRate::megabits(3));
  CHECK(rate_of_four_seconds() - kSound == Approx(3.1e6).epsilon(0.12));
}

TEST_CASE("an encoder that is not there is named") {
  auto const opened = VideoEncoder::open(kSmall, BitRate::megabits(1), "libx264_not_there");
  REQUIRE_FALSE(opened);
  CHECK(opened.error().kind == ErrorKind::kConfiguration);
  CHECK(opened.error().what.find("libx264_not_there") != std::string::npos);
  CHECK_FALSE(opened.error().hint.empty());
}

TEST_CASE("a hole in the sound is filled with silence, an overlap is cut") {
  auto opened = AudioEncoder::open(BitRate::kilobits(128));
  REQUIRE(opened);
  std::vector<std::int64_t> pts;
  PacketSink const sink = [&](AVPacket& packet) {
    pts.push_back(packet.pts);
    return success();
  };
  std::vector<float> const tenth(2 * 4800, 0.1f);
  REQUIRE((*opened)->encode(tenth, 0ms, sink));
  REQUIRE((*opened)->encode(tenth, 500ms, sink));  // 400 ms missing
  REQUIRE((*opened)->encode(tenth, 500ms, sink));  // said twice
  REQUIRE((*opened)->encode(tenth, 600ms, sink));
  REQUIRE((*opened)->finish(sink));
  REQUIRE(pts.size() > 30);
  for (std::size_t i = 1; i < pts.size(); ++i) CHECK(pts[i] - pts[i - 1] == 1920);
  CHECK(pts.size() == Approx(0.7 * 48000 / 1024).margin(2.5));
}

}  // namespace aegis::agent::media
