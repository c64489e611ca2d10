// Guards the bounds of time and size: a server that is silent, drips, or says a byte too much ends
// in a typed error, soon.
#include "client/http_client.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <string_view>
#include <thread>

namespace voizk {
namespace {

using std::chrono::milliseconds;

/// Takes one connection, reads what comes first and talks.
class Server {
 public:
  explicit Server(std::function<void(int, const std::atomic<bool>&)> talk)
      : listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener_, 1), 0);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, talk = std::move(talk)] {
      const int peer = accept(listener_, nullptr, nullptr);
      if (peer < 0) return;
      char bytes[4096];
      if (recv(peer, bytes, sizeof bytes, 0) > 0) talk(peer, ending_);
      close(peer);
    });
  }
  ~Server() {
    ending_ = true;
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  Posted Post(const HttpClientOptions& options) const {
    const auto url = ParseServerUrl("http://127.0.0.1:" + std::to_string(port_), false);
    EXPECT_TRUE(url.ok());
    return PostJson(*url, options, "/x", "{}");
  }

 private:
  int listener_;
  int port_ = 0;
  std::atomic<bool> ending_ = false;
  std::thread thread_;
};

void Say(int peer, std::string_view text) { send(peer, text.data(), text.size(), MSG_NOSIGNAL); }

HttpClientOptions Hurried() {
  HttpClientOptions options;
  options.total_time = milliseconds(300);
  options.max_answer_bytes = 4;
  return options;
}

TEST(HttpClient, TakesAnAnswerOfTheFullSize) {
  const Server server([](int peer, const std::atomic<bool>&) {
    Say(peer, "HTTP/1.1 200 x\r\nContent-Length: 4\r\n\r\n1234");
  });
  const Posted posted = server.Post(Hurried());
  ASSERT_TRUE(posted.status.ok()) << posted.status.error().message;
  EXPECT_EQ(posted.answer.status, 200);
  EXPECT_EQ(posted.answer.body, "1234");
  EXPECT_TRUE(posted.reached);
}

TEST(HttpClient, RefusesOneByteMore) {
  const Server server([](int peer, const std::atomic<bool>&) {
    Say(peer, "HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n\r\n");
  });
  EXPECT_EQ(server.Post(Hurried()).status.error().code, ErrorCode::kLimitExceeded);
}

TEST(HttpClient, LeavesASilentServer) {
  const Server server([](int, const std::atomic<bool>& ending) {
    while (!ending) std::this_thread::sleep_for(milliseconds(10));
  });
  const auto begin = std::chrono::steady_clock::now();
  const Posted posted = server.Post(Hurried());
  EXPECT_EQ(posted.status.error().code, ErrorCode::kIo);
  EXPECT_TRUE(posted.reached);  // it may have done what was asked
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST(HttpClient, LeavesAServerThatDrips) {
  const Server server([](int peer, const std::atomic<bool>& ending) {
    Say(peer, "HTTP/1.1 200 x\r\nX: ");
    while (!ending) {
      Say(peer, "y");
      std::this_thread::sleep_for(milliseconds(20));
    }
  });
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(server.Post(Hurried()).status.error().code, ErrorCode::kIo);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST(HttpClient, ATokenIsOneWord) {
  const Server server(
      [](int peer, const std::atomic<bool>&) { Say(peer, "HTTP/1.1 200 x\r\n\r\n"); });
  HttpClientOptions options = Hurried();
  for (const char c : std::string_view("a\r\nX-Admin: yes")) options.token.push_back(c);
  const Posted posted = server.Post(options);
  EXPECT_EQ(posted.status.error().code, ErrorCode::kInvalidArgument);
  EXPECT_FALSE(posted.reached);
}

}  // namespace
}  // namespace voizk
