#include "agent/data_usage.hpp"

#include <charconv>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace aegis::agent {
namespace {

using Json = nlohmann::ordered_json;

bool is_later_month(Date a, Date b) {
  return a.year() != b.year() ? a.year() > b.year() : a.month() > b.month();
}

std::string month_text(Date date) {
  return fmt::format("{:04}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()));
}

std::string day_text(Date date) {
  return fmt::format("{}-{:02}", month_text(date), static_cast<unsigned>(date.day()));
}

// YYYY-MM-DD; nothing when it is no date.
std::optional<Date> parse_date(std::string_view text) {
  int year = 0;
  unsigned month = 0, day = 0;
  auto const part = [&](std::size_t from, std::size_t length, auto& value) {
    auto const* const end = text.data() + from + length;
    auto const [stop, code] = std::from_chars(text.data() + from, end, value);
    return code == std::errc() && stop == end;
  };
  if (text.size() != 10 || text[4] != '-' || text[7] != '-' || !part(0, 4, year) ||
      !part(5, 2, month) || !part(8, 2, day))
    return std::nullopt;
  Date const date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  return date.ok() ? std::optional(date) : std::nullopt;
}

std::optional<DataUsage> parse_usage(const Json& entry) {
  if (!entry.is_object()) return std::nullopt;
  auto const text = [&](const char* key) {
    return entry.contains(key) && entry[key].is_string() ? entry[key].get<std::string>()
                                                         : std::string();
  };
  auto const count = [&](const char* key) {
    bool const fits = entry.contains(key) && entry[key].is_number_unsigned() &&
                      entry[key].get<std::uint64_t>() < (std::uint64_t{1} << 62);
    return fits ? std::optional(Bytes(entry[key].get<std::int64_t>())) : std::nullopt;
  };
  auto const day = parse_date(text("day"));
  auto const month = parse_date(text("month") + "-01");
  auto const in_day = count("day_bytes"), in_month = count("month_bytes");
  if (!day || !month || !in_day || !in_month) return std::nullopt;
  return DataUsage{*day, *month, *in_day, *in_month};
}

Error unreadable(std::string why) {
  return {ErrorKind::kConfiguration, "the count of the links' data", std::move(why), ""};
}

Date first_of_month(Date date) {
  return {date.year(), date.month(), std::chrono::day(1)};
}

}  // namespace

void DataUsage::open(Date today) {
  if (today > day) {
    day = today;
    in_day = Bytes();
  }
  if (is_later_month(today, month)) {
    month = first_of_month(today);
    in_month = Bytes();
  }
}

void DataUsage::add(Bytes amount, Date today) {
  open(today);
  in_day += amount;
  in_month += amount;
}

void DataUsage::add(const DataUsage& other) {
  open(other.day);
  if (is_later_month(other.month, month)) {
    month = other.month;
    in_month = Bytes();
  }
  if (other.day == day) in_day += other.in_day;
  if (other.month == month) in_month += other.in_month;
}

void DataUsage::set(DataCap::Period period, Bytes amount, Date today) {
  if (period == DataCap::Period::kDay) {
    day = today;
    in_day = amount;
  } else {
    month = first_of_month(today);
    in_month = amount;
  }
}

Bytes DataUsage::in(DataCap::Period period, Date today) const {
  DataUsage now = *this;
  now.open(today);
  return period == DataCap::Period::kDay ? now.in_day : now.in_month;
}

std::string write_usages(const DataUsages& usages) {
  Json links = Json::object();
  for (auto const& [name, usage] : usages)
    links[name] = {{"day", day_text(usage.day)},
                   {"day_bytes", usage.in_day.count()},
                   {"month", month_text(usage.month)},
                   {"month_bytes", usage.in_month.count()}};
  Json const document = {{"schema", 1}, {"links", std::move(links)}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<DataUsages> parse_usages(std::string_view text) {
  auto const document = Json::parse(text, nullptr, false);
  if (!document.is_object() || !document.contains("schema") || document["schema"] != 1 ||
      !document.contains("links") || !document["links"].is_object())
    return unreadable("it is not in the form of this version");
  DataUsages usages;
  for (auto const& [name, entry] : document["links"].items()) {
    auto const usage = parse_usage(entry);
    if (!usage) return unreadable(fmt::format("the entry '{}' is broken", name));
    usages[name] = *usage;
  }
  return usages;
}

}  // namespace aegis::agent
