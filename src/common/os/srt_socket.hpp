// libsrt behind types: the library's life, sockets and epoll. Only this room includes srt.h.
//
// Security: libsrt before 1.5.6 has two memory-safety holes that anyone who completes a handshake
// can reach (CVE-2026-55868, CVE-2026-55869). Debian 12 closes them in 1.5.1-1+deb12u2, a revision
// that the library does not tell at run time, so the package depends on it instead; built
// elsewhere, use 1.5.7 or newer.
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

// Payload of one SRT packet in live mode: 7 TS packets. What we send at most.
inline constexpr std::size_t kSrtPayload = 1316;
// What a foreign sender may put into one packet (1500 less the IP, UDP and SRT headers).
inline constexpr std::size_t kSrtMaxPayload = 1456;

struct SrtOptions {
  Duration latency{};                        // SRTO_LATENCY: floor for both directions
  std::string stream_id;                     // caller only; at most 512 bytes
  std::optional<crypto::Secret> passphrase;  // 10..79 characters
  Duration connect_timeout = 3s;
  Duration peer_idle_timeout = 5s;
  Bytes send_buffer{};                // zero: libsrt's default
  Bytes receive_buffer{};             // zero: libsrt's default
  int flow_window_packets = 0;        // SRTO_FC; zero: libsrt's default
  int reorder_tolerance_packets = 0;  // SRTO_LOSSMAXTTL
  BitRate max_bandwidth{};            // SRTO_MAXBW; zero: unlimited (-1)
  Bytes udp_buffer{};                 // SRTO_UDP_RCVBUF and _SNDBUF; zero: libsrt's default
};

// Why a listener turned a caller away (SRT_REJX_*, draft-sharabayko-srt Access Control).
enum class SrtReject : int {
  kBadRequest = 1400,
  kUnauthorized = 1401,
  kOverload = 1402,
  kForbidden = 1403,
  kNotFound = 1404,
  kBadMode = 1405,
  kNotAcceptable = 1406,
  kConflict = 1409,
  kLocked = 1423,
  kUnavailable = 1503,
};

// Figures of one socket, as srt_bistats gives them (instantaneous buffers). The rates are ours,
// from the byte totals: libsrt's own cover the time since somebody last cleared its counters.
struct SrtStats {
  Duration rtt{};
  BitRate send_rate, receive_rate;  // since the last stats() that lies at least 50 ms back
  std::int64_t packets_sent = 0, packets_received = 0;  // unique, total
  std::int64_t packets_lost = 0, packets_dropped = 0;   // receiver side, total
  std::int64_t packets_retransmitted = 0, packets_received_retransmitted = 0;
  std::int64_t packets_send_dropped = 0;
  std::int64_t packets_unacknowledged = 0;   // in the send buffer, now
  Bytes bytes_sent, bytes_received;          // total, with headers
  Bytes bytes_lost, bytes_dropped;           // receiver side, total, as libsrt estimates them
  BitRate bandwidth;                         // of the path, as libsrt's packet pairs tell it
  Duration send_buffer{}, receive_buffer{};  // ms worth of media
  Duration latency{};                        // negotiated for the receiving side
  Duration send_latency{};                   // the same for the sending side
};

class SrtEpoll;

class SrtSocket {
 public:
  SrtSocket();
  SrtSocket(SrtSocket&& other) noexcept;
  SrtSocket& operator=(SrtSocket&& other) noexcept;
  ~SrtSocket();  // closes

  // What a caller shows before it is let in. libsrt 1.5 does not tell here whether the caller
  // encrypts. The admission may set a passphrase for this caller: it is then refused by libsrt when
  // it has none or another one, as it is when it brings one and none is set (see take_refused). A
  // reject ends it with that code. Runs on libsrt's receive thread: must be quick and thread-safe,
  // must not call back into libsrt.
  struct Caller {
    Endpoint from;
    std::string_view stream_id;
  };
  struct Admission {
    std::optional<SrtReject> reject;
    std::optional<crypto::Secret> passphrase;
  };
  using Admit = std::function<Admission(const Caller&)>;

  // A non-blocking listener. Port 0 takes a free one, see local(). any_v6 hears both families.
  static Result<SrtSocket> listen(const Endpoint& local, const SrtOptions& options, Admit admit);
  // A non-blocking caller: the connection stands when the epoll says writable, and has failed when
  // it says broken (see failure()).
  static Result<SrtSocket> connect(const Endpoint& peer, const SrtOptions& options);

  // Next waiting connection, none when there is none.
  struct Accepted;
  std::optional<Accepted> accept();

  // Callers that were admitted but that libsrt then refused, since the last call: wrong, missing or
  // unexpected passphrase. Listeners only; bounded, the oldest are forgotten first.
  struct Refused {
    Endpoint from;
    std::string stream_id;
    std::string why;
  };
  std::vector<Refused> take_refused();

  enum class Io { kDone, kWouldBlock, kBroken };
  // One live message (at most kSrtPayload bytes; a shorter one is legal).
  Io send(ByteView message);
  // On kDone, `size` bytes of `buffer` are filled; it holds at least kSrtMaxPayload.
  Io receive(ByteSpan buffer, std::size_t& size);
  // Would receive() give something now? Cheaper than to hear kWouldBlock, for which libsrt throws
  // and catches an exception.
  bool readable() const;

  bool connected() const;
  // In words, after kBroken or a failed connect: why, and the code where the peer gave one (from
  // 1000 on as in SrtReject; below, libsrt's own: 10 wrong passphrase, 11 only one side encrypts).
  // Ask at once: libsrt forgets a broken socket about a second later.
  std::string reason() const;
  std::optional<int> reject_code() const;
  // The same as an Error: kRefused when the peer said no, kUnreachable when it was silent or is
  // gone.
  Error failure(std::string what) const;
  // Fails when the socket is not connected (any more). Owner's thread only.
  Result<SrtStats> stats() const;
  Endpoint local() const;
  Endpoint peer() const;
  int handle() const { return handle_; }
  explicit operator bool() const { return handle_ >= 0; }
  void close();

 private:
  struct Listener;
  struct RateSample {
    std::int64_t at_ms = 0;
    Bytes sent, received;
    BitRate send_rate, receive_rate;
  };
  explicit SrtSocket(int handle);
  void sample_rates(std::int64_t at_ms, SrtStats& stats) const;

  int handle_ = -1;
  std::unique_ptr<Listener> listener_;  // stable address for libsrt's callback; listeners only
  mutable RateSample rates_;
};

struct SrtSocket::Accepted {
  SrtSocket socket;
  Endpoint from;
  std::string stream_id;
};

// Waits for many SRT sockets in one thread. Not thread-safe but for wake(). libsrt has one wake-up
// for the whole process and hands it to one waiting thread, polling every 10 ms besides: use one
// waiting thread for all sockets where delay matters. A socket may be closed without remove().
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
  // Waits up to `timeout` (libsrt rounds up to 10 ms; 0 only looks). wake(), from any thread, ends
  // the wait within 10 ms, or ends the next one if none is under way. The events are valid until
  // the next call. A broken socket is reported until it is removed.
  const std::vector<Event>& wait(Duration timeout);
  void wake();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aegis::os
