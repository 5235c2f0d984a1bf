#include <algorithm>
#include <limits>

#include <fmt/core.h>
#include <sys/socket.h>

#include "common/os/errors.hpp"
#include "common/os/srt_internal.hpp"

namespace aegis::os {
namespace {

// Collects the first failure, so that a list of options reads as a list.
class OptionSetter {
 public:
  explicit OptionSetter(SRTSOCKET socket) : socket_(socket) {}

  template <typename T>
  OptionSetter& set(SRT_SOCKOPT option, const char* name, const T& value) {
    return set_bytes(option, name, &value, sizeof value);
  }
  OptionSetter& set_bytes(SRT_SOCKOPT option, const char* name, const void* data,
                          std::size_t size) {
    if (status_ && srt_setsockflag(socket_, option, data, static_cast<int>(size)) == SRT_ERROR)
      status_ = srt_error(fmt::format("cannot set SRT option {}", name));
    return *this;
  }
  Status status() const { return status_; }

 private:
  SRTSOCKET socket_;
  Status status_ = success();
};

int to_int(std::int64_t value) {
  return static_cast<int>(std::clamp<std::int64_t>(value, 0, std::numeric_limits<int>::max()));
}

int whole_milliseconds(Duration duration) {
  return to_int(std::chrono::ceil<std::chrono::milliseconds>(duration).count());
}

}  // namespace

Error srt_error(std::string what, std::string hint) {
  int system_code = 0;
  int const code = srt_getlasterror(&system_code);
  // libsrt keeps some stale errno with every error; with these two it is the cause.
  if (system_code != 0 && (code == SRT_ESOCKFAIL || code == SRT_ECONNSETUP))
    return system_error(system_code, std::move(what), std::move(hint), ErrorKind::kTryLater);
  auto const kind = code == SRT_EDUPLISTEN || code == SRT_EBINDCONFLICT || code == SRT_ENOBUF ||
                            code == SRT_ETHREAD || code == SRT_ESYSOBJ
                        ? ErrorKind::kTryLater
                        : ErrorKind::kInternal;
  return {kind, std::move(what), srt_strerror(code, 0), std::move(hint)};
}

Status set_srt_passphrase(SRTSOCKET socket, const crypto::Secret& passphrase) {
  auto const text = passphrase.expose();
  if (text.size() < 10 || text.size() > 79)
    return Error{
        ErrorKind::kConfiguration, "SRT passphrase", "it must have 10 to 79 characters", {}};
  return OptionSetter(socket)
      .set_bytes(SRTO_PASSPHRASE, "passphrase", text.data(), text.size())
      .status();
}

Status set_srt_options(SRTSOCKET socket, const SrtOptions& options) {
  if (options.stream_id.size() > 512)
    return Error{ErrorKind::kConfiguration, "SRT stream id", "it is longer than 512 bytes", {}};
  linger const no_linger{};
  OptionSetter setter(socket);
  setter
      .set(SRTO_TRANSTYPE, "transtype", SRTT_LIVE)  // first: it resets others
      .set(SRTO_SNDSYN, "sndsyn", false)
      .set(SRTO_RCVSYN, "rcvsyn", false)
      .set(SRTO_TLPKTDROP, "tlpktdrop", true)
      .set(SRTO_PAYLOADSIZE, "payloadsize", static_cast<int>(kSrtPayload))
      .set(SRTO_LINGER, "linger", no_linger)
      .set(SRTO_ENFORCEDENCRYPTION, "enforcedencryption", true)
      .set(SRTO_LATENCY, "latency", whole_milliseconds(options.latency))
      .set(SRTO_CONNTIMEO, "conntimeo", whole_milliseconds(options.connect_timeout))
      .set(SRTO_PEERIDLETIMEO, "peeridletimeo", whole_milliseconds(options.peer_idle_timeout))
      .set(SRTO_LOSSMAXTTL, "lossmaxttl", options.reorder_tolerance_packets);
  auto const rate = options.max_bandwidth.bits_per_second();
  setter.set(SRTO_MAXBW, "maxbw", rate > 0 ? std::int64_t{rate / 8} : std::int64_t{-1});
  // The flow window comes before the receive buffer, which libsrt cuts to it.
  if (options.flow_window_packets > 0) setter.set(SRTO_FC, "fc", options.flow_window_packets);
  if (options.send_buffer.count() > 0)
    setter.set(SRTO_SNDBUF, "sndbuf", to_int(options.send_buffer.count()));
  if (options.receive_buffer.count() > 0)
    setter.set(SRTO_RCVBUF, "rcvbuf", to_int(options.receive_buffer.count()));
  if (options.udp_buffer.count() > 0) {
    setter.set(SRTO_UDP_SNDBUF, "udp_sndbuf", to_int(options.udp_buffer.count()))
        .set(SRTO_UDP_RCVBUF, "udp_rcvbuf", to_int(options.udp_buffer.count()));
  }
  if (!options.stream_id.empty())
    setter.set_bytes(SRTO_STREAMID, "streamid", options.stream_id.data(), options.stream_id.size());
  if (auto const status = setter.status(); !status) return status.error();
  if (options.passphrase) return set_srt_passphrase(socket, *options.passphrase);
  return success();
}

}  // namespace aegis::os
