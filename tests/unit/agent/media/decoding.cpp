#include "unit/agent/media/decoding.hpp"

#include <cstring>

#include <catch2/catch.hpp>

#include "agent/media/av.hpp"

namespace aegis::agent::media::test {
namespace {

struct Memory {
  const std::vector<std::byte>* bytes;
  std::size_t at = 0;
};

int read_memory(void* opaque, std::uint8_t* to, int size) {
  auto& memory = *static_cast<Memory*>(opaque);
  std::size_t const part =
      std::min(static_cast<std::size_t>(size), memory.bytes->size() - memory.at);
  if (part == 0) return AVERROR_EOF;
  std::memcpy(to, memory.bytes->data() + memory.at, part);
  memory.at += part;
  return static_cast<int>(part);
}

AvCodec open_decoder(const AVStream& stream) {
  AvCodec codec(avcodec_alloc_context3(avcodec_find_decoder(stream.codecpar->codec_id)));
  REQUIRE(codec);
  avcodec_parameters_to_context(codec.get(), stream.codecpar);
  codec->thread_count = 1;
  REQUIRE(avcodec_open2(codec.get(), nullptr, nullptr) == 0);
  return codec;
}

void count_error(bool video, Decoded& out) {
  ++out.errors;
  if (video) ++out.video_errors;
}

void take(const AVFrame& frame, bool video, Decoded& out) {
  if (frame.decode_error_flags != 0) count_error(video, out);
  if (!video) {
    out.audio_pts.push_back(frame.pts);
    auto const* samples = reinterpret_cast<const float*>(frame.data[0]);
    out.audio.insert(out.audio.end(), samples, samples + frame.nb_samples);
    return;
  }
  out.width = frame.width;
  out.height = frame.height;
  auto const stride = static_cast<std::size_t>(frame.linesize[0]);
  std::span const luma(frame.data[0], stride * static_cast<std::size_t>(frame.height));
  out.pictures.push_back(
      {frame.pts, frame.key_frame != 0, read_strip(luma, frame.width, frame.height, stride)});
}

void decode(AVCodecContext& codec, const AVPacket* packet, Decoded& out) {
  bool const video = codec.codec_type == AVMEDIA_TYPE_VIDEO;
  if (avcodec_send_packet(&codec, packet) < 0) count_error(video, out);
  AvFrame frame(av_frame_alloc());
  while (avcodec_receive_frame(&codec, frame.get()) == 0) take(*frame, video, out);
}

}  // namespace

std::vector<std::byte> joined(const std::vector<TsChunk>& chunks) {
  std::vector<std::byte> all;
  for (auto const& chunk : chunks) {
    all.insert(all.end(), chunk.data.begin(), chunk.data.begin() + chunk.size);
  }
  return all;
}

Decoded decode_ts(const std::vector<std::byte>& stream) {
  Memory memory{&stream};
  AVFormatContext* raw = avformat_alloc_context();
  raw->pb = avio_alloc_context(static_cast<unsigned char*>(av_malloc(32768)), 32768, 0, &memory,
                               &read_memory, nullptr, nullptr);
  AVIOContext* io = raw->pb;
  REQUIRE(avformat_open_input(&raw, nullptr, av_find_input_format("mpegts"), nullptr) == 0);
  AvInput input(raw);
  REQUIRE(avformat_find_stream_info(raw, nullptr) >= 0);
  std::vector<AvCodec> codecs;
  for (unsigned i = 0; i < raw->nb_streams; ++i) codecs.push_back(open_decoder(*raw->streams[i]));
  Decoded out;
  AvPacket packet(av_packet_alloc());
  while (av_read_frame(raw, packet.get()) == 0) {
    auto const index = static_cast<std::size_t>(packet->stream_index);
    bool const video = raw->streams[index]->codecpar->codec_type == AVMEDIA_TYPE_VIDEO;
    if ((packet->flags & AV_PKT_FLAG_CORRUPT) != 0) count_error(video, out);
    if (index < codecs.size()) decode(*codecs[index], packet.get(), out);
    av_packet_unref(packet.get());
  }
  for (auto& codec : codecs) decode(*codec, nullptr, out);
  input.reset();
  av_freep(&io->buffer);
  avio_context_free(&io);
  return out;
}

}  // namespace aegis::agent::media::test
