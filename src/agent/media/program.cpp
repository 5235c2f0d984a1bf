#include "agent/media/program.hpp"

#include "agent/media/encoder.hpp"
#include "agent/media/ts_mux.hpp"

namespace aegis::agent::media {
namespace {

// The timeline starts here, not at zero: the audio encoder's first packet lies before its first
// sample, and timestamps in MPEG-TS cannot be negative.
constexpr Duration kTimelineStart = 1s;

}  // namespace

struct Program::Impl {
  std::unique_ptr<VideoEncoder> video;
  std::unique_ptr<AudioEncoder> audio;  // null: no sound
  std::unique_ptr<TsMux> mux;
  PacketSink to_video, to_audio;
};

Result<std::unique_ptr<Program>> Program::open(const ProgramFormat& format, Sink sink) {
  auto impl = std::make_unique<Impl>();
  auto video = VideoEncoder::open(format.video, format.video_rate);
  if (!video) return video.error();
  impl->video = std::move(*video);
  if (format.has_audio) {
    auto audio = AudioEncoder::open(format.audio_rate);
    if (!audio) return audio.error();
    impl->audio = std::move(*audio);
  }
  auto mux = TsMux::open(impl->video->context(), impl->audio ? &impl->audio->context() : nullptr,
                         std::move(sink));
  if (!mux) return mux.error();
  impl->mux = std::move(*mux);
  impl->to_video = [mux = impl->mux.get()](AVPacket& packet) { return mux->write_video(packet); };
  impl->to_audio = [mux = impl->mux.get()](AVPacket& packet) { return mux->write_audio(packet); };
  return std::unique_ptr<Program>(new Program(std::move(impl)));
}

Program::Program(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Program::~Program() = default;

Status Program::video(const Picture& picture, Duration at) {
  return impl_->video->encode(picture, kTimelineStart + at, impl_->to_video);
}

Status Program::audio(std::span<const float> interleaved, Duration at) {
  if (!impl_->audio) return success();
  return impl_->audio->encode(interleaved, kTimelineStart + at, impl_->to_audio);
}

Status Program::change_format(const VideoFormat& format) {
  return impl_->video->change_format(format, impl_->to_video);
}

Status Program::finish() {
  if (Status done = impl_->video->finish(impl_->to_video); !done) return done;
  if (impl_->audio) {
    if (Status done = impl_->audio->finish(impl_->to_audio); !done) return done;
  }
  return impl_->mux->finish();
}

void Program::set_video_rate(BitRate rate) {
  impl_->video->set_bit_rate(rate);
}
void Program::request_key_frame() {
  impl_->video->request_key_frame();
}

}  // namespace aegis::agent::media
