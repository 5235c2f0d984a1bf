#include "support/relay_and_rig.hpp"

#include <algorithm>
#include <csignal>
#include <set>
#include <stdexcept>

#include <fmt/format.h>

#include "support/programs.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

namespace aegis::test {
namespace {

void append(std::vector<std::string>& list, const std::vector<std::string>& more) {
  list.insert(list.end(), more.begin(), more.end());
}

std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

}  // namespace

RelayPorts RelayPorts::free() {
  std::set<int> ports;
  while (ports.size() < 4) ports.insert(free_port());
  auto next = ports.begin();
  RelayPorts chosen;
  for (int* port : {&chosen.srtla, &chosen.publish, &chosen.play, &chosen.http}) *port = *next++;
  return chosen;
}

Relay::Relay(std::filesystem::path folder, Options options)
    : folder_(std::move(folder)), options_(std::move(options)) {
  std::filesystem::create_directories(folder_);
  Command pair{{aegis_program(), "pair", "new", "cam", "--stock", "--json", "--host", "127.0.0.1",
                "--state", (folder_ / "state.toml").string()}};
  append(pair.argv, options_.pair_arguments);
  pair.name = "pair";
  Outcome const outcome = run(std::move(pair), folder_);
  if (outcome.code != 0) throw std::runtime_error("aegis pair new: " + outcome.err);
  write_private_file(key_file(), outcome.out);
  start();
}

void Relay::start() {
  const RelayPorts& ports = options_.ports;
  Command command{{aegis_program(), "relay", "serve", "--state", (folder_ / "state.toml").string(),
                   "--srtla", std::to_string(ports.srtla), "--srt-publish",
                   std::to_string(ports.publish), "--srt-play", std::to_string(ports.play),
                   "--http", fmt::format("127.0.0.1:{}", ports.http)}};
  command.name = "relay";
  command.where = options_.where;
  append(command.argv, options_.arguments);
  process_ = std::make_unique<Process>(std::move(command), folder_);
  // With --forward there is nothing to play.
  bool const ended_by_srt = std::find(options_.arguments.begin(), options_.arguments.end(),
                                      "--forward") == options_.arguments.end();
  bool const up = wait_until(
      [&] {
        bool const listens = process_->has_udp_port(ports.srtla) &&
                             (!ended_by_srt || process_->has_udp_port(ports.play)) &&
                             process_->out().find("figures") != std::string::npos;
        return listens || !process_->running();
      },
      15s);
  if (!up || !process_->running()) throw std::runtime_error("no relay: " + process_->err());
}

void Relay::kill() {
  process_->signal(SIGKILL);
  process_->wait(5s);
}

void Relay::restart() {
  process_.reset();
  start();
}

nlohmann::json Relay::key() const {
  return nlohmann::json::parse(read_file(key_file()));
}

nlohmann::json Relay::stats() const {
  Command command{{aegis_program(), "stats", "--json",
                   fmt::format("http://127.0.0.1:{}", options_.ports.http)}};
  command.name = "stats";
  command.where = options_.where;
  Outcome const outcome = run(std::move(command), folder_);
  if (outcome.code != 0) throw std::runtime_error("aegis stats: " + outcome.err);
  return nlohmann::json::parse(outcome.out);
}

Command stream_command(const Relay& relay, const std::string& relay_host, const NetNamespace* where,
                       const std::vector<std::string>& arguments) {
  Command command{{aegis_program(), "stream", "--key", relay.key_file().string(), "--relay",
                   fmt::format("{}:{}", bracketed(relay_host), relay.ports().srtla)}};
  command.name = "stream";
  command.where = where;
  append(command.argv, arguments);
  return command;
}

Command sink_command(const Relay& relay, const std::string& host, const NetNamespace* where,
                     const std::vector<std::string>& arguments) {
  Command command{{ts_sink_program(), "--from",
                   fmt::format("srt:{}:{}", bracketed(host), relay.ports().play), "--key",
                   relay.key_file().string(), "--idle", "3s"}};
  command.name = "sink";
  command.where = where;
  append(command.argv, arguments);
  return command;
}

Command source_command(const std::string& rate, const std::string& length, os::Fd output) {
  Command command{{ts_source_program(), "--rate", rate, "--for", length}};
  command.output = std::move(output);
  return command;
}

nlohmann::json account_of(const std::string& text) {
  std::size_t const end = text.find_last_of('}');
  if (end == std::string::npos) throw std::runtime_error("no account in: " + text);
  std::size_t const line = text.rfind('\n', end);
  return nlohmann::json::parse(text.substr(line == std::string::npos ? 0 : line + 1));
}

}  // namespace aegis::test
