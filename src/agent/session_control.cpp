// Session's answers on its control socket: what was asked for, and what holds now.
#include <charconv>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "agent/media/input_spec.hpp"
#include "agent/session.hpp"
#include "common/os/clock.hpp"

namespace aegis::agent {
namespace {

using Json = nlohmann::json;

std::string text_of(const Json& request, const char* key) {
  bool const there = request.is_object() && request.contains(key) && request[key].is_string();
  return there ? request[key].get<std::string>() : std::string();
}

Error refuse(std::string what, std::string why, std::string hint) {
  return {ErrorKind::kUsage, std::move(what), std::move(why), std::move(hint)};
}

// The place of the input that `text` names, by its number from 1 or as it was given; none for
// "auto".
Result<std::optional<std::size_t>> find_input(const std::vector<std::string>& inputs,
                                              const std::string& text) {
  using Place = std::optional<std::size_t>;
  if (text == "auto") return Place();
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (media::shown_name(inputs[i]) == text) return Place(i);
  std::size_t number = 0;
  auto const end = text.data() + text.size();
  auto const [rest, code] = std::from_chars(text.data(), end, number);
  if (code == std::errc() && rest == end && number >= 1 && number <= inputs.size())
    return Place(number - 1);
  return refuse(fmt::format("input '{}'", text), "there is no such input",
                fmt::format("auto, 1 to {}, or an input as --input named it", inputs.size()));
}

}  // namespace

void Session::on_control_line(os::UnixServer::ClientId client, std::string_view line) {
  auto const request = Json::parse(line, nullptr, false);
  auto const command = text_of(request, "command");
  if (command == "status") {
    control_->send(client, to_json(snapshot(os::now())));
  } else if (command == "link") {
    control_->send(client, answer_link(text_of(request, "name"), text_of(request, "change")));
  } else if (command == "forecast") {
    std::erase(followers_, client);
    if (control_->send(client, forecast_line(bond_->status()))) followers_.push_back(client);
  } else if (command == "set") {
    Status const changed = change_media(text_of(request, "bitrate"), text_of(request, "input"),
                                        text_of(request, "mute"));
    control_->send(client, changed ? media_answer() : error_answer(changed.error()));
  } else if (command == "key-frame") {
    if (source_) source_->source().request_key_frame();
    control_->send(client, media_answer());
  } else if (command == "stop") {
    control_->send(client, R"({"schema":1,"kind":"stop","stopping":true})");
    on_signal(os::now());
  } else {
    control_->send(client, R"({"schema":1,"error":"unknown command; there are: status, link, )"
                           R"(forecast, set, key-frame, stop"})");
  }
}

// All of it, or nothing. What is empty stays as it is.
Status Session::change_media(const std::string& bit_rate, const std::string& input,
                             const std::string& mute) {
  if (!source_ || !source_->source().encodes())
    return refuse("set", "this agent does not encode", "aegis stream --encode");
  auto bounds = bit_rate.empty() ? Result(bit_rate_) : parse_bit_rate_bounds(bit_rate);
  if (!bounds) return bounds.error();
  auto const place = find_input(options_.inputs, input.empty() ? "auto" : input);
  if (!place) return place.error();
  if (!mute.empty() && mute != "on" && mute != "off")
    return refuse(fmt::format("mute '{}'", mute), "it is neither on nor off", "on or off");
  if (!bit_rate.empty()) set_bit_rate(*bounds);
  if (!input.empty()) source_->source().want_input(*place);
  if (!mute.empty()) source_->source().set_muted(mute == "on");
  return success();
}

// As it holds now. What is on air follows with the next frame.
std::string Session::media_answer() {
  auto answer = Json::parse(to_json(snapshot(os::now())));
  return Json{{"schema", 1}, {"kind", "set"}, {"input", answer["input"]}}.dump();
}

// The link as it stands after the change, or why there is none.
std::string Session::answer_link(const std::string& name, const std::string& change) {
  Time const now = os::now();
  Status const changed = keeper_.change(name, change, os::local_date(), now, set_policy());
  return changed ? link_answer(snapshot(now), name) : error_answer(changed.error());
}

void Session::tell_followers(const BondStatus& bond) {
  if (followers_.empty()) return;
  auto const line = forecast_line(bond);
  std::erase_if(followers_, [&](auto client) { return !control_->send(client, line); });
}

}  // namespace aegis::agent
