#include "agent/media/file_reader.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "agent/media/encoder.hpp"
#include "common/os/clock.hpp"

namespace aegis::agent::media {
namespace {

constexpr Duration kOpenLimit = 5s, kReadLimit = 10s;
// Packets read ahead while one stream of a badly interleaved file waits for the other.
constexpr std::size_t kMaxAhead = 4000;

Duration to_duration(std::int64_t stamp, AVRational base) {
  return Duration(av_rescale_q(stamp, base, {1, 1'000'000}));
}

}  // namespace

// One stream: its decoder and the packets read ahead for it.
struct FileReader::Track {
  AVStream* stream = nullptr;
  AvCodec codec;
  std::deque<AvPacket> packets;
  Duration next_stamp{};  // for frames without one
  bool flushed = false;

  // When the first waiting packet is due; without a stamp it goes at once.
  Duration first_stamp() const {
    auto const& packet = *packets.front();
    std::int64_t const stamp = packet.dts != AV_NOPTS_VALUE ? packet.dts : packet.pts;
    return stamp == AV_NOPTS_VALUE ? Duration::min() : to_duration(stamp, stream->time_base);
  }
};

FileReader::FileReader(std::string path) : path_(std::move(path)), frame_(av_frame_alloc()) {}
FileReader::~FileReader() = default;

int FileReader::on_interrupt_check(void* self) {
  auto const& reader = *static_cast<FileReader*>(self);
  return reader.interrupted_ || os::now() > reader.deadline_ ? 1 : 0;
}

Result<std::unique_ptr<FileReader>> FileReader::open(const std::string& path) {
  route_av_log();
  std::unique_ptr<FileReader> reader(new FileReader(path));
  reader->deadline_ = os::now() + kOpenLimit;
  if (Status opened = reader->open_input(); !opened) return opened.error();
  if (Status opened = reader->open_tracks(); !opened) return opened.error();
  return reader;
}

Status FileReader::open_input() {
  AVFormatContext* raw = avformat_alloc_context();
  raw->interrupt_callback = {&on_interrupt_check, this};
  AvOptions options;
  // A playlist in disguise must not make the rig fetch other files or addresses.
  options.set("protocol_whitelist", "file");
  options.set("probesize", std::int64_t{5'000'000});
  options.set("analyzeduration", std::int64_t{3'000'000});
  auto const url = "file:" + path_;
  int code = avformat_open_input(&raw, url.c_str(), nullptr, options.get());
  if (code == 0) {
    input_.reset(raw);
    code = avformat_find_stream_info(raw, nullptr);
  }
  if (code >= 0) return success();
  return Error{ErrorKind::kBadInput, fmt::format("cannot read {}", path_), av_error_text(code),
               "give a media file that ffprobe can read"};
}

Status FileReader::open_tracks() {
  int const video = av_find_best_stream(input_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  if (video < 0 || (input_->streams[video]->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0) {
    return Error{ErrorKind::kBadInput, fmt::format("no video in {}", path_),
                 "the file holds no video stream", "give a file with a picture"};
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

Result<std::unique_ptr<FileReader::Track>> FileReader::open_track(int stream) {
  auto track = std::make_unique<Track>();
  track->stream = input_->streams[stream];
  const AVCodecParameters* parameters = track->stream->codecpar;
  const AVCodec* codec = avcodec_find_decoder(parameters->codec_id);
  if (codec == nullptr) {
    return Error{ErrorKind::kBadInput, fmt::format("cannot decode {}", path_),
                 fmt::format("no decoder for {}", avcodec_get_name(parameters->codec_id)),
                 "convert the file to H.264 and AAC"};
  }
  track->codec.reset(avcodec_alloc_context3(codec));
  avcodec_parameters_to_context(track->codec.get(), parameters);
  track->codec->pkt_timebase = track->stream->time_base;
  track->codec->thread_count = 0;
  if (int const code = avcodec_open2(track->codec.get(), codec, nullptr); code < 0) {
    return Error{ErrorKind::kBadInput, fmt::format("cannot decode {}", path_), av_error_text(code),
                 ""};
  }
  return track;
}

Status FileReader::find_format() {
  const AVCodecContext& codec = *video_->codec;
  if (codec.width < 16 || codec.height < 16) {
    return Error{ErrorKind::kBadInput, fmt::format("no video in {}", path_),
                 "the size of the picture is not known", "give a file that ffprobe can read"};
  }
  double const scale =
      std::min({1.0, double{kMaxWidth} / codec.width, double{kMaxHeight} / codec.height});
  format_.width = static_cast<int>(codec.width * scale) / 2 * 2;
  format_.height = static_cast<int>(codec.height * scale) / 2 * 2;
  AVRational const rate = av_guess_frame_rate(input_.get(), video_->stream, nullptr);
  if (rate.num > 0 && rate.den > 0 && av_q2d(rate) <= 120) {
    format_.fps_num = rate.num;
    format_.fps_den = rate.den;
  }
  AVRational const sar = av_guess_sample_aspect_ratio(input_.get(), video_->stream, nullptr);
  if (sar.num > 0 && sar.den > 0) {
    format_.sar_num = sar.num;
    format_.sar_den = sar.den;
  }
  picture_ = Picture(format_.width, format_.height);
  return success();
}

Result<FileReader::Media> FileReader::next() {
  while (true) {
    deadline_ = os::now() + kReadLimit;
    for (Track* track : {video_.get(), audio_.get()}) {
      Media media;
      if (track != nullptr && receive(*track, media)) return media;
    }
    Track* track = next_track();
    if (interrupted_) {
      return Error{ErrorKind::kTryLater, fmt::format("stopped reading {}", path_), "asked to", ""};
    }
    if (track == nullptr) return Media{};
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
FileReader::Track* FileReader::next_track() {
  while (fill_queues()) {
  }
  Track* first = nullptr;
  for (Track* track : {video_.get(), audio_.get()}) {
    if (track == nullptr || track->packets.empty()) continue;
    if (first == nullptr || track->first_stamp() < first->first_stamp()) first = track;
  }
  if (first != nullptr) return first;
  for (Track* track : {video_.get(), audio_.get()}) {
    if (track != nullptr && !track->flushed) return track;
  }
  return nullptr;
}

// Reads one packet if a stream has none; whether it should be called again.
bool FileReader::fill_queues() {
  bool const hungry = video_->packets.empty() || (audio_ && audio_->packets.empty());
  bool const full = video_->packets.size() + (audio_ ? audio_->packets.size() : 0) > kMaxAhead;
  if (at_end_ || !hungry || full) return false;
  AvPacket packet(av_packet_alloc());
  if (av_read_frame(input_.get(), packet.get()) < 0) {
    at_end_ = true;
    return false;
  }
  for (Track* track : {video_.get(), audio_.get()}) {
    if (track != nullptr && packet->stream_index == track->stream->index) {
      track->packets.push_back(std::move(packet));
      break;
    }
  }
  return true;
}

bool FileReader::receive(Track& track, Media& media) {
  if (avcodec_receive_frame(track.codec.get(), frame_.get()) < 0) return false;
  bool const is_video = &track == video_.get();
  std::int64_t const stamp = frame_->best_effort_timestamp;
  AVRational const base = track.stream->time_base;
  media.stamp = stamp == AV_NOPTS_VALUE ? track.next_stamp : to_duration(stamp, base);
  if (is_video) {
    media.length = Duration(1'000'000ll * format_.fps_den / format_.fps_num);
    media.kind = Media::Kind::kPicture;
    convert_picture(*frame_);
    media.picture = &picture_;
  } else {
    media.length = Duration(1'000'000ll * frame_->nb_samples / std::max(1, frame_->sample_rate));
    media.kind = Media::Kind::kSound;
    if (!convert_sound(*frame_)) return false;
    media.sound = &sound_;
  }
  track.next_stamp = media.stamp + media.length;
  return true;
}

Status FileReader::rewind() {
  for (Track* track : {video_.get(), audio_.get()}) {
    if (track == nullptr) continue;
    track->packets.clear();
    track->flushed = false;
    avcodec_flush_buffers(track->codec.get());
  }
  at_end_ = false;
  deadline_ = os::now() + kReadLimit;
  int const code = avformat_seek_file(input_.get(), -1, INT64_MIN, INT64_MIN, INT64_MAX, 0);
  if (code >= 0 ||
      avformat_seek_file(input_.get(), -1, INT64_MIN, 0, INT64_MAX, AVSEEK_FLAG_BYTE) >= 0) {
    return success();
  }
  return Error{ErrorKind::kBadInput, fmt::format("cannot start {} again", path_),
               av_error_text(code), "leave out --loop: this file cannot be rewound"};
}

}  // namespace aegis::agent::media
