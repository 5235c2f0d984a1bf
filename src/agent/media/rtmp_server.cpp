#include "agent/media/rtmp_server.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <list>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/media/rtmp_session.hpp"
#include "common/os/clock.hpp"
#include "common/os/errors.hpp"
#include "common/os/log.hpp"
#include "common/os/resolve.hpp"
#include "common/os/sockaddr.hpp"

namespace aegis::agent::media {
namespace {

constexpr std::size_t kMaxCallers = 8;
// Until a caller has shown its key; after that it may be silent for so long.
constexpr Duration kHandshakeLimit = 5s, kSilenceLimit = 10s;
// The publisher that has been silent for so long gives way to another one.
constexpr Duration kGivesWay = 1s;
constexpr Duration kPoll = 50ms;

struct Caller {
  os::Fd fd;
  RtmpSession session;
  Time last_heard;
  bool gone = false;
};

class Server final : public RtmpServer, public std::enable_shared_from_this<Server> {
 public:
  Server(os::Fd fd, RtmpSession::Rights rights) : fd_(std::move(fd)), rights_(std::move(rights)) {}

  std::unique_ptr<ByteStream> next_publisher() override;

  // Serves until the publisher has sent something: what it has, nothing when it is gone.
  Result<std::size_t> read(ByteSpan to, const std::stop_token& stop) {
    while (media_.empty()) {
      if (stop.stop_requested()) return input_left();
      if (publisher_seen_ && publisher_ == nullptr) return std::size_t{0};
      serve();
    }
    std::size_t const part = std::min(to.size(), media_.size());
    std::copy_n(media_.begin(), part, to.begin());
    media_.erase(media_.begin(), media_.begin() + static_cast<std::ptrdiff_t>(part));
    return part;
  }
  // A stream of a publisher begins: of the one that waits for it, or the next to come.
  void begin() {
    for (auto& caller : callers_)
      if (publisher_ == nullptr && caller.session.publishing()) adopt(caller);
  }
  // It ends, and the publisher with it, which would have to begin anew.
  void end() {
    if (publisher_ != nullptr) leave(*publisher_, "its media cannot be read");
    std::erase_if(callers_, [](auto const& caller) { return caller.gone; });
    media_.clear();
    publisher_seen_ = false;
  }

 private:
  void serve() {
    std::vector<pollfd> waiting{{fd_.get(), POLLIN, 0}};
    for (auto const& caller : callers_) waiting.push_back({caller.fd.get(), POLLIN, 0});
    ::poll(waiting.data(), waiting.size(), static_cast<int>(kPoll / 1ms));
    Time const now = os::now();
    auto polled = waiting.begin();
    for (auto& caller : callers_) {
      if ((++polled)->revents != 0) receive(caller, now);
      bool const shown = caller.session.publishing();
      if (now - caller.last_heard > (shown ? kSilenceLimit : kHandshakeLimit))
        leave(caller, "it is silent");
    }
    if (waiting[0].revents != 0) accept(now);
    std::erase_if(callers_, [](auto const& caller) { return caller.gone; });
  }

  void accept(Time now) {
    os::Fd fd(::accept4(fd_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd || callers_.size() >= kMaxCallers) return;
    callers_.push_back({std::move(fd), RtmpSession(rights_), now});
  }

  void receive(Caller& caller, Time now) {
    std::array<std::byte, 65536> bytes;
    ssize_t const size = ::recv(caller.fd.get(), bytes.data(), bytes.size(), 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0) return leave(caller, "it has hung up");
    // A caller must get on with its handshake: single bytes do not prolong it.
    if (caller.session.publishing()) caller.last_heard = now;
    bool go_on = caller.session.take(ByteView(bytes).first(static_cast<std::size_t>(size)));
    if (caller.session.publishing() && publisher_ != &caller) go_on = contend(caller, now) && go_on;
    if (publisher_ == &caller) fetch_media();
    // They are few and short: a peer that does not take them has no use for them.
    auto const answers = caller.session.take_answers();
    ::send(caller.fd.get(), answers.data(), answers.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (!go_on) leave(caller, caller.session.reason());
  }

  // A publisher with the right key: false when another one has its place. One that takes the place
  // of a silent one waits until the reader has taken that one's end.
  bool contend(Caller& caller, Time now) {
    if (publisher_ != nullptr && now - publisher_->last_heard < kGivesWay) {
      caller.session.turn_away();
      return false;
    }
    if (publisher_ != nullptr) leave(*publisher_, "another one took its place");
    if (!publisher_seen_) adopt(caller);
    return true;
  }

  void adopt(Caller& caller) {
    publisher_ = &caller;
    publisher_seen_ = true;
    fetch_media();
  }

  void fetch_media() {
    auto const media = publisher_->session.take_media();
    media_.insert(media_.end(), media.begin(), media.end());
  }

  void leave(Caller& caller, std::string_view why) {
    if (caller.gone) return;
    caller.gone = true;
    if (!caller.session.publishing() && publisher_ != &caller) refused_.count(why, os::now());
    if (publisher_ == &caller) publisher_ = nullptr;
  }

  os::Fd const fd_;
  RtmpSession::Rights const rights_;
  std::list<Caller> callers_;  // stays where it is
  Caller* publisher_ = nullptr;
  bool publisher_seen_ = false;  // by the stream of now
  std::deque<std::byte> media_;
  os::log::RateLimitedLog refused_{"RTMP caller turned away"};
};

class PublisherStream final : public ByteStream {
 public:
  explicit PublisherStream(std::shared_ptr<Server> server) : server_(std::move(server)) {
    server_->begin();
  }
  ~PublisherStream() override { server_->end(); }
  Result<std::size_t> read(ByteSpan to, const std::stop_token& stop) override {
    return server_->read(to, stop);
  }
  const char* format() const override { return "flv"; }

 private:
  std::shared_ptr<Server> const server_;
};

std::unique_ptr<ByteStream> Server::next_publisher() {
  return std::make_unique<PublisherStream>(shared_from_this());
}

}  // namespace

Result<std::shared_ptr<RtmpServer>> RtmpServer::listen(const InputSpec& spec) {
  auto const addresses = os::resolve(spec.where);
  if (!addresses) return addresses.error();
  auto const local = addresses->front();
  if (!local.is_loopback() && !spec.key)
    return Error{ErrorKind::kConfiguration, fmt::format("cannot listen on {}", spec.name),
                 "anybody could publish there",
                 "write a stream key into a file of mode 0600 and add ,key=FILE"};
  int const family = local.is_v4() ? AF_INET : AF_INET6, on = 1;
  os::Fd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  auto const address = os::to_socket_address(local, family);
  if (!fd || ::bind(fd.get(), address.get(), address.size) != 0 || ::listen(fd.get(), 8) != 0)
    return os::system_error(errno, fmt::format("cannot listen on {}", spec.name),
                            "give an address of this host and a free port", ErrorKind::kBadInput);
  return std::shared_ptr<RtmpServer>(
      std::make_shared<Server>(std::move(fd), RtmpSession::Rights{spec.path, spec.key}));
}

}  // namespace aegis::agent::media
