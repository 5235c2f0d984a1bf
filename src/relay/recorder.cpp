#include "relay/recorder.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/os/clock.hpp"
#include "common/os/errors.hpp"
#include "common/os/log.hpp"

namespace aegis::relay {
namespace {

namespace log = os::log;

constexpr std::size_t kChunk = 64 * 1024;
constexpr Duration kChunkAge = 500ms;  // a crash costs no more
// What may wait for the disk: over half a minute of a fast stream.
constexpr std::size_t kMostQueued = 64'000'000;
// A file that is due ends here even where no key frame comes.
constexpr Duration kNoKeyFrame = 10s;
constexpr Duration kLookAtDisk = 1s;

std::string utc_name() {
  auto const seconds = std::chrono::system_clock::to_time_t(
      std::chrono::time_point_cast<std::chrono::system_clock::duration>(os::wall_now()));
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts);
  return text;
}

bool write_all(int fd, ByteView bytes) {
  while (!bytes.empty()) {
    auto const put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return true;
}

}  // namespace

// --- On the stream's thread --------------------------------------------------------------------

Recorder::Track::Track(Recorder& recorder, std::string stream, std::uint64_t id, Time now)
    : recorder_(recorder),
      stream_(std::move(stream)),
      id_(id),
      file_began_(now),
      chunk_began_(now) {
  chunk_.reserve(kChunk);
}

Recorder::Track::~Track() {
  hand_over(true);
}

void Recorder::Track::write(ByteView payload, Time now) {
  if (chunk_.size() + payload.size() > kChunk || now - chunk_began_ >= kChunkAge) hand_over(false);
  if (chunk_.empty()) chunk_began_ = now;
  auto const marks = scan_.scan(payload);
  auto const here = chunk_.size();
  if (marks.table) table_at_ = here;
  chunk_.insert(chunk_.end(), payload.begin(), payload.end());
  auto const overdue = now - file_began_ - recorder_.options_.rotate;
  // After a hole no more is written before the next file, which is due at once.
  if (overdue < Duration::zero() && !*broken_) return;
  if (marks.random_access && table_at_) return cut(*table_at_, now);
  if (overdue >= kNoKeyFrame) cut(here, now);
}

// What stands in the chunk from there on begins a new file.
void Recorder::Track::cut(std::size_t at, Time now) {
  auto const from = chunk_.begin() + static_cast<std::ptrdiff_t>(at);
  std::vector<std::byte> const rest(from, chunk_.end());
  chunk_.erase(from, chunk_.end());
  hand_over(false);
  chunk_.assign(rest.begin(), rest.end());
  begins_file_ = true;
  broken_ = std::make_shared<std::atomic<bool>>(false);  // what comes late is of the old file
  file_began_ = now;
}

void Recorder::Track::hand_over(bool last) {
  if (chunk_.empty() && !last) return;
  Chunk chunk{id_, stream_, broken_, {}, begins_file_, last};
  chunk.bytes.reserve(kChunk);
  chunk.bytes.swap(chunk_);
  recorder_.take(std::move(chunk));
  begins_file_ = false;
  table_at_.reset();
}

std::unique_ptr<Recorder::Track> Recorder::record(const std::string& stream, Time now) {
  return std::unique_ptr<Track>(new Track(*this, stream, ++last_track_, now));
}

void Recorder::take(Chunk chunk) {
  {
    std::lock_guard const lock(mutex_);
    if (queued_bytes_ + chunk.bytes.size() > kMostQueued) {
      drop(chunk);
      chunk.bytes.clear();  // its flags still count
    }
    queued_bytes_ += chunk.bytes.size();
    queue_.push_back(std::move(chunk));
  }
  wake_.notify_one();
}

RecordingFigures Recorder::figures() const {
  return {files_made_, bytes_, dropped_bytes_};
}

// --- On the recorder's thread ------------------------------------------------------------------

Result<std::unique_ptr<Recorder>> Recorder::open(Options options, EventLog& events) {
  std::error_code code;
  std::filesystem::create_directories(options.directory, code);
  if (code || ::access(options.directory.c_str(), W_OK | X_OK) != 0)
    return Error{ErrorKind::kConfiguration, fmt::format("--record {}", options.directory.string()),
                 code ? code.message() : os::errno_text(errno),
                 "name a directory in which this user may write"};
  std::unique_ptr<Recorder> recorder(new Recorder(std::move(options), events));
  recorder->worker_ = Worker("record", [raw = recorder.get()] { raw->run(); });
  return recorder;
}

Recorder::~Recorder() {
  finish(Duration::max());
}

bool Recorder::finish(Duration patience) {
  {
    std::lock_guard const lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  return worker_.join(patience);
}

void Recorder::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return ending_ || !queue_.empty(); });
    if (queue_.empty()) break;
    auto const chunk = std::move(queue_.front());
    queue_.pop_front();
    queued_bytes_ -= chunk.bytes.size();
    lock.unlock();
    write(chunk);
    lock.lock();
  }
  for (auto& [track, file] : files_) close_file({}, file);
}

