// Media from a file, an address or a stream of bytes, demultiplexed and decoded: packets in order
// of time, then pictures and sound in the formats that a Program takes. One thread.
#pragma once

#include <deque>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "agent/media/av.hpp"
#include "agent/media/byte_stream.hpp"
#include "agent/media/picture.hpp"
#include "common/base/result.hpp"

namespace aegis::agent::media {

// What to read.
struct MediaOrigin {
  std::string name;      // as the user gave it
  std::string url = {};  // for libav; or
  std::unique_ptr<ByteStream> bytes = nullptr;
  // It comes when it comes: each packet is decoded at once, from the first key frame on.
  bool live = false;
  // Its end is the end of the media, not of a connection: the last pictures count.
  bool ends = true;
};

class MediaReader {
 public:
  static constexpr int kMaxWidth = 1920, kMaxHeight = 1088;

  // `stop` ends every blocking call, now and later, with an error. Errors: kBadInput when there is
  // nothing, no media or no video.
  static Result<std::unique_ptr<MediaReader>> open(MediaOrigin origin, std::stop_token stop);
  ~MediaReader();
  MediaReader(const MediaReader&) = delete;
  MediaReader& operator=(const MediaReader&) = delete;

  // The size is even and has its bounds, the rate is from 10 to 60 a second.
  const VideoFormat& video_format() const { return format_; }
  bool has_audio() const { return audio_ != nullptr; }

  // What one step brings.
  struct Media {
    enum class Kind { kPicture, kSound, kEnd } kind = Kind::kEnd;
    Duration stamp{}, length{};
  };
  Result<Media> next();
  // Of the last step: its picture, drawn into `canvas` with its own shape (black beside it) ...
  void draw(Picture& canvas, const VideoFormat& format);
  // ... or its sound, interleaved stereo at 48 kHz, valid until the next step.
  const std::vector<float>& sound() const { return sound_; }
  // Goes back to the start.
  Status rewind();

 private:
  struct Track;
  struct SoundFormat {
    int rate = 0, sample_format = 0, channels = 0;
    friend bool operator==(const SoundFormat&, const SoundFormat&) = default;
  };
  MediaReader(MediaOrigin origin, std::stop_token stop);
  Status open_input();
  Status attach_bytes(AVFormatContext& context);
  Status open_tracks();
  Status find_format();
  void find_frame_rate();
  Result<std::unique_ptr<Track>> open_track(int stream);
  Track* next_track();
  bool fill_queues();
  void queue(AvPacket packet);
  bool receive(Track& track, Media& media);
  bool convert_sound(const AVFrame& frame);
  bool open_resampler(const AVFrame& frame);
  void allow(Duration limit);
  Error cannot_read(const std::string& why) const;
  static int on_interrupt_check(void* self);
  static int on_read(void* self, std::uint8_t* to, int size);

  MediaOrigin origin_;
  std::stop_token const stop_;
  AvIo io_;  // outlives the input that reads from it
  AvInput input_;
  std::unique_ptr<Track> video_, audio_;
  VideoFormat format_;
  AvScaler scaler_;
  AvResampler resampler_;
  SoundFormat resampler_format_;
  AvFrame frame_, picture_frame_;
  std::vector<float> sound_;
  std::string trouble_;  // why the bytes ended
  bool at_end_ = false, bytes_ended_ = false;
  Time deadline_ = kNever;  // of the blocking call in progress
};

}  // namespace aegis::agent::media
