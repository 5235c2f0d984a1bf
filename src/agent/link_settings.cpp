#include "agent/link_settings.hpp"

#include <charconv>

#include <fmt/format.h>

namespace aegis::agent {
namespace {

constexpr BitRate kMinCap = BitRate::kilobits(50);

Error refuse(std::string_view item, std::string why, std::string hint) {
  return {ErrorKind::kUsage, fmt::format("'{}'", item), std::move(why), std::move(hint)};
}

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  auto const [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  bool const whole = code == std::errc() && end == text.data() + text.size();
  return whole ? std::optional(number) : std::nullopt;
}

Status set_weight(LinkSettings& settings, std::string_view item, std::string_view value) {
  auto const weight = parse_number<double>(value);
  // Written so that what is not a number is refused, too.
  bool const fits =
      weight && *weight >= bond::LinkPolicy::kMinWeight && *weight <= bond::LinkPolicy::kMaxWeight;
  if (!fits) return refuse(item, "a weight is a number from 0.1 to 10", "weight=2");
  settings.weight = *weight;
  return success();
}

Status set_priority(LinkSettings& settings, std::string_view item, std::string_view value) {
  auto const priority = parse_number<int>(value);
  if (!priority || *priority < 0 || *priority > bond::LinkPolicy::kLastPriority)
    return refuse(item, "a priority is 0, the first, to 9, the last", "priority=1");
  settings.priority = *priority;
  return success();
}

Status set_cap(LinkSettings& settings, std::string_view item, std::string_view value) {
  settings.cap.reset();
  if (value == "none") return success();
  auto const cap = parse_bit_rate(value);
  if (!cap) return cap.error();
  if (*cap < kMinCap)
    return refuse(item, fmt::format("below {}", to_string(kMinCap)), "cap=2M, or off");
  settings.cap = *cap;
  return success();
}

Status set_data(LinkSettings& settings, std::string_view item, std::string_view value) {
  settings.data.reset();
  if (value == "none") return success();
  auto const slash = value.find('/');
  auto const period = slash == std::string_view::npos ? "" : value.substr(slash + 1);
  if (period != "day" && period != "month")
    return refuse(item, "an amount of data is per day or per month",
                  "data=10G/month or data=500M/day");
  auto const amount = parse_bytes(value.substr(0, slash));
  if (!amount) return amount.error();
  settings.data =
      DataCap{*amount, period == "day" ? DataCap::Period::kDay : DataCap::Period::kMonth};
  return success();
}

Status apply(LinkChange& change, std::string_view item) {
  auto const equals = item.find('=');
  auto const key = item.substr(0, equals);
  bool const valued = equals != std::string_view::npos;
  auto const value = valued ? item.substr(equals + 1) : std::string_view();
  auto& settings = change.settings;
  if (!valued && (key == "off" || key == "on")) {
    settings.off = key == "off";
    return success();
  }
  if (valued && key == "weight") return set_weight(settings, item, value);
  if (valued && key == "priority") return set_priority(settings, item, value);
  if (valued && key == "cap") return set_cap(settings, item, value);
  if (valued && key == "data") return set_data(settings, item, value);
  if (valued && key == "used") {
    auto const used = parse_bytes(value);
    if (!used) return used.error();
    change.used = *used;
    return success();
  }
  return refuse(item, "no such setting of a link",
                "there are weight=2, priority=1, cap=2M, data=10G/month, off and on");
}

// As the parsers take it again.
std::string plain(BitRate rate) {
  auto const bps = rate.bits_per_second();
  if (bps % 1'000'000 == 0) return fmt::format("{}M", bps / 1'000'000);
  return bps % 1000 == 0 ? fmt::format("{}k", bps / 1000) : fmt::format("{}bps", bps);
}

std::string plain(Bytes amount) {
  auto const count = amount.count();
  if (count % 1'000'000'000 == 0) return fmt::format("{}G", count / 1'000'000'000);
  return count % 1'000'000 == 0 ? fmt::format("{}M", count / 1'000'000) : fmt::format("{}B", count);
}

}  // namespace

const char* to_string(DataCap::Period period) {
  return period == DataCap::Period::kDay ? "day" : "month";
}

std::string to_string(const DataCap& cap) {
  return fmt::format("{}/{}", aegis::to_string(cap.amount), to_string(cap.period));
}

bond::LinkPolicy policy_of(const LinkSettings& settings, bool spent) {
  bond::LinkPolicy policy;
  policy.weight = settings.weight;
  policy.priority = settings.priority;
  policy.cap = settings.cap;
  policy.off = settings.off || spent;
  return policy;
}

Result<LinkChange> change_settings(const LinkSettings& settings, std::string_view text) {
  LinkChange change{settings};
  for (bool more = true; more;) {
    auto const comma = text.find(',');
    more = comma != std::string_view::npos;
    if (auto applied = apply(change, text.substr(0, comma)); !applied) return applied.error();
    if (more) text.remove_prefix(comma + 1);
  }
  return change;
}

std::string to_text(const LinkSettings& settings) {
  std::string text;
  auto const add = [&](const std::string& item) { text += (text.empty() ? "" : ",") + item; };
  if (settings.weight != 1) add(fmt::format("weight={:g}", settings.weight));
  if (settings.priority != 0) add(fmt::format("priority={}", settings.priority));
  if (settings.cap) add("cap=" + plain(*settings.cap));
  if (settings.data)
    add(fmt::format("data={}/{}", plain(settings.data->amount), to_string(settings.data->period)));
  if (settings.off) add("off");
  return text;
}

}  // namespace aegis::agent
