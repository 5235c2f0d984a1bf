#include "common/os/srt_socket.hpp"

#include <cassert>
#include <mutex>
#include <utility>

#include <fmt/core.h>
#include <netinet/in.h>

#include "common/os/fd.hpp"
#include "common/os/sockaddr.hpp"
#include "common/os/srt_internal.hpp"

namespace aegis::os {
namespace {

constexpr int kBacklog = 128;
constexpr std::size_t kMaxPending = 256;
constexpr std::int64_t kMinRateSpanMs = 50;
constexpr int kRejectInternal = 1500;

Endpoint address_of(SRTSOCKET socket, int (*query)(SRTSOCKET, sockaddr*, int*)) {
  SocketAddress address;
  int size = sizeof(sockaddr_storage);
  if (query(socket, address.get(), &size) == SRT_ERROR) return {};
  return to_endpoint(address.get());
}

std::string stream_id_of(SRTSOCKET socket) {
  char text[513] = {};
  int size = sizeof text - 1;
  if (srt_getsockflag(socket, SRTO_STREAMID, text, &size) == SRT_ERROR || size < 0) return {};
  return {text, static_cast<std::size_t>(size)};
}

SocketAddress srt_address(const Endpoint& endpoint) {
  return to_socket_address(endpoint, endpoint.is_v4() ? AF_INET : AF_INET6);
}

// Words for libsrt's own codes that a user can act on; the library's for the rest.
std::string reject_words(int code) {
  switch (code) {
    case SRT_REJ_BADSECRET:
      return "the passphrase is wrong";
    case SRT_REJ_UNSECURE:
      return "only one side has a passphrase";
    case SRT_REJ_TIMEOUT:
      return "no answer";
    case SRT_REJ_BACKLOG:
      return "the listener has too many callers waiting";
    case SRT_REJ_VERSION:
      return "the listener wants a newer SRT version";
    case static_cast<int>(SrtReject::kBadRequest):
      return "the listener did not understand the stream id (1400)";
    case static_cast<int>(SrtReject::kUnauthorized):
      return "the listener does not accept this stream id or key (1401)";
    case static_cast<int>(SrtReject::kOverload):
      return "the listener is overloaded (1402)";
    case static_cast<int>(SrtReject::kForbidden):
      return "the listener forbids it (1403)";
    case static_cast<int>(SrtReject::kNotFound):
      return "there is no such stream (1404)";
    case static_cast<int>(SrtReject::kBadMode):
      return "the listener does not offer this mode (1405)";
    case static_cast<int>(SrtReject::kNotAcceptable):
      return "the listener does not take calls from this address (1406)";
    case static_cast<int>(SrtReject::kConflict):
      return "the stream is in use (1409)";
    case static_cast<int>(SrtReject::kLocked):
      return "the stream is locked (1423)";
    case static_cast<int>(SrtReject::kUnavailable):
      return "the listener cannot serve now (1503)";
    default:
      if (code >= SRT_REJC_PREDEFINED) return fmt::format("the listener refused ({})", code);
      return fmt::format("{} (SRT reject {})", srt_rejectreason_str(code), code);
  }
}

}  // namespace

// Shared with libsrt's receive thread, which runs the hook.
struct SrtSocket::Listener {
  struct Pending {
    SRTSOCKET handle = SRT_INVALID_SOCK;
    bool with_passphrase = false;
    Endpoint from;
    std::string stream_id;
  };
  Admit admit;
  bool default_passphrase = false;
  std::mutex mutex;
  std::vector<Pending> pending;  // admitted, and neither accepted nor found refused yet

