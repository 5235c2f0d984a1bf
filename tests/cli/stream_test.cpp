// What `aegis stream` refuses before it starts.
#include <fstream>

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "runner.hpp"

namespace aegis::test {
namespace {

constexpr const char* kKey =
    R"({"schema":1,"name":"cam","publish":{"srtla":{"host":null,"port":5000},
  "streamid":"pub-canary-0123456789abcdef","passphrase":null}})";

std::string key_file(const Runner& aegis, const std::string& text, mode_t mode = 0600) {
  auto const file = (aegis.home() / "key.json").string();
  std::ofstream(file) << text;
  ::chmod(file.c_str(), mode);
  return file;
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("without a key there is nothing to publish with", "[cli][stream]") {
  Runner const aegis;
  auto const outcome = aegis({"stream", "--relay", "127.0.0.1:5000"});
  CHECK(error_of(outcome, 78) == "stream: no key to publish with");
  CHECK(holds(hint_of(outcome), "aegis pair new NAME --stock"));
  CHECK(holds(hint_of(outcome), "--key"));
}

TEST_CASE("without a relay there is nowhere to send to", "[cli][stream]") {
  Runner const aegis;
  CHECK(error_of(aegis({"stream", "--proxy", "9000"}), 78) == "stream: no relay is given");
  auto const file = key_file(aegis, kKey);
  CHECK(error_of(aegis({"stream", "--key", file}), 78) == "stream: the key file names no relay");
}

TEST_CASE("a key file that others can read is refused like ssh refuses one", "[cli][stream]") {
  Runner const aegis;
  for (mode_t const mode : {0644, 0640, 0604, 0660}) {
    auto const file = key_file(aegis, kKey, mode);
    auto const outcome = aegis({"stream", "--key", file, "--relay", "127.0.0.1"});
    CHECK(holds(error_of(outcome, 78), "others may read or change its keys"));
    CHECK(hint_of(outcome) == "chmod 600 " + file);
  }
}

TEST_CASE("a key file that is none is refused without a word of its content", "[cli][stream]") {
  Runner const aegis;
  for (auto const* text :
       {"", "canary", "[]", R"({"schema":2,"publish":{"streamid":"canary"}})",
        R"({"publish":{"streamid":"canary"}})", R"({"schema":1,"publish":{"streamid":"can ary"}})",
        R"({"schema":1,"publish":{}})",
        R"({"schema":1,"publish":{"streamid":"canary","passphrase":"canary"}})",
        R"({"schema":1,"publish":{"streamid":"canary","passphrase":7}})",
        R"({"schema":1,"publish":{"streamid":"canary","srtla":{"host":"h","port":70000}}})"}) {
    auto const outcome = aegis({"stream", "--key", key_file(aegis, text), "--relay", "127.0.0.1"});
    INFO(text);
    error_of(outcome, 78);
    CHECK_FALSE(holds(outcome.err, "canary"));
    CHECK(hint_of(outcome) == "make it anew on the relay: aegis pair show NAME --json");
  }
  auto const missing = aegis({"stream", "--key", "/nonexistent", "--relay", "127.0.0.1"});
  CHECK(error_of(missing, 78) == "key file /nonexistent: there is no such file");
}

TEST_CASE("a slate that would never be shown is refused, and a loop of nothing", "[cli][stream]") {
  Runner const aegis;
  auto const slate = aegis({"stream", "--input", "udp://:9000", "--slate", "card.png"});
  CHECK(holds(error_of(slate, 64), "passed on as it is"));
  CHECK(hint_of(slate) == "aegis stream --input udp://:9000 --encode --slate card.png");
  auto const loop = aegis({"stream", "--input", "udp://:9000", "--input", "test", "--loop"});
  CHECK(holds(error_of(loop, 64), "no end to start again at"));
  CHECK(holds(error_of(aegis({"stream", "--input", ""}), 64), "it is empty"));
}

}  // namespace aegis::test
