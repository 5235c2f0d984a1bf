#include "agent/media/test_source.hpp"

#include <vector>

#include "agent/media/program.hpp"
#include "agent/media/test_card.hpp"
#include "common/os/clock.hpp"

namespace aegis::agent::media {
namespace {

// A source this late (the host was suspended, or starved) goes on from where it is.
constexpr Duration kTooLate = 500ms;

class TestSource final : public Source {
 public:
  explicit TestSource(std::unique_ptr<Program> program) : program_(std::move(program)) {}

  Status run(std::stop_token stop) override {
    Time start = os::now();
    for (std::uint64_t frame = 0;; ++frame) {
      Duration const at = time_of(frame);
      if (!sleep_until(start + at, stop)) break;
      Time const now = os::now();
      if (now - (start + at) > kTooLate) start = now - at;
      if (Status made = make_frame(frame, at); !made) return made;
    }
    return program_->finish();
  }

  std::string_view kind() const override { return "test"; }
  bool encodes() const override { return true; }
  void request_key_frame() override { program_->request_key_frame(); }
  void set_video_rate(BitRate rate) override { program_->set_video_rate(rate); }

 private:
  Duration time_of(std::uint64_t frame) const {
    return Duration(static_cast<std::int64_t>(frame) * 1'000'000 * format_.fps_den /
                    format_.fps_num);
  }

  Status make_frame(std::uint64_t frame, Duration at) {
    if (Status coded = program_->video(card_.draw(frame, os::wall_now()), at); !coded) return coded;
    auto const until =
        static_cast<std::uint64_t>(time_of(frame + 1).count()) * TestTone::kRate / 1'000'000;
    sound_.resize(2 * static_cast<std::size_t>(until - samples_));
    tone_.fill(samples_, sound_);
    Duration const sound_at(static_cast<std::int64_t>(samples_) * 1'000'000 / TestTone::kRate);
    samples_ = until;
    return program_->audio(sound_, sound_at);
  }

  VideoFormat const format_{};
  std::unique_ptr<Program> program_;
  TestCard card_{format_};
  TestTone tone_;
  std::vector<float> sound_;
  std::uint64_t samples_ = 0;
};

}  // namespace

Result<std::unique_ptr<Source>> open_test_source(const SourceOptions& options, ChunkQueue& queue) {
  auto program = Program::open({VideoFormat{}, true, options.video_rate, options.audio_rate},
                               [&queue](const TsChunk& chunk) { queue.push(chunk, os::now()); });
  if (!program) return program.error();
  return std::unique_ptr<Source>(std::make_unique<TestSource>(std::move(*program)));
}

}  // namespace aegis::agent::media
