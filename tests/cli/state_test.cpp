// `aegis state`: what is kept survives, can be looked at, and gets to another host unread.
#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "runner.hpp"

namespace aegis::test {
namespace {

using Json = nlohmann::json;

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

void make_stream(const Runner& aegis, const std::string& name) {
  REQUIRE(aegis({"pair", "new", name, "--stock", "--host", "relay.example.org"}).code == 0);
}

// A host with a passphrase in a file and an export of its own.
struct Host {
  Host() { write_private_file(passphrase_file(), "four words or five\n"); }

  std::string passphrase_file() const { return (aegis.home() / "passphrase").string(); }
  std::string exported() const { return (aegis.home() / "rig.aegis").string(); }
  Outcome state(std::vector<std::string> words) const {
    words.insert(words.begin(), "state");
    if (words[1] != "check") words.insert(words.end(), {"--passphrase-file", passphrase_file()});
    return aegis(words);
  }

  Runner aegis;
};

}  // namespace

TEST_CASE("check says what is there and what is wrong, by its exit code, too", "[cli][state]") {
  Runner const aegis;
  auto const none = aegis({"state", "check"});
  CHECK(none.code == 0);
  CHECK(none.out == "State file " + aegis.state_file() + ": there is none yet\n");
  make_stream(aegis, "cam");
  auto const well = aegis({"state", "check"});
  CHECK(well.code == 0);
  CHECK(well.out == "State file " + aegis.state_file() +
                        ", schema 3\n  streams   1\n  tenants   0\n  pairings  0\n  begun     0\n");
  CHECK(Json::parse(aegis({"state", "check", "--json"}).out) ==
        Json::parse(R"({"schema":1,"file":")" + aegis.state_file() +
                    R"(","exists":true,"usable":true,"state_schema":3,"identity":false,"streams":1,
                       "tenants":0,"pairings":0,"begun":0,"findings":[]})"));

  auto const copy = aegis.state_file() + ".schema-1";
  write_private_file(copy, "schema = 1\n");
  auto const noted = aegis({"state", "check"});
  CHECK(noted.code == 0);
  CHECK(holds(noted.out, "note: " + copy + " holds keys of before\n  hint: when all is well: rm "));
  REQUIRE(::chmod(copy.c_str(), 0644) == 0);
  auto const warned = aegis({"state", "check"});
  CHECK(warned.code == 1);
  CHECK(holds(warned.out, "warning: " + copy + " holds keys, and its mode is 0644\n"));
  CHECK(hint_of(warned) == "chmod 600 " + copy);

  REQUIRE(::chmod(aegis.state_file().c_str(), 0640) == 0);
  auto const loose = aegis({"state", "check", "--json"});
  CHECK(loose.code == 78);
  CHECK(hint_of(loose) == "chmod 600 " + aegis.state_file());
  auto const document = Json::parse(loose.out);
  CHECK(document["usable"] == false);
  CHECK(document["findings"][0]["severity"] == "error");
  CHECK(document["findings"][0]["hint"] == "chmod 600 " + aegis.state_file());
}

TEST_CASE("an export moves all of a state to another host", "[cli][state]") {
  Host const from;
  make_stream(from.aegis, "cam");
  REQUIRE(from.aegis({"tenant", "new", "alice"}).code == 0);
  make_stream(from.aegis, "alice/roof");
  std::ofstream(from.exported() + ".new") << "somebody's own";
  auto const written = from.state({"export", from.exported(), "--json"});
  INFO(written.err);
  REQUIRE(written.code == 0);
  CHECK(Json::parse(written.out) ==
        Json::parse(R"({"schema":1,"file":")" + from.exported() +
                    R"(","identity":false,"streams":2,"tenants":1,"pairings":0,"begun":0})"));
  struct stat info {};
  REQUIRE(::stat(from.exported().c_str(), &info) == 0);
  CHECK((info.st_mode & 07777) == 0600);
  CHECK_FALSE(holds(read_file(from.exported()), "roof"));
  CHECK(read_file(from.exported() + ".new") == "somebody's own");

  Host const to;
  auto const dry = to.state({"import", from.exported(), "--dry-run"});
  CHECK(dry.code == 0);
  CHECK(holds(dry.out, "added    stream alice/roof\n"));
  CHECK(holds(dry.out, "Nothing is changed: --dry-run.\n"));
  CHECK_FALSE(std::filesystem::exists(to.aegis.state_file()));
  auto const done = to.state({"import", from.exported(), "--json"});
  REQUIRE(done.code == 0);
  auto const document = Json::parse(done.out);
  CHECK(document["changes"].size() == 4);  // and the public host
  CHECK(document["kept"] == nullptr);
  CHECK(read_file(to.aegis.state_file()) == read_file(from.aegis.state_file()));
  CHECK(to.state({"import", from.exported()}).out == "All of it is here already.\n");
  // Nothing of the export is left beside the state.
  for (auto const& entry : std::filesystem::directory_iterator(
           std::filesystem::path(to.aegis.state_file()).parent_path()))
    CHECK(entry.path().filename().string().starts_with("state.toml"));
}

