#include "common/http/server.hpp"

#include <algorithm>
#include <list>
#include <optional>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "common/os/log.hpp"
#include "common/os/thread.hpp"

namespace aegis::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using tcp = asio::ip::tcp;
using boost::system::error_code;

constexpr Duration kAcceptRetry = 100ms;

tcp::endpoint to_asio(const Endpoint& endpoint) {
  if (endpoint.is_v4()) {
    asio::ip::address_v4::bytes_type bytes;
    std::copy_n(endpoint.address().begin() + 12, 4, bytes.begin());
    return {asio::ip::address_v4(bytes), endpoint.port()};
  }
  asio::ip::address_v6::bytes_type bytes;
  std::copy_n(endpoint.address().begin(), 16, bytes.begin());
  return {asio::ip::address_v6(bytes, endpoint.scope()), endpoint.port()};
}

// Codes of Beast's parser into what the client is told.
Response parse_failure(const error_code& why) {
  if (why == bhttp::error::header_limit) return json_error(431, "the header is too large");
  if (why == bhttp::error::body_limit) return json_error(413, "the body is too large");
  return json_error(400, "not an HTTP request");
}

Request take_request(const bhttp::request<bhttp::string_body>& parsed) {
  Request request;
  bool const head = parsed.method() == bhttp::verb::head;
  request.method = head ? "GET" : std::string(parsed.method_string());
  request.target = std::string(parsed.target());
  request.body = parsed.body();
  for (auto const& field : parsed) {
    std::string name(field.name_string());
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    request.headers.emplace(std::move(name), std::string(field.value()));
  }
  return request;
}

class Connection;

// What the connections share; on the server's thread only.
struct Shared {
  Server::Handler handler;
  ServerLimits limits;
  std::list<std::shared_ptr<Connection>> by_use;  // the one idle longest is first
};

// One client. It lives in Shared::by_use, and in its own pending operations.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, Shared& shared) : stream_(std::move(socket)), shared_(shared) {}

  void start(std::list<std::shared_ptr<Connection>>::iterator place) {
    place_ = place;
    stream_.expires_after(shared_.limits.request_timeout);
    wait_for_bytes();
  }

  // Idempotent. Pending operations come back with an error and find out that it is over.
  void close() {
    if (closed_) return;
    closed_ = true;
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
    stream_.close();
    shared_.by_use.erase(place_);
  }

 private:
  static constexpr std::size_t kReadSize = 2048;

  void touch() { shared_.by_use.splice(shared_.by_use.end(), shared_.by_use, place_); }

  // The first bytes of a request are read by themselves: before them the idle time runs, from them
  // on the request's.
  void wait_for_bytes() {
    if (buffer_.size() > 0) return read_request();
    auto self = shared_from_this();
    stream_.async_read_some(buffer_.prepare(kReadSize), [self](error_code why, std::size_t size) {
      if (why || self->closed_) return self->close();
      self->buffer_.commit(size);
      self->read_request();
    });
  }

  void read_request() {
    touch();
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(shared_.limits.header_bytes));
    parser_->body_limit(shared_.limits.body_bytes);
    stream_.expires_after(shared_.limits.request_timeout);
    auto self = shared_from_this();
    bhttp::async_read(stream_, buffer_, *parser_, [self](error_code why, std::size_t) {
      if (self->closed_) return;
      if (why == bhttp::error::end_of_stream || why == beast::error::timeout) return self->close();
      if (why) return self->refuse(why);
      self->answer();
    });
  }

  void refuse(const error_code& why) {
    if (why.category() != bhttp::make_error_code(bhttp::error::bad_method).category())
      return close();  // the connection failed, not the request
    write(parse_failure(why), 11, false, false);
  }

  void answer() {
    auto const& parsed = parser_->get();
    Response response;
    try {
      response = shared_.handler(take_request(parsed));
    } catch (const std::exception& failure) {
      os::log::error("HTTP handler failed why=\"{}\"", failure.what());
      response = json_error(500, "internal error");
    }
    write(std::move(response), parsed.version(), parsed.keep_alive(),
          parsed.method() == bhttp::verb::head);
  }

  void write(Response response, unsigned version, bool keep_alive, bool head) {
    touch();
    message_.emplace(static_cast<bhttp::status>(response.status), version);
    message_->set(bhttp::field::content_type, response.content_type);
    message_->set(bhttp::field::cache_control, "no-store");
    message_->set("X-Content-Type-Options", "nosniff");
    for (auto const& [name, value] : response.headers) message_->set(name, value);
    message_->keep_alive(keep_alive);
    message_->body() = std::move(response.body);
    message_->prepare_payload();
    serializer_.emplace(*message_);
    serializer_->split(head);
    stream_.expires_after(shared_.limits.write_timeout);
    auto self = shared_from_this();
    auto const done = [self, keep_alive](error_code why, std::size_t) {
      if (why || !keep_alive || self->closed_) return self->close();
      self->next_request();
    };
    if (head) {
      bhttp::async_write_header(stream_, *serializer_, done);
    } else {
      bhttp::async_write(stream_, *serializer_, done);
    }
  }

  void next_request() {
    touch();
    stream_.expires_after(shared_.limits.idle_timeout);
    wait_for_bytes();
  }

  beast::tcp_stream stream_;
  Shared& shared_;
  std::list<std::shared_ptr<Connection>>::iterator place_;
  bool closed_ = false;
  beast::flat_buffer buffer_{32 * 1024};
  std::optional<bhttp::request_parser<bhttp::string_body>> parser_;
  std::optional<bhttp::response<bhttp::string_body>> message_;
  std::optional<bhttp::response_serializer<bhttp::string_body>> serializer_;
};

}  // namespace

