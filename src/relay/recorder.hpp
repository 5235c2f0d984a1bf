// Keeps what publishers send in MPEG-TS files, on a thread of its own: a slow or full disk costs
// recordings, never a stream.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/base/units.hpp"
#include "common/os/fd.hpp"
#include "relay/event_log.hpp"
#include "relay/ts_scan.hpp"
#include "relay/worker.hpp"

namespace aegis::relay {

struct RecordingFigures {
  std::uint64_t files = 0, bytes = 0;  // written
  std::uint64_t dropped_bytes = 0;     // the disk was too slow, too full or failed
};

class Recorder {
 public:
  struct Options {
    std::filesystem::path directory;  // files go to DIRECTORY/STREAM/20261123T141500Z.ts
    Duration rotate = 30min;          // a new file so often
    Bytes keep_free{1'000'000'000};   // on the disk: else nothing is written
  };

  // One session's media on its way to its files. For one thread.
  class Track {
   public:
    ~Track();  // the end of the last file
    Track(const Track&) = delete;
    Track& operator=(const Track&) = delete;

    // Never blocks. Where a new file is due it begins with the tables before the next key frame.
    void write(ByteView payload, Time now);

   private:
    friend class Recorder;
    Track(Recorder& recorder, std::string stream, std::uint64_t id, Time now);
    void cut(std::size_t at, Time now);
    void hand_over(bool last);

    Recorder& recorder_;
    const std::string stream_;
    const std::uint64_t id_;
    TsScan scan_;
    std::vector<std::byte> chunk_;
    std::optional<std::size_t> table_at_;  // where the last table stands in chunk_
    bool begins_file_ = true;              // what stands in chunk_ does
    // Something of it was not written. Shared with its chunks, which may outlive it.
    std::shared_ptr<std::atomic<bool>> broken_ = std::make_shared<std::atomic<bool>>(false);
    Time file_began_, chunk_began_;
  };

  // kConfiguration when the directory cannot be written in.
  static Result<std::unique_ptr<Recorder>> open(Options options, EventLog& events);
  ~Recorder();  // as finish() without a limit
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // Tracks must go before the recorder does. Thread-safe.
  std::unique_ptr<Track> record(const std::string& stream, Time now);
  RecordingFigures figures() const;  // thread-safe
  // Writes what there is, and ends. False when that took longer than `patience`.
  bool finish(Duration patience);

 private:
  struct Chunk {
    std::uint64_t track = 0;
    std::string stream;
    std::shared_ptr<std::atomic<bool>> broken;
    std::vector<std::byte> bytes;
    bool begins_file = false, last = false;
  };
  struct File {
    os::Fd fd;
    std::string name;  // below the directory
    std::uint64_t bytes = 0;
  };

  Recorder(Options options, EventLog& events) : options_(std::move(options)), events_(events) {}
  void take(Chunk chunk);
  void run();
  void write(const Chunk& chunk);
  bool has_room();
  bool open_file(const std::string& stream, File& file);
  void close_file(const std::string& stream, File& file);
  void give_up(const Chunk& chunk, const std::string& why);
  void drop(const Chunk& chunk);

  const Options options_;
  EventLog& events_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Chunk> queue_;       // guarded by mutex_
  std::size_t queued_bytes_ = 0;  // guarded by mutex_
  bool ending_ = false;           // guarded by mutex_
  std::atomic<std::uint64_t> last_track_{0};

  std::map<std::uint64_t, File> files_;  // by track; the thread's, like all below
  Time next_look_{};
  bool room_ = true;
  bool failing_ = false;  // it was said that nothing can be written
  std::atomic<std::uint64_t> files_made_{0}, bytes_{0}, dropped_bytes_{0};
  Worker worker_;
};

}  // namespace aegis::relay
