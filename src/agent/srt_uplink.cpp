#include "agent/srt_uplink.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <thread>

#include "agent/control/reconnect.hpp"
#include "common/crypto/random.hpp"
#include "common/os/clock.hpp"
#include "common/os/log.hpp"
#include "common/os/thread.hpp"

namespace aegis::agent {
namespace {

constexpr Duration kPoll = 20ms;  // a stop, a broken socket or a full buffer is seen within this
constexpr Duration kStatsEvery = 100ms;
constexpr Duration kRejectedRetry = 5s;
constexpr BitRate kLeastExpected = BitRate::megabits(20);

std::uint32_t random_number() {
  std::array<std::byte, 4> bytes{};
  crypto::random_bytes(bytes);
  return load_u32(bytes, 0);
}

os::SrtOptions socket_options(const SrtUplinkOptions& options) {
  os::SrtOptions to;
  to.latency = options.latency;
  to.stream_id = options.stream_id;
  to.passphrase = options.passphrase;
  // libsrt's pacer must not be the bottleneck: with a bound near the media's rate its queue grows
  // on idle links at the first loss. The encoder and the bond keep the rate in bounds.
  to.max_bandwidth = BitRate();
  auto const rate = std::max(options.expected_rate.scaled(2), kLeastExpected);
  to.send_buffer = rate * (options.latency + 1s);
  return to;
}

}  // namespace

struct SrtUplink::Impl {
  SrtUplinkOptions const options;
  media::ChunkQueue& queue;
  SrtUplinkHooks const hooks;

  std::atomic<bool> stop{false};
  mutable std::mutex mutex;
  SrtUplinkStatus status;         // guarded by mutex
  std::optional<Time> finish_by;  // guarded by mutex
  bool play_out = false;          // guarded by mutex

  // The thread's own.
  os::SrtLibrary library;
  os::SrtSocket socket;
  control::Backoff backoff;
  std::optional<control::AckWatchdog> watchdog;
  std::optional<media::TsChunk> pending;
  Time next_stats{};
  std::optional<Time> sent_out_at;  // when the last packet was acknowledged after the end
  os::SrtStats stats;
  os::Thread thread;  // last

  Impl(SrtUplinkOptions from, media::ChunkQueue& to, SrtUplinkHooks with)
      : options(std::move(from)), queue(to), hooks(std::move(with)) {}

