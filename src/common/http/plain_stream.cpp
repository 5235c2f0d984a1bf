#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include "common/http/byte_stream.hpp"

namespace aegis::http {
namespace {

class PlainStream final : public ByteStream {
 public:
  explicit PlainStream(Tcp::socket socket) : stream_(std::move(socket)) {}

  void open(Done done) override { at_once(std::move(done)); }
  void read_some(asio::mutable_buffer into, Done done) override {
    stream_.async_read_some(into, std::move(done));
  }
  void write(asio::const_buffer bytes, Done done) override {
    asio::async_write(stream_, bytes, std::move(done));
  }
  void finish(Done done) override { at_once(std::move(done)); }
  boost::beast::tcp_stream& tcp() override { return stream_; }

 private:
  void at_once(Done done) {
    asio::post(stream_.get_executor(), [done = std::move(done)] { done({}, 0); });
  }

  boost::beast::tcp_stream stream_;
};

}  // namespace

std::unique_ptr<ByteStream> plain_stream(Tcp::socket socket) {
  return std::make_unique<PlainStream>(std::move(socket));
}

}  // namespace aegis::http