  int on_caller(SRTSOCKET handle, const sockaddr* peer, const char* stream_id);
  static int hook(void* self, SRTSOCKET handle, int version, const sockaddr* peer,
                  const char* stream_id) noexcept;
};

// Returns the code to reject with, or 0.
int SrtSocket::Listener::on_caller(SRTSOCKET handle, const sockaddr* peer, const char* stream_id) {
  Caller const caller{to_endpoint(peer), stream_id == nullptr ? "" : stream_id};
  if (!admit) return 0;
  auto const admission = admit(caller);
  if (admission.reject) return static_cast<int>(*admission.reject);
  if (admission.passphrase && !set_srt_passphrase(handle, *admission.passphrase))
    return kRejectInternal;
  std::lock_guard const lock(mutex);
  if (pending.size() >= kMaxPending) pending.erase(pending.begin());
  pending.push_back({handle, admission.passphrase || default_passphrase, caller.from,
                     std::string(caller.stream_id)});
  return 0;
}

int SrtSocket::Listener::hook(void* self, SRTSOCKET handle, int /*version*/, const sockaddr* peer,
                              const char* stream_id) noexcept {
  int code = kRejectInternal;
  try {
    code = static_cast<Listener*>(self)->on_caller(handle, peer, stream_id);
  } catch (...) {  // nothing may pass through libsrt; the caller is turned away
  }
  if (code == 0) return 0;
  srt_setrejectreason(handle, code);
  return -1;
}

SrtSocket::SrtSocket() = default;
SrtSocket::SrtSocket(int handle) : handle_(handle) {}
SrtSocket::SrtSocket(SrtSocket&& other) noexcept
    : handle_(std::exchange(other.handle_, -1)),
      listener_(std::move(other.listener_)),
      rates_(other.rates_) {}

SrtSocket& SrtSocket::operator=(SrtSocket&& other) noexcept {
  if (this != &other) {
    close();
    handle_ = std::exchange(other.handle_, -1);
    listener_ = std::move(other.listener_);
    rates_ = other.rates_;
  }
  return *this;
}

SrtSocket::~SrtSocket() {
  close();
}

void SrtSocket::close() {
  // libsrt waits here for a hook that is running, and starts none after it.
  if (handle_ >= 0) srt_close(std::exchange(handle_, -1));
  listener_.reset();
}

Result<SrtSocket> SrtSocket::listen(const Endpoint& local, const SrtOptions& options, Admit admit) {
  auto const what = fmt::format("cannot listen for SRT on {}", to_string(local));
  SrtSocket socket(srt_create_socket());
  if (!socket) return srt_error(what);
  if (auto set = set_srt_options(socket.handle_, options); !set) return set.error();
  bool const is_v4 = local.is_v4();
  if (!is_v4) {
    int const both = local.is_any() ? 0 : 1;
    if (srt_setsockflag(socket.handle_, SRTO_IPV6ONLY, &both, sizeof both) == SRT_ERROR)
      return srt_error(what);
  }
  auto const address = srt_address(local);
  if (srt_bind(socket.handle_, address.get(), static_cast<int>(address.size)) == SRT_ERROR) {
    auto error = srt_error(what, "see 'ss -ulpn' for who holds which port");
    // A kernel without IPv6: "every address" is every IPv4 address there.
    if (!is_v4 && local.is_any() && !Fd(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0)))
      return listen(Endpoint::v4(0, 0, 0, 0, local.port()), options, std::move(admit));
    return error;
  }
  socket.listener_ = std::make_unique<Listener>();
  socket.listener_->admit = std::move(admit);
  socket.listener_->default_passphrase = options.passphrase.has_value();
  if (srt_listen_callback(socket.handle_, Listener::hook, socket.listener_.get()) == SRT_ERROR ||
      srt_listen(socket.handle_, kBacklog) == SRT_ERROR)
    return srt_error(what);
  return socket;
}

Result<SrtSocket> SrtSocket::connect(const Endpoint& peer, const SrtOptions& options) {
  auto const what = fmt::format("cannot call SRT at {}", to_string(peer));
  SrtSocket socket(srt_create_socket());
  if (!socket) return srt_error(what);
  if (auto set = set_srt_options(socket.handle_, options); !set) return set.error();
  auto const address = srt_address(peer);
  if (srt_connect(socket.handle_, address.get(), static_cast<int>(address.size)) == SRT_ERROR)
    return srt_error(what);
  return socket;
}

std::optional<SrtSocket::Accepted> SrtSocket::accept() {
  SocketAddress from;
  int size = sizeof(sockaddr_storage);
  SRTSOCKET const handle = srt_accept(handle_, from.get(), &size);
  if (handle == SRT_INVALID_SOCK) return std::nullopt;
  if (listener_) {
    std::lock_guard const lock(listener_->mutex);
    std::erase_if(listener_->pending, [&](const auto& p) { return p.handle == handle; });
  }
  return Accepted{SrtSocket(handle), to_endpoint(from.get()), stream_id_of(handle)};
}

std::vector<SrtSocket::Refused> SrtSocket::take_refused() {
  std::vector<Refused> out;
  if (!listener_) return out;
  std::vector<Listener::Pending> pending;
  {
    std::lock_guard const lock(listener_->mutex);
    pending = listener_->pending;
  }
  // Asked without the lock: the hook takes it while it holds locks of libsrt's.
  std::erase_if(pending, [](const auto& p) { return srt_getsockstate(p.handle) < SRTS_BROKEN; });
  std::lock_guard const lock(listener_->mutex);
  for (auto& gone : pending) {
    auto const same = [&](const auto& p) { return p.handle == gone.handle; };
    if (std::erase_if(listener_->pending, same) == 0) continue;
    out.push_back({gone.from, std::move(gone.stream_id),
                   gone.with_passphrase
                       ? "the caller's passphrase is wrong or missing"
                       : "the caller has a passphrase, but none is set here, or it gave up"});
  }
  return out;
}

SrtSocket::Io SrtSocket::send(ByteView message) {
  assert(message.size() <= kSrtPayload);
  SRT_MSGCTRL control = srt_msgctrl_default;
  auto const sent = srt_sendmsg2(handle_, reinterpret_cast<const char*>(message.data()),
                                 static_cast<int>(message.size()), &control);
  if (sent != SRT_ERROR) return Io::kDone;
  int const code = srt_getlasterror(nullptr);
  return code == SRT_EASYNCSND || code == SRT_ECONGEST ? Io::kWouldBlock : Io::kBroken;
}

