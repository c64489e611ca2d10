#include "service/http/server.h"

#include <microhttpd.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <utility>
#include <vector>

#include "service/http/deadlines.h"
#include "service/http/listen.h"
#include "service/http/workers.h"

namespace voizk {
namespace {

constexpr size_t kConnectionMemory = kMaxHeadBytes;
constexpr const char* kBusy = "the service is busy; try again in a second";
// GnuTLS's NORMAL has the two that RFC 8996 forbids.
constexpr const char* kTlsPriorities = "NORMAL:-VERS-TLS1.0:-VERS-TLS1.1";

/// One request on its way.
struct Exchange {
  HttpRequest request;
  size_t max_body = 0;
  size_t length = 0;     // that its head declares
  size_t counted = 0;    // of the budget for all bodies: what has come of it
  bool no_room = false;  // the budget did not hold it; what still comes is thrown away
  HttpResponse response;
  std::atomic<bool> answered = false;  // by a worker
  bool refused = false;                // an answer was queued
};

int SocketOf(MHD_Connection* connection) {
  const MHD_ConnectionInfo* const info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info == nullptr ? -1 : info->connect_fd;
}

bool SameName(const char* a, const char* b) { return strcasecmp(a, b) == 0; }

/// What the headers say, once each.
struct Head {
  HttpRequest* request;
  std::string length = {};
  bool chunked = false;
  bool twice = false;
};

MHD_Result ReadHeader(void* context, MHD_ValueKind, const char* name, const char* value) {
  Head* const head = static_cast<Head*>(context);
  const std::pair<const char*, std::string*> wanted[] = {
      {MHD_HTTP_HEADER_CONTENT_LENGTH, &head->length},
      {MHD_HTTP_HEADER_AUTHORIZATION, &head->request->authorization},
      {MHD_HTTP_HEADER_CONTENT_TYPE, &head->request->content_type},
      {MHD_HTTP_HEADER_HOST, &head->request->host},
      {MHD_HTTP_HEADER_ORIGIN, &head->request->origin},
      {MHD_HTTP_HEADER_COOKIE, &head->request->cookie},
      {MHD_HTTP_HEADER_IF_NONE_MATCH, &head->request->if_none_match},
      {MHD_HTTP_HEADER_ACCEPT_ENCODING, &head->request->accept_encoding},
      {"Sec-Fetch-Dest", &head->request->fetch_dest},
      {"X-Forwarded-For", &head->request->forwarded_for}};
  if (SameName(name, MHD_HTTP_HEADER_TRANSFER_ENCODING)) head->chunked = true;
  for (const auto& [known, text] : wanted) {
    if (!SameName(name, known) || value == nullptr) continue;
    const bool list = text == &head->request->forwarded_for;  // two lines of it are one list
    head->twice = head->twice || (!text->empty() && !list);
    *text = list && !text->empty() ? *text + "," + value : value;
  }
  return MHD_YES;
}

MHD_Result ReadQuery(void* context, MHD_ValueKind, const char* name, const char* value) {
  Head* const head = static_cast<Head*>(context);
  const bool fresh = head->request->query.emplace(name, value == nullptr ? "" : value).second;
  head->twice = head->twice || !fresh;
  return MHD_YES;
}

/// Paths and queries stay as they were sent: nothing that an escape hides is ever looked at.
size_t LeaveEscapes(void*, MHD_Connection*, char* text) { return std::strlen(text); }

}  // namespace

struct HttpServer::State {
  explicit State(const HttpOptions& o, HttpHandler* h) : options(o), handler(h) {}

  static MHD_Result OnAccess(void* self, MHD_Connection* connection, const char* url,
                             const char* method, const char* version, const char* data,
                             size_t* size, void** context);
  static void OnCompleted(void* self, MHD_Connection* connection, void** context,
                          MHD_RequestTerminationCode code);
  static void OnConnection(void* self, MHD_Connection* connection, void** socket,
                           MHD_ConnectionNotificationCode code);

