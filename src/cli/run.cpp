#include "cli/run.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <new>
#include <string_view>
#include <system_error>

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <unistd.h>

#include "cli/app.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "cli/settings.hpp"
#include "cli/terminal.hpp"
#include "common/base/version.hpp"

namespace aegis::cli {
namespace {

struct Entry {
  std::string_view path;
  Status (*run)(const Arguments&);
};
constexpr std::array<Entry, 21> kCommands{{{"relay serve", cmd_relay_serve},
                                           {"stream", cmd_stream},
                                           {"pair", cmd_pair},
                                           {"pair new", cmd_pair_new},
                                           {"pair list", cmd_pair_list},
                                           {"pair show", cmd_pair_show},
                                           {"pair export", cmd_pair_export},
                                           {"pair rename", cmd_pair_rename},
                                           {"pair rotate", cmd_pair_rotate},
                                           {"pair revoke", cmd_pair_revoke},
                                           {"tenant new", cmd_tenant_new},
                                           {"tenant list", cmd_tenant_list},
                                           {"tenant rotate", cmd_tenant_rotate},
                                           {"tenant revoke", cmd_tenant_revoke},
                                           {"state check", cmd_state_check},
                                           {"state export", cmd_state_export},
                                           {"state import", cmd_state_import},
                                           {"link", cmd_link},
                                           {"stats", cmd_stats},
                                           {"doctor", cmd_doctor},
                                           {"config show", cmd_config_show}}};

void print_version() {
  fmt::print("aegis {}\nbuilt with libsrt {}, libavcodec {}\n", version(), AEGIS_SRT_VERSION,
             AEGIS_AVCODEC_VERSION);
}

Status dispatch(CLI::App& app, Arguments& arguments) {
  auto const path = command_path(parsed_command(app));
  if (path.empty()) {
    fmt::print("{}", overview(app));
    return success();
  }
  for (auto const& entry : kCommands) {
    if (entry.path != path) continue;
    if (auto applied = apply_settings(app, arguments); !applied) return applied;
    return entry.run(arguments);
  }
  return Error{ErrorKind::kInternal, "aegis " + path, "the command has no code", ""};
}

Result<Arguments> read_again(int argc, char** argv) {
  CLI::App app;
  Arguments arguments;
  build(app, arguments);
  if (auto const wish = parse(app, argc, argv); !wish) return wish.error();
  if (auto const applied = apply_settings(app, arguments); !applied) return applied.error();
  return arguments;
}

Status run_command(int argc, char** argv) {
  CLI::App app;
  Arguments arguments;
  build(app, arguments);
  arguments.again = [argc, argv] { return read_again(argc, argv); };
  auto const wish = parse(app, argc, argv);
  if (!wish) return wish.error();
  switch (*wish) {
    case Wish::kHelp:
      fmt::print("{}", help(parsed_command(app), Terminal(STDOUT_FILENO).width()));
      return success();
    case Wish::kVersion:
      print_version();
      return success();
    case Wish::kRun:
      break;
  }
  return dispatch(app, arguments);
}

// Results that never reached a full disk or a closed pipe must not count as success.
Status flush_output() {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return success();
  return Error{ErrorKind::kTryLater, "standard output", std::generic_category().message(errno),
               "check where the output goes: df -h ."};
}

}  // namespace

Exit run(int argc, char** argv) {
  try {
    auto const status = run_command(argc, argv);
    auto const flushed = flush_output();
    return finish(status ? flushed : status);
  } catch (const std::bad_alloc&) {
    return finish(Error{ErrorKind::kTryLater, "memory", "there is none left", "free -h"});
  } catch (const std::exception& error) {
    return finish(Error{ErrorKind::kInternal, "unexpected failure", error.what(), ""});
  }
}

}  // namespace aegis::cli
