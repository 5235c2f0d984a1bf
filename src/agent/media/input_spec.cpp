#include "agent/media/input_spec.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "common/config/private_file.hpp"

namespace aegis::agent::media {
namespace {

constexpr std::uint16_t kRtmpPort = 1935;
constexpr std::string_view kKeyMark = ",key=";
constexpr config::PrivateFileRules kKeyRules{"input key file", 4096, false, true};

constexpr std::array<std::pair<std::string_view, InputKind>, 4> kSchemes = {
    {{"udp://", InputKind::kUdp},
     {"rtmp://", InputKind::kRtmp},
     {"rtsp://", InputKind::kRtsp},
     {"srt://", InputKind::kSrt}}};

Error unusable(std::string_view spec, std::string why, std::string hint) {
  return {ErrorKind::kUsage, fmt::format("cannot read input {}", spec), std::move(why),
          std::move(hint)};
}

Result<crypto::Secret> load_key(const std::string& file) {
  auto const refuse = [&](std::string why) {
    return Error{ErrorKind::kConfiguration, fmt::format("input key file {}", file), std::move(why),
                 "write the key into it: (umask 077; cat > FILE)"};
  };
  auto const content = config::read_private_file(file, kKeyRules);
  if (!content) return content.error();
  if (!content->has_value()) return refuse("there is no such file");
  auto text = (*content)->expose();
  if (text.ends_with('\n')) text.remove_suffix(1);
  bool const plain =
      std::all_of(text.begin(), text.end(), [](char c) { return c > 32 && c < 127; });
  if (text.empty() || !plain) return refuse("a key is one line without blanks");
  return crypto::Secret(text);
}

void parse_query(std::string_view text, InputSpec& spec) {
  while (!text.empty()) {
    auto const pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    auto const equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    spec.query.emplace(pair.substr(0, equals), pair.substr(equals + 1));
  }
}

// What follows the scheme of rtmp and srt.
Status parse_address(std::string_view text, InputSpec& spec) {
  auto const query = text.find('?');
  if (query != std::string_view::npos) parse_query(text.substr(query + 1), spec);
  text = text.substr(0, query);
  auto const slash = text.find('/');
  if (slash != std::string_view::npos) spec.path = text.substr(slash + 1);
  while (spec.path.ends_with('/')) spec.path.pop_back();
  auto const port = spec.kind == InputKind::kRtmp ? kRtmpPort : std::uint16_t{0};
  auto where = parse_host_port(text.substr(0, slash), port);
  if (!where) return unusable(spec.name, where.error().why, where.error().hint);
  spec.where = *where;
  return success();
}

Status parse_remote(InputSpec& spec) {
  auto const rest = std::string_view(spec.name).substr(spec.name.find("://") + 3);
  // Whoever lists the processes of this host would read it.
  if (rest.substr(0, rest.find('/')).find('@') != std::string_view::npos)
    return unusable("", "a name and a password do not belong into a command line",
                    "write USER:PASSWORD into a file: --input rtsp://HOST/PATH,key=FILE");
  if (spec.kind == InputKind::kUdp || spec.kind == InputKind::kRtsp) return success();
  if (Status parsed = parse_address(rest, spec); !parsed) return parsed;
  if (spec.query.contains("passphrase"))
    return unusable("", "a passphrase does not belong into a command line",
                    "write it into a file: --input srt://HOST:PORT,key=FILE");
  return success();
}

}  // namespace

const char* to_string(InputKind kind) {
  switch (kind) {
    case InputKind::kTest:
      return "test";
    case InputKind::kFile:
      return "file";
    case InputKind::kPipe:
      return "pipe";
    case InputKind::kUdp:
      return "udp";
    case InputKind::kRtmp:
      return "rtmp";
    case InputKind::kRtsp:
      return "rtsp";
    case InputKind::kSrt:
      return "srt";
  }
  return "test";
}

std::string_view shown_name(std::string_view text) {
  return is_file(text) ? text : text.substr(0, text.find(kKeyMark));
}

bool is_plain_ts(std::string_view text) {
  return text == "-" || text.starts_with("udp://");
}

bool is_file(std::string_view text) {
  return text != "test" && text != "-" && text.find("://") == std::string_view::npos;
}

Result<InputSpec> parse_input(std::string_view text) {
  InputSpec spec;
  spec.name = text;
  if (is_file(text) || text == "test" || text == "-") {
    spec.kind = text == "test" ? InputKind::kTest : InputKind::kFile;
    if (text == "-") spec.kind = InputKind::kPipe;
    return spec;
  }
  auto const* const scheme = std::find_if(kSchemes.begin(), kSchemes.end(), [&](auto const& entry) {
    return text.starts_with(entry.first);
  });
  if (scheme == kSchemes.end())
    return unusable(text, "this kind of address is not supported",
                    "use test, a file, -, udp://, rtmp://, rtsp:// or srt://");
  spec.kind = scheme->second;
  spec.name = shown_name(text);
  if (Status parsed = parse_remote(spec); !parsed) return parsed.error();
  if (spec.name.size() == text.size()) return spec;
  auto key = load_key(std::string(text.substr(spec.name.size() + kKeyMark.size())));
  if (!key) return key.error();
  spec.key = std::move(*key);
  return spec;
}

}  // namespace aegis::agent::media