  MHD_Result Begin(MHD_Connection* connection, Exchange* exchange);
  MHD_Result Collect(Exchange* exchange, const char* data, size_t* size);
  MHD_Result Dispatch(MHD_Connection* connection, Exchange* exchange);
  MHD_Result Queue(MHD_Connection* connection, Exchange* exchange, const HttpResponse& response);
  MHD_Result Refuse(MHD_Connection* connection, Exchange* exchange, int status,
                    const char* detail) {
    return Queue(connection, exchange, handler->Refusal(status, detail));
  }
  Status StartDaemon();

  HttpOptions options;
  HttpHandler* handler;
  Listening listening;
  MHD_Daemon* daemon = nullptr;
  Deadlines deadlines;
  std::unique_ptr<Workers> workers;
  std::atomic<bool> draining = false;
  std::atomic<size_t> body_bytes = 0;
  mutable std::mutex mutex;
  std::condition_variable fewer;
  size_t in_flight = 0;
};

MHD_Result HttpServer::State::Queue(MHD_Connection* connection, Exchange* exchange,
                                    const HttpResponse& response) {
  const bool lasting = !response.lasting_body.empty();
  const std::string_view body = lasting ? response.lasting_body : response.body;
  MHD_Response* const raw =
      MHD_create_response_from_buffer(body.size(), const_cast<char*>(body.data()),
                                      lasting ? MHD_RESPMEM_PERSISTENT : MHD_RESPMEM_MUST_COPY);
  if (raw == nullptr) return MHD_NO;
  if (!response.content_type.empty()) {
    MHD_add_response_header(raw, MHD_HTTP_HEADER_CONTENT_TYPE, response.content_type.c_str());
  }
  const bool caching = std::ranges::any_of(response.headers, [](const auto& header) {
    return SameName(header.first.c_str(), MHD_HTTP_HEADER_CACHE_CONTROL);
  });
  if (!caching) MHD_add_response_header(raw, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
  MHD_add_response_header(raw, "X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : response.headers) {
    MHD_add_response_header(raw, name.c_str(), value.c_str());
  }
  if (draining) MHD_add_response_header(raw, MHD_HTTP_HEADER_CONNECTION, "close");
  exchange->refused = true;
  deadlines.Set(SocketOf(connection), options.request_time);
  const MHD_Result queued =
      MHD_queue_response(connection, static_cast<unsigned>(response.status), raw);
  MHD_destroy_response(raw);
  return queued;
}

MHD_Result HttpServer::State::Begin(MHD_Connection* connection, Exchange* exchange) {
  Head head{.request = &exchange->request};
  MHD_get_connection_values(connection, MHD_HEADER_KIND, ReadHeader, &head);
  MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, ReadQuery, &head);
  const MHD_ConnectionInfo* const info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  if (info != nullptr) exchange->request.peer = AddressText(info->client_addr);
  if (draining) return Refuse(connection, exchange, 503, "the service is about to stop");
  if (head.chunked) {
    return Refuse(connection, exchange, 411, "send the body's length, and the body in one piece");
  }
  if (head.twice) {
    return Refuse(connection, exchange, 400, "a header or a parameter is there twice");
  }
  uint64_t length = 0;
  if (!head.length.empty()) {
    const char* const end = head.length.data() + head.length.size();
    const auto parsed = std::from_chars(head.length.data(), end, length);
    if (parsed.ec != std::errc() || parsed.ptr != end) {
      return Refuse(connection, exchange, 400, "the body's length is no number");
    }
  }
  if (const auto answer = handler->Admit(exchange->request, &exchange->max_body)) {
    return Queue(connection, exchange, *answer);
  }
  if (length > exchange->max_body) {
    return Refuse(connection, exchange, 413, "the body is larger than anything asked for here");
  }
  if (!workers->HasRoom()) return Refuse(connection, exchange, 503, kBusy);
  exchange->length = static_cast<size_t>(length);
  deadlines.Set(SocketOf(connection), options.request_time);
  return MHD_YES;
}

MHD_Result HttpServer::State::Collect(Exchange* exchange, const char* data, size_t* size) {
  std::string& body = exchange->request.body;
  if (exchange->refused) return MHD_NO;
  if (!exchange->no_room) {
    // MHD gives no more than the length said; this is for the day when it does.
    if (*size > exchange->length - body.size()) return MHD_NO;
    // Counted when it comes and not when it is declared: a head is no memory.
    exchange->counted += *size;
    exchange->no_room = body_bytes.fetch_add(*size) + *size > kMaxBodiesBytes;
    if (!exchange->no_room) body.append(data, *size);
  }
  if (exchange->no_room) {
    // MHD takes no answer in the middle of a body: the refusal follows its end.
    body = std::string();
    body_bytes -= std::exchange(exchange->counted, 0);
  }
  *size = 0;
  return MHD_YES;
}

MHD_Result HttpServer::State::Dispatch(MHD_Connection* connection, Exchange* exchange) {
  deadlines.Suspend(SocketOf(connection));
  // Before a worker can resume it.
  MHD_suspend_connection(connection);
  const bool taken = workers->Take([this, connection, exchange] {
    try {
      exchange->response = handler->Handle(exchange->request);
    } catch (...) {
      exchange->response =
          HttpResponse{.status = 500, .content_type = "", .body = "", .headers = {}};
    }
    exchange->answered = true;
    MHD_resume_connection(connection);
  });
  if (!taken) {
    exchange->response = handler->Refusal(503, kBusy);
    exchange->answered = true;
    MHD_resume_connection(connection);
  }
  return MHD_YES;
}

MHD_Result HttpServer::State::OnAccess(void* self, MHD_Connection* connection, const char* url,
                                       const char* method, const char*, const char* data,
                                       size_t* size, void** context) try {
  State* const state = static_cast<State*>(self);
  Exchange* exchange = static_cast<Exchange*>(*context);
  if (exchange == nullptr) {
    auto made = std::make_unique<Exchange>();
    made->request.method = method;
    made->request.path = url;
    made->request.port = state->listening.port;
    exchange = made.get();
    *context = made.release();  // OnCompleted deletes it
    {
      const std::scoped_lock lock(state->mutex);
      ++state->in_flight;
    }
    return state->Begin(connection, exchange);
  }
  if (*size > 0) return state->Collect(exchange, data, size);
  if (exchange->answered) return state->Queue(connection, exchange, exchange->response);
  if (exchange->no_room) return state->Refuse(connection, exchange, 503, kBusy);
  return state->Dispatch(connection, exchange);
} catch (...) {
  return MHD_NO;  // no memory: the connection is closed
}

void HttpServer::State::OnCompleted(void* self, MHD_Connection* connection, void** context,
                                    MHD_RequestTerminationCode) {
  State* const state = static_cast<State*>(self);
  const std::unique_ptr<Exchange> exchange(static_cast<Exchange*>(*context));
  *context = nullptr;
  if (exchange == nullptr) return;
  state->body_bytes -= exchange->counted;
  state->deadlines.Set(SocketOf(connection),
                       state->options.idle_time + state->options.request_time);
  {
    const std::scoped_lock lock(state->mutex);
    --state->in_flight;
  }
  state->fewer.notify_all();
}

void HttpServer::State::OnConnection(void* self, MHD_Connection* connection, void**,
                                     MHD_ConnectionNotificationCode code) {
  State* const state = static_cast<State*>(self);
  const int fd = SocketOf(connection);
  if (code == MHD_CONNECTION_NOTIFY_STARTED) {
    state->deadlines.Set(fd, state->options.request_time);
  } else {
    state->deadlines.Remove(fd);
  }
}

Status HttpServer::State::StartDaemon() {
  const bool tls = !options.certificate_pem.empty();
  if (tls != !options.key_pem.empty()) {
    return {ErrorCode::kInvalidArgument, "TLS wants a certificate and a key"};
  }
  VOIZK_ASSIGN_OR_RETURN(listening, Listen(options.listen));
  std::vector<MHD_OptionItem> more;
  const auto add = [&more](MHD_OPTION option, intptr_t value, void* pointer) {
    more.push_back({option, value, pointer});
  };
  if (tls) {
    add(MHD_OPTION_HTTPS_MEM_CERT, 0, options.certificate_pem.data());
    options.key_pem.push_back('\0');
    add(MHD_OPTION_HTTPS_MEM_KEY, 0, options.key_pem.data());
    add(MHD_OPTION_HTTPS_PRIORITIES, 0, const_cast<char*>(kTlsPriorities));
  }
  add(MHD_OPTION_END, 0, nullptr);
  const auto idle = std::chrono::ceil<std::chrono::seconds>(options.idle_time).count();
  daemon = MHD_start_daemon(
      MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | (tls ? MHD_USE_TLS : 0), 0,
      nullptr, nullptr, &State::OnAccess, this,                             //
      MHD_OPTION_LISTEN_SOCKET, listening.fd,                               //
      MHD_OPTION_NOTIFY_COMPLETED, &State::OnCompleted, this,               //
      MHD_OPTION_NOTIFY_CONNECTION, &State::OnConnection, this,             //
      MHD_OPTION_UNESCAPE_CALLBACK, &LeaveEscapes, nullptr,                 //
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, kConnectionMemory,                //
      MHD_OPTION_CONNECTION_LIMIT, options.max_connections,                 //
      MHD_OPTION_PER_IP_CONNECTION_LIMIT, options.connections_per_address,  //
      MHD_OPTION_CONNECTION_TIMEOUT, static_cast<unsigned>(idle),           //
      MHD_OPTION_STRICT_FOR_CLIENT, 1,                                      //
      MHD_OPTION_ARRAY, more.data(),                                        //
      MHD_OPTION_END);
  options.key_pem = {};  // GnuTLS has read it
  if (daemon != nullptr) return {};
  close(listening.fd);
  return {ErrorCode::kIo, tls ? "the server does not start (are certificate and key PEM files that "
                                "belong together?)"
                              : "the server does not start"};
}

HttpServer::HttpServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<HttpServer>> HttpServer::Start(const HttpOptions& options,
                                                      HttpHandler* handler) {
  auto state = std::make_unique<State>(options, handler);
  state->workers = std::make_unique<Workers>(options.workers, options.max_waiting);
  VOIZK_RETURN_IF_ERROR(state->StartDaemon());
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(state)));
}

