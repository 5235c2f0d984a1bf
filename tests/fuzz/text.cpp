// What users type: addresses and amounts. What parses must print and parse again to the same.
#include "common/base/endpoint.hpp"
#include "common/base/units.hpp"
#include "fuzz/input.hpp"

using namespace aegis;
using fuzz::require;

namespace {

void read_addresses(std::string_view text) {
  if (auto const endpoint = parse_endpoint(text)) {
    auto const again = parse_endpoint(to_string(*endpoint));
    require(again.ok() && *again == *endpoint, "an endpoint reads back as printed");
    require(!masked(*endpoint).empty(), "an endpoint can be masked");
  }
  if (auto const address = parse_address(text)) {
    auto const again = parse_address(address_to_string(*address));
    require(again.ok() && *again == *address, "an address reads back as printed");
  }
  if (auto const where = parse_host_port(text, 5000)) {
    auto const again = parse_host_port(to_string(*where), 5000);
    require(again.ok() && *again == *where, "host and port read back as printed");
  }
}

void read_amounts(std::string_view text) {
  if (auto const rate = parse_bit_rate(text)) {
    require(rate->bits_per_second() >= 0, "no rate is negative");
    require(!to_string(*rate).empty(), "a rate has words");
  }
  if (auto const duration = parse_duration(text)) {
    require(duration->count() >= 0, "no duration is negative");
    require(!to_string(*duration).empty(), "a duration has words");
  }
  if (auto const bytes = parse_bytes(text)) {
    require(bytes->count() >= 0, "no size is negative");
    require(!to_string(*bytes).empty(), "a size has words");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view const text = fuzz::as_text(fuzz::Input(data, size).rest());
  read_addresses(text);
  read_amounts(text);
  return 0;
}
