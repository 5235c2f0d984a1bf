// ts_sink: an SRT player, an SRT server, or a reader of stdin, that accounts for every MPEG-TS
// packet: each counted one by its number, any other by its continuity counter. Prints "receiving"
// on stderr at the first one and a JSON account on stdout at the end.
#include <csignal>
#include <iostream>
#include <optional>

#include <poll.h>
#include <unistd.h>

#include "common/base/units.hpp"
#include "common/os/clock.hpp"
#include "common/os/resolve.hpp"
#include "support/flags.hpp"
#include "support/srt_peer.hpp"
#include "support/ts_tally.hpp"

using namespace aegis;
using namespace aegis::test;

namespace {

volatile std::sig_atomic_t stopping = 0;

struct Limits {
  Time end;        // of --for
  Duration idle;   // ends when nothing has come for so long, once something has
  Duration wait;   // for a connection, each time
  bool reconnect;  // call again when the connection breaks
};

class Account {
 public:
  explicit Account(const Limits& limits) : limits_(limits) {}

  void take(ByteView bytes) {
    last_ = os::now();
    bool const first = empty();
    tally_.add(bytes, last_);
    if (first && !empty()) std::cerr << "receiving" << std::endl;
  }
  bool over() const {
    Time const now = os::now();
    bool const idle = !empty() && now - last_ > limits_.idle;
    return stopping != 0 || now >= limits_.end || idle;
  }
  std::string json() const { return tally_.json(); }
  bool empty() const { return tally_.continuity().packets() == 0; }

 private:
  Limits limits_;
  TsTally tally_;
  Time last_;
};

void read_stdin(Account& account) {
  std::array<std::byte, 65536> buffer{};
  while (!account.over()) {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (::poll(&input, 1, 100) <= 0) continue;
    ssize_t const size = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (size <= 0) return;
    account.take(ByteView(buffer).first(static_cast<std::size_t>(size)));
  }
}

// Until the account is closed or the connection breaks.
void read_socket(os::SrtSocket& socket, Account& account) {
  os::SrtEpoll epoll;
  epoll.add(socket, true, false);
  std::array<std::byte, os::kSrtMaxPayload> buffer{};
  auto outcome = os::SrtSocket::Io::kDone;
  while (!account.over() && outcome != os::SrtSocket::Io::kBroken) {
    epoll.wait(100ms);
    do {
      std::size_t size = 0;
      outcome = socket.receive(buffer, size);
      if (outcome == os::SrtSocket::Io::kDone) account.take(ByteView(buffer).first(size));
    } while (outcome == os::SrtSocket::Io::kDone);
  }
  if (outcome == os::SrtSocket::Io::kBroken) std::cerr << "broken: " << socket.reason() << "\n";
  epoll.remove(socket);
}

HostPort place(const Flags& flags, std::size_t skip) {
  auto where = parse_host_port(std::string_view(flags.text("--from")).substr(skip), 0);
  if (!where) Flags::fail("--from: " + where.error().what);
  return *where;
}

// As a stock SRT server that takes whoever calls, one after the other.
int serve_srt(const Flags& flags, Account& account) {
  os::SrtOptions options;
  options.latency = flags.parsed("--latency", parse_duration);
  options.reorder_tolerance_packets = std::stoi(flags.text("--loss-max-ttl"));
  auto const addresses = os::resolve(place(flags, 7));
  if (!addresses) Flags::fail("--from: " + addresses.error().what);
  auto listener = os::SrtSocket::listen(addresses->front(), options, {});
  if (!listener) Flags::fail(listener.error().what + ": " + listener.error().why);
  os::SrtEpoll epoll;
  epoll.add(*listener, true, false);
  while (!account.over()) {
    epoll.wait(100ms);
    while (auto caller = listener->accept()) read_socket(caller->socket, account);
  }
  return 0;
}

int read_srt(const Flags& flags, const Limits& limits, Account& account) {
  HostPort const where = place(flags, 4);
  os::SrtOptions options;
  options.latency = flags.parsed("--latency", parse_duration);
  if (!flags.text("--key").empty()) apply_key(options, flags.text("--key"), "play");
  do {
    auto socket = call(where, options, limits.wait);
    if (!socket) {
      std::cerr << socket.error().what << ": " << socket.error().why << "\n";
      return 69;
    }
    read_socket(*socket, account);
  } while (limits.reconnect && !account.over());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Flags const flags(argc, argv,
                    {{"--from", "-"},
                     {"--key", ""},
                     {"--latency", "200ms"},
                     {"--loss-max-ttl", "0"},
                     {"--for", "12h"},
                     {"--idle", "12h"},
                     {"--wait", "10s"},
                     {"--reconnect", "no"}});
  Limits const limits{os::now() + flags.parsed("--for", parse_duration),
                      flags.parsed("--idle", parse_duration),
                      flags.parsed("--wait", parse_duration), flags.text("--reconnect") == "yes"};
  for (int number : {SIGTERM, SIGINT}) std::signal(number, [](int) { stopping = 1; });
  os::SrtLibrary const library;
  Account account(limits);
  int code = 0;
  if (flags.text("--from") == "-") {
    read_stdin(account);
  } else if (flags.text("--from").rfind("listen:", 0) == 0) {
    code = serve_srt(flags, account);
  } else if (flags.text("--from").rfind("srt:", 0) == 0) {
    code = read_srt(flags, limits, account);
  } else {
    Flags::fail("--from takes -, srt:HOST:PORT or listen:HOST:PORT");
  }
  std::cout << account.json() << std::endl;
  return account.empty() && code == 0 ? 1 : code;
}
