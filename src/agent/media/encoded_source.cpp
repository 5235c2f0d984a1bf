#include "agent/media/encoded_source.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "agent/control/input_switch.hpp"
#include "agent/control/sound_watch.hpp"
#include "agent/media/input.hpp"
#include "agent/media/input_spec.hpp"
#include "agent/media/program.hpp"
#include "agent/media/slate.hpp"
#include "common/os/clock.hpp"
#include "common/os/log.hpp"

namespace aegis::agent::media {
namespace {

// How long the first picture may take before the slate is on air.
constexpr Duration kFirstPicture = 1s;
// Frames that are late by more are left out, so that a slow host loses pictures and not the beat.
constexpr Duration kLate = 200ms;
// A pacer this late (the host was suspended) goes on from where it is.
constexpr Duration kTooLate = 2s;

std::int64_t samples_until(Duration at) {
  return (at.count() * 48000 + 500'000) / 1'000'000;
}

Duration time_of_sample(std::int64_t sample) {
  return Duration(sample * 1'000'000 / 48000);
}

const char* word_for(const control::InputView& input, Time now) {
  if (input.ended) return "ended";
  if (!input.last_picture) return "waiting";
  return control::is_lost(input, now) ? "lost" : "there";
}

class EncodedSource final : public Source {
 public:
  using Inputs = std::vector<std::unique_ptr<Input>>;

  EncodedSource(std::size_t inputs, ChunkQueue& queue, Slate slate)
      : queue_(queue), slate_(std::move(slate)), switch_(inputs) {}

  Status open(const SourceOptions& options) {
    for (auto const& text : options.inputs) {
      auto input = open_input(text, options.loop, canvas_);
      if (!input) return input.error();
      names_.emplace_back(shown_name(text));
      inputs_.push_back(std::move(*input));
    }
    format_ = canvas_.settled().value_or(VideoFormat{});
    bool const sound =
        std::any_of(inputs_.begin(), inputs_.end(), [](auto& i) { return i->may_have_sound(); });
    auto program = Program::open({format_, sound, options.video_rate, options.audio_rate},
                                 [this](const TsChunk& chunk) { queue_.push(chunk, os::now()); });
    if (!program) return program.error();
    program_ = std::move(*program);
    views_.resize(inputs_.size());
    has_sound_ = sound;
    return success();
  }

  Status run(std::stop_token stop) override {
    if (!await_first(stop)) return success();
    start_ = since_ = os::now();
    while (true) {
      if (Status adopted = adopt_canvas(); !adopted) return adopted;
      if (!sleep_until(start_ + time_of(next_), stop)) break;
      catch_up(os::now());
      look();
      if (over()) break;
      if (Status made = make_frame(); !made) return made;
      ++next_;
    }
    if (!ever_shown_ && !stop.stop_requested()) return nothing_came();
    return program_->finish();
  }

  std::string_view kind() const override {
    return inputs_.size() == 1 ? inputs_.front()->kind() : "list";
  }
  bool encodes() const override { return true; }
  void request_key_frame() override { program_->request_key_frame(); }
  void set_video_rate(BitRate rate) override { program_->set_video_rate(rate); }
  void want_input(std::optional<std::size_t> input) override {
    std::lock_guard const lock(mutex_);
    wanted_ = input;
    if (on_air_) on_air_->wanted = input;
  }
  void set_muted(bool muted) override {
    std::lock_guard const lock(mutex_);
    muted_ = muted;
    if (on_air_) on_air_->muted = muted;
  }
  std::optional<OnAir> on_air() const override {
    std::lock_guard const lock(mutex_);
    return on_air_;
  }

 private:
  // What plays by itself waits until somebody wants it; what is live is given a moment to show.
  bool await_first(const std::stop_token& stop) {
    bool const all_wait =
        std::all_of(inputs_.begin(), inputs_.end(), [](auto& input) { return input->waits(); });
    while (all_wait && !stop.stop_requested() && !queue_.wait_until_wanted(100ms)) {
    }
    Time const until = os::now() + kFirstPicture;
    auto const any_there = [&] {
      look();
      return std::any_of(views_.begin(), views_.end(),
                         [](auto& view) { return view.ended || view.last_picture; });
    };
    while (os::now() < until && !any_there()) {
      if (!sleep_until(os::now() + 5ms, stop)) return false;
    }
    return !stop.stop_requested();
  }

  Duration time_of(std::int64_t frame) const {
    return segment_at_ +
           Duration((frame - segment_frame_) * 1'000'000 * format_.fps_den / format_.fps_num);
  }

  // The first input that opens brings its size and rate along.
  Status adopt_canvas() {
    auto const settled = canvas_.settled();
    if (!settled || *settled == format_) return success();
    segment_at_ = time_of(next_);
    segment_frame_ = next_;
    format_ = *settled;
    on_screen_.reset();
    return program_->change_format(format_);
  }

  // Frames that are overdue are left out; their sound is not.
  void catch_up(Time now) {
    Duration const late = now - (start_ + time_of(next_));
    if (late > kTooLate) {
      start_ += late;
      return;
    }
    while (start_ + time_of(next_) + kLate < now) {
      ++next_;
      ++counts_.skipped;
    }
  }

  void look() {
    Time const now = os::now();
    for (std::size_t i = 0; i < inputs_.size(); ++i) views_[i] = inputs_[i]->view(now);
  }

  bool over() const {
    return std::all_of(views_.begin(), views_.end(), [](auto& view) { return view.ended; });
  }

  void obey() {
    std::lock_guard const lock(mutex_);
    switch_.prefer(wanted_);
  }

  Status make_frame() {
    Time const now = os::now();
    Duration const at = time_of(next_);
    Frame const frame{static_cast<std::uint64_t>(next_), at, time_of(next_ + 1) - at, start_ + at};
    obey();
    auto const chosen = switch_.step(views_, now);
    take_pictures(frame, chosen);
    bool const slate = !on_screen_;
    auto const showing = slate ? std::nullopt : chosen;
    if (showing != showing_ || next_ == 0) on_change(showing, now);
    if (Status coded =
            program_->video(slate ? slate_.draw(format_, now - since_) : *on_screen_, at);
        !coded)
      return coded;
    ++(slate ? counts_.slate : counts_.shown);
    Status const sounded = make_sound(frame, chosen, now);
    publish(now);
    return sounded;
  }

  // The picture of the input on air stays until its next one, and until the first of another.
  void take_pictures(const Frame& frame, std::optional<std::size_t> chosen) {
    if (!chosen) on_screen_.reset();
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      if (chosen != i) {
        inputs_[i]->pass(frame);
        continue;
      }
      const Picture* const picture = inputs_[i]->picture(frame);
      bool const fits = picture != nullptr && picture->width() == format_.width &&
                        picture->height() == format_.height;
      if (fits) on_screen_ = *picture;
      ever_shown_ = ever_shown_ || fits;
    }
  }

  Status make_sound(const Frame& frame, std::optional<std::size_t> chosen, Time now) {
    if (!has_sound_) return success();
    std::int64_t const until = samples_until(frame.at + frame.length);
    auto const wanted = static_cast<std::size_t>(until - samples_);
    sound_.resize(2 * wanted);
    Duration const at = time_of_sample(samples_);
    samples_ = until;
    std::size_t there = 0;
    if (chosen)
      there = inputs_[*chosen]->sound({frame.number, at, frame.length, start_ + at}, sound_);
    bool const muted = muted_;
    if (!chosen || muted) std::fill(sound_.begin(), sound_.end(), 0.0f);
    watch_.step(wanted, there, muted, now);
    return program_->audio(sound_, at);
  }

  void on_change(std::optional<std::size_t> next, Time now) {
    if (next) {
      os::log::info("on air input={}", names_[*next]);
    } else {
      os::log::warn("on air slate=\"{}\"", slate_reason());
    }
    showing_ = next;
    since_ = now;
  }

  // Why no input is on air: the first one's trouble, as it is wanted most.
  std::string slate_reason() const {
    auto const trouble = inputs_.front()->trouble();
    return fmt::format("no picture from {}{}{}", names_.front(), trouble.empty() ? "" : ": ",
                       trouble);
  }

  Status nothing_came() const {
    return Error{ErrorKind::kBadInput, fmt::format("no media from {}", names_.front()),
                 inputs_.front()->trouble(), "give media that ffprobe can read"};
  }

  void publish(Time now) {
    OnAir latest;
    latest.shown = showing_;
    latest.shown_for = now - since_;
    if (!showing_) latest.slate_reason = slate_reason();
    latest.sound_lost_for = watch_.lost_for(now);
    latest.sound_lost = watch_.lost();
    latest.sound_gaps = watch_.gaps();
    latest.counts = counts_;
    latest.format = format_;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      latest.inputs.push_back({names_[i], std::string(inputs_[i]->kind()), word_for(views_[i], now),
                               inputs_[i]->trouble()});
    }
    std::lock_guard const lock(mutex_);
    latest.wanted = wanted_;
    latest.muted = muted_;
    on_air_ = std::move(latest);
  }

