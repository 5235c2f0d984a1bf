#include "common/config/state.hpp"

#include <catch2/catch.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "common/config/state_toml.hpp"
#include "common/crypto/random.hpp"
#include "file_modes.hpp"

namespace aegis::config {
namespace {

using test::TempDir;

Stream make_stream(const std::string& name) {
  Stream stream;
  stream.name = name;
  stream.publish_key = crypto::random_token();
  stream.play_key = crypto::random_token();
  return stream;
}

Status add(const std::filesystem::path& file, Stream stream) {
  return update_state(file, [&](State& state) {
    state.streams.push_back(std::move(stream));
    return success();
  });
}

constexpr const char* kKeys =
    "publish_key = \"pub-0123456789abcdefghjkmnpq\"\nplay_key = "
    "\"play-0123456789abcdefghjkmnpq\"\n";

// What loading this text gives as the reason for refusing it; empty when it is taken.
std::string refusal(const std::string& text) {
  auto const state = parse_state(text, "state.toml");
  if (state) return "";
  CHECK(state.error().kind == ErrorKind::kConfiguration);
  CHECK_FALSE(state.error().hint.empty());
  return state.error().why;
}

std::string with_stream(const std::string& body) {
  return "schema = 1\n[[stream]]\n" + body;
}

}  // namespace

TEST_CASE("a state file that does not exist is an empty state", "[state]") {
  TempDir const scratch;
  auto const state = load_state(scratch / "state.toml");
  REQUIRE(state.ok());
  CHECK(state->streams.empty());
  CHECK_FALSE(std::filesystem::exists(scratch / "state.toml"));
}

TEST_CASE("what is saved is loaded again, keys and odd passphrases included", "[state]") {
  TempDir const scratch;
  auto stream = make_stream("cam-1");
  stream.passphrase = crypto::Secret(R"(quote"back\slash'#[])");
  REQUIRE(add(scratch / "state.toml", stream));
  REQUIRE(update_state(scratch / "state.toml", [](State& state) {
    state.public_host = "relay.example.org";
    return success();
  }));
  auto const state = load_state(scratch / "state.toml");
  REQUIRE(state.ok());
  CHECK(state->public_host == "relay.example.org");
  auto const* found = state->find_stream("cam-1");
  REQUIRE(found != nullptr);
  CHECK(found->publish_key == stream.publish_key);
  CHECK(found->play_key == stream.play_key);
  CHECK(found->passphrase == stream.passphrase);
  CHECK_FALSE(found->play_passphrase.has_value());
  CHECK(state->find_stream("cam") == nullptr);
}

TEST_CASE("the file is 0600 and its new directories 0700, whatever the umask", "[state]") {
  TempDir const scratch;
  auto const mask = GENERATE(mode_t{0}, mode_t{022}, mode_t{077}, mode_t{0277});
  auto const before = ::umask(mask);
  auto const added = add(scratch / "state.toml", make_stream("cam"));
  ::umask(0);
  auto const deep = add(scratch / "deep/er/state.toml", make_stream("cam"));
  ::umask(before);
  REQUIRE(added.ok());
  REQUIRE(deep.ok());
  CHECK(test::mode_of(scratch / "state.toml") == 0600);
  CHECK(test::mode_of(scratch / "state.toml.lock") == (0600 & ~mask));
  CHECK(test::mode_of(scratch / "deep") == 0700);
  CHECK(test::mode_of(scratch / "deep/er") == 0700);
}

TEST_CASE("a change that fails, or changes nothing, leaves the file alone", "[state]") {
  TempDir const scratch;
  auto const file = scratch / "state.toml";
  REQUIRE(add(file, make_stream("cam")));
  auto const text = test::read_file(file);
  struct stat before {};
  ::stat(file.c_str(), &before);
  auto const failed = update_state(file, [](State& state) -> Status {
    state.streams.clear();
    return Error{ErrorKind::kUsage, "no", "no", ""};
  });
  CHECK(failed.error().kind == ErrorKind::kUsage);
  REQUIRE(update_state(file, [](State&) { return success(); }));
  struct stat after {};
  ::stat(file.c_str(), &after);
  CHECK(test::read_file(file) == text);
  CHECK(after.st_ino == before.st_ino);
}

TEST_CASE("a loose mode is refused with the chmod to type", "[state]") {
  TempDir const scratch;
  auto const file = scratch / "state.toml";
  auto const mode = GENERATE(mode_t{0644}, mode_t{0640}, mode_t{0660}, mode_t{0602}, mode_t{0400});
  test::write_file(file, "schema = 1\n", mode);
  auto const state = load_state(file);
  REQUIRE_FALSE(state.ok());
  CHECK(state.error().kind == ErrorKind::kConfiguration);
  CHECK(state.error().hint == "chmod 600 " + file.string());
  CHECK_FALSE(add(file, make_stream("cam")).ok());
  CHECK(test::read_file(file) == "schema = 1\n");
}

TEST_CASE("another's file, a link and what is no file are refused", "[state]") {
  TempDir const scratch;
  auto const file = scratch / "state.toml";
  SECTION("link") {
    test::write_file(scratch / "real", "schema = 1\n", 0600);
    std::filesystem::create_symlink(scratch / "real", file);
    CHECK(load_state(file).error().why == "it is a symbolic link");
  }
  SECTION("directory") {
    std::filesystem::create_directory(file);
    CHECK(load_state(file).error().why == "not a regular file");
  }
  SECTION("fifo, which must not hang") {
    REQUIRE(::mkfifo(file.c_str(), 0600) == 0);
    CHECK(load_state(file).error().why == "not a regular file");
  }
  SECTION("owner") {
    if (::geteuid() != 0) return;  // only root can give a file away
    test::write_file(file, "schema = 1\n", 0600);
    REQUIRE(::chown(file.c_str(), 65534, 65534) == 0);
    CHECK(load_state(file).error().hint == "chown root " + file.string());
  }
  SECTION("10 MB") {
    test::write_file(file, std::string(10'000'000, '#'), 0600);
    CHECK(load_state(file).error().why == "longer than 1000000 bytes");
  }
}

TEST_CASE("a newer schema is refused and left as it is", "[state]") {
  TempDir const scratch;
  auto const file = scratch / "state.toml";
  test::write_file(file, "schema = 4\nnovelty = true\n", 0600);
  CHECK(load_state(file).error().why.find("schema 4") != std::string::npos);
  CHECK_FALSE(add(file, make_stream("cam")).ok());
  CHECK(test::read_file(file) == "schema = 4\nnovelty = true\n");
}

TEST_CASE("the text is read strictly", "[state]") {
  CHECK(refusal("schema = 1\n").empty());
  CHECK(refusal(with_stream("name = \"cam\"\n" + std::string(kKeys))).empty());
  CHECK(refusal("") == "'schema' is missing: not a state file of aegis");
  CHECK(refusal("schema = \"1\"\n") == "'schema' is not a positive number");
  CHECK(refusal("schema = 0\n") == "'schema' is not a positive number");
  CHECK(refusal("schema = 1\ncolour = 1\n") == "unknown key 'colour'");
  CHECK(refusal("schema = 1\nstream = 1\n") == "stream: not a [[stream]] table");
  CHECK(refusal("schema = 1\npublic_host = 1\n") == "'public_host' is not a text");
  CHECK(refusal("schema = 1\npublic_host = \"a b\"\n") ==
        "'public_host' holds a character it may not");
  CHECK(refusal(with_stream("name = \"cam\"\n")) == "'publish_key' is missing");
  CHECK(refusal(with_stream("name = \"cam\"\nkey = 1\n" + std::string(kKeys))) ==
        "unknown key 'key'");
  CHECK(refusal(with_stream("name = \"Cam\"\n" + std::string(kKeys))).starts_with("'name': "));
  auto const short_key = with_stream("name = \"cam\"\npublish_key = \"a\"\nplay_key = \"b\"\n");
  CHECK(refusal(short_key) == "'publish_key' is not 26 to 200 characters long");
  auto const weak = with_stream("name = \"cam\"\npassphrase = \"short\"\n" + std::string(kKeys));
  CHECK(refusal(weak) == "'passphrase' is not 10 to 79 characters long");
  auto const twice =
      with_stream("name = \"cam\"\n" + std::string(kKeys)) + "[[stream]]\nname = \"cam\"\n" + kKeys;
  CHECK(refusal(twice) == "two streams are named 'cam'");
  auto const shared =
      with_stream("name = \"cam\"\n" + std::string(kKeys)) + "[[stream]]\nname = \"dog\"\n" + kKeys;
  CHECK(refusal(shared) == "stream 'dog' has a key that is used twice");
}

TEST_CASE("no refusal repeats a value of the file", "[state]") {
  auto const canary = std::string("canary-0123456789abcdefghjk");
  for (auto const& text :
       {"schema = 1\n[[stream]]\nname = \"cam\"\npublish_key = " + canary + "\n",
        "schema = 1\n[[stream]]\nname = \"cam\"\npublish_key = \"" + canary + "\nplay_key",
        "schema = 1\n[[stream]]\nname = \"" + canary + canary + "\"\n",
        "schema = 1\npublic_host = \"" + canary + " \"\n"}) {
    auto const state = parse_state(text, "state.toml");
    REQUIRE_FALSE(state.ok());
    auto const& error = state.error();
    CHECK((error.what + error.why + error.hint).find("canary") == std::string::npos);
  }
}

TEST_CASE("writing a loaded state again gives the same bytes", "[state]") {
  State state;
  state.public_host = "relay.example.org";
  state.streams = {make_stream("b"), make_stream("a")};
  auto const first = write_state(state);
  auto const again = parse_state(first.expose(), "state.toml");
  REQUIRE(again.ok());
  CHECK(write_state(*again) == first);
}

TEST_CASE("a file of an older schema is read, and kept when it is written anew", "[state]") {
  TempDir const scratch;
  auto const schema = GENERATE(std::string("1"), std::string("2"));
  auto const file = scratch / "state.toml", kept = scratch / ("state.toml.schema-" + schema);
  auto const old = "schema = " + schema + "\n[[stream]]\nname = \"cam\"\n" + std::string(kKeys);
  test::write_file(file, old, 0600);
  REQUIRE(load_state(file)->find_stream("cam") != nullptr);
  REQUIRE(update_state(file, [](State&) { return success(); }));
  CHECK(test::read_file(file) == old);
  CHECK_FALSE(std::filesystem::exists(kept));
  REQUIRE(add(file, make_stream("dog")));
  CHECK(test::read_file(kept) == old);
  CHECK(test::mode_of(kept) == 0600);
  auto const state = load_state(file);
  REQUIRE(state.ok());
  CHECK(state->schema == State::kSchema);
  CHECK(state->streams.size() == 2);
  REQUIRE(add(file, make_stream("roof")));
  CHECK(test::read_file(kept) == old);
}

TEST_CASE("tenants and their streams are saved and loaded", "[state]") {
  State state;
  state.tenants = {{"alice", crypto::sha256({}), crypto::hmac_sha256({}, {})},
                   {"bob", crypto::sha256({}), crypto::sha256({})}};
  auto cam = make_stream("cam");
  state.streams = {cam};
  for (auto const* tenant : {"alice", "bob"}) {
    state.streams.push_back(make_stream("cam"));
    state.streams.back().tenant = tenant;
  }
  auto const text = write_state(state);
  auto const again = parse_state(text.expose(), "state.toml");
  REQUIRE(again.ok());
  CHECK(write_state(*again) == text);
  CHECK(again->find_stream("cam")->tenant.empty());
  CHECK(again->find_stream("alice/cam")->publish_key == state.streams[1].publish_key);
  CHECK(again->find_stream("bob/cam")->publish_key == state.streams[2].publish_key);
  CHECK(again->find_stream("carol/cam") == nullptr);
  CHECK(again->find_tenant("alice")->admin_key == state.tenants[0].admin_key);

  std::string const digest(64, 'a');
  auto const tenant = "schema = 2\n[[tenant]]\nname = \"alice\"\nstats_key_sha256 = \"" + digest +
                      "\"\nadmin_key_sha256 = \"" + digest + "\"\n";
  CHECK(refusal(tenant).empty());
  CHECK(refusal(tenant + tenant.substr(tenant.find("[["))) == "two tenants are named 'alice'");
  CHECK(refusal(tenant.substr(0, tenant.size() - 3) + "g\"\n") ==
        "'admin_key_sha256' is not 64 hexadecimal digits");
  CHECK(refusal(tenant + "[[stream]]\nname = \"cam\"\ntenant = \"bob\"\n" + kKeys) ==
        "there is no tenant 'bob' to own stream 'cam'");
}

TEST_CASE("full names", "[state]") {
  for (auto const* name : {"cam", "alice/cam", "0/a-"}) CHECK(check_full_name(name).ok());
  for (auto const* name : {"", "/", "/cam", "alice/", "a/b/c", "Alice/cam", "alice /cam"})
    CHECK_FALSE(check_full_name(name).ok());
  CHECK(tenant_of("alice/cam") == "alice");
  CHECK(tenant_of("cam").empty());
  CHECK(full_name("alice", "cam") == "alice/cam");
  CHECK(full_name("", "cam") == "cam");
}

TEST_CASE("stream names", "[state]") {
  for (auto const* name : {"a", "0", "cam-1", "a-", "abcdefghijklmnopqrstuvwxyz012345"})
    CHECK(check_name(name, "the name").ok());
  for (auto const* name :
       {"", "-a", "Cam", "a_b", "a b", "a/b", "\xc3\xa9", "abcdefghijklmnopqrstuvwxyz0123456"})
    CHECK_FALSE(check_name(name, "the name").ok());
}

TEST_CASE("the usual place of the state file", "[state]") {
  auto const set = [](const char* name, const char* value) {
    value == nullptr ? ::unsetenv(name) : ::setenv(name, value, 1);
  };
  set("XDG_STATE_HOME", nullptr);
  set("STATE_DIRECTORY", nullptr);
  if (::geteuid() == 0) CHECK(default_state_file() == "/var/lib/aegis/state.toml");
  set("XDG_STATE_HOME", "relative");
  if (::geteuid() == 0) CHECK(default_state_file() == "/var/lib/aegis/state.toml");
  set("XDG_STATE_HOME", "/xdg");
  CHECK(default_state_file() == "/xdg/aegis/state.toml");
  set("STATE_DIRECTORY", "/one:/two");
  CHECK(default_state_file() == "/one/state.toml");
  set("XDG_STATE_HOME", nullptr);
  set("STATE_DIRECTORY", nullptr);
}

}  // namespace aegis::config
