// ffmpeg as the player: it keeps a recording and hands over the top of each decoded picture, where
// the test card says when that picture was taken.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/base/time.hpp"
#include "support/process.hpp"

namespace aegis::demo {

struct PictureFigures {
  std::size_t frames = 0;      // decoded
  std::size_t unreadable = 0;  // whose strip could not be read
  std::size_t missing = 0;     // that were drawn between those decoded, but not seen
  Duration longest_gap{};      // between two decoded frames
  Duration latency_now{};      // from camera to decoded picture, the latest
  std::vector<Duration> latencies;
  Time first;  // arrival of the first frame
};

// The player starts at construction and waits for the stream, whose first `look` it takes to find
// out what is in it.
class PictureWatch {
 public:
  PictureWatch(const std::string& url, const std::filesystem::path& recording,
               const test::NetNamespace* where, const std::filesystem::path& logs,
               Duration look = 500ms);
  ~PictureWatch();
  PictureWatch(const PictureWatch&) = delete;
  PictureWatch& operator=(const PictureWatch&) = delete;

  PictureFigures figures() const;
  bool running() { return player_->running(); }
  std::string words() const { return player_->err(); }
  // Ends the player so that it closes its recording.
  void stop();

 private:
  void read_frames();
  void take_frame(const std::vector<std::uint8_t>& luma);

  std::unique_ptr<test::Process> player_;
  os::Fd frames_;
  mutable std::mutex mutex_;
  PictureFigures figures_;
  std::uint32_t last_frame_ = 0;
  Time last_arrival_;
  std::thread reader_;
};

}  // namespace aegis::demo
