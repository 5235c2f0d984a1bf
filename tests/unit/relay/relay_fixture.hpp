// A running relay with two streams, for tests that talk to it from outside.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "common/config/state.hpp"
#include "common/crypto/random.hpp"
#include "common/http/get.hpp"
#include "relay/relay.hpp"
#include "support/temp_dir.hpp"
#include "unit/relay/srt_caller.hpp"

namespace aegis::test {

// A relay on free ports of loopback, else as `base` says, with two streams; "locked" wants a
// passphrase.
class RelayFixture {
 public:
  explicit RelayFixture(relay::ServeOptions base = {}) : base_(std::move(base)) {
    add_stream("cam", std::nullopt);
    add_stream("locked", crypto::Secret("correct-horse-battery"));
    auto started = relay::Relay::start(options());
    REQUIRE(started);
    relay_ = std::move(*started);
  }
  relay::Relay& relay() { return *relay_; }
  const relay::Relay& relay() const { return *relay_; }
  relay::ServeOptions options() const {
    auto options = base_;
    options.srtla = options.srt_publish = options.srt_play = options.http = {"127.0.0.1", 0};
    options.state = state_file();
    return options;
  }
  std::filesystem::path state_file() const { return directory_ / "state.toml"; }

  std::string publish_key(const std::string& stream) const { return key_of(stream, true); }
  std::string play_key(const std::string& stream) const { return key_of(stream, false); }
  std::string stats_key(const std::string& stream) const {
    auto const state = config::load_state(state_file());
    REQUIRE(state);
    return std::string(config::stats_key(*state->find_stream(stream)).expose());
  }
  Endpoint publish() const { return *relay_->bound().srt_publish; }
  Endpoint play() const { return *relay_->bound().srt_play; }

  void change(const std::function<void(config::State&)>& how) {
    auto const changed = config::update_state(state_file(), [&](config::State& state) {
      how(state);
      return success();
    });
    REQUIRE(changed);
    REQUIRE(relay_->refresh_access());
  }

  nlohmann::json status() const {
    auto const url = "http://" + to_string(relay_->bound().http) + "/api/v1/status";
    auto const body = http::get(url, {});
    REQUIRE(body);
    return nlohmann::json::parse(*body);
  }
  // The figures are a fraction of a second old: waits until they say so.
  bool eventually(const std::function<bool(const nlohmann::json&)>& holds) const {
    for (int i = 0; i < 60; ++i) {
      if (holds(status())) return true;
      std::this_thread::sleep_for(100ms);
    }
    return false;
  }
  bool counts(const std::string& name, std::uint64_t times) const {
    return eventually([&](auto const& s) { return s.at("counters").at(name) == times; });
  }

 private:
  void add_stream(const std::string& name, std::optional<crypto::Secret> passphrase) {
    auto const added = config::update_state(state_file(), [&](config::State& state) {
      state.streams.push_back(
          {name, crypto::random_token(), crypto::random_token(), std::move(passphrase), {}, {}});
      return success();
    });
    INFO((added ? std::string() : added.error().why));
    REQUIRE(added);
  }
  std::string key_of(const std::string& stream, bool publishes) const {
    auto const state = config::load_state(state_file());
    REQUIRE(state);
    auto const* found = state->find_stream(stream);
    REQUIRE(found != nullptr);
    return std::string((publishes ? found->publish_key : found->play_key).expose());
  }

  relay::ServeOptions base_;
  os::SrtLibrary library_;
  TempDir directory_;  // outlives the relay
  std::unique_ptr<relay::Relay> relay_;
};

inline std::string packet(int number) {
  std::string text(os::kSrtPayload, static_cast<char>('a' + number % 26));
  auto const digits = std::to_string(number);
  text.replace(0, digits.size(), digits);
  return text;
}

// Publishes `count` packets in about 2 ms each; what was sent.
inline std::string send_packets(SrtCaller& publisher, int first, int count) {
  std::string sent;
  for (int i = first; i < first + count; ++i) {
    auto const text = packet(i);
    REQUIRE(publisher.send(std::as_bytes(std::span(text))));
    sent += text;
    std::this_thread::sleep_for(2ms);
  }
  return sent;
}

}  // namespace aegis::test
