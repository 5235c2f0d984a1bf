#include "agent/media/rtmp_session.hpp"

#include <algorithm>
#include <utility>

#include "agent/media/amf.hpp"

namespace aegis::agent::media {
namespace {

// Message types (section 5.4, 6.1 and 7.1).
enum Type : std::uint8_t {
  kSetChunkSize = 1,
  kAcknowledgement = 3,
  kUserControl = 4,
  kWindowSize = 5,
  kPeerBandwidth = 6,
  kAudio = 8,
  kVideo = 9,
  kAmf3Command = 17,
  kData = 18,
  kCommand = 20,
};
constexpr std::uint16_t kStreamBegin = 0, kPingRequest = 6, kPingResponse = 7;
constexpr std::size_t kHandshake = 1536;
constexpr std::uint32_t kWindow = 2'500'000, kOurChunkSize = 4096, kMaxChunkSize = 16'777'215;
constexpr std::uint32_t kStreamId = 1, kNoTime = 0xffffff;

void put(RtmpSession::Buffer& to, std::uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
    to.push_back(static_cast<std::byte>(value >> shift & 0xff));
}

void put(RtmpSession::Buffer& to, ByteView bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

std::uint32_t load_u24(ByteView data, std::size_t at) {
  return (std::uint32_t{load_u16(data, at)} << 8) | std::to_integer<std::uint32_t>(data[at + 2]);
}

// As some apps write it: "live/" and "key?more".
std::string_view without_tail(std::string_view text) {
  text = text.substr(0, text.find('?'));
  while (text.ends_with('/')) text.remove_suffix(1);
  return text;
}

}  // namespace

bool RtmpSession::give_up(std::string why) {
  if (reason_.empty()) reason_ = std::move(why);
  publishing_ = false;
  return false;
}

bool RtmpSession::take(ByteView bytes) {
  if (!reason_.empty()) return false;
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(read_));
  read_ = 0;
  put(pending_, bytes);
  received_ += bytes.size();
  while (handshake_ < 3) {
    if (!shake_hands()) return reason_.empty();
  }
  while (take_chunk()) {
  }
  acknowledge();
  return reason_.empty();
}

// False when more bytes are needed. Their version; then C1, which is answered by S0, S1 and S2 (its
// echo); then C2, which proves nothing that we need.
bool RtmpSession::shake_hands() {
  ByteView const rest = ByteView(pending_).subspan(read_);
  std::size_t const needed = handshake_ == 0 ? 1 : kHandshake;
  if (rest.size() < needed) return false;
  if (handshake_ == 0 && rest[0] != std::byte{3}) return give_up("it does not speak RTMP");
  if (handshake_ == 1) {
    put(answers_, 3, 1);
    answers_.resize(answers_.size() + kHandshake);
    put(answers_, rest.first(kHandshake));
  }
  read_ += needed;
  ++handshake_;
  return true;
}

// Section 5.3.1: false when more bytes are needed, or it is given up.
bool RtmpSession::take_chunk() {
  ByteView const rest = ByteView(pending_).subspan(read_);
  if (!reason_.empty() || rest.empty()) return false;
  unsigned const format = std::to_integer<unsigned>(rest[0]) >> 6;
  std::uint32_t id = std::to_integer<unsigned>(rest[0]) & 0x3f;
  if (rest.size() < 1 + (id < 2 ? id + 1 : 0)) return false;
  std::size_t at = 1;
  if (id == 0) {
    id = 64 + std::to_integer<unsigned>(rest[1]);
    at = 2;
  } else if (id == 1) {
    id = 64 + std::to_integer<unsigned>(rest[1]) + 256 * std::to_integer<unsigned>(rest[2]);
    at = 3;
  }
  if (!streams_.contains(id) && streams_.size() >= kMaxChunkStreams)
    return give_up("it opens too many chunk streams");
  // Changed in a copy: the chunk may not be complete.
  auto& stream = streams_[id];
  ChunkStream header{
      stream.time, stream.delta, stream.length, stream.type, stream.extended, stream.known, {}};
  if (!read_header(header, format, at)) return false;
  if (header.length > kMaxMessage) return give_up("it sends a message that is too long");
  bool const begins = stream.payload.empty();
  if (header.length < stream.payload.size()) return give_up("its messages change their length");
  std::size_t const part =
      std::min<std::size_t>(header.length - stream.payload.size(), chunk_size_);
  if (rest.size() < at + part) return false;
  if (begins) header.time = format == 0 ? header.delta : stream.time + header.delta;
  header.payload = std::move(stream.payload);
  stream = std::move(header);
  put(stream.payload, rest.subspan(at, part));
  read_ += at + part;
  if (stream.payload.size() < stream.length) return true;
  Buffer const message = std::exchange(stream.payload, {});
  return on_message(stream.type, stream.time, message);
}

// The message header, in one of four lengths, that begins at `at`. Absolute times stand in `delta`
// for format 0.
bool RtmpSession::read_header(ChunkStream& stream, unsigned format, std::size_t& at) {
  ByteView const rest = ByteView(pending_).subspan(read_);
  constexpr std::array<std::size_t, 4> kLengths = {11, 7, 3, 0};
  std::size_t const length = kLengths[format];
  if (rest.size() < at + length) return false;
  if (!stream.known && format != 0) return give_up("its chunks do not begin");
  bool const continues = format == 3;
  std::uint32_t time = continues ? 0 : load_u24(rest, at);
  if (format <= 1) {
    stream.length = load_u24(rest, at + 3);
    stream.type = std::to_integer<std::uint8_t>(rest[at + 6]);
  }
  at += length;
  if (!continues) stream.extended = time == kNoTime;
  if (stream.extended) {
    if (rest.size() < at + 4) return false;
    time = load_u32(rest, at);
    at += 4;
  }
  if (!continues) stream.delta = time;
  stream.known = true;
  return true;
}

bool RtmpSession::on_message(std::uint8_t type, std::uint32_t time, ByteView payload) {
  switch (type) {
    case kSetChunkSize:
      if (payload.size() < 4) return give_up("it sends a chunk size without one");
      chunk_size_ = std::clamp(load_u32(payload, 0), 1u, kMaxChunkSize);
      return true;
    case kUserControl:
      if (payload.size() >= 6 && load_u16(payload, 0) == kPingRequest) {
        Buffer pong;
        put(pong, kPingResponse, 2);
        put(pong, payload.subspan(2, 4));
        answer(kUserControl, 0, pong);
      }
      return true;
    case kAmf3Command:
      return payload.empty() || on_command(payload.subspan(1));
    case kCommand:
      return on_command(payload);
    case kAudio:
    case kVideo:
    case kData:
      on_media(type, time, payload);
      return true;
    default:
      return true;
  }
}

bool RtmpSession::on_command(ByteView payload) {
  AmfReader in(payload);
  auto const name = in.text();
  auto const transaction = in.number();
  if (!name || !transaction) return give_up("it sends a command that is none");
  if (*name == "connect") {
    auto const app = in.text_member("app");
    if (!rights_.app.empty() && without_tail(app.value_or("")) != rights_.app) {
      answer(kCommand, 0, AmfWriter().text("_error").number(*transaction).null().null().bytes());
      return give_up("it asks for another application");
    }
    connected_ = true;
    Buffer chunk_size, size;
    put(chunk_size, kOurChunkSize, 4);
    answer(kSetChunkSize, 0, chunk_size);
    put(size, kWindow, 4);
    answer(kWindowSize, 0, size);
    put(size, 2, 1);
    answer(kPeerBandwidth, 0, size);
    AmfWriter out;
    out.text("_result").number(*transaction);
    out.begin_object().name("fmsVer").text("FMS/3,0,1,123").name("capabilities").number(31);
    out.end_object().begin_object().name("level").text("status");
    out.name("code").text("NetConnection.Connect.Success");
    out.name("description").text("connected").name("objectEncoding").number(0).end_object();
    answer(kCommand, 0, out.bytes());
    return true;
  }
  if (!connected_) return give_up("it does not connect first");
  if (*name == "createStream") {
    AmfWriter out;
    out.text("_result").number(*transaction).null().number(kStreamId);
    answer(kCommand, 0, out.bytes());
  } else if (*name == "publish") {
    in.skip();
    return on_publish(in.text().value_or(""));
  } else if (*name == "deleteStream" || *name == "FCUnpublish" || *name == "closeStream") {
    return give_up("it has ended");
  }
  return true;
}

bool RtmpSession::on_publish(std::string_view name) {
  if (publishing_) return true;
  bool const right = !rights_.key || crypto::Secret(name) == *rights_.key ||
                     crypto::Secret(without_tail(name)) == *rights_.key;
  if (!right) {
    answer_status("error", "NetStream.Publish.Denied", "wrong stream key");
    return give_up("it has not the right key");
  }
  publishing_ = true;
  Buffer begin;
  put(begin, kStreamBegin, 2);
  put(begin, kStreamId, 4);
  answer(kUserControl, 0, begin);
  answer_status("status", "NetStream.Publish.Start", "publishing");
  // The header of FLV: sound and picture, then the length of the tag before the first.
  constexpr std::string_view kHeader("FLV\x01\x05\0\0\0\x09\0\0\0\0", 13);
  put(media_, std::as_bytes(std::span(kHeader)));
  return true;
}

void RtmpSession::turn_away() {
  answer_status("error", "NetStream.Publish.BadName", "somebody publishes here already");
  give_up("another one publishes");
}

// A message becomes a tag of FLV.
void RtmpSession::on_media(std::uint8_t type, std::uint32_t time, ByteView payload) {
  if (!publishing_) return;
  if (type == kData) {
    AmfReader in(payload);
    if (auto const name = in.text(); name && *name == "@setDataFrame") payload = in.rest();
  }
  put(media_, type, 1);
  put(media_, payload.size(), 3);
  put(media_, time & 0xffffff, 3);
  put(media_, time >> 24, 1);
  put(media_, 0, 3);
  put(media_, payload);
  put(media_, payload.size() + 11, 4);
}

void RtmpSession::acknowledge() {
  if (received_ - acknowledged_ < kWindow / 2) return;
  acknowledged_ = received_;
  Buffer count;
  put(count, received_ & 0xffffffff, 4);
  answer(kAcknowledgement, 0, count);
}

void RtmpSession::answer_status(const char* level, const char* code, const char* text) {
  AmfWriter out;
  out.text("onStatus").number(0).null().begin_object().name("level").text(level);
  out.name("code").text(code).name("description").text(text).end_object();
  answer(kCommand, kStreamId, out.bytes());
}

// In one chunk of format 0: our answers are shorter than kOurChunkSize. Chunk streams as everybody
// uses them: 2 for what concerns the connection, 3 for commands.
void RtmpSession::answer(std::uint8_t type, std::uint32_t stream, const Buffer& payload) {
  put(answers_, type == kCommand ? 3 : 2, 1);
  put(answers_, 0, 3);
  put(answers_, payload.size(), 3);
  put(answers_, type, 1);
  put(answers_, static_cast<std::uint64_t>(stream) << 24, 4);  // little-endian
  put(answers_, payload);
}

}  // namespace aegis::agent::media
