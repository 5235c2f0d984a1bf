#include "agent/media/input.hpp"

#include <memory>
#include <utility>

#include <fmt/format.h>

#include "agent/media/byte_stream.hpp"
#include "agent/media/input_spec.hpp"
#include "agent/media/reader_input.hpp"
#include "agent/media/rtmp_server.hpp"
#include "agent/media/srt_input.hpp"
#include "agent/media/test_input.hpp"

namespace aegis::agent::media {
namespace {

using Origin = Result<MediaOrigin>;

Result<std::unique_ptr<Input>> live_input(const InputSpec& spec,
                                          std::function<Origin(const std::stop_token&)> origin,
                                          Canvas& canvas) {
  return open_reader_input({spec.name, to_string(spec.kind), std::move(origin), true, false},
                           canvas);
}

Result<std::unique_ptr<Input>> file_input(const InputSpec& spec, bool loop, Canvas& canvas) {
  auto origin = [name = spec.name](const std::stop_token&) -> Origin {
    return MediaOrigin{.name = name, .url = "file:" + name};
  };
  return open_reader_input({spec.name, to_string(spec.kind), origin, false, loop}, canvas);
}

Result<std::unique_ptr<Input>> pipe_input(const InputSpec& spec, Canvas& canvas) {
  auto origin = [](const std::stop_token&) -> Origin {
    return MediaOrigin{.name = "standard input", .bytes = pipe_stream(0), .live = true};
  };
  return open_reader_input({spec.name, to_string(spec.kind), origin, false, false}, canvas);
}

// Addresses to listen on are taken once, so that one that is not to be had is told at once.
Result<std::unique_ptr<Input>> udp_input(const InputSpec& spec, Canvas& canvas) {
  auto socket = open_udp_input(spec.name);
  if (!socket) return socket.error();
  auto shared = std::make_shared<os::Fd>(std::move(*socket));
  auto origin = [name = spec.name, shared](const std::stop_token&) -> Origin {
    return MediaOrigin{.name = name, .bytes = udp_stream(shared), .live = true, .ends = false};
  };
  return live_input(spec, origin, canvas);
}

Result<std::unique_ptr<Input>> rtmp_input(const InputSpec& spec, Canvas& canvas) {
  auto server = RtmpServer::listen(spec);
  if (!server) return server.error();
  auto origin = [name = spec.name, server = *server](const std::stop_token&) -> Origin {
    return MediaOrigin{
        .name = name, .bytes = server->next_publisher(), .live = true, .ends = false};
  };
  return live_input(spec, origin, canvas);
}

Result<std::unique_ptr<Input>> srt_input(const InputSpec& spec, Canvas& canvas) {
  auto input = SrtInput::open(spec);
  if (!input) return input.error();
  auto origin = [name = spec.name, input = *input](const std::stop_token& stop) -> Origin {
    auto stream = input->connect(stop);
    if (!stream) return stream.error();
    return MediaOrigin{.name = name, .bytes = std::move(*stream), .live = true, .ends = false};
  };
  return live_input(spec, origin, canvas);
}

Result<std::unique_ptr<Input>> rtsp_input(const InputSpec& spec, Canvas& canvas) {
  auto origin = [spec](const std::stop_token&) -> Origin {
    constexpr std::size_t kScheme = std::string_view("rtsp://").size();
    auto url = spec.name;
    if (spec.key) url.insert(kScheme, std::string(spec.key->expose()) + "@");
    return MediaOrigin{.name = spec.name, .url = std::move(url), .live = true, .ends = false};
  };
  return live_input(spec, origin, canvas);
}

}  // namespace

Result<std::unique_ptr<Input>> open_input(const std::string& text, bool loop, Canvas& canvas) {
  auto const spec = parse_input(text);
  if (!spec) return spec.error();
  switch (spec->kind) {
    case InputKind::kTest:
      return make_test_input(canvas);
    case InputKind::kFile:
      return file_input(*spec, loop, canvas);
    case InputKind::kPipe:
      return pipe_input(*spec, canvas);
    case InputKind::kUdp:
      return udp_input(*spec, canvas);
    case InputKind::kRtmp:
      return rtmp_input(*spec, canvas);
    case InputKind::kRtsp:
      return rtsp_input(*spec, canvas);
    case InputKind::kSrt:
      return srt_input(*spec, canvas);
  }
  return Error{ErrorKind::kInternal, "an input of no kind", text, ""};
}

}  // namespace aegis::agent::media
