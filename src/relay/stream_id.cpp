#include "relay/stream_id.hpp"

#include <algorithm>

namespace aegis::relay {
namespace {

constexpr std::string_view kAccessControl = "#!::";
constexpr std::string_view kPublishPath = "publish/live/";
constexpr std::string_view kPlayPath = "play/live/";

bool is_printable(char c) {
  return c > ' ' && c < 0x7f;
}

}  // namespace

const char* to_string(Right right) {
  switch (right) {
    case Right::kPublish:
      return "publish";
    case Right::kPlay:
      return "play";
    case Right::kStats:
      break;
  }
  return "stats";
}

StreamId StreamId::parse(std::string_view text) {
  StreamId id;
  if (text.empty()) {
    id.fault_ = Fault::kMissing;
  } else if (text.size() > kMaxLength || !std::all_of(text.begin(), text.end(), is_printable)) {
    id.fault_ = Fault::kMalformed;
  } else if (text.starts_with(kAccessControl)) {
    id.parse_access_control(text.substr(kAccessControl.size()));
  } else {
    id.take_key(text);
  }
  if (id.fault_ == Fault::kNone && id.key_count_ == 0) id.fault_ = Fault::kMissing;
  return id;
}

void StreamId::parse_access_control(std::string_view fields) {
  while (!fields.empty()) {
    auto const comma = fields.find(',');
    auto const field = fields.substr(0, comma);
    fields = comma == std::string_view::npos ? std::string_view() : fields.substr(comma + 1);
    auto const equals = field.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      fault_ = Fault::kMalformed;
      return;
    }
    take_field(field.substr(0, equals), field.substr(equals + 1));
  }
}

// Fields that we have no use for (h, t, and those of other programs) are allowed and ignored.
void StreamId::take_field(std::string_view name, std::string_view value) {
  if (name == "m") {
    take_mode(value);
  } else if (name == "r" || name == "s" || name == "u") {
    take_key(value);
  }
}

void StreamId::take_key(std::string_view value) {
  if (value.starts_with(kPublishPath)) {
    want(Right::kPublish);
    value.remove_prefix(kPublishPath.size());
  } else if (value.starts_with(kPlayPath)) {
    want(Right::kPlay);
    value.remove_prefix(kPlayPath.size());
  }
  if (value.empty()) return;
  if (key_count_ == kMaxKeys) {
    fault_ = Fault::kMalformed;
    return;
  }
  keys_[key_count_++] = value;
}

void StreamId::take_mode(std::string_view mode) {
  if (mode == "publish") {
    want(Right::kPublish);
  } else if (mode == "request") {
    want(Right::kPlay);
  } else {
    fault_ = Fault::kMalformed;
  }
}

// Two halves of one id that contradict each other are a mistake, not a choice for us to make.
void StreamId::want(Right right) {
  if (wants_ && *wants_ != right) fault_ = Fault::kMalformed;
  wants_ = right;
}

}  // namespace aegis::relay
