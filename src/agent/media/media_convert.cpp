// MediaReader's conversions: any pixel format to I420, any sound to 48 kHz stereo.
#include <algorithm>

#include "agent/media/encoder.hpp"
#include "agent/media/media_reader.hpp"

namespace aegis::agent::media {

namespace {

// Where in the canvas a picture goes, in even pixels.
struct Place {
  int x, y, width, height;
};

double shape(int width, int height, int sar_num, int sar_den) {
  return static_cast<double>(width) * sar_num / (static_cast<double>(height) * sar_den);
}

Place place_of(const AVFrame& frame, const VideoFormat& canvas) {
  AVRational const sar = frame.sample_aspect_ratio;
  bool const square = sar.num <= 0 || sar.den <= 0;
  double const picture =
      shape(frame.width, frame.height, square ? 1 : sar.num, square ? 1 : sar.den);
  double const ratio = picture / shape(canvas.width, canvas.height, canvas.sar_num, canvas.sar_den);
  Place place{0, 0, canvas.width, canvas.height};
  // A pixel or two of rounding is no other shape.
  if (ratio > 1.01) place.height = std::max(2, static_cast<int>(canvas.height / ratio) / 2 * 2);
  if (ratio < 0.99) place.width = std::max(2, static_cast<int>(canvas.width * ratio) / 2 * 2);
  place.x = (canvas.width - place.width) / 4 * 2;
  place.y = (canvas.height - place.height) / 4 * 2;
  return place;
}

}  // namespace

void MediaReader::draw(Picture& canvas, const VideoFormat& format) {
  const AVFrame& frame = *picture_frame_;
  Place const place = place_of(frame, format);
  if (place.width != format.width || place.height != format.height) canvas.blacken();
  scaler_.reset(sws_getCachedContext(
      scaler_.release(), frame.width, frame.height, static_cast<AVPixelFormat>(frame.format),
      place.width, place.height, AV_PIX_FMT_YUV420P, SWS_BICUBIC, nullptr, nullptr, nullptr));
  if (!scaler_) return;
  int const luma = canvas.luma_stride(), chroma = canvas.chroma_stride();
  auto const at = place.y / 2 * chroma + place.x / 2;
  std::uint8_t* const planes[] = {canvas.luma() + place.y * luma + place.x, canvas.cb() + at,
                                  canvas.cr() + at};
  int const strides[] = {luma, chroma, chroma};
  sws_scale(scaler_.get(), frame.data, frame.linesize, 0, frame.height, planes, strides);
}

bool MediaReader::open_resampler(const AVFrame& frame) {
  SoundFormat const format{frame.sample_rate, frame.format, frame.ch_layout.nb_channels};
  if (resampler_ && format == resampler_format_) return true;
  AVChannelLayout stereo{}, from = frame.ch_layout;
  av_channel_layout_default(&stereo, AudioEncoder::kChannels);
  SwrContext* raw = nullptr;
  int const code =
      swr_alloc_set_opts2(&raw, &stereo, AV_SAMPLE_FMT_FLT, AudioEncoder::kRate, &from,
                          static_cast<AVSampleFormat>(frame.format), frame.sample_rate, 0, nullptr);
  resampler_.reset(raw);
  resampler_format_ = format;
  if (code >= 0 && swr_init(raw) >= 0) return true;
  resampler_.reset();
  return false;
}

bool MediaReader::convert_sound(const AVFrame& frame) {
  if (!open_resampler(frame)) return false;
  int const room = swr_get_out_samples(resampler_.get(), frame.nb_samples);
  sound_.resize(static_cast<std::size_t>(std::max(0, room)) * AudioEncoder::kChannels);
  auto* out = reinterpret_cast<std::uint8_t*>(sound_.data());
  int const made =
      swr_convert(resampler_.get(), &out, room,
                  const_cast<const std::uint8_t**>(frame.extended_data), frame.nb_samples);
  sound_.resize(static_cast<std::size_t>(std::max(0, made)) * AudioEncoder::kChannels);
  return made >= 0;
}

}  // namespace aegis::agent::media
