// The option tree: every command, option and default, built by one function so that the program,
// the tests and the checks of pages and completions walk the same tree.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"

namespace CLI {
class App;
}

namespace aegis::cli {

// What was typed, as text; each command turns it into its own options.
struct RelayServeArgs {
  std::string srtla, srt_publish, srt_play, http, forward;
  std::string pair_listen, tls_cert, tls_key, api_key;
  std::string grace, max_age, second_publisher;
  std::string hook_key, record, record_rotate, record_keep_free;
  std::vector<std::string> allow, deny, hooks;
  bool require_auth = false;
};

struct StreamArgs {
  std::string latency, bitrate, proxy, slate;
  std::vector<std::string> inputs, relays, links, keys;
  bool loop = false, encode = false, json = false;
};

struct LinkArgs {
  std::string name, agent;
  std::vector<std::string> settings;
  bool json = false;
};

struct PairArgs {
  std::string name, to, host, expires;
  std::string png, program;
  std::vector<std::string> addresses;
  std::string uri, uri_file, as;  // of a rig
  bool qr = false;
  bool stock = false, json = false, encrypt = false, names = false;
};

struct TenantArgs {
  std::string name;
  bool json = false, names = false;
};

struct StateArgs {
  std::string file, only, passphrase_file;
  bool replace = false, dry_run = false, json = false;
};

struct StatsArgs {
  std::vector<std::string> targets, fail_if;
  std::string api_key, ca;
  bool watch = false, json = false, once = false, prometheus = false;
};

struct ConfigShowArgs {
  std::vector<std::string> command;
  bool json = false;
};

struct DoctorArgs {
  bool json = false;
};

struct Arguments {
  RelayServeArgs relay;
  StreamArgs stream;  // its relays, keys and links are those of `doctor`, too
  LinkArgs link;
  PairArgs pair;
  TenantArgs tenant;
  StateArgs state_file;
  StatsArgs stats;
  ConfigShowArgs config_show;
  DoctorArgs doctor;
  std::string state, config;  // shared: only one command is parsed

  // The same command line, with what the file says by then.
  std::function<Result<Arguments>()> again;

  // Which options came from a file, by name ("bitrate"), and from where ("aegis.toml, line 3").
  std::map<std::string, std::string, std::less<>> from_file;
};

// `app` gets every command; parsing it fills `arguments`, which must outlive it. Each command's
// footer() holds its examples.
void build(CLI::App& app, Arguments& arguments);

// The command below `app` that was parsed last: `app` itself when there was none.
const CLI::App& parsed_command(const CLI::App& app);

// "pair new"; empty for the program itself.
std::string command_path(const CLI::App& command);

// The error of an option's value, saying which option it is and, when a file set it, where.
Error bad_option(const Arguments& arguments, std::string_view option, const Error& error);

}  // namespace aegis::cli
