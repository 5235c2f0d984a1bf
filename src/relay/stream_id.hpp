// The SRT stream id of a caller: which key it shows and what it says it wants. Pure text, no
// rights.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace aegis::relay {

enum class Right {
  kPublish,
  kPlay,
  kStats,  // by HTTP only
};
const char* to_string(Right right);

// A stream id taken apart. The views point into the parsed text.
class StreamId {
 public:
  static constexpr std::size_t kMaxLength = 512;  // SRT's own bound
  static constexpr std::size_t kMaxKeys = 3;

  enum class Fault { kNone, kMissing, kMalformed };

  // Never fails loudly: fault() says what is wrong. Three forms are known:
  //   KEY
  //   publish/live/KEY, play/live/KEY         (the classic SRT Live Server form)
  //   #!::m=publish,r=KEY[,s=KEY][,u=KEY]     (SRT Access Control; m=request plays)
  static StreamId parse(std::string_view text);

  Fault fault() const { return fault_; }
  // Everything that may be the key, in the order to try; at least one when there is no fault.
  std::span<const std::string_view> keys() const { return {keys_.data(), key_count_}; }
  // What the caller says it wants; none when the form does not say.
  std::optional<Right> wants() const { return wants_; }

 private:
  void parse_access_control(std::string_view fields);
  void take_field(std::string_view name, std::string_view value);
  void take_key(std::string_view value);
  void take_mode(std::string_view mode);
  void want(Right right);

  std::array<std::string_view, kMaxKeys> keys_;
  std::size_t key_count_ = 0;
  std::optional<Right> wants_;
  Fault fault_ = Fault::kNone;
};

}  // namespace aegis::relay
