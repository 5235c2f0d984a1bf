#include "common/config/state_check.hpp"

#include <algorithm>
#include <set>
#include <string_view>

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/config/private_file.hpp"

namespace aegis::config {
namespace {

constexpr std::size_t kFewCharacters =
    10;  // a random key of 26 has more of them, but for 1 in 10^6
constexpr std::size_t kShortPassphrase = 16;

using Findings = std::vector<StateFinding>;

// --- What is around the file ------------------------------------------------------------------

void check_directory(const std::filesystem::path& directory, Findings& findings) {
  struct stat info {};
  if (::stat(directory.c_str(), &info) != 0) return;
  bool const sticky = (info.st_mode & S_ISVTX) != 0;
  if ((info.st_mode & 022) != 0 && !sticky)
    findings.push_back({fmt::format("others may put another file in its place: the mode of {} is "
                                    "{:04o}",
                                    quoted(directory), info.st_mode & 07777),
                        fmt::format("chmod go-w {}", quoted(directory))});
  if (info.st_uid != ::geteuid() && info.st_uid != 0)
    findings.push_back({fmt::format("another user owns {}", quoted(directory)),
                        fmt::format("ls -ld {}", quoted(directory))});
}

// Copies of older states: they hold keys, too.
void check_copy(const std::filesystem::path& copy, Findings& findings) {
  struct stat info {};
  if (::lstat(copy.c_str(), &info) != 0) return;
  if ((info.st_mode & 077) != 0) {
    findings.push_back(
        {fmt::format("{} holds keys, and its mode is {:04o}", quoted(copy), info.st_mode & 07777),
         fmt::format("chmod 600 {}", quoted(copy))});
  } else {
    findings.push_back({fmt::format("{} holds keys of before", quoted(copy)),
                        fmt::format("when all is well: rm {}", quoted(copy)), true});
  }
}

void check_surroundings(const std::filesystem::path& file, Findings& findings) {
  auto const directory = file.parent_path();
  check_directory(directory, findings);
  auto const prefix = file.filename().string() + ".";
  std::error_code failure;
  std::set<std::filesystem::path> copies;
  for (auto const& entry : std::filesystem::directory_iterator(directory, failure)) {
    auto const name = entry.path().filename().string();
    if (name.starts_with(prefix) && name != prefix + "lock") copies.insert(entry.path());
  }
  for (auto const& copy : copies) check_copy(copy, findings);
}

// --- What is in it ----------------------------------------------------------------------------

bool looks_made_up(const crypto::Secret& key) {
  auto const text = key.expose();
  return std::set<char>(text.begin(), text.end()).size() < kFewCharacters;
}

bool is_short(const std::optional<crypto::Secret>& passphrase) {
  return passphrase && passphrase->size() < kShortPassphrase;
}

void check_stream(const Stream& stream, WallTime now, Findings& findings) {
  auto const name = full_name(stream);
  auto const rotate = fmt::format("aegis pair rotate {}", name);
  auto const find = [&](std::string_view what) {
    findings.push_back({fmt::format("stream '{}': {}", name, what), rotate});
  };
  auto const& slot = stream.slot;
  if (looks_made_up(stream.publish_key) || looks_made_up(stream.play_key))
    find("a key of it was not drawn by chance");
  if (is_short(stream.passphrase) || is_short(stream.play_passphrase))
    find(fmt::format("a passphrase of it has less than {} characters", kShortPassphrase));
  if (slot.device && looks_made_up(slot.device->key)) find("the key of its rig was not drawn");
  if (slot.invitation && slot.invitation->wrong_tries >= pairing::kWrongTries)
    find("the code for its rig was burnt by wrong tries");
  else if (slot.invitation && slot.invitation->expires <= now)
    find("the code for its rig has expired");
  if (slot.candidate && slot.candidate->lapses <= now)
    find("a rig that began to pair with it never confirmed");
}

void check_tenants(const State& state, Findings& findings) {
  for (auto const& tenant : state.tenants) {
    bool const owns = std::any_of(state.streams.begin(), state.streams.end(),
                                  [&](const Stream& each) { return each.tenant == tenant.name; });
    if (!owns)
      findings.push_back({fmt::format("tenant '{}' has no stream", tenant.name),
                          fmt::format("aegis pair new {}/cam, or: aegis tenant revoke {}",
                                      tenant.name, tenant.name),
                          true});
  }
}

void check_pairings(const State& state, Findings& findings) {
  for (auto const& relay : state.relays)
    if (looks_made_up(relay.device.key))
      findings.push_back({fmt::format("pairing '{}': its key was not drawn by chance", relay.name),
                          fmt::format("aegis pair rotate {}", relay.name)});
  for (auto const& attempt : state.attempts)
    findings.push_back(
        {fmt::format("the pairing with {} was begun and is not at its end",
                     to_string(attempt.relay.pairing)),
         attempt.relay.name.empty() || state.find_relay(attempt.relay.name) == nullptr
             ? std::string("aegis pair, with the same code, or a new one when that has expired")
             : fmt::format("aegis pair rotate {}", attempt.relay.name)});
}

}  // namespace

StateReport inspect_state(const std::filesystem::path& file, WallTime now) {
  auto const whole = std::filesystem::absolute(file);
  StateReport report;
  struct stat info {};
  report.exists = ::lstat(whole.c_str(), &info) == 0;
  check_surroundings(whole, report.findings);
  auto state = load_state(whole);
  if (!state) {
    report.unusable = state.error();
    return report;
  }
  report.state = std::move(*state);
  for (auto const& stream : report.state.streams) check_stream(stream, now, report.findings);
  check_tenants(report.state, report.findings);
  check_pairings(report.state, report.findings);
  if (report.exists && report.state.schema < State::kSchema)
    report.findings.push_back(
        {fmt::format("it is of schema {}: the next change makes it {}, which older aegis refuse",
                     report.state.schema, State::kSchema),
         "nothing to do; the old file will be kept beside it", true});
  return report;
}

}  // namespace aegis::config
