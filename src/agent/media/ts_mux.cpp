#include "agent/media/ts_mux.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace aegis::agent::media {
namespace {

Error failed(int code) {
  return {ErrorKind::kInternal, "cannot write MPEG-TS", av_error_text(code), ""};
}

#if LIBAVFORMAT_VERSION_MAJOR >= 61
using WriteBuffer = const std::uint8_t;
#else
using WriteBuffer = std::uint8_t;
#endif

}  // namespace

struct TsMux::Output {
  explicit Output(Sink to) : sink(std::move(to)) {}
  ~Output() {
    if (format == nullptr) return;
    if (format->pb != nullptr) {
      av_freep(&format->pb->buffer);
      avio_context_free(&format->pb);
    }
    avformat_free_context(format);
  }

  static int on_write(void* opaque, WriteBuffer* data, int size) {
    static_cast<Output*>(opaque)->take(data, static_cast<std::size_t>(size));
    return size;
  }
  // FFmpeg hands over full buffers of kChunkSize, and shorter ones only when flushed.
  void take(const std::uint8_t* data, std::size_t size) {
    for (std::size_t at = 0; at < size; at += kChunkSize) {
      std::size_t const part = std::min(kChunkSize, size - at);
      TsChunk chunk;
      std::memcpy(chunk.data.data(), data + at, part);
      chunk.size = static_cast<std::uint16_t>(part);
      chunk.random_access = std::exchange(next_is_random_access, false);
      sink(chunk);
    }
  }
  bool add_stream(const AVCodecContext& codec) {
    AVStream* stream = avformat_new_stream(format, nullptr);
    if (stream == nullptr) return false;
    stream->time_base = kTsTimeBase;
    return avcodec_parameters_from_context(stream->codecpar, &codec) >= 0;
  }
  Status open_output();

  Sink sink;
  AVFormatContext* format = nullptr;
  bool next_is_random_access = false;
};

Status TsMux::Output::open_output() {
  auto* buffer = static_cast<unsigned char*>(av_malloc(kChunkSize));
  format->pb = avio_alloc_context(buffer, static_cast<int>(kChunkSize), 1, this, nullptr, &on_write,
                                  nullptr);
  if (format->pb == nullptr) {
    av_free(buffer);
    return failed(AVERROR(ENOMEM));
  }
  format->flags |= AVFMT_FLAG_CUSTOM_IO;
  format->flush_packets = 0;
  AvOptions options;
  options.set("pat_period", "0.2");
  options.set("sdt_period", "0.5");
  // Sound is not gathered into large PES packets: that would cost 180 ms at 128 kbit/s.
  options.set("pes_payload_size", std::int64_t{0});
  if (int const code = avformat_write_header(format, options.get()); code < 0) return failed(code);
  return success();
}

Result<std::unique_ptr<TsMux>> TsMux::open(const AVCodecContext& video, const AVCodecContext* audio,
                                           Sink sink) {
  route_av_log();
  auto output = std::make_unique<Output>(std::move(sink));
  if (int const code = avformat_alloc_output_context2(&output->format, nullptr, "mpegts", nullptr);
      code < 0) {
    return failed(code);
  }
  if (!output->add_stream(video) || (audio != nullptr && !output->add_stream(*audio))) {
    return failed(AVERROR(ENOMEM));
  }
  if (Status const opened = output->open_output(); !opened) return opened.error();
  return std::unique_ptr<TsMux>(new TsMux(std::move(output), audio != nullptr));
}

TsMux::TsMux(std::unique_ptr<Output> output, bool has_audio)
    : output_(std::move(output)), has_audio_(has_audio) {}

TsMux::~TsMux() = default;

Status TsMux::write_video(AVPacket& packet) {
  if ((packet.flags & AV_PKT_FLAG_KEY) != 0) {
    avio_flush(output_->format->pb);
    output_->next_is_random_access = true;
    av_opt_set(output_->format->priv_data, "mpegts_flags", "+resend_headers", 0);
  }
  return write(packet, 0);
}

Status TsMux::write_audio(AVPacket& packet) {
  if (!has_audio_) return success();
  return write(packet, 1);
}

Status TsMux::write(AVPacket& packet, int stream) {
  packet.stream_index = stream;
  // Not interleaved by libavformat: what has been encoded leaves at once.
  int const code = av_write_frame(output_->format, &packet);
  return code < 0 ? Status(failed(code)) : success();
}

Status TsMux::finish() {
  int const code = av_write_trailer(output_->format);
  avio_flush(output_->format->pb);
  return code < 0 ? Status(failed(code)) : success();
}

}  // namespace aegis::agent::media
