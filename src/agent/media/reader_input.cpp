#include "agent/media/reader_input.hpp"

#include <utility>

#include "agent/media/feed.hpp"
#include "agent/media/source.hpp"
#include "agent/media/timeline.hpp"
#include "common/os/clock.hpp"
#include "common/os/log.hpp"
#include "common/os/thread.hpp"

namespace aegis::agent::media {
namespace {

// Between attempts: the input is to be back within a second of its media. It is near, and nobody
// else calls it, so that there is no need to wait for longer.
constexpr Duration kFirstRetry = 100ms, kLastRetry = 500ms;

class ReaderInput final : public Input {
 public:
  ReaderInput(ReaderInputOptions options, Canvas& canvas)
      : options_(std::move(options)),
        canvas_(canvas),
        feed_(options_.live ? Feed::WhenFull::kDropOldest : Feed::WhenFull::kWait) {}
  ~ReaderInput() override { stop_.request_stop(); }

  // Opens what does not come and go, so that its errors are told at once.
  Status open_first() {
    auto reader = open_reader();
    if (!reader) return reader.error();
    may_have_sound_ = (*reader)->has_audio();
    canvas_.settle((*reader)->video_format());
    reader_ = std::move(*reader);
    return success();
  }
  void start() {
    thread_ = os::Thread("input", [this] { run(); });
  }

  const Picture* picture(const Frame& frame) override {
    return feed_.take(frame.tick, frame.length);
  }
  std::size_t sound(const Frame& frame, std::span<float> out) override {
    return feed_.take_sound(frame.tick, out);
  }
  void pass(const Frame& frame) override { feed_.pass(frame.tick, frame.length); }
  control::InputView view(Time now) const override { return feed_.view(now); }

  std::string_view kind() const override { return options_.kind; }
  bool waits() const override { return !options_.live; }
  bool may_have_sound() const override { return may_have_sound_; }
  std::string trouble() const override {
    std::lock_guard const lock(mutex_);
    return trouble_;
  }

 private:
  Result<std::unique_ptr<MediaReader>> open_reader() {
    auto origin = options_.origin(stop_.get_token());
    if (!origin) return origin.error();
    return MediaReader::open(std::move(*origin), stop_.get_token());
  }

  void run() {
    auto const stop = stop_.get_token();
    Duration retry = kFirstRetry;
    while (!stop.stop_requested()) {
      auto const played = play_once();
      if (stop.stop_requested()) return;
      set_trouble(played ? "it has ended" : played.error().why);
      if (!options_.live) break;
      if (played) retry = kFirstRetry;
      if (!sleep_until(os::now() + retry, stop)) return;
      retry = std::min(2 * retry, kLastRetry);
    }
    feed_.end();
  }

  // Opens and plays until the end (success) or a failure.
  Status play_once() {
    if (!reader_) {
      auto opened = open_reader();
      if (!opened) return opened.error();
      reader_ = std::move(*opened);
    }
    set_trouble("");
    format_ = canvas_.settle(reader_->video_format());
    if (options_.live) {
      os::log::info("input opened input={} width={} height={}", options_.name,
                    reader_->video_format().width, reader_->video_format().height);
      feed_.restart();
      timeline_ = {};
    }
    Status const played = play();
    reader_.reset();
    return played;
  }

  Status play() {
    auto const stop = stop_.get_token();
    Duration round_start = timeline_.end();
    while (true) {
      auto const media = reader_->next();
      if (!media) return media.error();
      if (media->kind != MediaReader::Media::Kind::kEnd) {
        if (!push(*media, stop)) return success();
        continue;
      }
      if (!options_.loop || timeline_.end() == round_start) return success();
      timeline_.next_round();
      round_start = timeline_.end();
      if (Status again = reader_->rewind(); !again) return again;
    }
  }

  bool push(const MediaReader::Media& media, const std::stop_token& stop) {
    Duration const at = timeline_.place(media.stamp, media.length);
    if (media.kind == MediaReader::Media::Kind::kSound)
      return feed_.push(reader_->sound(), at, os::now(), stop);
    Picture picture = feed_.blank(format_.width, format_.height);
    reader_->draw(picture, format_);
    return feed_.push(std::move(picture), at, os::now(), stop);
  }

  void set_trouble(std::string why) {
    std::lock_guard const lock(mutex_);
    if (!why.empty() && why != trouble_ && options_.live)
      os::log::warn("input lost input={} reason=\"{}\"", options_.name, why);
    trouble_ = std::move(why);
  }

  ReaderInputOptions const options_;
  Canvas& canvas_;
  Feed feed_;
  std::stop_source stop_;
  std::atomic<bool> may_have_sound_{true};
  mutable std::mutex mutex_;
  std::string trouble_ = "nothing has come yet";

  // The thread's own, once it runs.
  std::unique_ptr<MediaReader> reader_;
  VideoFormat format_;
  Timeline timeline_;
  os::Thread thread_;  // last: it uses all of the above
};

}  // namespace

Result<std::unique_ptr<Input>> open_reader_input(ReaderInputOptions options, Canvas& canvas) {
  bool const is_file = options.kind == "file";
  auto input = std::make_unique<ReaderInput>(std::move(options), canvas);
  if (is_file) {
    if (Status opened = input->open_first(); !opened) return opened.error();
  }
  input->start();
  return std::unique_ptr<Input>(std::move(input));
}

}  // namespace aegis::agent::media
