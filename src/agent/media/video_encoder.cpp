#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "agent/media/encoder.hpp"

namespace aegis::agent::media {
namespace {

Error failed(const char* what, int code) {
  return {ErrorKind::kInternal, what, av_error_text(code), ""};
}

void copy_plane(const std::uint8_t* from, int from_stride, std::uint8_t* to, int to_stride,
                int rows) {
  for (int y = 0; y < rows; ++y) {
    std::memcpy(to + y * to_stride, from + y * from_stride, static_cast<std::size_t>(from_stride));
  }
}

// The three go together: a bit rate without its buffer is ignored by x264.
void set_rate(AVCodecContext& context, std::int64_t bps) {
  context.bit_rate = bps;
  context.rc_max_rate = bps;
  context.rc_buffer_size = static_cast<int>((BitRate(bps) * VideoEncoder::kVbv).count() * 8);
}

AvCodec configure(const AVCodec* codec, const VideoFormat& format, BitRate rate) {
  AvCodec context(avcodec_alloc_context3(codec));
  context->width = format.width;
  context->height = format.height;
  context->pix_fmt = AV_PIX_FMT_YUV420P;
  context->time_base = kTsTimeBase;
  context->framerate = {format.fps_num, format.fps_den};
  context->sample_aspect_ratio = {format.sar_num, format.sar_den};
  context->max_b_frames = 0;
  context->gop_size =
      std::max(1, static_cast<int>(format.fps_num * to_seconds(VideoEncoder::kKeyFrameInterval) /
                                   format.fps_den));
  context->flags |= AV_CODEC_FLAG_CLOSED_GOP;
  set_rate(*context, rate.bits_per_second());
  return context;
}

}  // namespace

Result<std::unique_ptr<VideoEncoder>> VideoEncoder::open(const VideoFormat& format, BitRate rate,
                                                         const std::string& name) {
  route_av_log();
  const AVCodec* codec = avcodec_find_encoder_by_name(name.c_str());
  if (codec == nullptr) {
    return Error{ErrorKind::kConfiguration, fmt::format("no video encoder {}", name),
                 "the installed FFmpeg libraries do not contain it",
                 "install Debian's libavcodec59 (or newer), which contains libx264"};
  }
  AvCodec context = configure(codec, format, rate);
  AvOptions options;
  options.set("preset", "superfast");
  options.set("tune", "zerolatency");
  options.set("forced-idr", std::int64_t{1});
  if (int const code = avcodec_open2(context.get(), codec, options.get()); code < 0) {
    return failed("cannot start the video encoder", code);
  }
  AvFrame frame(av_frame_alloc());
  frame->format = context->pix_fmt;
  frame->width = format.width;
  frame->height = format.height;
  if (int const code = av_frame_get_buffer(frame.get(), 0); code < 0) {
    return failed("cannot allocate a picture", code);
  }
  return std::unique_ptr<VideoEncoder>(
      new VideoEncoder(std::move(context), std::move(frame), rate));
}

VideoEncoder::VideoEncoder(AvCodec context, AvFrame frame, BitRate rate)
    : context_(std::move(context)),
      frame_(std::move(frame)),
      packet_(av_packet_alloc()),
      wanted_bps_(rate.bits_per_second()) {}

void VideoEncoder::apply_bit_rate() {
  std::int64_t const wanted = wanted_bps_;
  if (wanted == context_->rc_max_rate) return;
  if (wanted < context_->bit_rate) {
    // x264 complains of a maximum below the mean, so the mean goes down one picture earlier.
    context_->bit_rate = wanted;
    return;
  }
  set_rate(*context_, wanted);
}

Status VideoEncoder::encode(const Picture& picture, Duration at, const PacketSink& sink) {
  apply_bit_rate();
  if (int const code = av_frame_make_writable(frame_.get()); code < 0) {
    return failed("cannot allocate a picture", code);
  }
  int const rows = picture.height();
  copy_plane(picture.luma(), picture.luma_stride(), frame_->data[0], frame_->linesize[0], rows);
  copy_plane(picture.cb(), picture.chroma_stride(), frame_->data[1], frame_->linesize[1], rows / 2);
  copy_plane(picture.cr(), picture.chroma_stride(), frame_->data[2], frame_->linesize[2], rows / 2);
  frame_->pts = to_ticks(at);
  frame_->pict_type = key_frame_wanted_.exchange(false) ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
  if (int const code = avcodec_send_frame(context_.get(), frame_.get()); code < 0) {
    return failed("the video encoder refused a picture", code);
  }
  return drain(sink);
}

Status VideoEncoder::finish(const PacketSink& sink) {
  avcodec_send_frame(context_.get(), nullptr);
  return drain(sink);
}

Status VideoEncoder::change_format(const VideoFormat& format, const PacketSink& sink) {
  if (Status finished = finish(sink); !finished) return finished;
  auto anew = open(format, BitRate(wanted_bps_), context_->codec->name);
  if (!anew) return anew.error();
  context_ = std::move((*anew)->context_);
  frame_ = std::move((*anew)->frame_);
  return success();
}

Status VideoEncoder::drain(const PacketSink& sink) {
  while (true) {
    int const code = avcodec_receive_packet(context_.get(), packet_.get());
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return success();
    if (code < 0) return failed("the video encoder failed", code);
    Status const taken = sink(*packet_);
    av_packet_unref(packet_.get());
    if (!taken) return taken;
  }
}

}  // namespace aegis::agent::media
