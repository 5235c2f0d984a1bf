#include "agent/media/input.hpp"

#include <memory>
#include <utility>

#include <fmt/format.h>

#include "agent/media/byte_stream.hpp"
#include "agent/media/reader_input.hpp"
#include "agent/media/test_input.hpp"

namespace aegis::agent::media {
namespace {

Result<std::unique_ptr<Input>> file_input(const std::string& path, bool loop, Canvas& canvas) {
  auto origin = [path](const std::stop_token&) -> Result<MediaOrigin> {
    return MediaOrigin{.name = path, .url = "file:" + path};
  };
  return open_reader_input({path, "file", origin, false, loop}, canvas);
}

Result<std::unique_ptr<Input>> pipe_input(Canvas& canvas) {
  auto origin = [](const std::stop_token&) -> Result<MediaOrigin> {
    return MediaOrigin{.name = "standard input", .bytes = pipe_stream(0), .live = true};
  };
  return open_reader_input({"-", "pipe", origin, false, false}, canvas);
}

// The address is taken once, so that one that is not to be had is told at once.
Result<std::unique_ptr<Input>> udp_input(const std::string& spec, Canvas& canvas) {
  auto socket = open_udp_input(spec);
  if (!socket) return socket.error();
  auto shared = std::make_shared<os::Fd>(std::move(*socket));
  auto origin = [spec, shared](const std::stop_token&) -> Result<MediaOrigin> {
    return MediaOrigin{.name = spec, .bytes = udp_stream(shared), .live = true};
  };
  return open_reader_input({spec, "udp", origin, true, false}, canvas);
}

}  // namespace

Result<std::unique_ptr<Input>> open_input(const std::string& spec, bool loop, Canvas& canvas) {
  if (spec == "test") return make_test_input(canvas);
  if (spec == "-") return pipe_input(canvas);
  if (spec.starts_with("udp://")) return udp_input(spec, canvas);
  if (spec.find("://") == std::string::npos) return file_input(spec, loop, canvas);
  return Error{ErrorKind::kUsage, fmt::format("cannot read input {}", spec),
               "this kind of address is not supported", "use test, a file, - or udp://HOST:PORT"};
}

}  // namespace aegis::agent::media
