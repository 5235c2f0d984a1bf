#include "common/config/key_file.hpp"

#include <catch2/catch.hpp>

#include "file_modes.hpp"

namespace aegis::config {

TEST_CASE("an API key is one line that nobody else can read", "[config]") {
  test::TempDir const scratch;
  auto const file = scratch / "key";
  auto const load = [&](const std::string& content, mode_t mode = 0600) {
    test::write_file(file, content, mode);
    return load_key_file(file, "API key file");
  };
  std::string const key(32, 'k');
  REQUIRE(load(key));
  CHECK(*load(key) == crypto::Secret(key));
  CHECK(*load(key + "\n") == crypto::Secret(key));
  for (auto const& bad : {std::string(), std::string(25, 'k'), std::string(201, 'k'), key + "\n\n",
                          key + " " + key, key + "\n" + key}) {
    auto const refused = load(bad);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::kConfiguration);
    CHECK(refused.error().hint.find("openssl rand") != std::string::npos);
    CHECK(refused.error().why.find('k') != 0);
  }
  CHECK_FALSE(load(key, 0640));
  CHECK_FALSE(load_key_file(scratch / "none", "API key file"));
}

}  // namespace aegis::config