  std::vector<std::string> names_;
  ChunkQueue& queue_;
  Slate slate_;
  Canvas canvas_;
  Inputs inputs_;
  std::unique_ptr<Program> program_;
  control::InputSwitch switch_;
  control::SoundWatch watch_;

  // The timeline: frame `segment_frame_` is at `segment_at_`, and zero is at `start_`.
  VideoFormat format_;
  Time start_{};
  std::int64_t next_ = 0, segment_frame_ = 0, samples_ = 0;
  Duration segment_at_{};

  std::vector<control::InputView> views_;
  std::optional<Picture> on_screen_;  // none: the slate
  std::optional<std::size_t> showing_;
  Time since_{};
  bool ever_shown_ = false, has_sound_ = true;
  std::vector<float> sound_;
  OnAir::Counts counts_;

  std::atomic<bool> muted_{false};
  mutable std::mutex mutex_;
  std::optional<std::size_t> wanted_;  // guarded by mutex_
  std::optional<OnAir> on_air_;        // guarded by mutex_
};

}  // namespace

Result<std::unique_ptr<Source>> open_encoded_source(const SourceOptions& options,
                                                    ChunkQueue& queue) {
  auto slate = Slate::open(options.slate);
  if (!slate) return slate.error();
  auto source = std::make_unique<EncodedSource>(options.inputs.size(), queue, std::move(*slate));
  if (Status opened = source->open(options); !opened) return opened.error();
  return std::unique_ptr<Source>(std::move(source));
}

}  // namespace aegis::agent::media
