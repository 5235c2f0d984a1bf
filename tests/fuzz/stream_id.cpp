// A caller's stream id, before anything is known about the caller.
#include "relay/stream_id.hpp"

#include "fuzz/input.hpp"

using namespace aegis;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view const text = fuzz::as_text(fuzz::Input(data, size).rest());
  auto const id = relay::StreamId::parse(text);
  require(id.keys().size() <= relay::StreamId::kMaxKeys, "keys are few");
  bool const good = id.fault() == relay::StreamId::Fault::kNone;
  require(!good || !id.keys().empty(), "a good stream id has a key");
  for (std::string_view const key : id.keys())
    require(key.data() >= text.data() && key.data() + key.size() <= text.data() + text.size(),
            "a key is part of the text");
  return 0;
}
