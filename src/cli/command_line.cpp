#include "cli/command_line.hpp"

#include <algorithm>
#include <optional>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "cli/suggest.hpp"

namespace aegis::cli {
namespace {

// As it is typed.
std::string typed(const CLI::App& command) {
  auto const path = command_path(command);
  return path.empty() ? "aegis" : "aegis " + path;
}

std::string help_command(const CLI::App& command) {
  return typed(command) + " --help";
}

std::vector<std::string> command_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (auto const* below : command.get_subcommands({})) names.push_back(below->get_name());
  return names;
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (auto const* option : command.get_options())
    for (auto const& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

// A pairing URI is a secret that works once: it must not come back in an error that lands in a log.
bool is_pairing_uri(std::string_view word) {
  return word.substr(0, 8) == "aegis://";
}

Error unexpected_word(const CLI::App& command, const std::string& word) {
  if (is_pairing_uri(word))
    return {ErrorKind::kUsage, command_path(command), "a pairing code does not belong here",
            "aegis pair, and paste it at the prompt"};
  bool const is_option = word.size() > 1 && word.front() == '-';
  // "--bitrat=4M": only the name is compared, and only the name is shown.
  auto const name = is_option ? word.substr(0, word.find('=')) : word;
  auto const names = is_option ? option_names(command) : command_names(command);
  std::string why = fmt::format("unknown option '{}'", name);
  if (!is_option)
    why = names.empty() ? fmt::format("unexpected argument '{}'", name)
                        : fmt::format("unknown command '{}'", name);
  auto const near = suggestion(name, names);
  if (near.empty()) return {ErrorKind::kUsage, command_path(command), why, help_command(command)};
  return {ErrorKind::kUsage, command_path(command), why,
          fmt::format("did you mean `{} {}`?", typed(command), near)};
}

// CLI11's words for what our options can do wrong, in ours. All options are texts or flags.
std::string in_our_words(const CLI::ParseError& error) {
  std::string const theirs = error.what();
  auto const option = theirs.substr(0, theirs.find(':'));
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) == nullptr) return "a flag takes no value";
  if (theirs.find("missing") != std::string::npos) return option + " needs a value";
  return option + " is given more than once";
}

// What stands where `aegis pair` may have a code: a misspelt command is none.
std::optional<std::string> stray_positional(const CLI::App& command) {
  if (command_names(command).empty()) return std::nullopt;
  for (auto const* option : command.get_options())
    for (auto const& word : option->get_positional() ? option->results() : CLI::results_t())
      if (word != "-" && !is_pairing_uri(word)) return word;
  return std::nullopt;
}

bool takes_positional(const CLI::App& command) {
  auto const options = command.get_options();
  return std::any_of(options.begin(), options.end(),
                     [](const auto* option) { return option->get_positional(); });
}

Status check_leftovers(const CLI::App& app) {
  auto const& command = parsed_command(app);
  if (auto const word = stray_positional(command)) return unexpected_word(command, *word);
  auto const words = command.remaining();
  if (!words.empty()) return unexpected_word(command, words.front());
  auto const others = app.remaining(true);
  if (!others.empty()) return unexpected_word(app, others.front());
  bool const incomplete = command.get_parent() != nullptr && !command_names(command).empty() &&
                          !takes_positional(command);
  if (incomplete)
    return Error{ErrorKind::kUsage, command_path(command), "a command is missing",
                 help_command(command)};
  return success();
}

}  // namespace

Result<Wish> parse(CLI::App& app, int argc, const char* const* argv) {
  app.allow_extras();
  for (auto* command : app.get_subcommands({})) {
    command->allow_extras();
    for (auto* below : command->get_subcommands({})) below->allow_extras();
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return Wish::kHelp;
  } catch (const CLI::CallForVersion&) {
    return Wish::kVersion;
  } catch (const CLI::ParseError& error) {
    auto const& command = parsed_command(app);
    return Error{ErrorKind::kUsage, command_path(command), in_our_words(error),
                 help_command(command)};
  }
  if (auto const complete = check_leftovers(app); !complete) return complete.error();
  return Wish::kRun;
}

}  // namespace aegis::cli
