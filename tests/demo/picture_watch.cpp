#include "demo/picture_watch.hpp"

#include <algorithm>
#include <csignal>

#include <fmt/format.h>
#include <unistd.h>

#include "agent/media/picture.hpp"
#include "agent/media/strip.hpp"
#include "common/os/clock.hpp"

namespace aegis::demo {
namespace {

namespace media = agent::media;

const media::VideoFormat kFormat;  // the test card's
const int kRows = media::strip_height(kFormat.height);

// It keeps what it looked at: with -fflags nobuffer the first second of pictures would be gone.
test::Command player_command(const std::string& url, const std::string& recording, Duration look) {
  std::string const strip = fmt::format("crop={}:{}:0:0,format=gray", kFormat.width, kRows);
  // One decoding thread: more would each hold a frame back.
  return {{"ffmpeg",
           "-nostdin",
           "-hide_banner",
           "-v",
           "error",
           "-probesize",
           "300k",
           "-fpsprobesize",
           "0",
           "-analyzeduration",
           std::to_string(look / 1us),
           "-threads",
           "1",
           "-i",
           url,
           "-map",
           "0",
           "-c",
           "copy",
           "-f",
           "mpegts",
           "-y",
           recording,
           "-map",
           "0:v",
           "-vf",
           strip,
           "-fps_mode",
           "passthrough",
           "-f",
           "rawvideo",
           "-flush_packets",
           "1",
           "pipe:1"},
          "player"};
}

}  // namespace

PictureWatch::PictureWatch(const std::string& url, const std::filesystem::path& recording,
                           const test::NetNamespace* where, const std::filesystem::path& logs,
                           Duration look) {
  test::PipeEnds pipe = test::make_pipe();
  test::Command command = player_command(url, recording.string(), look);
  command.where = where;
  command.output = std::move(pipe.write);
  player_ = std::make_unique<test::Process>(std::move(command), logs);
  frames_ = std::move(pipe.read);
  reader_ = std::thread([this] { read_frames(); });
}

PictureWatch::~PictureWatch() {
  stop();
}

void PictureWatch::stop() {
  player_->signal(SIGINT);
  if (!player_->wait(10s)) player_->stop(0s);
  if (reader_.joinable()) reader_.join();
}

PictureFigures PictureWatch::figures() const {
  std::lock_guard const lock(mutex_);
  return figures_;
}

void PictureWatch::read_frames() {
  std::vector<std::uint8_t> luma(static_cast<std::size_t>(kFormat.width * kRows));
  std::size_t filled = 0;
  while (true) {
    ssize_t const size = ::read(frames_.get(), luma.data() + filled, luma.size() - filled);
    if (size <= 0) return;
    filled += static_cast<std::size_t>(size);
    if (filled < luma.size()) continue;
    filled = 0;
    take_frame(luma);
  }
}

void PictureWatch::take_frame(const std::vector<std::uint8_t>& luma) {
  Time const now = os::now();
  WallTime const wall = os::wall_now();
  auto const mark = media::read_strip(luma, kFormat.width, kFormat.height,
                                      static_cast<std::size_t>(kFormat.width));
  std::lock_guard const lock(mutex_);
  if (figures_.frames++ == 0) {
    figures_.first = now;
  } else {
    figures_.longest_gap = std::max(figures_.longest_gap, now - last_arrival_);
  }
  last_arrival_ = now;
  if (!mark) {
    ++figures_.unreadable;
    return;
  }
  std::uint32_t const step = (mark->frame - last_frame_) & media::kStripFrameMask;
  if (!figures_.latencies.empty() && step > 1) figures_.missing += step - 1;
  last_frame_ = mark->frame;
  figures_.latency_now = wall - media::capture_time(*mark, wall);
  figures_.latencies.push_back(figures_.latency_now);
}

}  // namespace aegis::demo
