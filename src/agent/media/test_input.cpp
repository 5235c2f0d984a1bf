#include "agent/media/test_input.hpp"

#include "agent/media/test_card.hpp"
#include "common/os/clock.hpp"

namespace aegis::agent::media {
namespace {

class TestInput final : public Input {
 public:
  explicit TestInput(Canvas& canvas) : canvas_(canvas) {}

  const Picture* picture(const Frame& frame) override {
    auto const format = canvas_.settle(VideoFormat{});
    if (!card_ || format != format_) card_.emplace(format);
    format_ = format;
    return &card_->draw(frame.number, os::wall_now());
  }
  std::size_t sound(const Frame& frame, std::span<float> out) override {
    auto const micros = static_cast<std::uint64_t>(frame.at.count());
    tone_.fill((micros * TestTone::kRate + 500'000) / 1'000'000, out);
    return out.size() / 2;
  }
  void pass(const Frame&) override {}
  control::InputView view(Time now) const override { return {.last_picture = now}; }
  std::string_view kind() const override { return "test"; }

 private:
  Canvas& canvas_;
  VideoFormat format_;
  std::optional<TestCard> card_;
  TestTone tone_;
};

}  // namespace

std::unique_ptr<Input> make_test_input(Canvas& canvas) {
  return std::make_unique<TestInput>(canvas);
}

}  // namespace aegis::agent::media