TEST_CASE("an import says what is in its way, and goes over it when told to", "[cli][state]") {
  Host const here;
  make_stream(here.aegis, "cam");
  make_stream(here.aegis, "dog");
  REQUIRE(here.state({"export", here.exported(), "--only", "cam"}).code == 0);
  REQUIRE(here.aegis({"pair", "rotate", "cam"}).code == 0);
  auto const before = read_file(here.aegis.state_file());
  auto const refused = here.state({"import", here.exported()});
  CHECK(error_of(refused, 78) == "stream 'cam': another one of it is here already");
  CHECK(read_file(here.aegis.state_file()) == before);
  auto const replaced = here.state({"import", here.exported(), "--replace"});
  CHECK(replaced.code == 0);
  auto const kept = here.aegis.state_file() + ".before-import";
  CHECK(replaced.out ==
        "changed  stream cam\nremoved  public host\nremoved  stream dog\n"
        "The state of before is kept; when all is well: rm " +
            kept + "\n");
  CHECK(read_file(kept) == before);
  CHECK(here.aegis({"pair", "list", "--names"}).out == "cam\n");
}

TEST_CASE("exports and passphrases that cannot be", "[cli][state]") {
  Host const here;
  CHECK(error_of(here.state({"export", here.exported()}), 78) ==
        "state export: the state holds nothing");
  make_stream(here.aegis, "cam");
  CHECK(error_of(here.state({"export", here.exported(), "--only", "dog"}), 78) ==
        "'dog': there is no stream, pairing or tenant of this name");
  CHECK(error_of(here.aegis({"state", "export", here.exported()}), 64) ==
        "state export: there is no terminal to ask for the passphrase");
  CHECK(error_of(here.state({"export"}), 64) == "state export: the file's name is missing");
  write_private_file(here.passphrase_file(), "short\n");
  CHECK(error_of(here.state({"export", here.exported()}), 64) ==
        "state export: the passphrase has less than 12 characters");
  REQUIRE(::chmod(here.passphrase_file().c_str(), 0644) == 0);
  CHECK(hint_of(here.state({"export", here.exported()})) == "chmod 600 " + here.passphrase_file());
  std::filesystem::remove(here.passphrase_file());
  CHECK(holds(error_of(here.state({"export", here.exported()}), 78), "there is no such file"));
  write_private_file(here.passphrase_file(), "four words or five\n");
  REQUIRE(here.state({"export", here.exported()}).code == 0);
  CHECK(holds(error_of(here.state({"export", here.exported()}), 64),
              "there is a file of this name already"));

  write_private_file(here.passphrase_file(), "four words or six\n");
  CHECK(error_of(here.state({"import", here.exported()}), 77) ==
        "export file " + here.exported() + ": the passphrase is wrong, or the file was changed");
  CHECK(error_of(here.state({"import", here.aegis.state_file()}), 78) ==
        "export file " + here.aegis.state_file() + ": this is no export of a state");
  CHECK(holds(error_of(here.state({"import", "/"}), 78), "it cannot be read"));
  CHECK(error_of(here.state({"import"}), 64) == "state import: the file's name is missing");
  error_of(here.state({"import", here.exported(), "--replace", "--only", "cam"}), 64);
}

TEST_CASE("disks that are full or can only be read cost nothing but the change", "[cli][state]") {
  Runner const aegis;
  if (::geteuid() != 0) {
    WARN("skipped: only root mounts disks");
    return;
  }
  auto const disk = (aegis.home() / "disk").string();
  std::filesystem::create_directory(disk);
  auto const on_disk = [&](const std::string& spoil) {
    auto command = aegis.command({"pair", "new", "dog", "--stock", "--host", "relay.example.org",
                                  "--state", disk + "/state.toml"});
    auto const program = command.argv.front();
    command.argv.insert(
        command.argv.begin(),
        {"unshare", "-m", "sh", "-ec",
         "mount -t tmpfs -o size=64k none \"$0\"; \"$1\" pair new cam --stock --host "
         "relay.example.org --state \"$0/state.toml\" >/dev/null; cp \"$0/state.toml\" "
         "\"$0/../before\"; " +
             spoil +
             "; disk=$0; shift; code=0; \"$@\" || code=$?; cmp \"$disk/state.toml\" "
             "\"$disk/../before\"; exit $code",
         disk, program});
    return run(std::move(command), aegis.home().path());
  };
  auto const full = on_disk("dd if=/dev/zero of=\"$0/filler\" bs=4k 2>&- || true");
  CHECK(error_of(full, 78) ==
        "state file " + disk + "/state.toml: writing: No space left on device");
  CHECK(hint_of(full) == "make room; see: df -h " + disk);
  auto const read_only = on_disk("mount -o remount,ro \"$0\"");
  CHECK(error_of(read_only, 78) ==
        "state file " + disk + "/state.toml: locking it: Read-only file system");
  CHECK(hint_of(read_only) == "name a place that can be written with --state FILE");
}

}  // namespace aegis::test
