#include "agent/media/srt_input.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "common/base/units.hpp"
#include "common/os/clock.hpp"
#include "common/os/resolve.hpp"
#include "common/os/srt_socket.hpp"

namespace aegis::agent::media {
namespace {

constexpr Duration kPoll = 50ms, kLatency = 200ms;
// A caller that has been silent for so long gives way to another one; whom we have called is called
// again. libsrt would wait for five seconds at least.
constexpr Duration kGivesWay = 1s, kCallAgain = 2s;

// Where callers arrive, and the one that is to follow.
struct Door {
  os::SrtSocket listener, next;
};

class SrtStream final : public ByteStream {
 public:
  // `door` is null for whom we have called. Who else calls there while this one lives is sent away.
  SrtStream(os::SrtSocket socket, std::shared_ptr<Door> door)
      : socket_(std::move(socket)), door_(std::move(door)), last_heard_(os::now()) {
    epoll_.add(socket_, true, false);
  }

  Result<std::size_t> read(ByteSpan to, const std::stop_token& stop) override {
    while (read_ == size_) {
      if (stop.stop_requested()) return input_left();
      read_ = size_ = 0;
      switch (socket_.receive(buffer_, size_)) {
        case os::SrtSocket::Io::kDone:
          last_heard_ = os::now();
          break;
        case os::SrtSocket::Io::kBroken:
          return std::size_t{0};
        case os::SrtSocket::Io::kWouldBlock:
          size_ = 0;
          if (gives_way()) return std::size_t{0};
          epoll_.wait(kPoll);
      }
    }
    std::size_t const part = std::min(to.size(), size_ - read_);
    std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(read_), part, to.begin());
    read_ += part;
    return part;
  }
  const char* format() const override { return "mpegts"; }

 private:
  bool gives_way() {
    Duration const silent = os::now() - last_heard_;
    if (!door_) return silent > kCallAgain;
    auto other = door_->listener.accept();
    if (!other || silent < kGivesWay) return false;
    door_->next = std::move(other->socket);
    return true;
  }

  os::SrtSocket socket_;
  std::shared_ptr<Door> const door_;
  os::SrtEpoll epoll_;
  std::array<std::byte, os::kSrtMaxPayload> buffer_;
  std::size_t read_ = 0, size_ = 0;
  Time last_heard_;
};

class Listener final : public SrtInput {
 public:
  explicit Listener(os::SrtSocket listener)
      : door_(std::make_shared<Door>(Door{std::move(listener), {}})) {}

  Result<std::unique_ptr<ByteStream>> connect(const std::stop_token& stop) override {
    os::SrtEpoll epoll;
    epoll.add(door_->listener, true, false);
    while (!door_->next) {
      if (stop.stop_requested()) return input_left();
      if (auto accepted = door_->listener.accept()) {
        door_->next = std::move(accepted->socket);
      } else {
        epoll.wait(kPoll);
      }
    }
    return std::unique_ptr<ByteStream>(
        std::make_unique<SrtStream>(std::exchange(door_->next, {}), door_));
  }

 private:
  os::SrtLibrary const library_;
  std::shared_ptr<Door> const door_;
};

class Caller final : public SrtInput {
 public:
  Caller(InputSpec spec, os::SrtOptions options)
      : spec_(std::move(spec)), options_(std::move(options)) {}

  Result<std::unique_ptr<ByteStream>> connect(const std::stop_token& stop) override {
    auto const addresses = os::resolve(spec_.where);
    if (!addresses) return addresses.error();
    auto socket = os::SrtSocket::connect(addresses->front(), options_);
    if (!socket) return socket.error();
    os::SrtEpoll epoll;
    epoll.add(*socket, false, true);
    while (!socket->connected()) {
      if (stop.stop_requested()) return input_left();
      for (auto const& event : epoll.wait(kPoll))
        if (event.broken) return socket->failure(fmt::format("cannot call {}", spec_.name));
    }
    return std::unique_ptr<ByteStream>(std::make_unique<SrtStream>(std::move(*socket), nullptr));
  }

 private:
  os::SrtLibrary const library_;
  InputSpec const spec_;
  os::SrtOptions const options_;
};

Error refuse(const InputSpec& spec, ErrorKind kind, std::string why, std::string hint) {
  return {kind, fmt::format("cannot read input {}", spec.name), std::move(why), std::move(hint)};
}

std::string value_of(const InputSpec& spec, std::string_view name) {
  auto const found = spec.query.find(name);
  return found == spec.query.end() ? "" : found->second;
}

Result<std::shared_ptr<SrtInput>> listen(const InputSpec& spec, const os::SrtOptions& options) {
  auto const addresses = os::resolve(spec.where);
  if (!addresses) return addresses.error();
  auto const local = addresses->front();
  if (!local.is_loopback() && !spec.key)
    return refuse(spec, ErrorKind::kConfiguration, "anybody could publish there",
                  "write a passphrase into a file of mode 0600 and add ,key=FILE");
  auto admit = [key = spec.key](const os::SrtSocket::Caller&) {
    return os::SrtSocket::Admission{.reject = {}, .passphrase = key};
  };
  auto socket = os::SrtSocket::listen(local, options, admit);
  if (!socket) return socket.error();
  return std::shared_ptr<SrtInput>(std::make_shared<Listener>(std::move(*socket)));
}

}  // namespace

Result<std::shared_ptr<SrtInput>> SrtInput::open(const InputSpec& spec) {
  os::SrtLibrary const library;
  os::SrtOptions options;
  options.latency = kLatency;
  options.connect_timeout = 2s;
  if (auto const text = value_of(spec, "latency"); !text.empty()) {
    auto const latency = parse_duration(text);
    if (!latency) return refuse(spec, ErrorKind::kUsage, latency.error().why, "latency=200ms");
    options.latency = *latency;
  }
  auto const mode = value_of(spec, "mode");
  if (!mode.empty() && mode != "caller" && mode != "listener")
    return refuse(spec, ErrorKind::kUsage, fmt::format("there is no mode '{}'", mode),
                  "mode=caller or mode=listener");
  if (mode == "listener" || spec.where.host.empty()) return listen(spec, options);
  options.stream_id = value_of(spec, "streamid");
  options.passphrase = spec.key;
  return std::shared_ptr<SrtInput>(std::make_shared<Caller>(spec, options));
}

}  // namespace aegis::agent::media
