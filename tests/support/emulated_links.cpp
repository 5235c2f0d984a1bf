#include "support/emulated_links.hpp"

#include <stdexcept>

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "support/programs.hpp"
#include "support/wait.hpp"

namespace aegis::test {
namespace {

os::Fd connect_to(const std::filesystem::path& path) {
  os::Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.string().copy(address.sun_path, sizeof address.sun_path - 1);
  if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fd.reset();
  return fd;
}

std::string argument(const LinkSpec& link) {
  std::string text = fmt::format("name={},a={},b={}", link.name, link.a, link.b);
  if (!link.route.empty()) text += ",route=" + link.route;
  if (!link.nat.empty()) text += ",nat=" + link.nat;
  return text + ",up=" + link.up + ",down=" + link.down;
}

}  // namespace

LinkSpec rig_link(int index, const std::string& up, const std::string& down) {
  return {fmt::format("m{}", index),
          fmt::format("10.0.{0}.2/24+fd00:{0}::2/64", index + 1),
          fmt::format("10.0.{0}.1/24+fd00:{0}::1/64", index + 1),
          fmt::format("{}+{}", kRelayV4, kRelayV6),
          up,
          down};
}

void add_relay_addresses(const NetNamespace& host) {
  host.ip(fmt::format("address add {}/32 dev lo", kRelayV4));
  host.ip(fmt::format("address add {}/128 dev lo nodad", kRelayV6));
}

EmulatedLinks::EmulatedLinks(const NetNamespace& a, const NetNamespace& b,
                             const std::vector<LinkSpec>& links, const std::filesystem::path& logs,
                             const std::vector<std::string>& options)
    : socket_path_(logs / "linkemu.sock") {
  Command command{{linkemu_program(), "--ns-a", a.name(), "--ns-b", b.name(), "--control",
                   socket_path_.string()}};
  for (const LinkSpec& link : links) {
    command.argv.push_back("--link");
    command.argv.push_back(argument(link));
  }
  command.argv.insert(command.argv.end(), options.begin(), options.end());
  process_ = std::make_unique<Process>(std::move(command), logs);
  bool const up = wait_until(
      [&] {
        socket_ = connect_to(socket_path_);
        return socket_ || !process_->running();
      },
      10s);
  if (!up || !socket_) throw std::runtime_error("no emulated links: " + process_->err());
}

std::string EmulatedLinks::command(const std::string& line) {
  std::string const request = line + "\n";
  std::string answer;
  if (::send(socket_.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0) {
    throw std::runtime_error("the emulator is gone: " + process_->err());
  }
  while (answer.empty() || answer.back() != '\n') {
    char buffer[4096];
    ssize_t const size = ::read(socket_.get(), buffer, sizeof buffer);
    if (size <= 0) throw std::runtime_error("the emulator is gone: " + process_->err());
    answer.append(buffer, static_cast<std::size_t>(size));
  }
  answer.pop_back();
  if (answer.rfind("error", 0) == 0) throw std::runtime_error(line + ": " + answer);
  return answer;
}

nlohmann::json EmulatedLinks::stats() {
  return nlohmann::json::parse(command("stats"));
}

}  // namespace aegis::test
