// The rig's SRT caller: a thread that is the only owner of the SRT socket, connects it through the
// bond for as long as the stream runs, and sends what the input makes.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/control/rig_state.hpp"
#include "agent/media/chunk_queue.hpp"
#include "common/base/endpoint.hpp"
#include "common/base/result.hpp"
#include "common/base/units.hpp"
#include "common/crypto/secret.hpp"
#include "common/os/srt_socket.hpp"

namespace aegis::agent {

struct SrtUplinkOptions {
  Endpoint peer;  // the bond's loopback address, or an SRT listener
  std::string stream_id;
  std::optional<crypto::Secret> passphrase;
  Duration latency{};
  BitRate expected_rate;  // sizes the send buffer
  // The input marks where a decoder can start: media begins there on each connection.
  bool random_access = false;
};

// Called on the uplink's thread; both must be quick and thread-safe.
struct SrtUplinkHooks {
  std::function<bool()> path_ready;    // no call is made before this holds
  std::function<void()> on_connected;  // before the first chunk is sent (ask for a key frame)
};

struct SrtUplinkStatus {
  control::SrtPhase phase = control::SrtPhase::kWaiting;
  std::string reason;  // of the last failure, in words; empty before the first
  Duration ack_stall{};
  std::optional<os::SrtStats> stats;  // while connected
  std::uint64_t connections = 0;      // that stood, so far
  // The very first answer was a refusal of stream id or passphrase: waiting will not heal it.
  std::optional<Error> hopeless;
  bool finished = false;  // all media was sent and the connection is closed
};

class SrtUplink {
 public:
  // The queue is paused while there is no connection. Starts at once.
  SrtUplink(SrtUplinkOptions options, media::ChunkQueue& queue, SrtUplinkHooks hooks);
  ~SrtUplink();  // closes without waiting for anything
  SrtUplink(const SrtUplink&) = delete;
  SrtUplink& operator=(const SrtUplink&) = delete;

  // Thread-safe. Once the queue is drained the uplink waits for the last ACK and, with
  // `play_out`, for the relay's latency to run out, so that nothing is lost at the end; at most
  // until `deadline`. Then it closes and is finished.
  void finish(Time deadline, bool play_out);
  SrtUplinkStatus status() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aegis::agent
