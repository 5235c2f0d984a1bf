// The option tree, a file for each branch, and what the branches are made with.
#pragma once

#include <string>
#include <vector>

#include "cli/app.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace aegis::cli {

inline constexpr const char* kJsonAbout = "print one JSON document";

CLI::App* add_command(CLI::App& parent, const char* name, const char* about, const char* examples);
// An option that takes one text; `type` is what help shows for it.
CLI::Option* add_text(CLI::App& command, const char* name, std::string& value, const char* type,
                      const char* about);
// The same where the option may be repeated.
void add_texts(CLI::App& command, const char* name, std::vector<std::string>& values,
               const char* type, const char* about);
void add_config(CLI::App& command, Arguments& arguments);  // --config
void add_state(CLI::App& command, Arguments& arguments);   // --state

void add_relay(CLI::App& app, Arguments& arguments);
void add_stream(CLI::App& app, Arguments& arguments);
void add_link(CLI::App& app, Arguments& arguments);
void add_pair(CLI::App& app, Arguments& arguments);
void add_tenant(CLI::App& app, Arguments& arguments);
void add_state_commands(CLI::App& app, Arguments& arguments);
void add_stats(CLI::App& app, Arguments& arguments);
void add_doctor(CLI::App& app, Arguments& arguments);
void add_config_show(CLI::App& app, Arguments& arguments);

}  // namespace aegis::cli
