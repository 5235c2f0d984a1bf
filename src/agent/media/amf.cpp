#include "agent/media/amf.hpp"

#include <bit>

namespace aegis::agent::media {
namespace {

enum Marker : std::uint8_t {
  kNumber = 0,
  kBoolean = 1,
  kText = 2,
  kObject = 3,
  kNull = 5,
  kUndefined = 6,
  kEcmaArray = 8,
  kObjectEnd = 9,
  kStrictArray = 10,
  kDate = 11,
  kLongText = 12,
};
constexpr int kMaxDepth = 8;

std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

bool AmfReader::advance(std::size_t bytes) {
  bool const there = bytes <= data_.size();
  data_ = data_.subspan(there ? bytes : data_.size());
  return there;
}

std::optional<std::string_view> AmfReader::bare_text(std::size_t length_bytes) {
  if (data_.size() < length_bytes) return std::nullopt;
  std::size_t const length = length_bytes == 2 ? load_u16(data_, 0) : load_u32(data_, 0);
  data_ = data_.subspan(length_bytes);
  if (data_.size() < length) return std::nullopt;
  auto const value = as_text(data_.first(length));
  data_ = data_.subspan(length);
  return value;
}

std::optional<std::string_view> AmfReader::text() {
  if (data_.empty() || std::to_integer<std::uint8_t>(data_[0]) != kText) return std::nullopt;
  data_ = data_.subspan(1);
  return bare_text(2);
}

std::optional<double> AmfReader::number() {
  if (data_.size() < 9 || std::to_integer<std::uint8_t>(data_[0]) != kNumber) return std::nullopt;
  double const value = std::bit_cast<double>(load_u64(data_, 1));
  data_ = data_.subspan(9);
  return value;
}

std::optional<std::string_view> AmfReader::text_member(std::string_view name) {
  std::optional<std::string_view> found;
  bool const object = !data_.empty() && std::to_integer<std::uint8_t>(data_[0]) == kObject;
  if (!object || !advance(1) || !skip_members(0, name, &found)) return std::nullopt;
  return found;
}

bool AmfReader::skip_members(int depth, std::string_view wanted,
                             std::optional<std::string_view>* found) {
  while (true) {
    auto const name = bare_text(2);
    if (!name || data_.empty()) return false;
    auto const marker = std::to_integer<std::uint8_t>(data_[0]);
    if (name->empty() && marker == kObjectEnd) return advance(1);
    if (found != nullptr && *name == wanted && marker == kText) {
      *found = text();
      if (!*found) return false;
    } else if (!skip(depth + 1)) {
      return false;
    }
  }
}

bool AmfReader::skip(int depth) {
  if (data_.empty() || depth > kMaxDepth) return false;
  auto const marker = std::to_integer<std::uint8_t>(data_[0]);
  data_ = data_.subspan(1);
  switch (marker) {
    case kNumber:
      return advance(8);
    case kBoolean:
      return advance(1);
    case kText:
      return bare_text(2).has_value();
    case kLongText:
      return bare_text(4).has_value();
    case kNull:
    case kUndefined:
      return true;
    case kDate:
      return advance(10);
    case kEcmaArray:
      return advance(4) && skip_members(depth, "", nullptr);
    case kObject:
      return skip_members(depth, "", nullptr);
    case kStrictArray: {
      if (data_.size() < 4) return false;
      auto const count = load_u32(data_, 0);
      data_ = data_.subspan(4);
      for (std::uint32_t i = 0; i < count; ++i)
        if (!skip(depth + 1)) return false;
      return true;
    }
    default:
      return false;
  }
}

void AmfWriter::put_text(std::string_view value) {
  put(static_cast<unsigned>(value.size() >> 8));
  put(static_cast<unsigned>(value.size() & 0xff));
  for (char const c : value) put(static_cast<unsigned char>(c));
}

AmfWriter& AmfWriter::text(std::string_view value) {
  put(kText);
  put_text(value);
  return *this;
}

AmfWriter& AmfWriter::number(double value) {
  put(kNumber);
  auto const bits = std::bit_cast<std::uint64_t>(value);
  for (int shift = 56; shift >= 0; shift -= 8) put(static_cast<unsigned>(bits >> shift & 0xff));
  return *this;
}

AmfWriter& AmfWriter::null() {
  put(kNull);
  return *this;
}

AmfWriter& AmfWriter::begin_object() {
  put(kObject);
  return *this;
}

AmfWriter& AmfWriter::name(std::string_view name) {
  put_text(name);
  return *this;
}

AmfWriter& AmfWriter::end_object() {
  put_text("");
  put(kObjectEnd);
  return *this;
}

}  // namespace aegis::agent::media
