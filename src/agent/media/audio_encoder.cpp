#include <algorithm>

#include "agent/media/encoder.hpp"

namespace aegis::agent::media {
namespace {

Error failed(const char* what, int code) {
  return {ErrorKind::kInternal, what, av_error_text(code), ""};
}

// Puts samples into the planes of a frame.
void deinterleave(std::span<const float> interleaved, AVFrame& frame) {
  auto* left = reinterpret_cast<float*>(frame.data[0]);
  auto* right = reinterpret_cast<float*>(frame.data[1]);
  for (std::size_t i = 0; i + 1 < interleaved.size(); i += 2) {
    *left++ = interleaved[i];
    *right++ = interleaved[i + 1];
  }
}

std::int64_t to_samples(Duration span) {
  return span.count() * AudioEncoder::kRate / 1'000'000;
}

}  // namespace

Result<std::unique_ptr<AudioEncoder>> AudioEncoder::open(BitRate rate) {
  route_av_log();
  const AVCodec* codec = avcodec_find_encoder_by_name("aac");
  if (codec == nullptr) {
    return Error{ErrorKind::kConfiguration, "no audio encoder aac",
                 "the installed FFmpeg libraries do not contain it",
                 "install Debian's libavcodec59 (or newer)"};
  }
  AvCodec context(avcodec_alloc_context3(codec));
  context->sample_rate = kRate;
  context->sample_fmt = AV_SAMPLE_FMT_FLTP;
  context->time_base = {1, kRate};
  context->bit_rate = rate.bits_per_second();
  av_channel_layout_default(&context->ch_layout, kChannels);
  if (int const code = avcodec_open2(context.get(), codec, nullptr); code < 0) {
    return failed("cannot start the audio encoder", code);
  }
  AvFrame frame(av_frame_alloc());
  frame->format = context->sample_fmt;
  frame->nb_samples = context->frame_size;
  frame->sample_rate = kRate;
  av_channel_layout_default(&frame->ch_layout, kChannels);
  if (int const code = av_frame_get_buffer(frame.get(), 0); code < 0) {
    return failed("cannot allocate sound", code);
  }
  return std::unique_ptr<AudioEncoder>(new AudioEncoder(std::move(context), std::move(frame)));
}

AudioEncoder::AudioEncoder(AvCodec context, AvFrame frame)
    : context_(std::move(context)), frame_(std::move(frame)), packet_(av_packet_alloc()) {}

void AudioEncoder::align(std::span<const float>& interleaved, Duration at) {
  if (!start_) start_ = at;
  std::int64_t const gap = to_samples(at - *start_) - samples_in_;
  if (gap > to_samples(kJump)) {
    pending_.insert(pending_.end(), static_cast<std::size_t>(gap) * kChannels, 0.0f);
    samples_in_ += gap;
  } else if (gap < -to_samples(kJump)) {
    auto const cut = std::min(static_cast<std::size_t>(-gap) * kChannels, interleaved.size());
    interleaved = interleaved.subspan(cut);
  }
}

Status AudioEncoder::encode(std::span<const float> interleaved, Duration at,
                            const PacketSink& sink) {
  align(interleaved, at);
  pending_.insert(pending_.end(), interleaved.begin(), interleaved.end());
  samples_in_ += static_cast<std::int64_t>(interleaved.size() / kChannels);
  return encode_full_frames(sink);
}

Status AudioEncoder::encode_full_frames(const PacketSink& sink) {
  auto const frame_values = static_cast<std::size_t>(context_->frame_size) * kChannels;
  std::size_t done = 0;
  for (; done + frame_values <= pending_.size(); done += frame_values) {
    if (int const code = av_frame_make_writable(frame_.get()); code < 0) {
      return failed("cannot allocate sound", code);
    }
    deinterleave(std::span(pending_).subspan(done, frame_values), *frame_);
    frame_->pts = samples_out_;
    samples_out_ += context_->frame_size;
    if (int const code = avcodec_send_frame(context_.get(), frame_.get()); code < 0) {
      return failed("the audio encoder refused sound", code);
    }
    if (Status const drained = drain(sink); !drained) return drained;
  }
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(done));
  return success();
}

Status AudioEncoder::finish(const PacketSink& sink) {
  avcodec_send_frame(context_.get(), nullptr);
  return drain(sink);
}

Status AudioEncoder::drain(const PacketSink& sink) {
  while (true) {
    int const code = avcodec_receive_packet(context_.get(), packet_.get());
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return success();
    if (code < 0) return failed("the audio encoder failed", code);
    std::int64_t const start = to_ticks(start_.value_or(Duration{}));
    packet_->pts = start + av_rescale_q(packet_->pts, {1, kRate}, kTsTimeBase);
    packet_->dts = packet_->pts;
    packet_->duration = av_rescale_q(packet_->duration, {1, kRate}, kTsTimeBase);
    Status const taken = sink(*packet_);
    av_packet_unref(packet_.get());
    if (!taken) return taken;
  }
}

}  // namespace aegis::agent::media