HttpServer::~HttpServer() { Stop(std::chrono::milliseconds(0)); }

uint16_t HttpServer::port() const { return state_->listening.port; }

void HttpServer::Stop(std::chrono::milliseconds patience) {
  if (state_->daemon == nullptr) return;
  state_->draining = true;
  const int listener = MHD_quiesce_daemon(state_->daemon);
  // Nobody connects any more.  The number stays taken until the daemon, which may still look at it,
  // is gone.
  if (listener >= 0) shutdown(listener, SHUT_RDWR);
  {
    std::unique_lock lock(state_->mutex);
    state_->fewer.wait_for(lock, patience, [this] { return state_->in_flight == 0; });
  }
  // The daemon must hold no suspended request when it goes: those that workers hold are finished
  // and resumed, and what comes to Dispatch after that is answered there.
  state_->workers->Finish();
  MHD_stop_daemon(state_->daemon);
  state_->daemon = nullptr;
  if (listener >= 0) close(listener);
}

HttpServer::Figures HttpServer::figures() const {
  Figures figures{.connections = state_->deadlines.connections(),
                  .in_flight = 0,
                  .waiting = state_->workers->waiting(),
                  .body_bytes = state_->body_bytes,
                  .cut = state_->deadlines.cut()};
  const std::scoped_lock lock(state_->mutex);
  figures.in_flight = state_->in_flight;
  return figures;
}

}  // namespace voizk
