#include "emulator/profile.hpp"

#include <charconv>
#include <iterator>
#include <map>
#include <string>

#include <fmt/format.h>

namespace aegis::emulator {
namespace {

using Arguments = std::vector<std::string_view>;

Error bad_stage(std::string_view stage, std::string_view why) {
  return {ErrorKind::kUsage, fmt::format("link stage \"{}\" is not usable", stage),
          std::string(why), "See tests/emulator/profile.hpp for what a link can do."};
}

Result<double> parse_probability(std::string_view text) {
  bool const percent = !text.empty() && text.back() == '%';
  if (percent) text.remove_suffix(1);
  double value = 0;
  auto const [rest, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (percent) value /= 100;
  if (code != std::errc{} || rest != text.data() + text.size() || !(value >= 0 && value <= 1)) {
    return bad_stage(text, "expected a probability such as 0.1% or 0.001");
  }
  return value;
}

// Stores the value of `result`, or hands on its error.
template <typename T, typename Target>
Status store(Result<T> result, Target& target) {
  if (!result) return std::move(result).error();
  target = std::move(result).value();
  return success();
}

Status set_rate(Profile& profile, const Arguments& arguments) {
  profile.trace = nullptr;
  if (arguments[0] == "none") return profile.rate.reset(), success();
  return store(parse_bit_rate(arguments[0]), profile.rate);
}

Status set_jitter(Profile& profile, const Arguments& arguments) {
  Jitter jitter;
  if (Status status = store(parse_duration(arguments[0]), jitter.span); !status) return status;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    if (arguments[i] == "normal") {
      jitter.normal = true;
    } else if (arguments[i] == "reorder") {
      jitter.may_reorder = true;
    } else if (arguments[i] != "uniform") {
      return bad_stage("jitter", fmt::format("\"{}\" is no kind of jitter", arguments[i]));
    }
  }
  profile.jitter = jitter;
  return success();
}

Status set_burst_loss(Profile& profile, const Arguments& arguments) {
  if (arguments[0] == "none") return profile.burst_loss.reset(), success();
  if (arguments.size() < 2) return bad_stage("burst", "two probabilities are needed at least");
  GilbertElliott model;
  double* const fields[] = {&model.to_bad, &model.to_good, &model.loss_in_bad, &model.loss_in_good};
  for (std::size_t i = 0; i < arguments.size() && i < std::size(fields); ++i) {
    if (Status status = store(parse_probability(arguments[i]), *fields[i]); !status) return status;
  }
  profile.burst_loss = model;
  return success();
}

Status set_queue(Profile& profile, const Arguments& arguments) {
  QueueLimit limit;
  if (auto time = parse_duration(arguments[0])) {
    limit.time = *time;
  } else if (Status status = store(parse_bytes(arguments[0]), limit.bytes); !status) {
    return status;
  }
  profile.queue = limit;
  return success();
}

Status add_outage(Profile& profile, const Arguments& arguments) {
  if (arguments.size() < 2) return bad_stage("outage", "a start and a length are needed");
  Outage outage;
  if (Status status = store(parse_duration(arguments[0]), outage.start); !status) return status;
  if (Status status = store(parse_duration(arguments[1]), outage.length); !status) return status;
  if (arguments.size() > 2) {
    if (arguments[2] != "hold" && arguments[2] != "drop") {
      return bad_stage("outage", "the kind is drop or hold");
    }
    outage.kind = arguments[2] == "hold" ? OutageKind::kHold : OutageKind::kDrop;
  }
  if (!profile.outages.empty()) {
    const Outage& last = profile.outages.back();
    if (outage.start < last.start + last.length) return bad_stage("outage", "outages overlap");
  }
  profile.outages.push_back(outage);
  return success();
}

Status set_reorder(Profile& profile, const Arguments& arguments) {
  if (Status status = store(parse_probability(arguments[0]), profile.reorder); !status) {
    return status;
  }
  return arguments.size() > 1 ? store(parse_duration(arguments[1]), profile.reorder_by) : success();
}

using SetStage = Status (*)(Profile&, const Arguments&);

const std::map<std::string_view, SetStage>& stages() {
  static const std::map<std::string_view, SetStage> table = {
      {"rate", set_rate},
      {"delay",
       [](Profile& p, const Arguments& a) { return store(parse_duration(a[0]), p.delay); }},
      {"jitter", set_jitter},
      {"loss",
       [](Profile& p, const Arguments& a) { return store(parse_probability(a[0]), p.loss); }},
      {"burst", set_burst_loss},
      {"queue", set_queue},
      {"outage", add_outage},
      {"duplicate",
       [](Profile& p, const Arguments& a) { return store(parse_probability(a[0]), p.duplicate); }},
      {"reorder", set_reorder},
  };
  return table;
}

}  // namespace

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    std::size_t const at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::string to_text(const Profile& profile, std::string_view trace) {
  std::string text = fmt::format("delay:{}us", profile.delay.count());
  auto out = std::back_inserter(text);
  if (profile.trace) {
    fmt::format_to(out, "/trace:{}", trace);
  } else if (profile.rate) {
    fmt::format_to(out, "/rate:{}k", static_cast<double>(profile.rate->bits_per_second()) / 1e3);
  }
  if (const Jitter& jitter = profile.jitter; jitter.span != Duration::zero()) {
    fmt::format_to(out, "/jitter:{}us:{}{}", jitter.span.count(),
                   jitter.normal ? "normal" : "uniform", jitter.may_reorder ? ":reorder" : "");
  }
  if (profile.loss > 0) fmt::format_to(out, "/loss:{}", profile.loss);
  if (const auto& burst = profile.burst_loss) {
    fmt::format_to(out, "/burst:{}:{}:{}:{}", burst->to_bad, burst->to_good, burst->loss_in_bad,
                   burst->loss_in_good);
  }
  if (profile.queue.time) fmt::format_to(out, "/queue:{}us", profile.queue.time->count());
  if (profile.queue.bytes) fmt::format_to(out, "/queue:{}B", profile.queue.bytes->count());
  for (const Outage& outage : profile.outages) {
    fmt::format_to(out, "/outage:{}us:{}us:{}", outage.start.count(), outage.length.count(),
                   outage.kind == OutageKind::kHold ? "hold" : "drop");
  }
  if (profile.duplicate > 0) fmt::format_to(out, "/duplicate:{}", profile.duplicate);
  if (profile.reorder > 0) {
    fmt::format_to(out, "/reorder:{}:{}us", profile.reorder, profile.reorder_by.count());
  }
  return text;
}

Status set_stage(Profile& profile, std::string_view stage, std::string_view value,
                 const FindTrace& find_trace) {
  if (stage == "trace") {
    auto trace = find_trace ? find_trace(value) : nullptr;
    if (!trace) return bad_stage(stage, fmt::format("there is no trace \"{}\"", value));
    profile.trace = std::move(trace);
    return success();
  }
  auto const found = stages().find(stage);
  if (found == stages().end()) return bad_stage(stage, "there is no such stage");
  return found->second(profile, split(value, ':'));
}

Result<Profile> parse_profile(std::string_view text, const FindTrace& find_trace) {
  Profile profile;
  if (text.empty()) return profile;
  for (std::string_view part : split(text, '/')) {
    std::size_t const colon = part.find(':');
    if (colon == std::string_view::npos) return bad_stage(part, "expected STAGE:VALUE");
    Status status = set_stage(profile, part.substr(0, colon), part.substr(colon + 1), find_trace);
    if (!status) return std::move(status).error();
  }
  return profile;
}

}  // namespace aegis::emulator
