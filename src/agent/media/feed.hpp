// Decoded media on its way from one input's thread to the pacer: a few pictures and two seconds of
// sound, no more. Live media that finds it full takes the place of the oldest; a file waits.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

#include "agent/control/input_switch.hpp"
#include "agent/media/picture.hpp"
#include "agent/media/playout_clock.hpp"
#include "agent/media/sound_queue.hpp"

namespace aegis::agent::media {

// Thread-safe: one producer, one consumer.
class Feed {
 public:
  // Pictures of a file, decoded ahead; and of a live input, whose sound may come half a second
  // behind or in portions. Large ones are fewer.
  static constexpr std::size_t kFilePictures = 8, kLivePictures = 30, kLiveBytes = 48'000'000;
  static constexpr Duration kSound = 2s;
  enum class WhenFull { kDropOldest, kWait };

  explicit Feed(WhenFull when_full) : when_full_(when_full) {}

  // For the producer. A picture to draw into, of this size.
  Picture blank(int width, int height);
  // Both wait for room where that is what a full feed calls for; false when a stop came meanwhile.
  bool push(Picture picture, Duration stamp, Time now, const std::stop_token& stop);
  bool push(std::span<const float> sound, Duration stamp, Time now, const std::stop_token& stop);
  void restart();  // a new connection, whose timestamps have nothing to do with the last one's
  void end();      // nothing more will come

  // For the consumer, each `frame`. The newest picture due at `tick`, if there is one that it has
  // not had; valid until the next call.
  const Picture* take(Time tick, Duration frame);
  // Fills `out` with what is due from `tick` on, silence where there is none; how many samples are
  // real.
  std::size_t take_sound(Time tick, std::span<float> out);
  // Not on air: live media passes unseen, a file stands still.
  void pass(Time tick, Duration frame);
  control::InputView view(Time now) const;
  std::uint64_t dropped() const;  // pictures that found it full

 private:
  struct Entry {
    Picture picture;
    Duration stamp;
  };
  bool wait_for_room(std::unique_lock<std::mutex>& lock, const std::stop_token& stop);
  bool full() const;
  std::size_t room_for_pictures() const;
  bool primed() const;
  void arrive(Duration stamp, Time now);
  void drop_oldest(Time now);
  const Picture* take_locked(Time tick, Duration frame);

  WhenFull const when_full_;
  std::size_t picture_bytes_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable_any room_;
  PlayoutClock clock_;
  std::deque<Entry> pictures_;
  std::vector<Picture> spare_;
  SoundQueue sound_;
  Picture shown_;
  std::optional<Time> last_picture_;
  std::optional<Duration> last_stamp_;
  Duration interval_{}, frame_{};
  bool ended_ = false;
  std::uint64_t dropped_ = 0;
};

}  // namespace aegis::agent::media
