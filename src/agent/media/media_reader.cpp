#include "agent/media/media_reader.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "agent/media/encoder.hpp"
#include "common/os/clock.hpp"

namespace aegis::agent::media {
namespace {

constexpr Duration kOpenLimit = 5s, kReadLimit = 10s, kLiveReadLimit = 5s;
constexpr int kIoBuffer = 32768;
// Packets read ahead while one stream of a badly interleaved file waits for the other.
constexpr std::size_t kMaxAhead = 4000;

Duration to_duration(std::int64_t stamp, AVRational base) {
  return Duration(av_rescale_q(stamp, base, {1, 1'000'000}));
}

}  // namespace

// One stream: its decoder and the packets read ahead for it.
struct MediaReader::Track {
  AVStream* stream = nullptr;
  AvCodec codec;
  std::deque<AvPacket> packets;
  Duration next_stamp{};  // for frames without one
  bool flushed = false, started = false;

  // When the first waiting packet is due; without a stamp it goes at once.
  Duration first_stamp() const {
    auto const& packet = *packets.front();
    std::int64_t const stamp = packet.dts != AV_NOPTS_VALUE ? packet.dts : packet.pts;
    return stamp == AV_NOPTS_VALUE ? Duration::min() : to_duration(stamp, stream->time_base);
  }
};

MediaReader::MediaReader(MediaOrigin origin, std::stop_token stop)
    : origin_(std::move(origin)),
      stop_(std::move(stop)),
      frame_(av_frame_alloc()),
      picture_frame_(av_frame_alloc()) {}
MediaReader::~MediaReader() = default;

int MediaReader::on_interrupt_check(void* self) {
  auto const& reader = *static_cast<MediaReader*>(self);
  return reader.stop_.stop_requested() || os::now() > reader.deadline_ ? 1 : 0;
}

// A stream of bytes knows its own limits.
void MediaReader::allow(Duration limit) {
  deadline_ = origin_.bytes ? kNever : os::now() + limit;
}

int MediaReader::on_read(void* self, std::uint8_t* to, int size) {
  auto& reader = *static_cast<MediaReader*>(self);
  // libav asks again after an end.
  if (reader.bytes_ended_) return AVERROR_EOF;
  ByteSpan const room(reinterpret_cast<std::byte*>(to), static_cast<std::size_t>(size));
  auto const read = reader.origin_.bytes->read(room, reader.stop_);
  reader.bytes_ended_ = !read || *read == 0;
  if (read) return *read == 0 ? AVERROR_EOF : static_cast<int>(*read);
  reader.trouble_ = read.error().why;
  return AVERROR(EIO);
}

Error MediaReader::cannot_read(const std::string& why) const {
  return {ErrorKind::kBadInput, fmt::format("cannot read {}", origin_.name),
          trouble_.empty() ? why : trouble_, "give media that ffprobe can read"};
}

Result<std::unique_ptr<MediaReader>> MediaReader::open(MediaOrigin origin, std::stop_token stop) {
  route_av_log();
  std::unique_ptr<MediaReader> reader(new MediaReader(std::move(origin), std::move(stop)));
  reader->allow(kOpenLimit);
  if (Status opened = reader->open_input(); !opened) return opened.error();
  if (Status opened = reader->open_tracks(); !opened) return opened.error();
  return reader;
}

Status MediaReader::attach_bytes(AVFormatContext& context) {
  auto* buffer = static_cast<unsigned char*>(av_malloc(kIoBuffer));
  io_.reset(avio_alloc_context(buffer, kIoBuffer, 0, this, &on_read, nullptr, nullptr));
  if (!io_) {
    av_free(buffer);
    return cannot_read("out of memory");
  }
  context.pb = io_.get();
  return success();
}

Status MediaReader::open_input() {
  AVFormatContext* raw = avformat_alloc_context();
  raw->interrupt_callback = {&on_interrupt_check, this};
  AvOptions options;
  const AVInputFormat* format = nullptr;
  options.set("probesize", std::int64_t{5'000'000});
  options.set("analyzeduration", std::int64_t{3'000'000});
  if (origin_.live) {
    // A live stream is known as soon as it has shown its headers.
    options.set("fpsprobesize", std::int64_t{0});
    options.set("rtsp_transport", "tcp");
    options.set("protocol_whitelist", "rtsp,rtp,tcp,udp");
    options.set("timeout", std::int64_t{kOpenLimit.count()});
  }
  if (origin_.bytes) {
    format = av_find_input_format(origin_.bytes->format());
    if (Status attached = attach_bytes(*raw); !attached) {
      avformat_free_context(raw);
      return attached;
    }
  } else if (!origin_.live) {
    // A playlist in disguise must not make the rig fetch other files or addresses.
    options.set("protocol_whitelist", "file");
  }
  int code = avformat_open_input(&raw, origin_.url.c_str(), format, options.get());
  if (code == 0) {
    input_.reset(raw);
    code = avformat_find_stream_info(raw, nullptr);
  }
  return code >= 0 ? success() : Status(cannot_read(av_error_text(code)));
}

Status MediaReader::open_tracks() {
  int const video = av_find_best_stream(input_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  if (video < 0 || (input_->streams[video]->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0) {
    return Error{ErrorKind::kBadInput, fmt::format("no video in {}", origin_.name),
                 "it holds no video stream", "give a file with a picture"};
  }
  auto track = open_track(video);
  if (!track) return track.error();
  video_ = std::move(*track);
  int const audio = av_find_best_stream(input_.get(), AVMEDIA_TYPE_AUDIO, -1, video, nullptr, 0);
  if (audio >= 0) {
    auto sound = open_track(audio);
    if (!sound) return sound.error();
    audio_ = std::move(*sound);
  }
  for (unsigned i = 0; i < input_->nb_streams; ++i) {
    bool const wanted = static_cast<int>(i) == video || static_cast<int>(i) == audio;
    input_->streams[i]->discard = wanted ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
  }
  return find_format();
}

Result<std::unique_ptr<MediaReader::Track>> MediaReader::open_track(int stream) {
  auto track = std::make_unique<Track>();
  track->stream = input_->streams[stream];
  const AVCodecParameters* parameters = track->stream->codecpar;
  const AVCodec* codec = avcodec_find_decoder(parameters->codec_id);
  if (codec == nullptr) {
    return Error{ErrorKind::kBadInput, fmt::format("cannot decode {}", origin_.name),
                 fmt::format("no decoder for {}", avcodec_get_name(parameters->codec_id)),
                 "convert the file to H.264 and AAC"};
  }
  track->codec.reset(avcodec_alloc_context3(codec));
  avcodec_parameters_to_context(track->codec.get(), parameters);
  track->codec->pkt_timebase = track->stream->time_base;
  track->codec->thread_count = 0;
  // Threads that each decode a whole picture make each picture wait for them.
  if (origin_.live) track->codec->thread_type = FF_THREAD_SLICE;
  if (int const code = avcodec_open2(track->codec.get(), codec, nullptr); code < 0) {
    return Error{ErrorKind::kBadInput, fmt::format("cannot decode {}", origin_.name),
                 av_error_text(code), ""};
  }
  return track;
}

Status MediaReader::find_format() {
  const AVCodecContext& codec = *video_->codec;
  if (codec.width < 16 || codec.height < 16) {
    return Error{ErrorKind::kBadInput, fmt::format("no video in {}", origin_.name),
                 "the size of the picture is not known", "give a file that ffprobe can read"};
  }
  double const scale =
      std::min({1.0, double{kMaxWidth} / codec.width, double{kMaxHeight} / codec.height});
  format_.width = static_cast<int>(codec.width * scale) / 2 * 2;
  format_.height = static_cast<int>(codec.height * scale) / 2 * 2;
  find_frame_rate();
  AVRational const sar = av_guess_sample_aspect_ratio(input_.get(), video_->stream, nullptr);
  if (sar.num > 0 && sar.den > 0) {
    format_.sar_num = sar.num;
    format_.sar_den = sar.den;
  }
  return success();
}

void MediaReader::find_frame_rate() {
  AVRational const rate = av_guess_frame_rate(input_.get(), video_->stream, nullptr);
  // Some containers name the rate of their clock.
  if (rate.num <= 0 || rate.den <= 0 || av_q2d(rate) > 240) return;
  format_.fps_num = rate.num;
  format_.fps_den = rate.den;
  if (av_q2d(rate) > 60) format_.fps_num = 60, format_.fps_den = 1;
  while (format_.fps_num < 10 * format_.fps_den) format_.fps_num *= 2;
}

Result<MediaReader::Media> MediaReader::next() {
  while (true) {
    allow(origin_.live ? kLiveReadLimit : kReadLimit);
    for (Track* track : {video_.get(), audio_.get()}) {
      Media media;
      if (track != nullptr && receive(*track, media)) return media;
    }
    Track* track = next_track();
    if (stop_.stop_requested()) {
      return Error{ErrorKind::kTryLater, fmt::format("stopped reading {}", origin_.name),
                   "asked to", ""};
    }
    if (track == nullptr) return trouble_.empty() ? Result<Media>(Media{}) : cannot_read("");
    if (track->packets.empty()) {
      avcodec_send_packet(track->codec.get(), nullptr);
      track->flushed = true;
      continue;
    }
    // A damaged packet is the decoder's business: it conceals or skips, and the next ones go on.
    avcodec_send_packet(track->codec.get(), track->packets.front().get());
    track->packets.pop_front();
  }
}

// The stream whose packet is due first; at the end of the file those that still must be flushed.
MediaReader::Track* MediaReader::next_track() {
  while (fill_queues()) {
  }
  Track* first = nullptr;
  for (Track* track : {video_.get(), audio_.get()}) {
    if (track == nullptr || track->packets.empty()) continue;
    if (first == nullptr || track->first_stamp() < first->first_stamp()) first = track;
  }
  if (first != nullptr || !origin_.ends) return first;
  for (Track* track : {video_.get(), audio_.get()}) {
    if (track != nullptr && !track->flushed) return track;
  }
  return nullptr;
}

// Reads one packet if a stream has none (of a live input: if there is none); whether it should be
// called again.
bool MediaReader::fill_queues() {
  std::size_t const waiting = video_->packets.size() + (audio_ ? audio_->packets.size() : 0);
  bool const hungry = video_->packets.empty() || (audio_ && audio_->packets.empty());
  if (at_end_ || !hungry || waiting > (origin_.live ? 0 : kMaxAhead)) return false;
  AvPacket packet(av_packet_alloc());
  bool const failed = av_read_frame(input_.get(), packet.get()) < 0;
  // What libav still finds in a connection that has ended is a rest that is too old.
  if (failed || (bytes_ended_ && !origin_.ends)) {
    at_end_ = true;
    return false;
  }
  queue(std::move(packet));
  return true;
}

void MediaReader::queue(AvPacket packet) {
  for (Track* track : {video_.get(), audio_.get()}) {
    if (track == nullptr || packet->stream_index != track->stream->index) continue;
    bool const video = track == video_.get();
    track->started = track->started || !video || (packet->flags & AV_PKT_FLAG_KEY) != 0;
    // Nothing can be made of what comes before the first key frame.
    if (track->started || !origin_.live) track->packets.push_back(std::move(packet));
    return;
  }
}

bool MediaReader::receive(Track& track, Media& media) {
  bool const is_video = &track == video_.get();
  AVFrame* frame = is_video ? picture_frame_.get() : frame_.get();
  if (avcodec_receive_frame(track.codec.get(), frame) < 0) return false;
  std::int64_t const stamp = frame->best_effort_timestamp;
  AVRational const base = track.stream->time_base;
  media.stamp = stamp == AV_NOPTS_VALUE ? track.next_stamp : to_duration(stamp, base);
  if (is_video) {
    media.length = Duration(1'000'000ll * format_.fps_den / format_.fps_num);
    media.kind = Media::Kind::kPicture;
  } else {
    media.length = Duration(1'000'000ll * frame->nb_samples / std::max(1, frame->sample_rate));
    media.kind = Media::Kind::kSound;
    if (!convert_sound(*frame)) return false;
  }
  track.next_stamp = media.stamp + media.length;
  return true;
}

Status MediaReader::rewind() {
  for (Track* track : {video_.get(), audio_.get()}) {
    if (track == nullptr) continue;
    track->packets.clear();
    track->flushed = false;
    avcodec_flush_buffers(track->codec.get());
  }
  at_end_ = false;
  allow(kReadLimit);
  int const code = avformat_seek_file(input_.get(), -1, INT64_MIN, INT64_MIN, INT64_MAX, 0);
  if (code >= 0 ||
      avformat_seek_file(input_.get(), -1, INT64_MIN, 0, INT64_MAX, AVSEEK_FLAG_BYTE) >= 0) {
    return success();
  }
  return Error{ErrorKind::kBadInput, fmt::format("cannot start {} again", origin_.name),
               av_error_text(code), "leave out --loop: this file cannot be rewound"};
}

}  // namespace aegis::agent::media