SrtSocket::Io SrtSocket::receive(ByteSpan buffer, std::size_t& size) {
  assert(buffer.size() >= kSrtMaxPayload);
  SRT_MSGCTRL control = srt_msgctrl_default;
  auto const got = srt_recvmsg2(handle_, reinterpret_cast<char*>(buffer.data()),
                                static_cast<int>(buffer.size()), &control);
  size = got > 0 ? static_cast<std::size_t>(got) : 0;
  if (got > 0) return Io::kDone;
  if (got == 0) return Io::kBroken;  // closed by the peer and all read
  return srt_getlasterror(nullptr) == SRT_EASYNCRCV ? Io::kWouldBlock : Io::kBroken;
}

bool SrtSocket::readable() const {
  int events = 0;
  int size = sizeof events;
  return srt_getsockflag(handle_, SRTO_EVENT, &events, &size) != SRT_ERROR &&
         (events & SRT_EPOLL_IN) != 0;
}

bool SrtSocket::connected() const {
  return srt_getsockstate(handle_) == SRTS_CONNECTED;
}

std::optional<int> SrtSocket::reject_code() const {
  int const code = srt_getrejectreason(handle_);
  if (code <= SRT_REJ_UNKNOWN || code == SRT_REJ_TIMEOUT) return std::nullopt;
  return code;
}

std::string SrtSocket::reason() const {
  int const code = srt_getrejectreason(handle_);
  if (code > SRT_REJ_UNKNOWN) return reject_words(code);
  return "the connection is gone: the peer closed it or fell silent";
}

Error SrtSocket::failure(std::string what) const {
  auto const code = reject_code();
  auto kind = ErrorKind::kUnreachable;
  if (code &&
      (*code >= SRT_REJC_PREDEFINED || *code == SRT_REJ_BADSECRET || *code == SRT_REJ_UNSECURE))
    kind = ErrorKind::kRefused;
  if (code == static_cast<int>(SrtReject::kOverload) ||
      code == static_cast<int>(SrtReject::kConflict) ||
      code == static_cast<int>(SrtReject::kUnavailable))
    kind = ErrorKind::kTryLater;
  return {kind, std::move(what), reason(), {}};
}

void SrtSocket::sample_rates(std::int64_t at_ms, SrtStats& stats) const {
  auto const span = at_ms - rates_.at_ms;
  if (span >= kMinRateSpanMs) {
    Duration const elapsed = std::chrono::milliseconds(span);
    rates_ = {at_ms, stats.bytes_sent, stats.bytes_received,
              BitRate::from(stats.bytes_sent - rates_.sent, elapsed),
              BitRate::from(stats.bytes_received - rates_.received, elapsed)};
  }
  stats.send_rate = rates_.send_rate;
  stats.receive_rate = rates_.receive_rate;
}

Result<SrtStats> SrtSocket::stats() const {
  SRT_TRACEBSTATS raw{};
  // Never cleared: what libsrt only counts between clears (received retransmissions) stays a total.
  if (srt_bistats(handle_, &raw, 0, 1) == SRT_ERROR)
    return Error{ErrorKind::kTryLater, "no SRT figures", "the socket is not connected", {}};
  SrtStats stats;
  stats.rtt = Duration(static_cast<std::int64_t>(raw.msRTT * 1000));
  stats.packets_sent = raw.pktSentUniqueTotal;
  stats.packets_received = raw.pktRecvUniqueTotal;
  stats.packets_lost = raw.pktRcvLossTotal;
  stats.packets_dropped = raw.pktRcvDropTotal;
  stats.packets_retransmitted = raw.pktRetransTotal;
  stats.packets_received_retransmitted = raw.pktRcvRetrans;
  stats.packets_send_dropped = raw.pktSndDropTotal;
  stats.packets_unacknowledged = raw.pktSndBuf;
  stats.bytes_sent = Bytes(static_cast<std::int64_t>(raw.byteSentTotal));
  stats.bytes_received = Bytes(static_cast<std::int64_t>(raw.byteRecvTotal));
  stats.bytes_lost = Bytes(static_cast<std::int64_t>(raw.byteRcvLossTotal));
  stats.bytes_dropped = Bytes(static_cast<std::int64_t>(raw.byteRcvDropTotal));
  stats.bandwidth = BitRate::megabits(raw.mbpsBandwidth);
  stats.send_buffer = std::chrono::milliseconds(raw.msSndBuf);
  stats.receive_buffer = std::chrono::milliseconds(raw.msRcvBuf);
  stats.latency = std::chrono::milliseconds(raw.msRcvTsbPdDelay);
  stats.send_latency = std::chrono::milliseconds(raw.msSndTsbPdDelay);
  sample_rates(raw.msTimeStamp, stats);
  return stats;
}

Endpoint SrtSocket::local() const {
  return address_of(handle_, srt_getsockname);
}
Endpoint SrtSocket::peer() const {
  return address_of(handle_, srt_getpeername);
}

}  // namespace aegis::os
