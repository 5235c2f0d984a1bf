#include "common/config/state.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <fmt/core.h>
#include <unistd.h>

#include "common/config/file_lock.hpp"
#include "common/config/private_file.hpp"
#include "common/config/state_toml.hpp"
#include "common/crypto/digest.hpp"

namespace aegis::config {
namespace {

constexpr std::string_view kNoun = "state file";
constexpr PrivateFileRules kRules{kNoun, 1'000'000, true, false};
constexpr std::size_t kMaxName = 32;

// The variable's value, empty when it is not set.
std::string variable(const char* name) {
  auto const* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::filesystem::path state_directory() {
  // systemd gives a list when a unit has several; ours is the first.
  if (auto const given = variable("STATE_DIRECTORY"); !given.empty())
    return given.substr(0, given.find(':'));
  // The XDG rules: a relative path counts as not set.
  if (std::filesystem::path const given = variable("XDG_STATE_HOME"); given.is_absolute())
    return given / "aegis";
  if (::geteuid() == 0) return "/var/lib/aegis";
  std::filesystem::path const home = variable("HOME");
  return home.is_absolute() ? home / ".local/state/aegis" : std::filesystem::path("/var/lib/aegis");
}

// What stands on the disk: empty content when there is no file.
struct Loaded {
  State state;
  crypto::Secret content;
};

Result<Loaded> load(const std::filesystem::path& file) {
  auto content = read_private_file(file, kRules);
  if (!content) return content.error();
  if (!content->has_value()) return Loaded{};
  auto state = parse_state((*content)->expose(), file);
  if (!state) return state.error();
  return Loaded{std::move(*state), std::move(**content)};
}

}  // namespace

crypto::Secret stats_key(const Stream& stream) {
  if (stream.publish_key.empty() || stream.play_key.empty()) return {};
  static constexpr std::string_view kPurpose = "aegis stats key 1";
  static constexpr std::size_t kBytes = 20;
  auto const bytes = [](std::string_view text) { return std::as_bytes(std::span(text)); };
  auto const tag = crypto::hmac_sha256(bytes(stream.publish_key.expose()),
                                       {bytes(kPurpose), bytes(stream.play_key.expose())});
  std::string text = "stats-";
  for (std::size_t i = 0; i < kBytes; ++i)
    text += fmt::format("{:02x}", std::to_integer<unsigned>(tag[i]));
  return crypto::Secret(text);
}

std::string full_name(std::string_view tenant, std::string_view stream) {
  return tenant.empty() ? std::string(stream) : fmt::format("{}/{}", tenant, stream);
}

std::string full_name(const Stream& stream) {
  return full_name(stream.tenant, stream.name);
}

std::string_view tenant_of(std::string_view full_name) {
  auto const slash = full_name.find('/');
  return slash == std::string_view::npos ? std::string_view() : full_name.substr(0, slash);
}

const Stream* State::find_stream(std::string_view name) const {
  auto const found = std::find_if(streams.begin(), streams.end(),
                                  [&](const Stream& stream) { return full_name(stream) == name; });
  return found == streams.end() ? nullptr : &*found;
}

Stream* State::find_stream(std::string_view name) {
  return const_cast<Stream*>(std::as_const(*this).find_stream(name));
}

const PairedRelay* State::find_relay(std::string_view name) const {
  auto const found = std::find_if(relays.begin(), relays.end(),
                                  [&](const PairedRelay& relay) { return relay.name == name; });
  return found == relays.end() ? nullptr : &*found;
}

const Tenant* State::find_tenant(std::string_view name) const {
  auto const found = std::find_if(tenants.begin(), tenants.end(),
                                  [&](const Tenant& tenant) { return tenant.name == name; });
  return found == tenants.end() ? nullptr : &*found;
}

Status check_name(std::string_view name, std::string_view whose) {
  auto const letter_or_digit = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  };
  bool const fit =
      !name.empty() && name.size() <= kMaxName && letter_or_digit(name.front()) &&
      std::all_of(name.begin(), name.end(), [&](char c) { return letter_or_digit(c) || c == '-'; });
  if (fit) return success();
  return Error{ErrorKind::kUsage, std::string(whose),
               "it must be 1 to 32 of a-z, 0-9 and '-', and not begin with '-'",
               "choose a name such as cam-1"};
}

Status check_full_name(std::string_view name) {
  auto const slash = name.find('/');
  if (slash == std::string_view::npos) return check_name(name, "the stream's name");
  if (auto fit = check_name(name.substr(0, slash), "the tenant's name"); !fit) return fit;
  return check_name(name.substr(slash + 1), "the stream's name");
}

std::filesystem::path default_state_file() {
  return state_directory() / "state.toml";
}

Result<State> load_state(const std::filesystem::path& file) {
  auto loaded = load(file);
  if (!loaded) return loaded.error();
  return std::move(loaded->state);
}

Status update_state(const std::filesystem::path& file,
                    const std::function<Status(State&)>& change) {
  auto const whole = std::filesystem::absolute(file);
  if (auto made = make_private_directory(whole.parent_path(), kNoun); !made) return made;
  auto const lock = FileLock::acquire(whole, kNoun);
  if (!lock) return lock.error();
  auto loaded = load(whole);
  if (!loaded) return loaded.error();
  auto const before = write_state(loaded->state);
  if (auto changed = change(loaded->state); !changed) return changed;
  auto const content = write_state(loaded->state);
  if (content == before && !loaded->content.empty()) return success();
  // What could not be read back must not be written: it would lock the owner out of every stream.
  if (auto const readable = parse_state(content.expose(), whole); !readable)
    return readable.error();
  if (loaded->state.schema < State::kSchema) {
    auto old = whole;
    old += fmt::format(".schema-{}", loaded->state.schema);
    if (auto kept = replace_private_file(old, loaded->content.expose(), kNoun); !kept) return kept;
  }
  return replace_private_file(whole, content.expose(), kNoun);
}

}  // namespace aegis::config
