// What the user names as an input: its kind, its address, and the key that stands in a file of its
// own so that no command line shows it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/endpoint.hpp"
#include "common/base/result.hpp"
#include "common/crypto/secret.hpp"

namespace aegis::agent::media {

enum class InputKind { kTest, kFile, kPipe, kUdp, kRtmp, kRtsp, kSrt };
const char* to_string(InputKind kind);

struct InputSpec {
  InputKind kind = InputKind::kTest;
  std::string name;                                       // as it was given, without the key file
  HostPort where;                                         // of rtmp and srt
  std::string path;                                       // of rtmp: the application; empty: any
  std::map<std::string, std::string, std::less<>> query;  // of srt
  std::optional<crypto::Secret> key;
};

// test | FILE | - | udp://HOST:PORT | rtmp://HOST:PORT/APP | rtsp://HOST:PORT/PATH |
// srt://HOST:PORT?..., with ,key=FILE behind it. Reads the key file.
// Errors: kUsage for what cannot be, kConfiguration for a key file that is not private, or missing.
Result<InputSpec> parse_input(std::string_view text);

// The text without its key file: what is shown of it.
std::string_view shown_name(std::string_view text);

// By the text alone: it is MPEG-TS that can be passed on; it is a file.
bool is_plain_ts(std::string_view text);
bool is_file(std::string_view text);

}  // namespace aegis::agent::media
