// Guards the server below the service, where tests/cli/service.py sees only the outside: a bounded
// queue, deadlines that fire on their connection and on no other, stopping that finishes what runs
// and hangs on nothing, handlers that throw.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>

#include "service/http/deadlines.h"
#include "service/http/listen.h"
#include "service/http/server.h"
#include "service/http/workers.h"

namespace voizk {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Echo : public HttpHandler {
 public:
  std::optional<HttpResponse> Admit(const HttpRequest& head, size_t* max_body) override {
    if (head.path == "/no")
      return HttpResponse{.status = 404, .content_type = "", .body = "no", .headers = {}};
    if (head.path == "/lasting") {
      return HttpResponse{.status = 200,
                          .headers = {{"Cache-Control", "no-cache"},
                                      {"X-Cookie", head.cookie},
                                      {"X-Host", head.host + " " + std::to_string(head.port)}},
                          .lasting_body = lasting};
    }
    *max_body = most;
    return std::nullopt;
  }
  HttpResponse Handle(const HttpRequest& request) override {
    ++handled;
    if (request.path == "/throw") throw std::runtime_error("x");
    while (request.path == "/hold" && !released) std::this_thread::sleep_for(milliseconds(5));
    if (request.path == "/slow") std::this_thread::sleep_for(milliseconds(300));
    return {.status = 200, .content_type = "text/plain", .body = request.body, .headers = {}};
  }
  HttpResponse Refusal(int status, const std::string& detail) override {
    return {.status = status, .content_type = "text/plain", .body = detail, .headers = {}};
  }
  const std::string lasting = std::string(1 << 20, 'l');
  std::atomic<int> handled = 0;
  std::atomic<bool> released = false;  // what asks for /hold
  size_t most = 100'000;
};

class HttpTest : public ::testing::Test {
 protected:
  void Start(HttpOptions options = {}) {
    options.listen = "127.0.0.1:0";
    auto started = HttpServer::Start(options, &handler);
    ASSERT_TRUE(started.ok()) << started.error().message;
    server = std::move(*started);
  }
  sockaddr_in Address() const {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server->port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }
  int Connect() const {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = Address();
    EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    timeval patience{10, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return fd;
  }
  bool Connects() const {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = Address();
    const bool connected = connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    close(fd);
    return connected;
  }
  /// All that comes until the other side closes.
  static std::string Read(int fd) {
    std::string answer;
    char buffer[4096];
    for (ssize_t got = 0; (got = read(fd, buffer, sizeof buffer)) > 0;) {
      answer.append(buffer, static_cast<size_t>(got));
    }
    return answer;
  }
  static void Send(int fd, std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = send(fd, text.data(), text.size(), MSG_NOSIGNAL);
      ASSERT_GT(sent, 0);
      text.remove_prefix(static_cast<size_t>(sent));
    }
  }
  /// 64 connections whose heads declare bodies of 1 MiB, all of the budget, and send `come` of it.
  std::vector<int> Declare(size_t come) {
    handler.most = size_t{1} << 20;
    std::vector<int> sockets;
    for (size_t i = 0; i < kMaxBodiesBytes / handler.most; ++i) {
      sockets.push_back(Connect());
      Send(sockets.back(), "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1048576\r\n\r\n" +
                               std::string(come, 'b'));
    }
    while (server->figures().in_flight < sockets.size() ||
           server->figures().body_bytes < come * sockets.size()) {
      std::this_thread::sleep_for(milliseconds(5));
    }
    return sockets;
  }
  /// What comes back on a connection of its own until it is closed.
  std::string Ask(const std::string& method, const std::string& path, const std::string& body) {
    const int fd = Connect();
    const std::string text = method + " " + path +
                             " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " +
                             std::to_string(body.size()) + "\r\n\r\n" + body;
    Send(fd, text);
    const std::string answer = Read(fd);
    close(fd);
    return answer;
  }

