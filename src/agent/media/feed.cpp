#include "agent/media/feed.hpp"

#include <algorithm>
#include <utility>

namespace aegis::agent::media {
namespace {

// A step of timestamps longer than this is a gap, not the time between two pictures.
constexpr Duration kLongestInterval = 5s;
// How many pictures of a file are at hand when it begins; buffers that are kept for reuse.
constexpr Duration kSoundLead = 10ms;
constexpr std::size_t kPrimed = 4, kSpare = 4;

}  // namespace

Picture Feed::blank(int width, int height) {
  {
    std::lock_guard const lock(mutex_);
    while (!spare_.empty()) {
      Picture picture = std::move(spare_.back());
      spare_.pop_back();
      if (picture.width() == width && picture.height() == height) return picture;
    }
  }
  return {width, height};
}

std::size_t Feed::room_for_pictures() const {
  if (when_full_ == WhenFull::kWait) return kFilePictures;
  std::size_t const fit = kLiveBytes / std::max<std::size_t>(picture_bytes_, 1);
  return std::clamp(fit, kFilePictures, kLivePictures);
}

bool Feed::full() const {
  return pictures_.size() >= room_for_pictures() || sound_.length() >= kSound;
}

// A file begins with some of it at hand, so that its reader may falter.
bool Feed::primed() const {
  return when_full_ == WhenFull::kDropOldest || clock_.running() || ended_ ||
         pictures_.size() >= kPrimed || sound_.length() >= kSound;
}

bool Feed::wait_for_room(std::unique_lock<std::mutex>& lock, const std::stop_token& stop) {
  if (when_full_ == WhenFull::kDropOldest) return true;
  return room_.wait(lock, stop, [this] { return !full(); });
}

void Feed::arrive(Duration stamp, Time now) {
  bool const live = when_full_ == WhenFull::kDropOldest;
  if (!clock_.running()) {
    // A file begins when it is first taken.
    if (live) clock_.start(stamp, now + PlayoutClock::kLead);
    return;
  }
  clock_.on_arrival(stamp, now);
  if (live) clock_.trim(now);
}

// Live media that comes faster than it plays (what waited in a network, say): the newest counts.
void Feed::drop_oldest(Time now) {
  for (std::size_t const kept = room_for_pictures() / 2; pictures_.size() > kept; ++dropped_) {
    if (spare_.size() < kSpare) spare_.push_back(std::move(pictures_.front().picture));
    pictures_.pop_front();
  }
  clock_.start(pictures_.front().stamp, now);
}

bool Feed::push(Picture picture, Duration stamp, Time now, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (!wait_for_room(lock, stop)) return false;
  arrive(stamp, now);
  if (last_stamp_ && stamp > *last_stamp_ && stamp - *last_stamp_ < kLongestInterval)
    interval_ = stamp - *last_stamp_;
  last_stamp_ = stamp;
  last_picture_ = now;
  picture_bytes_ = picture.bytes();
  pictures_.push_back({std::move(picture), stamp});
  if (pictures_.size() > room_for_pictures()) drop_oldest(now);
  return true;
}

bool Feed::push(std::span<const float> sound, Duration stamp, Time now,
                const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (!wait_for_room(lock, stop)) return false;
  // A frame takes all of its sound when it begins.
  arrive(stamp - frame_ - kSoundLead, now);
  sound_.push(sound, stamp);
  if (sound_.length() > kSound + 1s) sound_.drop_oldest();
  return true;
}

void Feed::restart() {
  std::lock_guard const lock(mutex_);
  clock_.stop();
  pictures_.clear();
  sound_.clear();
  last_picture_.reset();
  last_stamp_.reset();
  interval_ = {};
}

void Feed::end() {
  std::lock_guard const lock(mutex_);
  ended_ = true;
}

const Picture* Feed::take(Time tick, Duration frame) {
  std::lock_guard const lock(mutex_);
  return take_locked(tick, frame);
}

const Picture* Feed::take_locked(Time tick, Duration frame) {
  frame_ = frame;
  if (pictures_.empty() || !primed()) return nullptr;
  if (!clock_.running()) clock_.start(pictures_.front().stamp, tick);
  Time const until = tick + frame / 2;
  // Pictures that come at the same pace as frames, but just between two of them, would be shown
  // twice and not at all by turns.
  bool const same_pace = std::chrono::abs(interval_ - frame) < frame / 16;
  bool const undecided = std::chrono::abs(clock_.due(pictures_.front().stamp) - until) < frame / 8;
  if (same_pace && undecided) clock_.delay(frame / 4);
  bool taken = false;
  while (!pictures_.empty() && clock_.due(pictures_.front().stamp) <= until) {
    std::swap(shown_, pictures_.front().picture);
    if (spare_.size() < kSpare) spare_.push_back(std::move(pictures_.front().picture));
    pictures_.pop_front();
    taken = true;
  }
  if (!taken) return nullptr;
  room_.notify_all();
  return &shown_;
}

std::size_t Feed::take_sound(Time tick, std::span<float> out) {
  std::lock_guard const lock(mutex_);
  if (!clock_.running()) {
    std::fill(out.begin(), out.end(), 0.0f);
    return 0;
  }
  std::size_t const there = sound_.take(clock_, tick, out);
  room_.notify_all();
  return there;
}

void Feed::pass(Time tick, Duration frame) {
  std::lock_guard const lock(mutex_);
  if (when_full_ == WhenFull::kWait) {
    clock_.stop();
    return;
  }
  take_locked(tick, frame);
  if (clock_.running()) sound_.skip(clock_, tick);
}

control::InputView Feed::view(Time now) const {
  std::lock_guard const lock(mutex_);
  bool const waiting = !pictures_.empty() || !sound_.empty();
  control::InputView view;
  view.interval = interval_;
  view.ended = ended_ && !waiting;
  if (primed()) view.last_picture = when_full_ == WhenFull::kWait && waiting ? now : last_picture_;
  return view;
}

std::uint64_t Feed::dropped() const {
  std::lock_guard const lock(mutex_);
  return dropped_;
}

}  // namespace aegis::agent::media
