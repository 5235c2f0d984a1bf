#include "relay/hook.hpp"

#include <algorithm>
#include <array>
#include <sstream>
#include <string_view>
#include <thread>

#include <fmt/core.h>
#include <unistd.h>

#include "common/crypto/digest.hpp"
#include "common/crypto/random.hpp"
#include "common/http/post.hpp"
#include "common/os/clock.hpp"
#include "common/os/log.hpp"
#include "common/os/run_program.hpp"

namespace aegis::relay {
namespace {

namespace log = os::log;
using nlohmann::json;

constexpr Duration kLook = 100ms;
constexpr int kAttempts = 3;
constexpr int kRetryGrowth = 4;
constexpr std::size_t kBootBytes = 8;

constexpr std::array<std::string_view, 9> kTold{
    "session_started",     "session_stalled", "session_grace",
    "session_reconnected", "session_resumed", "session_ended",
    "link_started",        "link_ended",      "draining"};

bool is_url(std::string_view where) {
  return where.starts_with("http://") || where.starts_with("https://");
}

// What a log may say of it: of a URL no more than the host, for the rest may hold a secret.
std::string shown(const std::string& where) {
  if (!is_url(where)) return where;
  auto const begin = where.find("//") + 2;
  auto const host = where.substr(begin, where.find_first_of("/?#", begin) - begin);
  return where.substr(0, begin) + host.substr(host.find('@') + 1);
}

std::string boot_name() {
  std::array<std::byte, kBootBytes> bytes;
  crypto::random_bytes(bytes);
  return crypto::to_hex(crypto::sha256(bytes)).substr(0, 2 * kBootBytes);
}

}  // namespace

Status check_hook(const std::string& where) {
  if (is_url(where)) return success();
  auto const refuse = [](std::string why) {
    return Error{ErrorKind::kConfiguration, "", std::move(why),
                 "write https://HOST/PATH, or the whole path of a program"};
  };
  if (!where.starts_with('/')) return refuse("neither a URL nor the whole path of a program");
  if (::access(where.c_str(), X_OK) != 0)
    return refuse(fmt::format("{} cannot be run: it is not there, or not executable", where));
  return success();
}

bool is_for_hooks(const json& event) {
  auto const name = event.value("event", "");
  if (name == "player_started") return event.value("players", 0) == 1;
  if (name == "player_ended") return event.value("players", 1) == 0;
  return name == "missed" || std::find(kTold.begin(), kTold.end(), name) != kTold.end();
}

Hook::Hook(const EventLog& events, Options options)
    : events_(events),
      options_(std::move(options)),
      boot_(boot_name()),
      position_(events.next()),
      worker_("hook", [this] { run(); }) {}

Hook::~Hook() {
  finish(0s);
}

void Hook::finish(Duration patience) {
  if (!worker_.running()) return;
  end_at_ = os::now() + patience;
  ending_ = true;
  worker_.join(Duration::max());
}

bool Hook::must_end() const {
  return ending_ && os::now() >= end_at_.load();
}

// False when there is no time for it.
bool Hook::pause(Duration length) const {
  auto const until = os::now() + length;
  while (os::now() < until) {
    if (ending_) return false;
    std::this_thread::sleep_for(std::min<Duration>(kLook, until - os::now()));
  }
  return !ending_;
}

void Hook::run() {
  while (true) {
    bool const last = ending_;  // asked before the look: what came before it is told
    std::istringstream lines(events_.read(position_));
    for (std::string line; std::getline(lines, line) && !must_end();) tell(line);
    if (last) return;
    pause(kLook);
  }
}

void Hook::tell(const std::string& line) {
  auto event = json::parse(line);
  if (!is_for_hooks(event)) return;
  auto const name = event["event"].get<std::string>();
  event["delivery"] = fmt::format("{}-{}", boot_, ++deliveries_);
  auto const body = event.dump() + "\n";
  auto told = attempt(name, body);
  auto wait = options_.retry;
  for (int i = 1; i < kAttempts && !told && pause(wait); ++i, wait *= kRetryGrowth)
    told = attempt(name, body);
  if (told) {
    ++delivered_;
    return;
  }
  ++failed_;
  log::warn("hook not told hook={} event={} why=\"{}\"", shown(options_.where), name,
            told.error().why);
}

Status Hook::attempt(const std::string& event, const std::string& body) const {
  auto const left = ending_ ? std::max<Duration>(end_at_.load() - os::now(), 1ms) : Duration::max();
  auto const patience = std::min(options_.patience, left);
  auto const give_up = [this] { return must_end(); };
  if (!is_url(options_.where))
    return os::run_program({options_.where, {event}, body, patience, give_up});
  std::vector<std::string> headers{"Content-Type: application/json", "Aegis-Event: " + event};
  if (options_.key) {
    auto const bytes = [](std::string_view text) { return std::as_bytes(std::span(text)); };
    headers.push_back(
        "Aegis-Signature: sha256=" +
        crypto::to_hex(crypto::hmac_sha256(bytes(options_.key->expose()), {bytes(body)})));
  }
  return http::post({options_.where, body, std::move(headers), patience, give_up});
}

}  // namespace aegis::relay
