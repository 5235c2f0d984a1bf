// FileReader's conversions: any pixel format to I420, any sound to 48 kHz stereo.
#include <algorithm>

#include "agent/media/encoder.hpp"
#include "agent/media/file_reader.hpp"

namespace aegis::agent::media {

void FileReader::convert_picture(const AVFrame& frame) {
  auto const format = static_cast<AVPixelFormat>(frame.format);
  scaler_.reset(sws_getCachedContext(scaler_.release(), frame.width, frame.height, format,
                                     format_.width, format_.height, AV_PIX_FMT_YUV420P, SWS_BICUBIC,
                                     nullptr, nullptr, nullptr));
  if (!scaler_) return;
  std::uint8_t* const planes[] = {picture_.luma(), picture_.cb(), picture_.cr()};
  int const strides[] = {picture_.luma_stride(), picture_.chroma_stride(),
                         picture_.chroma_stride()};
  sws_scale(scaler_.get(), frame.data, frame.linesize, 0, frame.height, planes, strides);
}

bool FileReader::open_resampler(const AVFrame& frame) {
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

bool FileReader::convert_sound(const AVFrame& frame) {
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
