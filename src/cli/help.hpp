// The help texts, made from the option tree.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace aegis::cli {

// What `aegis` alone prints: at most 15 lines.
std::string overview(const CLI::App& app);

// What --help prints: examples, then commands, then options with their defaults in brackets.
std::string help(const CLI::App& command, std::size_t width);

// "--link IFACE|IP", "-h, --help", "NAME".
std::string option_label(const CLI::Option& option);

}  // namespace aegis::cli
