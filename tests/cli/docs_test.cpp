// The option tree against everything that describes it: man pages, completions and --help.
#include <fstream>
#include <functional>
#include <sstream>

#include <CLI/CLI.hpp>
#include <catch2/catch.hpp>

#include "cli/app.hpp"
#include "cli/help.hpp"
#include "cli/settings.hpp"
#include "support/temp_dir.hpp"

namespace aegis::test {
namespace {

std::string source_file(const std::string& name) {
  std::ifstream stream(std::string(AEGIS_SOURCE "/") + name);
  REQUIRE(stream.good());
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

// `word` in `text`, not as a part of a longer word ("--srt" in "--srtla").
bool has_word(const std::string& text, const std::string& word) {
  auto const is_part = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-';
  };
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    bool const begins = at == 0 || !is_part(text[at - 1]);
    bool const ends = at + word.size() == text.size() || !is_part(text[at + word.size()]);
    if (begins && ends) return true;
  }
  return false;
}

void walk(const CLI::App& command, const std::function<void(const CLI::App&)>& visit) {
  visit(command);
  for (auto const* below : command.get_subcommands({})) walk(*below, visit);
}

std::vector<std::string> long_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (auto const* option : command.get_options())
    for (auto const& name : option->get_lnames()) names.push_back(name);
  return names;
}

// "aegis pair new" is described in aegis-pair(1).
std::string page_of(const CLI::App& command) {
  auto const path = cli::command_path(command);
  return path.empty() ? "man/aegis.1" : "man/aegis-" + path.substr(0, path.find(' ')) + ".1";
}

struct Tree {
  Tree() { cli::build(app, arguments); }
  CLI::App app;
  cli::Arguments arguments;
};

}  // namespace

TEST_CASE("every command and option is in its man page, with its default", "[cli][docs]") {
  Tree const tree;
  walk(tree.app, [](const CLI::App& command) {
    auto const page = source_file(page_of(command));
    INFO(page_of(command) << ", " << cli::command_path(command));
    if (command.get_parent() != nullptr) CHECK(has_word(page, command.get_name()));
    CHECK(page.find("Fl Fl help") != std::string::npos);
    for (auto const& name : long_names(command)) {
      INFO(name);
      CHECK(has_word(page, "Fl Fl " + name));
    }
    for (auto const* option : command.get_options()) {
      if (option->get_default_str().empty()) continue;
      INFO(option->get_name() << " = " << option->get_default_str());
      CHECK(has_word(page, option->get_default_str()));
    }
  });
}

TEST_CASE("no page names an option that is gone", "[cli][docs]") {
  Tree const tree;
  std::map<std::string, std::set<std::string>> known;
  walk(tree.app, [&](const CLI::App& command) {
    for (auto const& name : long_names(command)) known[page_of(command)].insert(name);
  });
  for (auto const& [page, names] : known) {
    auto const text = source_file(page);
    std::string const mark = ".It Fl Fl ";
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) {
      auto const from = at + mark.size();
      auto const name = text.substr(from, text.find_first_of(" \n", from) - from);
      INFO(page << ": " << name);
      CHECK(names.contains(name));
    }
  }
}

TEST_CASE("every page has the promised sections", "[cli][docs]") {
  Tree const tree;
  walk(tree.app, [](const CLI::App& command) {
    auto const page = source_file(page_of(command));
    for (auto const* section : {"NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS",
                                "ENVIRONMENT", "FILES", "EXAMPLES", "BUGS", "SEE ALSO"})
      CHECK(page.find(std::string(".Sh ") + section + "\n") != std::string::npos);
  });
}

TEST_CASE("every command and option is completed in every shell", "[cli][docs]") {
  Tree const tree;
  auto const bash = source_file("completions/aegis.bash");
  auto const zsh = source_file("completions/_aegis");
  auto const fish = source_file("completions/aegis.fish");
  walk(tree.app, [&](const CLI::App& command) {
    INFO(cli::command_path(command));
    if (command.get_parent() != nullptr)
      for (auto const* text : {&bash, &zsh, &fish}) CHECK(has_word(*text, command.get_name()));
    for (auto const& name : long_names(command)) {
      INFO(name);
      CHECK(has_word(bash, "--" + name));
      CHECK(has_word(zsh, "--" + name));
      CHECK(has_word(fish, "-l " + name));
    }
  });
}

TEST_CASE("every command and option is in its help", "[cli][docs]") {
  Tree const tree;
  walk(tree.app, [](const CLI::App& command) {
    auto const text = cli::help(command, 80);
    CHECK_FALSE(command.get_description().empty());
    CHECK_FALSE(command.get_footer().empty());
    for (auto const* below : command.get_subcommands({})) CHECK(has_word(text, below->get_name()));
    for (auto const* option : command.get_options()) {
      CHECK(text.find("  " + cli::option_label(*option)) != std::string::npos);
      CHECK_FALSE(option->get_description().empty());
    }
  });
}

TEST_CASE("the default configuration has every option of the services, and is right about it",
          "[cli][docs]") {
  Tree tree;
  std::istringstream lines("\n" + source_file("packaging/aegis.toml"));
  std::string line, table, all;
  std::map<std::string, std::string> values;  // "stream latency"
  while (std::getline(lines, line)) {
    auto const equals = line.find(" = ");
    auto const begin = line.find_first_not_of('#');
    bool const is_key = begin <= 1 && equals != std::string::npos && line[begin] != ' ';
    if (line.starts_with('[')) table = line.substr(1, line.find(']') - 1);
    if (is_key) values[table + " " + line.substr(begin, equals - begin)] = line.substr(equals + 3);
    all += (is_key ? line.substr(begin) : line) + "\n";
  }
  for (auto const* service : {"relay.serve", "stream"}) {
    auto const path = std::string(service) == "stream" ? "stream" : "relay serve";
    walk(tree.app, [&](const CLI::App& command) {
      if (cli::command_path(command) != path) return;
      for (auto const* option : command.get_options()) {
        auto const name = option->get_lnames().front();
        if (name == "help" || name == "config") continue;
        INFO(service << " " << name);
        REQUIRE(values.contains(std::string(service) + " " + name));
        if (!option->get_default_str().empty())
          CHECK(values[std::string(service) + " " + name] ==
                "\"" + option->get_default_str() + "\"");
      }
    });
  }
  TempDir const scratch;
  write_private_file(scratch / "aegis.toml", all);
  tree.arguments.config = (scratch / "aegis.toml").string();
  auto const applied = cli::apply_settings(tree.app, tree.arguments);
  INFO((applied ? "" : applied.error().what + ": " + applied.error().why));
  CHECK(applied.ok());
}

}  // namespace aegis::test
