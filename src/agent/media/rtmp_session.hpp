// One publisher that speaks RTMP (Adobe's specification 1.0): its bytes in, our answers and its
// media as FLV out. Knows no socket and no clock; what a stranger sends is bounded.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/crypto/secret.hpp"

namespace aegis::agent::media {

class RtmpSession {
 public:
  using Buffer = std::vector<std::byte>;
  struct Rights {
    std::string app;                    // the application it must name; empty: any
    std::optional<crypto::Secret> key;  // the stream it must name; none: any
  };
  explicit RtmpSession(Rights rights) : rights_(std::move(rights)) {}

  // False when it is to be hung up on, after the answers have been sent: see reason().
  bool take(ByteView bytes);
  // It has shown its right to publish, and media may come.
  bool publishing() const { return publishing_; }
  const std::string& reason() const { return reason_; }
  // Refuses the publisher: another one has its place.
  void turn_away();

  // What is to be sent, and the FLV that has come; each only once.
  Buffer take_answers() { return std::exchange(answers_, {}); }
  Buffer take_media() { return std::exchange(media_, {}); }

 private:
  static constexpr std::size_t kMaxMessage = 8'000'000, kMaxChunkStreams = 16;
  // One interleaved sequence of messages.
  struct ChunkStream {
    std::uint32_t time = 0, delta = 0, length = 0;
    std::uint8_t type = 0;
    bool extended = false, known = false;
    Buffer payload;
  };
  bool shake_hands();
  bool take_chunk();
  bool read_header(ChunkStream& stream, unsigned format, std::size_t& at);
  bool on_message(std::uint8_t type, std::uint32_t time, ByteView payload);
  bool on_command(ByteView payload);
  bool on_publish(std::string_view name);
  void on_media(std::uint8_t type, std::uint32_t time, ByteView payload);
  void acknowledge();
  void answer(std::uint8_t type, std::uint32_t stream, const Buffer& payload);
  void answer_status(const char* level, const char* code, const char* text);
  bool give_up(std::string why);

  Rights const rights_;
  Buffer pending_, answers_, media_;
  std::size_t read_ = 0;  // of pending_
  int handshake_ = 0;     // how many of its three steps are done
  std::uint32_t chunk_size_ = 128;
  std::uint64_t received_ = 0, acknowledged_ = 0;
  std::map<std::uint32_t, ChunkStream> streams_;
  bool publishing_ = false, connected_ = false;
  std::string reason_;
};

}  // namespace aegis::agent::media
