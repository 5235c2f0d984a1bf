// FFmpeg's libraries behind owners that free what they hold, errors in words, and their log in
// ours. Only files of this room include it.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>
}

#include <memory>
#include <string>

#include "common/base/time.hpp"

namespace aegis::agent::media {

template <auto Free>
struct AvDelete {
  template <typename T>
  void operator()(T* object) const {
    Free(&object);
  }
};
struct SwsDelete {
  void operator()(SwsContext* context) const { sws_freeContext(context); }
};

struct IoDelete {
  void operator()(AVIOContext* context) const {
    av_freep(&context->buffer);
    avio_context_free(&context);
  }
};

using AvIo = std::unique_ptr<AVIOContext, IoDelete>;
using AvFrame = std::unique_ptr<AVFrame, AvDelete<av_frame_free>>;
using AvPacket = std::unique_ptr<AVPacket, AvDelete<av_packet_free>>;
using AvCodec = std::unique_ptr<AVCodecContext, AvDelete<avcodec_free_context>>;
using AvInput = std::unique_ptr<AVFormatContext, AvDelete<avformat_close_input>>;
using AvResampler = std::unique_ptr<SwrContext, AvDelete<swr_free>>;
using AvScaler = std::unique_ptr<SwsContext, SwsDelete>;

// Options for an open call; what the call did not use is freed.
class AvOptions {
 public:
  AvOptions() = default;
  ~AvOptions() { av_dict_free(&dictionary_); }
  AvOptions(const AvOptions&) = delete;
  AvOptions& operator=(const AvOptions&) = delete;
  void set(const char* key, const char* value) { av_dict_set(&dictionary_, key, value, 0); }
  void set(const char* key, std::int64_t value) { av_dict_set_int(&dictionary_, key, value, 0); }
  AVDictionary** get() { return &dictionary_; }

 private:
  AVDictionary* dictionary_ = nullptr;
};

std::string av_error_text(int code);

// Sends FFmpeg's messages to our log: errors and warnings as warnings, the rest as debug, at most
// twenty a second. Thread-safe, once is enough.
void route_av_log();

// MPEG-TS and our own timeline: 90 kHz ticks and microseconds.
inline constexpr AVRational kTsTimeBase{1, 90000};
inline std::int64_t to_ticks(Duration at) {
  return at.count() * 9 / 100;
}
inline Duration from_ticks(std::int64_t ticks) {
  return Duration(ticks * 100 / 9);
}

}  // namespace aegis::agent::media
