// A strict reader of OpenMetrics 1.0 text, and of nothing else.
#pragma once

#include <map>
#include <set>
#include <sstream>
#include <string>

#include <catch2/catch.hpp>

namespace aegis::test {

// Checks `text` line by line as it takes it in; afterwards `values` has every sample by its name
// and labels as they were written.
class OpenMetricsCheck {
 public:
  explicit OpenMetricsCheck(const std::string& text) {
    REQUIRE(text.ends_with("\n# EOF\n"));
    std::istringstream lines(text.substr(0, text.size() - std::string("# EOF\n").size()));
    for (std::string line; std::getline(lines, line);) {
      INFO(line);
      REQUIRE_FALSE(line.empty());
      line.front() == '#' ? take_head(line) : take_sample(line);
    }
  }

  std::map<std::string, double> values;

 private:
  void take_head(const std::string& line) {
    std::istringstream words(line);
    std::string mark, what, name, rest;
    REQUIRE(words >> mark >> what >> name);
    std::getline(words, rest);
    REQUIRE(rest.size() > 1);
    REQUIRE((what == "TYPE" || what == "UNIT" || what == "HELP"));
    if (what == "TYPE") return begin(name, rest.substr(1));
    CHECK(name == family_);  // TYPE comes first
    CHECK(head_.insert(what).second);
    if (what == "UNIT") CHECK(name.ends_with("_" + rest.substr(1)));
  }

  void begin(const std::string& name, const std::string& type) {
    CHECK((type == "counter" || type == "gauge" || type == "info"));
    CHECK(families_.insert(name).second);  // its samples stand together
    CHECK_FALSE(name.ends_with("_total"));
    CHECK_FALSE(name.ends_with("_info"));
    family_ = name;
    type_ = type;
    head_.clear();
  }

  void take_sample(const std::string& line) {
    CHECK(head_.contains("HELP"));
    auto const name = line.substr(0, line.find_first_of("{ "));
    REQUIRE(name.starts_with(family_));
    auto const suffix = name.substr(family_.size());
    if (type_ == "counter") {
      CHECK((suffix == "_total" || suffix == "_created"));
    } else {
      CHECK(suffix == (type_ == "info" ? "_info" : ""));
    }
    auto const space = line.rfind(' ');
    auto const series = line.substr(0, space);
    check_labels(series.substr(name.size()));
    std::size_t used = 0;
    auto const value = std::stod(line.substr(space + 1), &used);
    CHECK(used == line.size() - space - 1);
    if (type_ == "counter") CHECK(value >= 0);
    CHECK(values.emplace(series, value).second);
  }

  // {name="value",...}, with \" \\ and \n the only escapes.
  static void check_labels(const std::string& text) {
    if (text.empty()) return;
    REQUIRE(text.front() == '{');
    REQUIRE(text.back() == '}');
    std::size_t at = 1;
    while (at < text.size() - 1) {
      auto const equals = text.find("=\"", at);
      REQUIRE(equals != std::string::npos);
      CHECK(text.substr(at, equals - at).find_first_not_of("abcdefghijklmnopqrstuvwxyz_") ==
            std::string::npos);
      for (at = equals + 2; text.at(at) != '"'; ++at)
        if (text[at] == '\\') CHECK(std::string("\"\\n").find(text.at(++at)) != std::string::npos);
      ++at;
      if (at < text.size() - 1) CHECK(text[at++] == ',');
    }
  }

  std::set<std::string> families_, head_;
  std::string family_, type_;
};

}  // namespace aegis::test
