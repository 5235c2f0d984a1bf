// A media file, demultiplexed and decoded: packets in order of time, then pictures and sound in the
// formats that a Program takes. One thread, but for interrupt().
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/media/av.hpp"
#include "agent/media/picture.hpp"
#include "common/base/result.hpp"

namespace aegis::agent::media {

class FileReader {
 public:
  static constexpr int kMaxWidth = 1920, kMaxHeight = 1088;

  // Errors: kBadInput when the file is missing, is not media or holds no video.
  static Result<std::unique_ptr<FileReader>> open(const std::string& path);
  ~FileReader();
  FileReader(const FileReader&) = delete;
  FileReader& operator=(const FileReader&) = delete;

  const VideoFormat& video_format() const { return format_; }
  bool has_audio() const { return audio_ != nullptr; }

  // What one step brings. The views are valid until the next step.
  struct Media {
    enum class Kind { kPicture, kSound, kEnd } kind = Kind::kEnd;
    Duration stamp{}, length{};
    const Picture* picture = nullptr;
    const std::vector<float>* sound = nullptr;  // interleaved stereo, 48 kHz
  };
  Result<Media> next();
  // Goes back to the start.
  Status rewind();

  // Thread-safe: every blocking call returns soon, with an error.
  void interrupt() { interrupted_ = true; }

 private:
  struct Track;
  struct SoundFormat {
    int rate = 0, sample_format = 0, channels = 0;
    friend bool operator==(const SoundFormat&, const SoundFormat&) = default;
  };
  explicit FileReader(std::string path);
  Status open_input();
  Status open_tracks();
  Status find_format();
  Result<std::unique_ptr<Track>> open_track(int stream);
  Track* next_track();
  bool fill_queues();
  bool receive(Track& track, Media& media);
  void convert_picture(const AVFrame& frame);
  bool convert_sound(const AVFrame& frame);
  bool open_resampler(const AVFrame& frame);
  static int on_interrupt_check(void* self);

  std::string const path_;
  AvInput input_;
  std::unique_ptr<Track> video_, audio_;
  VideoFormat format_;
  AvScaler scaler_;
  AvResampler resampler_;
  SoundFormat resampler_format_;
  AvFrame frame_;
  Picture picture_;
  std::vector<float> sound_;
  bool at_end_ = false;
  Time deadline_ = kNever;  // of the blocking call in progress
  std::atomic<bool> interrupted_{false};
};

}  // namespace aegis::agent::media
