// libsrt behind types: the library's life, sockets and epoll. The only includer of srt.h.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/endpoint.hpp"
#include "common/base/result.hpp"
#include "common/base/units.hpp"
#include "common/crypto/secret.hpp"

namespace aegis::os {

// Holds srt_startup/srt_cleanup; routes libsrt's own log into ours at debug level, rate-limited.
// Keep one alive in the process for as long as any SrtSocket lives.
class SrtLibrary {
 public:
  SrtLibrary();
  ~SrtLibrary();
  SrtLibrary(const SrtLibrary&) = delete;
  SrtLibrary& operator=(const SrtLibrary&) = delete;
};

// Payload of one SRT packet in live mode: 7 TS packets.
inline constexpr std::size_t kSrtPayload = 1316;

struct SrtOptions {
  Duration latency{};                   // SRTO_LATENCY: floor for both directions
  std::string stream_id;                // caller only; at most 512 bytes
  std::optional<crypto::Secret> passphrase;  // 10..79 characters
  Duration connect_timeout = 3s;
  Duration peer_idle_timeout = 5s;
  Bytes send_buffer{};                  // zero: libsrt's default
  Bytes receive_buffer{};               // zero: libsrt's default
  int flow_window_packets = 0;          // SRTO_FC; zero: libsrt's default
  int reorder_tolerance_packets = 0;    // SRTO_LOSSMAXTTL
  BitRate max_bandwidth{};              // SRTO_MAXBW; zero: unlimited (-1)
  Bytes udp_buffer{};                   // SRTO_UDP_RCVBUF and _SNDBUF; zero: libsrt's default
};

// Why a listener turned a caller away (SRT_REJX_*, draft-sharabayko-srt Access Control).
enum class SrtReject : int {
  kBadRequest = 1400,
  kUnauthorized = 1401,
  kOverload = 1402,
  kForbidden = 1403,
  kNotFound = 1404,
  kBadMode = 1405,
  kConflict = 1409,
  kLocked = 1423,
  kUnavailable = 1503,
};

// Figures of one socket, as srt_bistats gives them (instantaneous buffers).
struct SrtStats {
  Duration rtt{};
  BitRate send_rate, receive_rate;          // over the last interval
  std::int64_t packets_sent = 0, packets_received = 0;            // unique, total
  std::int64_t packets_lost = 0, packets_dropped = 0;             // receiver side, total
  std::int64_t packets_retransmitted = 0, packets_received_retransmitted = 0;
  std::int64_t packets_send_dropped = 0;
  Bytes bytes_sent, bytes_received;         // total, with headers
  Duration send_buffer{}, receive_buffer{}; // ms worth of media
  Duration latency{};                       // negotiated for the receiving side
};

class SrtEpoll;

class SrtSocket {
 public:
  SrtSocket() = default;
  SrtSocket(SrtSocket&& other) noexcept;
  SrtSocket& operator=(SrtSocket&& other) noexcept;
  ~SrtSocket();  // closes

  // What a caller shows before it is let in. `accept_with` may set a passphrase for this caller;
  // returning a reject ends it with that code. Runs on libsrt's receive thread: must be quick and
  // thread-safe, must not call back into libsrt.
  struct Caller {
    Endpoint from;
    std::string_view stream_id;
    bool encrypted = false;
  };
  struct Admission {
    std::optional<SrtReject> reject;
    std::optional<crypto::Secret> passphrase;
  };
  using Admit = std::function<Admission(const Caller&)>;

  // A non-blocking listener. Port 0 takes a free one, see local().
  static Result<SrtSocket> listen(const Endpoint& local, const SrtOptions& options, Admit admit);
  // A non-blocking caller: connection is complete when the epoll says kWrite, failed on kError.
  static Result<SrtSocket> connect(const Endpoint& peer, const SrtOptions& options);

  // Next waiting connection, none when there is none.
  struct Accepted;
  std::optional<Accepted> accept();

  enum class Io { kDone, kWouldBlock, kBroken };
  // One live message (at most kSrtPayload bytes; a shorter one is legal).
  Io send(ByteView message);
  // On kDone, `size` bytes of `buffer` are filled. `source_time_us` is the sender's timestamp.
  Io receive(ByteSpan buffer, std::size_t& size);

  bool connected() const;
  // In words, after kBroken or a failed connect: why, and the reject code where the peer gave one.
  std::string reason() const;
  std::optional<int> reject_code() const;
  Result<SrtStats> stats() const;
  Endpoint local() const;
  Endpoint peer() const;
  int handle() const { return handle_; }
  explicit operator bool() const { return handle_ >= 0; }
  void close();

 private:
  explicit SrtSocket(int handle) : handle_(handle) {}
  int handle_ = -1;
  std::unique_ptr<Admit> admit_;  // stable address for libsrt's callback; listeners only
};

struct SrtSocket::Accepted {
  SrtSocket socket;
  Endpoint from;
  std::string stream_id;
};

// Waits for many SRT sockets (and one wake-up descriptor) in one thread.
class SrtEpoll {
 public:
  SrtEpoll();
  ~SrtEpoll();
  SrtEpoll(const SrtEpoll&) = delete;
  SrtEpoll& operator=(const SrtEpoll&) = delete;

  struct Event {
    int handle = -1;  // SrtSocket::handle()
    bool readable = false, writable = false, broken = false;
  };
  void add(const SrtSocket& socket, bool read, bool write);
  void change(const SrtSocket& socket, bool read, bool write);
  void remove(const SrtSocket& socket);
  // Waits up to `timeout`; `wake` makes it return at once, from any thread.
  const std::vector<Event>& wait(Duration timeout);
  void wake();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aegis::os
