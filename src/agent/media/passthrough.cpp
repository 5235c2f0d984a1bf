#include "agent/media/passthrough.hpp"

#include <array>
#include <cerrno>

#include <poll.h>
#include <unistd.h>

#include "agent/media/byte_stream.hpp"
#include "agent/media/pcr_pacer.hpp"
#include "agent/media/ts_framer.hpp"
#include "common/os/clock.hpp"
#include "common/os/errors.hpp"
#include "common/os/fd.hpp"
#include "common/os/log.hpp"

namespace aegis::agent::media {
namespace {

// This much without a single packet found is not MPEG-TS.
constexpr std::uint64_t kHopeless = 64 * 1024;
constexpr Duration kPoll = 100ms;

// Reads a descriptor through the framer; what differs between pipe and UDP is in the subclasses.
class Passthrough : public Source {
 public:
  explicit Passthrough(ChunkQueue& queue) : queue_(queue) {}

  std::string trouble() const override {
    return hopeless_ ? "what arrives is not MPEG-TS" : std::string();
  }

 protected:
  // Waits for bytes and pushes them into the framer until the end or `stop`.
  Status pump(int fd, const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      pollfd waiting{fd, POLLIN, 0};
      if (::poll(&waiting, 1, poll_timeout()) < 0 && errno != EINTR) {
        return os::system_error(errno, "cannot wait for input", "", ErrorKind::kBadInput);
      }
      framer_.on_timeout(os::now());
      if (waiting.revents == 0) continue;
      ssize_t const size = ::read(fd, buffer_.data(), buffer_.size());
      if (size == 0 && ends_at_empty_read()) break;
      if (size < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNREFUSED) {
        return os::system_error(errno, "cannot read the input", "", ErrorKind::kBadInput);
      }
      if (size > 0) take(ByteView(buffer_).first(static_cast<std::size_t>(size)), stop);
    }
    framer_.finish(os::now());
    return success();
  }

  virtual bool ends_at_empty_read() const = 0;
  virtual void before_push(const TsChunk&, const std::stop_token&) {}

  ChunkQueue& queue_;
  TsFramer framer_{[this](const TsChunk& chunk) {
    before_push(chunk, stop_);
    queue_.push(chunk, os::now());
  }};

 private:
  int poll_timeout() const {
    Time const due = framer_.next_flush();
    if (due == kNever) return static_cast<int>(kPoll / 1ms);
    return static_cast<int>(std::max<std::int64_t>(0, (due - os::now()) / 1ms + 1));
  }

  void take(ByteView bytes, const std::stop_token& stop) {
    stop_ = stop;
    framer_.push(bytes, os::now());
    bool const hopeless =
        framer_.figures().packets == 0 && framer_.figures().garbage_bytes > kHopeless;
    if (hopeless && !hopeless_.exchange(true)) {
      os::log::error("input is not MPEG-TS input={} bytes_skipped={}", kind(),
                     framer_.figures().garbage_bytes);
    } else if (!hopeless) {
      hopeless_ = false;
    }
    if (framer_.figures().resyncs != resyncs_said_) {
      resyncs_said_ = framer_.figures().resyncs;
      resync_log_.count("the packets had to be found again", os::now());
    }
  }

  std::array<std::byte, 65536> buffer_;
  std::stop_token stop_;
  std::atomic<bool> hopeless_{false};
  std::uint64_t resyncs_said_ = 0;
  os::log::RateLimitedLog resync_log_{"garbage in the input"};
};

class PipeSource final : public Passthrough {
 public:
  PipeSource(int fd, ChunkQueue& queue) : Passthrough(queue), fd_(fd) {}

  Status run(std::stop_token stop) override {
    // Until somebody wants it the pipe holds the producer back, and its first bytes are kept.
    while (!queue_.wait_until_wanted(100ms)) {
      if (stop.stop_requested()) return success();
    }
    if (Status pumped = pump(fd_, stop); !pumped) return pumped;
    if (framer_.figures().packets == 0 && !stop.stop_requested()) {
      return Error{ErrorKind::kBadInput, "no media on standard input",
                   framer_.figures().garbage_bytes == 0 ? "it ended without a byte"
                                                        : "what arrived is not MPEG-TS",
                   "pipe MPEG-TS into it: ffmpeg ... -f mpegts - | aegis stream --input -"};
    }
    return success();
  }

  std::string_view kind() const override { return "pipe"; }

 private:
  bool ends_at_empty_read() const override { return true; }
  void before_push(const TsChunk& chunk, const std::stop_token& stop) override {
    sleep_until(pacer_.due(chunk, os::now()), stop);
    while (!stop.stop_requested() && !queue_.wait_for_room(100ms)) {
    }
  }

  int const fd_;
  PcrPacer pacer_;
};

class UdpSource final : public Passthrough {
 public:
  UdpSource(os::Fd fd, ChunkQueue& queue) : Passthrough(queue), fd_(std::move(fd)) {}
  Status run(std::stop_token stop) override { return pump(fd_.get(), stop); }
  std::string_view kind() const override { return "udp"; }

 private:
  bool ends_at_empty_read() const override { return false; }  // an empty datagram
  os::Fd const fd_;
};

}  // namespace

Result<std::unique_ptr<Source>> open_pipe_source(int fd, ChunkQueue& queue) {
  if (::isatty(fd) != 0) {
    return Error{ErrorKind::kBadInput, "no media on standard input", "it is a terminal",
                 "pipe MPEG-TS into it: ffmpeg ... -f mpegts - | aegis stream --input -"};
  }
  return std::unique_ptr<Source>(std::make_unique<PipeSource>(fd, queue));
}

Result<std::unique_ptr<Source>> open_udp_source(std::string_view spec, ChunkQueue& queue) {
  auto fd = open_udp_input(spec);
  if (!fd) return fd.error();
  return std::unique_ptr<Source>(std::make_unique<UdpSource>(std::move(*fd), queue));
}

}  // namespace aegis::agent::media
