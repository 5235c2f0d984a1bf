#include "common/config/stock_key.hpp"

#include <catch2/catch.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "common/crypto/random.hpp"
#include "file_modes.hpp"

namespace aegis::config {
namespace {

using test::TempDir;

StockKey make_key(const std::string& host, bool encrypted) {
  Stream stream;
  stream.name = "cam";
  stream.publish_key = crypto::random_token();
  stream.play_key = crypto::random_token();
  if (encrypted) stream.passphrase = crypto::random_token();
  return stock_key(stream, host);
}

Result<PublishKey> through_file(const TempDir& scratch, const StockKey& key) {
  auto const file = scratch / "key.json";
  test::write_file(file, std::string(write_stock_key(key).expose()), 0600);
  return load_publish_key(file);
}

}  // namespace

TEST_CASE("the stats key follows from both other keys", "[config]") {
  Stream stream;
  CHECK(stats_key(stream).empty());
  stream.publish_key = crypto::Secret("pub-a");
  stream.play_key = crypto::Secret("play-a");
  auto const key = stats_key(stream);
  CHECK(key.size() == 6 + 40);
  CHECK(stats_key(stream) == key);
  auto other = stream;
  other.publish_key = crypto::Secret("pub-b");
  CHECK_FALSE(stats_key(other) == key);
  other = stream;
  other.play_key = crypto::Secret("play-b");
  CHECK_FALSE(stats_key(other) == key);
}

TEST_CASE("figures are on loopback in clear, and elsewhere with TLS", "[config]") {
  auto key = make_key("relay.example.org", false);
  auto const tail = "/stats/" + std::string(key.stats_key.expose());
  CHECK(stats_url(key) == "http://127.0.0.1:5080" + tail);
  key.ports.http = {"::1", 6000};
  CHECK(stats_url(key) == "http://[::1]:6000" + tail);
  key.ports.https = true;
  CHECK(stats_url(key) == "https://[::1]:6000" + tail);
  key.ports.https = false;
  key.ports.http = {"0.0.0.0", 443};
  CHECK(stats_url(key) == "https://relay.example.org:443" + tail);
  key.host.clear();
  CHECK_FALSE(stats_url(key));
}

TEST_CASE("the rig reads what the relay wrote", "[config]") {
  TempDir const scratch;
  bool const encrypted = GENERATE(false, true);
  auto const key = make_key("2001:db8::1", encrypted);
  auto const read = through_file(scratch, key);
  REQUIRE(read.ok());
  CHECK(read->name == "cam");
  CHECK(read->srtla == HostPort{"2001:db8::1", 5000});
  CHECK(read->stream_id == key.publish_id);
  CHECK(read->passphrase == key.publish_passphrase);
}

TEST_CASE("a relay that nobody named is none", "[config]") {
  TempDir const scratch;
  auto const read = through_file(scratch, make_key("", false));
  REQUIRE(read.ok());
  CHECK_FALSE(read->srtla.has_value());
}

TEST_CASE("keys that a later version adds are left alone", "[config]") {
  TempDir const scratch;
  test::write_file(scratch / "k", R"({"schema":1,"new":{},"publish":{"streamid":"abc","new":1}})",
                   0400);
  auto const read = load_publish_key(scratch / "k");
  REQUIRE(read.ok());
  CHECK(read->stream_id.expose() == "abc");
}

TEST_CASE("a key file may be a link to a private file, and only to that", "[config]") {
  TempDir const scratch;
  test::write_file(scratch / "real", R"({"schema":1,"publish":{"streamid":"abc"}})", 0600);
  std::filesystem::create_symlink(scratch / "real", scratch / "link");
  CHECK(load_publish_key(scratch / "link").ok());
  ::chmod((scratch / "real").c_str(), 0644);
  CHECK_FALSE(load_publish_key(scratch / "link").ok());
}

}  // namespace aegis::config
