#include "common/http/server.hpp"

#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "common/http/asio_endpoint.hpp"
#include "common/http/connection.hpp"
#include "common/os/thread.hpp"

namespace aegis::http {
namespace {

constexpr Duration kAcceptRetry = 100ms;

}  // namespace

struct Server::Impl {
  Impl(Handler handler, const ServerLimits& limits, Tls with)
      : tls(std::move(with)), shared{std::move(handler), limits, {}} {}
  ~Impl();

  Status open(const Endpoint& local);
  void accept();
  void accept_later();
  void take(Tcp::socket socket);

  Tls tls;  // null: in clear
  Shared shared;
  asio::io_context context{1};
  Tcp::acceptor acceptor{context};
  asio::steady_timer retry{context};
  Tcp::endpoint local;
  os::Thread thread;
};

Server::Impl::~Impl() {
  asio::post(context, [this] {
    error_code ignored;
    acceptor.close(ignored);
    while (!shared.by_use.empty()) shared.by_use.front()->close();
    context.stop();
  });
  thread.join();
}

Status Server::Impl::open(const Endpoint& endpoint) {
  auto const address = to_asio(endpoint);
  error_code why;
  auto const attempt = [&why](auto&& step) {
    if (!why) step();
  };
  acceptor.open(address.protocol(), why);
  attempt([&] { acceptor.set_option(Tcp::acceptor::reuse_address(true), why); });
  attempt([&] {
    if (address.address().is_v6()) acceptor.set_option(asio::ip::v6_only(!endpoint.is_any()), why);
  });
  attempt([&] { acceptor.bind(address, why); });
  attempt([&] { acceptor.listen(Tcp::acceptor::max_listen_connections, why); });
  attempt([&] { local = acceptor.local_endpoint(why); });
  if (!why) return success();
  bool const taken = why == asio::error::address_in_use;
  return Error{taken ? ErrorKind::kTryLater : ErrorKind::kConfiguration,
               fmt::format("cannot serve HTTP on {}", to_string(endpoint)), why.message(),
               taken ? "see 'ss -tlpn' for who holds which port" : ""};
}

void Server::Impl::accept() {
  acceptor.async_accept([this](error_code why, Tcp::socket socket) {
    if (why == asio::error::operation_aborted || !acceptor.is_open()) return;
    if (why) return accept_later();
    take(std::move(socket));
    accept();
  });
}

// Out of descriptors, most likely: the client that has been idle longest gives one back.
void Server::Impl::accept_later() {
  if (!shared.by_use.empty()) shared.by_use.front()->close();
  retry.expires_after(kAcceptRetry);
  retry.async_wait([this](error_code why) {
    if (!why) accept();
  });
}

void Server::Impl::take(Tcp::socket socket) {
  if (shared.by_use.size() >= shared.limits.connections) shared.by_use.front()->close();
  auto stream = tls ? tls_stream(std::move(socket), *tls) : plain_stream(std::move(socket));
  auto const connection = std::make_shared<Connection>(shared, std::move(stream));
  connection->start(shared.by_use.insert(shared.by_use.end(), connection));
}

Result<std::unique_ptr<Server>> Server::start(const Endpoint& local, Handler handler,
                                              const ServerLimits& limits, Tls tls) {
  auto impl = std::make_unique<Impl>(std::move(handler), limits, std::move(tls));
  if (auto opened = impl->open(local); !opened) {
    return opened.error();
  }
  impl->accept();
  impl->thread = os::Thread("http", [raw = impl.get()] { raw->context.run(); });
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

Endpoint Server::local() const {
  return from_asio(impl_->local);
}

void Server::set_tls(Tls tls) {
  asio::post(impl_->context, [raw = impl_.get(), fresh = std::move(tls)] {
    if (raw->tls && fresh) raw->tls = fresh;
  });
}

Response json_error(unsigned status, std::string_view what) {
  Response response;
  response.status = status;
  response.body = nlohmann::json{{"error", what}}.dump() + "\n";
  return response;
}

}  // namespace aegis::http
