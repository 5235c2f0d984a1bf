// A container's bytes as they come from outside, for a MediaReader: each way in waits by its own
// means, so that it can always be left.
#pragma once

#include <memory>
#include <stop_token>
#include <string_view>

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/os/fd.hpp"

namespace aegis::agent::media {

class ByteStream {
 public:
  virtual ~ByteStream() = default;
  // Waits for bytes; 0 at the end. Leaves within 100 ms of a stop, with an error.
  virtual Result<std::size_t> read(ByteSpan to, const std::stop_token& stop) = 0;
  // Which demuxer of libav reads it.
  virtual const char* format() const = 0;
};

// MPEG-TS from a descriptor that is not owned, to its end.
std::unique_ptr<ByteStream> pipe_stream(int fd);
// MPEG-TS from a UDP socket; never ends. The bytes of a datagram for which `to` has no room are
// given at the next call.
std::unique_ptr<ByteStream> udp_stream(std::shared_ptr<os::Fd> socket);

// The socket for udp://HOST:PORT with a numeric host, or none for every address; a multicast group
// is joined. Errors: kUsage, or kBadInput when the address is not to be had.
Result<os::Fd> open_udp_input(std::string_view spec);

// The error of whoever was asked to stop waiting for bytes.
Error input_left();

// Waits up to `timeout` for `fd` to have something; whether it has. For loops that look at a stop.
bool wait_readable(int fd, Duration timeout);

}  // namespace aegis::agent::media
