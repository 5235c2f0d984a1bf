// What can feed a stream, and the thread that runs it.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "agent/media/chunk_queue.hpp"
#include "agent/media/picture.hpp"
#include "common/base/result.hpp"
#include "common/base/units.hpp"

namespace aegis::agent::media {

// What a source that encodes shows just now.
struct OnAir {
  struct Input {
    std::string name, kind;
    std::string state;    // waiting, there, lost or ended
    std::string trouble;  // in words; empty when there is none
  };
  // Frames.
  struct Counts {
    std::uint64_t shown = 0, slate = 0;
    std::uint64_t skipped = 0;  // the host was too slow for them
  };
  std::optional<std::size_t> shown;   // of `inputs`; none: the slate
  Duration shown_for{};               // since the last change of it
  std::optional<std::size_t> wanted;  // by the user, before all others; none: the order as given
  bool muted = false;                 // by the user
  std::string slate_reason;           // empty while an input is on air
  bool sound_lost = false;            // silence is made in its place
  Duration sound_lost_for{};
  std::uint64_t sound_gaps = 0;
  Counts counts;
  VideoFormat format;
  std::vector<Input> inputs;
};

// Produces MPEG-TS into the queue it was made with.
class Source {
 public:
  virtual ~Source() = default;

  // Produces until the input ends (success), fails, or `stop` is requested; leaves within 200 ms of
  // that request whatever it waits for. Called once, on a thread of its own.
  virtual Status run(std::stop_token stop) = 0;

  // The rest is thread-safe.
  virtual std::string_view kind() const = 0;
  // It encodes: it can make key frames on request and marks them in its chunks.
  virtual bool encodes() const { return false; }
  virtual void request_key_frame() {}
  virtual void set_video_rate(BitRate) {}
  // What the user wants on air, by its place in the list; none: the order as given.
  virtual void want_input(std::optional<std::size_t>) {}
  virtual void set_muted(bool) {}
  // None when it does not encode, or has not begun.
  virtual std::optional<OnAir> on_air() const { return std::nullopt; }
  // What is wrong with the input just now, in words; empty when nothing is.
  virtual std::string trouble() const { return {}; }
};

struct SourceOptions {
  std::vector<std::string> inputs;  // test | FILE | - | udp://HOST:PORT; the first that works
  bool loop = false;                // files start again at their end
  bool encode = false;              // MPEG-TS is encoded again, too, instead of being passed on
  std::string slate;                // a picture; empty: our card
  BitRate video_rate, audio_rate;
};

// Opens what `options.inputs` name. A single input that is MPEG-TS already is passed on unless it
// is to be encoded. Errors: kUsage for a spec that cannot be, kBadInput for a file that is missing
// or holds no video, kConfiguration for a missing encoder. Takes up to 5 s for a file.
Result<std::unique_ptr<Source>> open_source(const SourceOptions& options, ChunkQueue& queue);

// Runs a source on its own thread and closes the queue when it ends.
class SourceThread {
 public:
  SourceThread(std::unique_ptr<Source> source, ChunkQueue& queue);
  ~SourceThread();  // stops and joins
  SourceThread(const SourceThread&) = delete;
  SourceThread& operator=(const SourceThread&) = delete;

  void request_stop() { thread_.request_stop(); }
  Source& source() { return *source_; }
  const Source& source() const { return *source_; }
  // None while it runs; then how it ended.
  std::optional<Status> outcome() const;

 private:
  std::unique_ptr<Source> source_;
  ChunkQueue& queue_;
  mutable std::mutex mutex_;
  std::optional<Status> outcome_;
  std::jthread thread_;  // last: it uses all of the above
};

// Sleeps until `when`; false when a stop was requested meanwhile.
bool sleep_until(Time when, const std::stop_token& stop);

}  // namespace aegis::agent::media
