#include "cli/link_text.hpp"

#include <fmt/core.h>

#include "cli/terminal.hpp"
#include "common/base/units.hpp"

namespace aegis::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string text(const Json& object, const char* key) {
  bool const there = object.is_object() && object.contains(key) && object[key].is_string();
  return there ? escaped(object[key].get<std::string>()) : std::string();
}

std::string amount(const Json& object, const std::string& key) {
  bool const there = object.is_object() && object.contains(key) && object[key].is_number();
  return there ? to_string(Bytes(object[key].get<std::int64_t>())) : "-";
}

}  // namespace

std::string settings_text(const Json& link) {
  auto const settings = text(link, "settings");
  return settings.empty() ? "-" : settings;
}

std::string data_text(const Json& link) {
  if (!link.is_object() || !link.contains("data")) return "-";
  auto const& data = link["data"];
  auto const capped = text(data, "cap_period");
  auto const period = capped.empty() ? std::string("month") : capped;
  auto const used = amount(data, period + "_bytes");
  if (capped.empty()) return fmt::format("{}/month", used);
  return fmt::format("{} of {}/{}", used, amount(data, "cap_bytes"), period);
}

std::string link_line(const std::string& name, const Json& link) {
  if (!link.is_object())
    return fmt::format("{}: not there now; set for when it comes", escaped(name));
  auto line = fmt::format("{}: {}", escaped(name), text(link, "state"));
  if (auto const why = text(link, "off_reason"); !why.empty()) line += " (" + why + ")";
  return fmt::format("{}; set: {}; data: {}", line, settings_text(link), data_text(link));
}

}  // namespace aegis::cli
