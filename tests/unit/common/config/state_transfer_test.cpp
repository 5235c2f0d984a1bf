// A state on its way to another host, and what a check of it finds.
#include <algorithm>

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "common/config/state_check.hpp"
#include "common/config/state_export.hpp"
#include "common/config/state_merge.hpp"
#include "common/config/state_toml.hpp"
#include "common/crypto/random.hpp"
#include "file_modes.hpp"

namespace aegis::config {
namespace {

using test::TempDir;

constexpr crypto::ScryptCost kCheap{10, 8, 1};
constexpr WallTime kNow(1'700'000'000s);

Stream make_stream(const std::string& name, const std::string& tenant = "") {
  Stream stream;
  stream.name = name;
  stream.tenant = tenant;
  stream.publish_key = crypto::random_token();
  stream.play_key = crypto::random_token();
  return stream;
}

PairedRelay make_relay(const std::string& name) {
  PairedRelay relay;
  relay.name = name;
  relay.pairing = {"relay.example.org", 5000};
  crypto::random_bytes(relay.device.id);
  relay.device.key = crypto::random_token(160);
  relay.terms = {"cam", crypto::random_token(), std::nullopt, {{"relay.example.org", 5000}}};
  return relay;
}

State make_state() {
  State state;
  state.identity = crypto::random_token(160);
  state.public_host = "relay.example.org";
  state.tenants = {{"alice", crypto::sha256({}), crypto::sha256({})}};
  state.streams = {make_stream("cam"), make_stream("cam", "alice"), make_stream("roof", "alice")};
  state.relays = {make_relay("home")};
  return state;
}

// Each change as "added stream cam".
std::vector<std::string> words(const std::vector<StateChange>& changes) {
  static constexpr const char* kVerbs[] = {"added ", "changed ", "removed "};
  std::vector<std::string> out;
  for (auto const& change : changes)
    out.push_back(kVerbs[static_cast<int>(change.kind)] + change.noun + " " + change.name);
  return out;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  auto const at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::string refusal(const std::string& text) {
  auto const sealed = read_export(text, "x.aegis");
  if (sealed) return "";
  CHECK(sealed.error().kind == ErrorKind::kConfiguration);
  return sealed.error().why;
}

std::vector<std::string> findings(const std::filesystem::path& file) {
  auto const report = inspect_state(file, kNow);
  std::vector<std::string> out;
  for (auto const& finding : report.findings) {
    CHECK_FALSE(finding.hint.empty());
    out.push_back(finding.what);
  }
  return out;
}

}  // namespace

TEST_CASE("an export opens with its passphrase, and with no other", "[state]") {
  State state;
  state.streams = {make_stream("cam")};
  crypto::Secret const passphrase("four words or five");
  auto const text = write_export(state, passphrase, kCheap);
  REQUIRE(text.ok());
  CHECK(text->starts_with("aegis-state-export 1\nscrypt 10 8 1\nsalt "));
  CHECK(text->find("cam") == std::string::npos);
  auto const sealed = read_export(*text, "x.aegis");
  REQUIRE(sealed.ok());
  auto const opened = open_export(*sealed, passphrase, "x.aegis");
  REQUIRE(opened.ok());
  CHECK(write_state(*opened) == write_state(state));
  auto const wrong = open_export(*sealed, crypto::Secret("four words or six"), "x.aegis");
  REQUIRE_FALSE(wrong.ok());
  CHECK(wrong.error().kind == ErrorKind::kRefused);
  CHECK(wrong.error().why == "the passphrase is wrong, or the file was changed");
  // Two exports of one state have nothing in common.
  auto const again = write_export(state, passphrase, kCheap);
  CHECK(again->substr(again->size() - 40) != text->substr(text->size() - 40));
}

TEST_CASE("an export that was changed anywhere is refused", "[state]") {
  crypto::Secret const passphrase("four words or five");
  auto const text = *write_export(State{}, passphrase, kCheap);
  for (std::size_t i = 0; i < text.size(); i += i < 60 ? 1 : 17) {
    auto changed = text;
    changed[i] = changed[i] == '1' ? '2' : '1';
    INFO(changed);
    auto const sealed = read_export(changed, "x.aegis");
    if (sealed) CHECK_FALSE(open_export(*sealed, passphrase, "x.aegis").ok());
    auto const cut = read_export(std::string_view(text).substr(0, i), "x.aegis");
    if (cut) CHECK_FALSE(open_export(*cut, passphrase, "x.aegis").ok());
  }
}

TEST_CASE("what is no export, or not ours to open, is told", "[state]") {
  auto const text = *write_export(State{}, crypto::Secret("four words or five"), kCheap);
  CHECK(refusal(text).empty());
  CHECK(refusal("") == "this is no export of a state");
  CHECK(refusal("schema = 3\n") == "this is no export of a state");
  CHECK(refusal(replaced(text, "export 1\n", "export 2\n")) ==
        "it is of version 2; this aegis knows 1");
  auto const dear = "it asks for more memory or time than any export of ours does";
  for (auto const* cost : {"27 8 1", "40 8 1", "10 9 1", "10 4294967295 1", "10 8 5", "1 8 1"})
    CHECK(refusal(replaced(text, "10 8 1", cost)) == dear);
  auto const spoilt = "it is cut off, or something else was done to it";
  for (auto const* cost : {"10 8", "10 8 1 1", "10 8 4294967296", "-10 8 1", "", "10  8 1"})
    CHECK(refusal(replaced(text, "10 8 1", cost)) == spoilt);
  CHECK(refusal(replaced(text, "salt ", "salt 00")) == spoilt);
  CHECK(refusal(text + "x") == spoilt);
  CHECK(refusal(text + "xy\n") == spoilt);
  CHECK(refusal(text.substr(0, text.find("\n\n") + 2)) == spoilt);
}

TEST_CASE("a part of a state has what belongs to it", "[state]") {
  auto const state = make_state();
  auto const part = [&](const char* name) {
    return words(changes_between({}, *part_of(state, name)));
  };
  CHECK(part("cam") == std::vector<std::string>{"added stream cam"});
  CHECK(part("home") == std::vector<std::string>{"added pairing home"});
  CHECK(part("alice/cam") ==
        std::vector<std::string>{"added stream alice/cam", "added tenant alice"});
  CHECK(part("alice") == std::vector<std::string>{"added stream alice/cam",
                                                  "added stream alice/roof", "added tenant alice"});
  CHECK(part_of(state, "dog").error().kind == ErrorKind::kConfiguration);
  CHECK_FALSE(part_of(state, "").ok());
}

TEST_CASE("merging adds what is missing and changes nothing", "[state]") {
  auto const from = make_state();
  State into;
  into.public_host = "other.example.org";
  into.streams = {make_stream("dog"), from.streams[0]};
  auto const before = into;
  REQUIRE(merge(into, from));
  CHECK(words(changes_between(before, into)) ==
        std::vector<std::string>{"added identity ", "added pairing home", "added stream alice/cam",
                                 "added stream alice/roof", "added tenant alice"});
  CHECK(into.public_host == "other.example.org");
  auto const whole = into;
  REQUIRE(merge(into, from));
  CHECK(changes_between(whole, into).empty());
  // Another stream of the same name is not touched, and nothing else is added then.
  State taken;
  taken.streams = {make_stream("cam")};
  auto const refused = merge(taken, from);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().what == "stream 'cam'");
  CHECK(taken.tenants.empty());
}

TEST_CASE("an import keeps the state of before, and tries without a trace", "[state]") {
  TempDir const scratch;
  auto const file = scratch / "state.toml", kept = scratch / "state.toml.before-import";
  auto from = make_state();
  REQUIRE(import_state(file, from, false, false).ok());
  CHECK_FALSE(std::filesystem::exists(kept));
  auto const text = test::read_file(file);
  CHECK(write_state(*load_state(file)).expose() == text);
  CHECK(import_state(file, from, true, false)->empty());
  CHECK_FALSE(std::filesystem::exists(kept));

  from.streams = {make_stream("cam")};
  auto const tried = import_state(file, from, true, true);
  REQUIRE(tried.ok());
  CHECK(words(*tried) == std::vector<std::string>{"changed stream cam", "removed stream alice/cam",
                                                  "removed stream alice/roof"});
  CHECK(test::read_file(file) == text);
  CHECK_FALSE(import_state(file, from, false, false).ok());
  CHECK(test::read_file(file) == text);
  auto const done = import_state(file, from, true, false);
  REQUIRE(done.ok());
  CHECK(words(*done) == words(*tried));
  CHECK(load_state(file)->streams.size() == 1);
  CHECK(test::read_file(kept) == text);
  CHECK(test::mode_of(kept) == 0600);
}

TEST_CASE("an import of a key that is here under another name is refused", "[state]") {
  TempDir const scratch;
  auto const file = scratch / "state.toml";
  State state;
  state.streams = {make_stream("cam")};
  REQUIRE(import_state(file, state, false, false).ok());
  state.streams[0].name = "dog";
  bool const dry_run = GENERATE(true, false);
  auto const twice = import_state(file, state, false, dry_run);
  REQUIRE_FALSE(twice.ok());
  CHECK(twice.error().why == "stream 'dog' has a key that is used twice");
}

TEST_CASE("a check finds what is wrong, and nothing where all is well", "[state]") {
  TempDir const scratch;
  ::chmod(scratch.path().c_str(), 0700);
  auto const file = scratch / "state.toml";
  CHECK(findings(file).empty());
  auto state = make_state();
  auto& slot = state.streams[0].slot;
  slot.invitation = pairing::Invitation{{}, {}, kNow + 60s, 0};
  auto const save = [&] {
    std::filesystem::remove(file);
    REQUIRE(import_state(file, state, true, false).ok());
    return findings(file);
  };
  CHECK(save().empty());
  slot.invitation->expires = kNow;
  CHECK(save() == std::vector<std::string>{"stream 'cam': the code for its rig has expired"});
  slot.invitation->wrong_tries = pairing::kWrongTries;
  CHECK(save() ==
        std::vector<std::string>{"stream 'cam': the code for its rig was burnt by wrong tries"});
  slot.invitation.reset();
  slot.candidate = pairing::Candidate{{}, {}, {{}, crypto::random_token(160)}, kNow};
  CHECK(save() ==
        std::vector<std::string>{"stream 'cam': a rig that began to pair with it never confirmed"});
  slot.candidate.reset();
  state.streams[0].publish_key = crypto::Secret(std::string(26, 'a'));
  state.streams[0].passphrase = crypto::Secret("0123456789");
  CHECK(save() ==
        std::vector<std::string>{"stream 'cam': a key of it was not drawn by chance",
                                 "stream 'cam': a passphrase of it has less than 16 characters"});
  state = {};
  state.tenants = {{"alice", crypto::sha256({}), crypto::sha256({})}};
  CHECK(save() == std::vector<std::string>{"tenant 'alice' has no stream"});
}

TEST_CASE("a check looks around the file, too", "[state]") {
  TempDir const scratch;
  ::chmod(scratch.path().c_str(), 0700);
  auto const file = scratch / "state.toml", kept = scratch / "state.toml.schema-1";
  auto const path = [](const std::filesystem::path& it) { return it.string(); };
  test::write_file(file, "schema = 2\n", 0600);
  test::write_file(kept, "schema = 1\n", 0640);
  auto report = inspect_state(file, kNow);
  CHECK_FALSE(report.unusable.has_value());
  REQUIRE(report.findings.size() == 2);
  CHECK(report.findings[0].what == path(kept) + " holds keys, and its mode is 0640");
  CHECK(report.findings[0].hint == "chmod 600 " + path(kept));
  CHECK_FALSE(report.findings[0].note);
  CHECK(report.findings[1].note);  // its schema
  ::chmod(kept.c_str(), 0600);
  ::chmod(scratch.path().c_str(), 0770);
  report = inspect_state(file, kNow);
  REQUIRE(report.findings.size() == 3);
  CHECK(report.findings[0].hint == "chmod go-w " + path(scratch.path()));
  CHECK(report.findings[1].what == path(kept) + " holds keys of before");
  CHECK(report.findings[1].note);
  ::chmod(file.c_str(), 0644);
  report = inspect_state(file, kNow);
  REQUIRE(report.unusable.has_value());
  CHECK(report.unusable->hint == "chmod 600 " + path(file));
}

}  // namespace aegis::config
