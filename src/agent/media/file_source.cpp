#include "agent/media/file_source.hpp"

#include "agent/media/file_reader.hpp"
#include "agent/media/program.hpp"
#include "agent/media/timeline.hpp"
#include "common/os/clock.hpp"
#include "common/os/log.hpp"

namespace aegis::agent::media {
namespace {

// A picture this late is left out, so that a slow host loses pictures and not the beat.
constexpr Duration kSkipAfter = 250ms;
// Beyond this the file goes on from where it is (the host was suspended).
constexpr Duration kTooLate = 3s;

class FileSource final : public Source {
 public:
  FileSource(std::unique_ptr<FileReader> reader, std::unique_ptr<Program> program, bool loop,
             ChunkQueue& queue)
      : reader_(std::move(reader)), program_(std::move(program)), loop_(loop), queue_(queue) {}

  Status run(std::stop_token stop) override {
    std::stop_callback const leave(stop, [this] { reader_->interrupt(); });
    // The file's start is not played to nobody.
    while (!queue_.wait_until_wanted(100ms)) {
      if (stop.stop_requested()) return success();
    }
    start_ = os::now();
    while (!stop.stop_requested()) {
      auto media = reader_->next();
      if (!media) {
        if (stop.stop_requested()) break;
        return media.error();
      }
      if (media->kind == FileReader::Media::Kind::kEnd) {
        if (!loop_ || timeline_.end() == round_start_) break;
        if (Status again = start_again(); !again) return again;
        continue;
      }
      if (Status played = play(*media, stop); !played) return played;
    }
    return program_->finish();
  }

  std::string_view kind() const override { return "file"; }
  bool encodes() const override { return true; }
  void request_key_frame() override { program_->request_key_frame(); }
  void set_video_rate(BitRate rate) override { program_->set_video_rate(rate); }

 private:
  Status start_again() {
    timeline_.next_round();
    round_start_ = timeline_.end();
    return reader_->rewind();
  }

  Status play(const FileReader::Media& media, const std::stop_token& stop) {
    Duration const at = timeline_.place(media.stamp, media.length);
    if (!sleep_until(start_ + at, stop)) return success();
    Duration const late = os::now() - (start_ + at);
    if (late > kTooLate) start_ += late;
    if (media.kind == FileReader::Media::Kind::kSound) return program_->audio(*media.sound, at);
    if (at <= last_picture_ || (late > kSkipAfter && at - last_picture_ < 1s)) return success();
    last_picture_ = at;
    return program_->video(*media.picture, at);
  }

  std::unique_ptr<FileReader> reader_;
  std::unique_ptr<Program> program_;
  bool const loop_;
  ChunkQueue& queue_;
  Timeline timeline_;
  Time start_{};
  Duration round_start_{}, last_picture_{-1us};
};

}  // namespace

Result<std::unique_ptr<Source>> open_file_source(const SourceOptions& options, ChunkQueue& queue) {
  auto reader = FileReader::open(options.input);
  if (!reader) return reader.error();
  auto program = Program::open(
      {(*reader)->video_format(), (*reader)->has_audio(), options.video_rate, options.audio_rate},
      [&queue](const TsChunk& chunk) { queue.push(chunk, os::now()); });
  if (!program) return program.error();
  return std::unique_ptr<Source>(
      std::make_unique<FileSource>(std::move(*reader), std::move(*program), options.loop, queue));
}

}  // namespace aegis::agent::media
