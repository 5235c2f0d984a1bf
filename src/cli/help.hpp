// The help texts, made from the option tree.
#pragma once

#include <cstddef>
#include <string>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace aegis::cli {

// The group of commands that the overview names only.
inline constexpr const char* kSeldomUsed = "Seldom used";

// What `aegis` alone prints: at most 15 lines.
std::string overview(const CLI::App& app);

// What --help prints: examples, then commands, then options with their defaults in brackets.
std::string help(const CLI::App& command, std::size_t width);

// "--link IFACE|IP", "-h, --help", "NAME".
std::string option_label(const CLI::Option& option);

}  // namespace aegis::cli
