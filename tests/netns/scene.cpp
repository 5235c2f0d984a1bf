#include "netns/scene.hpp"

#include "common/base/units.hpp"
#include "support/wait.hpp"

namespace aegis::test {

std::vector<LinkSpec> two_links() {
  return {rig_link(0, "rate:6M/delay:30ms/loss:0.1%/queue:300ms", "rate:6M/delay:30ms"),
          rig_link(1, "rate:4M/delay:60ms/loss:0.5%/queue:300ms", "rate:4M/delay:60ms")};
}

Scene::Scene(const std::vector<LinkSpec>& specs)
    : links(rig, host, specs, folder.path()), specs_(specs) {
  add_relay_addresses(host);
}

Relay::Options Scene::in_host() const {
  Relay::Options options;
  options.where = &host;
  return options;
}

std::vector<std::pair<std::string, std::string>> Scene::environment() const {
  return {{"XDG_RUNTIME_DIR", folder.path().string()}};
}

std::vector<std::string> Scene::link_arguments() const {
  std::vector<std::string> arguments;
  for (const LinkSpec& spec : specs_) {
    arguments.push_back("--link");
    arguments.push_back(spec.name);
  }
  return arguments;
}

Broadcast::Broadcast(Scene& scene, Relay& relay, Options options)
    : length_(parse_duration(options.length).value()) {
  sink_ = std::make_unique<Process>(
      sink_command(relay, options.sink_host, &scene.host, options.sink_arguments),
      scene.folder.path());
  auto arguments = scene.link_arguments();
  arguments.insert(arguments.end(), {"--input", "-"});
  arguments.insert(arguments.end(), options.stream_arguments.begin(),
                   options.stream_arguments.end());
  PipeEnds pipe = make_pipe();
  Command stream = stream_command(relay, options.relay_host, &scene.rig, arguments);
  stream.input = std::move(pipe.read);
  stream.environment = scene.environment();
  stream_ = std::make_unique<Process>(std::move(stream), scene.folder.path());
  source_ = std::make_unique<Process>(
      source_command(options.rate, options.length, std::move(pipe.write)), scene.folder.path());
}

bool Broadcast::wait_for_media(Duration patience) {
  return wait_until([&] { return sink_->err().find("receiving") != std::string::npos; }, patience);
}

Transmission Broadcast::finish() {
  Transmission result;
  // A stream that takes nothing blocks the source in the pipe: then there is no account of it.
  bool const source_ended = source_->wait(length_ + 20s).has_value();
  if (!source_ended) {
    stream_->stop();
    source_->stop();
  }
  result.stream_code = stream_->wait(15s);
  result.stream_words = stream_->err();
  if (!sink_->wait(15s)) sink_->stop();
  result.source = account_of(source_->err());
  result.sink = account_of(sink_->out());
  return result;
}

}  // namespace aegis::test