void Recorder::write(const Chunk& chunk) {
  auto& file = files_[chunk.track];
  if (chunk.begins_file) close_file(chunk.stream, file);
  if (!chunk.bytes.empty()) {
    if (!file.fd && !chunk.begins_file) {
      drop(chunk);
    } else if (!has_room()) {
      close_file(chunk.stream, file);
      give_up(chunk, fmt::format("less than {} is free", to_string(options_.keep_free)));
    } else if (!file.fd && !open_file(chunk.stream, file)) {
      give_up(chunk, os::errno_text(errno));
    } else if (!write_all(file.fd.get(), chunk.bytes)) {
      auto const why = os::errno_text(errno);
      close_file(chunk.stream, file);
      give_up(chunk, why);
    } else {
      file.bytes += chunk.bytes.size();
      bytes_ += chunk.bytes.size();
      failing_ = false;
    }
  }
  if (!chunk.last) return;
  close_file(chunk.stream, file);
  files_.erase(chunk.track);
}

bool Recorder::has_room() {
  auto const now = os::now();
  if (now < next_look_) return room_;
  next_look_ = now + kLookAtDisk;
  struct statvfs disk {};
  if (::statvfs(options_.directory.c_str(), &disk) != 0) return room_ = false;
  auto const free = static_cast<double>(disk.f_bavail) * static_cast<double>(disk.f_frsize);
  return room_ = free >= static_cast<double>(options_.keep_free.count());
}

bool Recorder::open_file(const std::string& stream, File& file) {
  constexpr int kSameSecond = 100;
  std::error_code code;
  std::filesystem::create_directories(options_.directory / stream, code);
  auto const base = stream + "/" + utc_name();
  for (int i = 1; i <= kSameSecond && !file.fd; ++i) {
    file.name = i == 1 ? base + ".ts" : fmt::format("{}-{}.ts", base, i);
    file.fd = os::Fd(::open((options_.directory / file.name).c_str(),
                            O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666));
    if (!file.fd && errno != EEXIST) return false;
  }
  if (!file.fd) return false;
  file.bytes = 0;
  ++files_made_;
  events_.add("recording_started", {{"stream", stream}, {"file", file.name}});
  return true;
}

void Recorder::close_file(const std::string& stream, File& file) {
  if (!file.fd) return;
  ::fdatasync(file.fd.get());
  file.fd.reset();
  if (!stream.empty())
    events_.add("recording_ended",
                {{"stream", stream}, {"file", file.name}, {"bytes", file.bytes}});
}

void Recorder::drop(const Chunk& chunk) {
  dropped_bytes_ += chunk.bytes.size();
  *chunk.broken = true;
}

// Said once until something is written again.
void Recorder::give_up(const Chunk& chunk, const std::string& why) {
  drop(chunk);
  if (std::exchange(failing_, true)) return;
  log::error("nothing is recorded stream={} why=\"{}\"", chunk.stream, why);
  events_.add("recording_failed", {{"stream", chunk.stream}, {"reason", why}});
}

}  // namespace aegis::relay
