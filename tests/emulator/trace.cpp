#include "emulator/trace.hpp"

#include <charconv>

#include <fmt/format.h>

namespace aegis::emulator {
namespace {

Error bad_line(std::size_t line, std::string_view why) {
  return {ErrorKind::kBadInput, fmt::format("trace line {} is not usable", line), std::string(why),
          "Each line is one time in whole milliseconds, none smaller than the one before."};
}

}  // namespace

Result<Trace> Trace::parse(std::string_view text) {
  std::vector<std::int64_t> times;
  std::size_t line = 0;
  while (!text.empty()) {
    ++line;
    std::size_t const end = std::min(text.find('\n'), text.size());
    std::string_view row = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (!row.empty() && (row.back() == '\r' || row.back() == ' ')) row.remove_suffix(1);
    if (row.empty()) continue;
    std::int64_t value = 0;
    auto const [rest, code] = std::from_chars(row.data(), row.data() + row.size(), value);
    if (code != std::errc{} || rest != row.data() + row.size() || value < 0) {
      return bad_line(line, fmt::format("\"{}\" is not a time", row));
    }
    if (!times.empty() && value < times.back()) return bad_line(line, "time goes backwards");
    times.push_back(value);
  }
  if (times.empty() || times.back() == 0) return bad_line(line, "the trace has no length");
  return Trace(std::move(times));
}

std::string Trace::text() const {
  return fmt::format("{}\n", fmt::join(milliseconds_, "\n"));
}

Duration Trace::at(std::uint64_t index) const {
  auto const lap = static_cast<std::int64_t>(index / milliseconds_.size());
  return std::chrono::milliseconds(milliseconds_[index % milliseconds_.size()]) + lap * period();
}

Duration Trace::period() const {
  return std::chrono::milliseconds(milliseconds_.back());
}

BitRate Trace::mean_rate() const {
  return BitRate::from(Bytes(static_cast<std::int64_t>(size()) * kOpportunityBytes), period());
}

}  // namespace aegis::emulator