  Echo handler;
  std::unique_ptr<HttpServer> server;
};

TEST_F(HttpTest, BytesThatLastAreSentAsTheyAre) {
  Start();
  const int fd = Connect();
  Send(fd, "GET /lasting HTTP/1.1\r\nHost: x\r\nCookie: a=b\r\nConnection: close\r\n\r\n");
  const std::string answer = Read(fd);
  close(fd);
  EXPECT_THAT(answer, HasSubstr("\r\n\r\n" + handler.lasting));
  EXPECT_THAT(answer, HasSubstr("Cache-Control: no-cache\r\n"));
  EXPECT_THAT(answer, HasSubstr("X-Cookie: a=b\r\n"));
  EXPECT_THAT(answer, HasSubstr("X-Host: x " + std::to_string(server->port()) + "\r\n"));
  EXPECT_EQ(answer.find("no-store"), std::string::npos);
  EXPECT_THAT(Ask("GET", "/echo", ""), HasSubstr("Cache-Control: no-store"));
}

TEST_F(HttpTest, BodiesComeWholeAndThrowingIsAnAnswer) {
  Start();
  const std::string body(90'000, 'b');
  EXPECT_THAT(Ask("POST", "/echo", body), HasSubstr(body));
  EXPECT_THAT(Ask("POST", "/throw", "x"), StartsWith("HTTP/1.1 500"));
  EXPECT_THAT(Ask("GET", "/no", ""), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(Ask("POST", "/echo", std::string(100'001, 'b')), StartsWith("HTTP/1.1 413"));
  EXPECT_EQ(handler.handled, 2) << "what is refused by its head is not handled";
  const HttpServer::Figures figures = server->figures();
  EXPECT_EQ(figures.body_bytes, 0u) << "the budget is given back";
}

TEST_F(HttpTest, TwoHostsAreRefused) {
  Start();
  const int fd = Connect();
  Send(fd, "GET /lasting HTTP/1.1\r\nHost: x\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(Read(fd), StartsWith("HTTP/1.1 400"));
  close(fd);
}

TEST_F(HttpTest, WhatAHeadDeclaresTakesNoRoom) {
  Start();
  const std::vector<int> silent = Declare(0);
  EXPECT_THAT(Ask("POST", "/echo", std::string(90'000, 'b')), StartsWith("HTTP/1.1 200"));
  for (const int fd : silent) close(fd);
}

TEST_F(HttpTest, WhatCameOfAllBodiesIsBounded) {
  Start();
  const std::vector<int> slow = Declare((1 << 20) - 1);
  EXPECT_THAT(Ask("POST", "/echo", std::string(90'000, 'b')), StartsWith("HTTP/1.1 503"));
  EXPECT_EQ(server->figures().body_bytes, kMaxBodiesBytes - slow.size()) << "thrown away";
  for (const int fd : slow) close(fd);
  while (server->figures().in_flight > 0) std::this_thread::sleep_for(milliseconds(5));
  EXPECT_EQ(server->figures().body_bytes, 0u);
  EXPECT_THAT(Ask("POST", "/echo", std::string(90'000, 'b')), StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpTest, TheQueueIsBoundedAndSaysSo) {
  HttpOptions options;
  options.workers = 1;
  options.max_waiting = 1;
  Start(options);
  std::vector<std::future<std::string>> answers;
  for (int i = 0; i < 8; ++i) {
    answers.push_back(std::async(std::launch::async, [this] { return Ask("GET", "/slow", ""); }));
  }
  int busy = 0, good = 0;
  for (auto& answer : answers) {
    const std::string text = answer.get();
    busy += text.starts_with("HTTP/1.1 503");
    good += text.starts_with("HTTP/1.1 200");
  }
  EXPECT_EQ(busy + good, 8);
  EXPECT_GE(busy, 1);
  EXPECT_GE(good, 1);
}

TEST_F(HttpTest, StoppingFinishesWhatRunsAndTakesNothingNew) {
  Start();
  auto running = std::async(std::launch::async, [this] { return Ask("GET", "/hold", ""); });
  while (handler.handled == 0) std::this_thread::sleep_for(milliseconds(5));
  const int idle = Connect();
  const int late = Connect();
  while (server->figures().connections < 3) std::this_thread::sleep_for(milliseconds(5));
  auto stopped = std::async(std::launch::async, [this] { server->Stop(milliseconds(5000)); });
  while (Connects()) std::this_thread::sleep_for(milliseconds(5));
  Send(late, "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(Read(late), StartsWith("HTTP/1.1 503")) << "begun too late";
  EXPECT_EQ(handler.handled, 1);
  handler.released = true;
  stopped.get();
  EXPECT_THAT(running.get(), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(Read(idle), "") << "idle connections are closed";
  close(idle);
  close(late);
}

TEST_F(HttpTest, StoppingDoesNotWaitForEverForAClientThatDoesNotFinish) {
  Start();
  const int fd = Connect();
  const std::string half = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nab";
  EXPECT_GT(send(fd, half.data(), half.size(), MSG_NOSIGNAL), 0);
  while (server->figures().in_flight == 0) std::this_thread::sleep_for(milliseconds(5));
  const auto begin = std::chrono::steady_clock::now();
  server->Stop(milliseconds(200));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(5000));
  close(fd);
}

TEST(Workers, TakeNoMoreThanMayWaitAndNothingAfterTheEnd) {
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  std::atomic<int> done = 0;
  Workers workers(1, 2);
  const auto job = [released, &done] {
    released.wait();
    ++done;
  };
  EXPECT_TRUE(workers.Take(job));
  while (workers.waiting() > 0) std::this_thread::yield();
  EXPECT_TRUE(workers.Take(job));
  EXPECT_TRUE(workers.Take(job));
  EXPECT_FALSE(workers.HasRoom());
  EXPECT_FALSE(workers.Take(job));
  release.set_value();
  workers.Finish();
  EXPECT_EQ(done, 3) << "what waited is worked off";
  EXPECT_FALSE(workers.Take(job));
}

TEST(Deadlines, FireOnTheirSocketOnly) {
  int late[2], early[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, late), 0);
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, early), 0);
  Deadlines deadlines;
  deadlines.Set(early[0], milliseconds(10));
  deadlines.Set(late[0], milliseconds(10));
  deadlines.Suspend(late[0]);
  char byte = 0;
  EXPECT_EQ(read(early[1], &byte, 1), 0) << "shut down";
  EXPECT_EQ(deadlines.cut(), 1u);
  EXPECT_EQ(recv(late[1], &byte, 1, MSG_DONTWAIT), -1) << "open";
  deadlines.Remove(early[0]);
  EXPECT_EQ(deadlines.connections(), 1u);
  for (const int fd : {late[0], late[1], early[0], early[1]}) close(fd);
}

TEST(Listen, TakesNumbersOnly) {
  for (const char* bad : {"", ":", "8080", "localhost:80", "127.0.0.1", "127.0.0.1:x", "1.2.3:1",
                          "[::1]", "127.0.0.1:99999"}) {
    EXPECT_FALSE(Listen(bad).ok()) << bad;
  }
  const auto any = Listen("127.0.0.1:0");
  ASSERT_TRUE(any.ok());
  EXPECT_GT(any->port, 0);
  EXPECT_FALSE(Listen("127.0.0.1:" + std::to_string(any->port)).ok()) << "taken";
  close(any->fd);
}

}  // namespace
}  // namespace voizk
