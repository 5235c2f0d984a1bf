#include "common/base/bytes.hpp"

#include <array>

#include <catch2/catch.hpp>

namespace aegis {

TEST_CASE("numbers stand big-endian in datagrams", "[bytes]") {
  std::array<std::byte, 16> data{};
  store_u16(data, 1, 0x1234);
  store_u32(data, 4, 0x89abcdef);
  store_u64(data, 8, 0x0123456789abcdef);
  CHECK(data[1] == std::byte{0x12});
  CHECK(data[2] == std::byte{0x34});
  CHECK(data[4] == std::byte{0x89});
  CHECK(data[7] == std::byte{0xef});
  CHECK(data[8] == std::byte{0x01});
  CHECK(data[15] == std::byte{0xef});
  CHECK(load_u16(data, 1) == 0x1234);
  CHECK(load_u32(data, 4) == 0x89abcdef);
  CHECK(load_u64(data, 8) == 0x0123456789abcdef);
  CHECK(data[0] == std::byte{0});
  CHECK(data[3] == std::byte{0});
}

}  // namespace aegis