struct Server::Impl {
  explicit Impl(Handler handler, const ServerLimits& limits)
      : shared{std::move(handler), limits, {}} {}
  ~Impl();

  Status open(const Endpoint& local);
  void accept();
  void accept_later();
  void take(tcp::socket socket);

  Shared shared;
  asio::io_context context{1};
  tcp::acceptor acceptor{context};
  asio::steady_timer retry{context};
  tcp::endpoint local;
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
  attempt([&] { acceptor.set_option(tcp::acceptor::reuse_address(true), why); });
  attempt([&] {
    if (address.address().is_v6()) acceptor.set_option(asio::ip::v6_only(!endpoint.is_any()), why);
  });
  attempt([&] { acceptor.bind(address, why); });
  attempt([&] { acceptor.listen(tcp::acceptor::max_listen_connections, why); });
  attempt([&] { local = acceptor.local_endpoint(why); });
  if (!why) return success();
  bool const taken = why == asio::error::address_in_use;
  return Error{taken ? ErrorKind::kTryLater : ErrorKind::kConfiguration,
               fmt::format("cannot serve HTTP on {}", to_string(endpoint)), why.message(),
               taken ? "see 'ss -tlpn' for who holds which port" : ""};
}

void Server::Impl::accept() {
  acceptor.async_accept([this](error_code why, tcp::socket socket) {
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

void Server::Impl::take(tcp::socket socket) {
  if (shared.by_use.size() >= shared.limits.connections) shared.by_use.front()->close();
  auto const connection = std::make_shared<Connection>(std::move(socket), shared);
  connection->start(shared.by_use.insert(shared.by_use.end(), connection));
}

Result<std::unique_ptr<Server>> Server::start(const Endpoint& local, Handler handler,
                                              const ServerLimits& limits) {
  auto impl = std::make_unique<Impl>(std::move(handler), limits);
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
  auto const address = impl_->local.address();
  if (address.is_v4()) {
    auto const b = address.to_v4().to_bytes();
    return Endpoint::v4(b[0], b[1], b[2], b[3], impl_->local.port());
  }
  return {address.to_v6().to_bytes(), impl_->local.port(), 0};
}

Response json_error(unsigned status, std::string_view what) {
  Response response;
  response.status = status;
  response.body = nlohmann::json{{"error", what}}.dump() + "\n";
  return response;
}

}  // namespace aegis::http