  void run();
  bool wait_for(const std::function<bool()>& ready);
  bool connect();
  bool await_handshake();
  void on_failed_handshake();
  void serve();
  bool send_waiting(Time now);
  std::optional<std::string> check(Time now);
  bool over(Time now);
  void disconnect(const std::string& reason);
  void set_phase(control::SrtPhase phase);
  void set_reason(const std::string& reason);
  std::optional<Time> deadline() const;
};

SrtUplink::SrtUplink(SrtUplinkOptions options, media::ChunkQueue& queue, SrtUplinkHooks hooks)
    : impl_(std::make_unique<Impl>(std::move(options), queue, std::move(hooks))) {
  impl_->thread = os::Thread("srt", [impl = impl_.get()] { impl->run(); });
}

SrtUplink::~SrtUplink() {
  impl_->stop = true;
  impl_->thread.join();
}

void SrtUplink::finish(Time deadline, bool play_out) {
  std::lock_guard const lock(impl_->mutex);
  impl_->finish_by = deadline;
  impl_->play_out = play_out;
}

SrtUplinkStatus SrtUplink::status() const {
  std::lock_guard const lock(impl_->mutex);
  return impl_->status;
}

void SrtUplink::Impl::set_phase(control::SrtPhase phase) {
  std::lock_guard const lock(mutex);
  status.phase = phase;
}

void SrtUplink::Impl::set_reason(const std::string& reason) {
  std::lock_guard const lock(mutex);
  status.reason = reason;
}

std::optional<Time> SrtUplink::Impl::deadline() const {
  std::lock_guard const lock(mutex);
  return finish_by;
}

void SrtUplink::Impl::run() {
  while (!stop) {
    if (!connect()) continue;
    serve();
    std::lock_guard const lock(mutex);
    if (status.finished) break;
  }
  socket.close();
  queue.pause();
}

// Polls until `ready`; false when the stream is over before that.
bool SrtUplink::Impl::wait_for(const std::function<bool()>& ready) {
  while (!ready()) {
    if (stop) return false;
    // Without a connection there is nothing that could still leave.
    if (deadline()) {
      std::lock_guard const lock(mutex);
      status.finished = true;
      stop = true;
      return false;
    }
    std::this_thread::sleep_for(kPoll / 2);
  }
  return true;
}

bool SrtUplink::Impl::connect() {
  Time const not_before = os::now() + backoff.next(random_number());
  if (!wait_for([&] { return os::now() >= not_before && hooks.path_ready(); })) return false;
  auto called = os::SrtSocket::connect(options.peer, socket_options(options));
  if (!called) {
    os::log::error(called.error());
    set_reason(called.error().why);
    return false;
  }
  socket = std::move(*called);
  set_phase(control::SrtPhase::kConnecting);
  return await_handshake();
}

bool SrtUplink::Impl::await_handshake() {
  os::SrtEpoll epoll;
  epoll.add(socket, false, true);
  bool failed = false;
  bool const decided = wait_for([&] {
    for (auto const& event : epoll.wait(kPoll / 2)) failed = failed || event.broken;
    return failed || socket.connected();
  });
  epoll.remove(socket);
  if (!decided) return false;
  if (failed) {
    on_failed_handshake();
    return false;
  }
  backoff.reset();
  std::lock_guard const lock(mutex);
  status.phase = control::SrtPhase::kConnected;
  status.reason.clear();
  ++status.connections;
  return true;
}

void SrtUplink::Impl::on_failed_handshake() {
  auto const code = socket.reject_code();
  auto const failure = socket.failure("the relay refused the stream");
  socket.close();
  bool const wrong_key =
      code && control::meaning_of_reject(*code) == control::RejectMeaning::kWrongKey;
  bool const rejected = failure.kind == ErrorKind::kRefused || failure.kind == ErrorKind::kTryLater;
  {
    std::lock_guard const lock(mutex);
    status.phase = rejected ? control::SrtPhase::kRejected : control::SrtPhase::kWaiting;
    status.reason = failure.why;
    if (wrong_key && status.connections == 0) status.hopeless = failure;
  }
  os::log::warn("SRT handshake failed reason=\"{}\"", failure.why);
  if (!rejected) return;
  Time const again = os::now() + kRejectedRetry;
  wait_for([&] { return os::now() >= again; });
}

// Sends until the connection or the stream ends.
void SrtUplink::Impl::serve() {
  watchdog.emplace(options.latency);
  pending.reset();
  sent_out_at.reset();
  // Old media is of no use to anybody; the next key frame starts the picture.
  queue.restart(options.random_access);
  hooks.on_connected();
  os::log::info("SRT connected latency_ms={}", options.latency / 1ms);
  while (!stop) {
    queue.wait_ready(kPoll);
    Time const now = os::now();
    bool const blocked = !send_waiting(now);
    if (auto const broken = check(now)) return disconnect(*broken);
    if (over(now)) return;
    // The queue does not sleep while it holds something.
    if (blocked) std::this_thread::sleep_for(1ms);
  }
}

// False when libsrt has no room.
bool SrtUplink::Impl::send_waiting(Time now) {
  while (true) {
    if (!pending) pending = queue.pop(now);
    if (!pending) return true;
    if (socket.send(pending->view()) == os::SrtSocket::Io::kWouldBlock) return false;
    pending.reset();  // sent; or the socket is broken, which check() sees
  }
}

// Why the connection is of no more use, if it is.
std::optional<std::string> SrtUplink::Impl::check(Time now) {
  if (!socket.connected()) return socket.reason();
  if (now < next_stats) return std::nullopt;
  next_stats = now + kStatsEvery;
  auto const latest = socket.stats();
  if (!latest) return latest.error().why;
  stats = *latest;
  watchdog->sample(stats.packets_sent, stats.packets_send_dropped, stats.packets_unacknowledged,
                   now);
  {
    std::lock_guard const lock(mutex);
    status.stats = stats;
    status.ack_stall = watchdog->stalled(now);
  }
  if (!watchdog->dead(now)) return std::nullopt;
  return "no ACK for " + to_string(watchdog->limit());
}

// Whether the stream has ended and nothing more can be done for its last packets.
bool SrtUplink::Impl::over(Time now) {
  std::lock_guard const lock(mutex);
  if (!finish_by) return false;
  bool const all_sent = queue.drained() && !pending;
  // Figures from before the last packet do not count.
  bool const all_acknowledged = all_sent && stats.packets_unacknowledged == 0;
  if (!all_sent) next_stats = now;
  if (!all_acknowledged) sent_out_at.reset();
  if (all_acknowledged && !sent_out_at) sent_out_at = now + kStatsEvery;
  Duration const rest = play_out ? std::max(options.latency, stats.latency) : Duration{};
  bool const done = sent_out_at && now >= *sent_out_at + rest;
  if (!done && now < *finish_by) return false;
  status.finished = true;
  status.phase = control::SrtPhase::kWaiting;
  stop = true;
  return true;
}

void SrtUplink::Impl::disconnect(const std::string& reason) {
  os::log::warn("SRT connection lost reason=\"{}\"", reason);
  socket.close();
  queue.pause();
  std::lock_guard const lock(mutex);
  status.phase = control::SrtPhase::kWaiting;
  status.reason = reason;
  status.stats.reset();
  status.ack_stall = {};
}

}  // namespace aegis::agent
