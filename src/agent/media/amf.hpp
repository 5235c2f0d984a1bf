// The few values of AMF0 that RTMP commands are made of (Adobe's specification, 2007): read with
// bounds, written as they are needed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/bytes.hpp"

namespace aegis::agent::media {

class AmfReader {
 public:
  explicit AmfReader(ByteView data) : data_(data) {}

  // The next value if it is of this type; else none, and nothing more can be read.
  std::optional<std::string_view> text();
  std::optional<double> number();
  // Passes over one value of any type.
  bool skip() { return skip(0); }
  // Passes over an object; its member `name`, when that is a text.
  std::optional<std::string_view> text_member(std::string_view name);
  ByteView rest() const { return data_; }

 private:
  bool skip(int depth);
  bool skip_members(int depth, std::string_view wanted, std::optional<std::string_view>* found);
  std::optional<std::string_view> bare_text(std::size_t length_bytes);
  bool advance(std::size_t bytes);

  ByteView data_;
};

class AmfWriter {
 public:
  AmfWriter& text(std::string_view value);
  AmfWriter& number(double value);
  AmfWriter& null();
  AmfWriter& begin_object();
  AmfWriter& name(std::string_view name);  // of the member whose value follows
  AmfWriter& end_object();
  const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
  void put(unsigned value) { bytes_.push_back(static_cast<std::byte>(value)); }
  void put_text(std::string_view value);
  std::vector<std::byte> bytes_;
};

}  // namespace aegis::agent::media
