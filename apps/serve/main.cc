// voizk-serve: settings, then service, storage and server put together, until SIGTERM or Ctrl-C.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "service/api/service.h"
#include "service/demo/demo.h"
#include "service/http/server.h"
#include "service/oidc/provider.h"
#include "service/page/page.h"
#include "service/storage/storage.h"
#include "settings.h"
#include "voizk/verify.h"

namespace voizk::serve {
namespace {

constexpr int kExitUsage = 2;
constexpr std::chrono::minutes kTidyEvery{1};
constexpr rlim_t kSpareDescriptors = 256;  // for the database, the log, the listener

/// One line at a time to standard error, each in one write.
void WriteLine(const std::string& line) {
  const std::string whole = line + "\n";
  // Nobody is left to tell if the log cannot be written.
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, whole.data(), whole.size());
}

void LogEvent(const std::string& event, nlohmann::ordered_json more) {
  nlohmann::ordered_json line = {{"unix_s", SystemUnixSeconds()}, {"event", event}};
  line.update(more);
  WriteLine(line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

int Fail(const Error& error) {
  std::fprintf(stderr, "voizk serve: %s\n", error.message.c_str());
  return kExitUsage;
}

/// No core dump holds the API keys' digests, and as many connections may be open as are wanted.
void SetLimits(unsigned connections) {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  const rlim_t wanted = connections + kSpareDescriptors;
  if (files.rlim_cur >= wanted) return;
  files.rlim_cur = std::min(wanted, files.rlim_max);
  setrlimit(RLIMIT_NOFILE, &files);
}

/// Removes what expired, once a minute, until it is destroyed.
class Tidying {
 public:
  Tidying(Storage* storage, int64_t audit_days)
      : thread_([this, storage, audit_days] { Run(storage, audit_days); }) {}
  ~Tidying() {
    {
      const std::scoped_lock lock(mutex_);
      ending_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  Tidying(const Tidying&) = delete;
  Tidying& operator=(const Tidying&) = delete;

 private:
  void Run(Storage* storage, int64_t audit_days) {
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, kTidyEvery, [this] { return ending_; })) {
      const auto pruned = storage->Prune(audit_days);
      if (const auto* refused = std::get_if<Refused>(&pruned)) {
        LogEvent("tidying_failed", {{"note", refused->error.message}});
      }
    }
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ending_ = false;
  std::thread thread_;
};

/// What answers: the service; before it, where they were asked for, the OpenID provider, the
/// demonstration's back end and the page.
struct Handlers {
  std::optional<OidcProvider> oidc;
  std::optional<Demo> demo;
  std::optional<Page> page;
  HttpHandler* first = nullptr;

  /// `keys`: where there is an OpenID provider.
  void Add(const Settings& settings, const std::string& inner_key, std::optional<SigningKeys> keys,
           const OidcSurroundings& around, Storage* storage, std::optional<StaticFiles> files,
           Service* service, const WriteLog& write_log) {
    first = service;
    if (keys) {
      first = &oidc.emplace(*settings.oidc, std::move(*keys), around, storage, first, write_log);
    }
    if (settings.demo) {
      first = &demo.emplace(DemoOptions{.relying_party = settings.service.relying_party,
                                        .api_key = inner_key,
                                        .tls = !settings.http.certificate_pem.empty()},
                            first);
    }
    if (files) first = &page.emplace(std::move(*files), first);
  }
};

/// `server` is null for a moment after the first connections came.
std::map<std::string, double> Gauges(const HttpServer* server, const LoginVerifier& verifier) {
  if (server == nullptr) return {};
  const HttpServer::Figures figures = server->figures();
  return {{"voizk_connections", static_cast<double>(figures.connections)},
          {"voizk_requests_in_flight", static_cast<double>(figures.in_flight)},
          {"voizk_requests_waiting", static_cast<double>(figures.waiting)},
          {"voizk_request_body_bytes", static_cast<double>(figures.body_bytes)},
          {"voizk_slow_connections_closed_total", static_cast<double>(figures.cut)},
          {"voizk_relation_cache_bytes", static_cast<double>(verifier.cached_bytes())}};
}

/// Threads made from now on leave these signals to Wait.
sigset_t BlockSignals() {
  sigset_t wanted;
  sigemptyset(&wanted);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&wanted, signal);
  pthread_sigmask(SIG_BLOCK, &wanted, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return wanted;
}

/// The OpenID provider's; none where none is wanted.
Result<std::optional<SigningKeys>> ReadSigningKeys(Settings* settings) {
  if (!settings->oidc) return std::optional<SigningKeys>();
  auto keys = SigningKeys::Read(settings->oidc_keys_pem);
  settings->oidc_keys_pem = {};  // zeroed
  if (!keys.ok()) return keys.error();
  return std::optional<SigningKeys>(std::move(*keys));
}

int Serve(Settings settings) {
  SetLimits(settings.http.max_connections);
  const sigset_t signals = BlockSignals();
  auto bundle =
      settings.bundle_folder.empty() ? Bundle::Default() : Bundle::Load(settings.bundle_folder);
  if (!bundle.ok()) return Fail(bundle.error());
  const LoginVerifier verifier(*bundle, static_cast<size_t>(settings.cache_mb) << 20);
  if (!verifier.status().ok()) return Fail(verifier.status().error());
  std::optional<StaticFiles> files;
  if (!settings.page_folder.empty()) {
    auto read = StaticFiles::Read(settings.page_folder);
    if (!read.ok()) return Fail(read.error());
    files = std::move(*read);
  }
  std::string inner_key;  // of what asks the service as a back end does
  if (settings.demo || settings.oidc) {
    inner_key = RandomToken();
    settings.service.api_keys.emplace_back(inner_key.begin(), inner_key.end());
  }
  auto signing = ReadSigningKeys(&settings);
  if (!signing.ok()) return Fail(signing.error());
  setenv("PGCONNECT_TIMEOUT", "5", 0);  // libpq's own is minutes; whoever set one knows why
  // A transaction for each worker, one for tidying up.
  auto storage = Storage::Open(settings.database, settings.http.workers + 1, settings.throttle,
                               SystemUnixSeconds);
  if (!storage.ok()) return Fail(storage.error());
  const WriteLog log = [wanted = settings.log_requests](const std::string& line) {
    if (wanted) WriteLine(line);
  };
  auto service = Service::Make(
      settings.service, *bundle,
      [&verifier](const LoginPolicy& policy, std::span<const uint8_t> proof) {
        return verifier.Verify(policy, proof);
      },
      storage->get(), log);
  settings.service.api_keys = {};  // zeroed; the service keeps digests
  if (!service.ok()) return Fail(service.error());
  std::atomic<const HttpServer*> running = nullptr;
  (*service)->set_gauges([&] { return Gauges(running, verifier); });
  Handlers handlers;
  handlers.Add(settings, inner_key, std::move(*signing),
               {.party = {settings.service.relying_party, bundle->digest()},
                .api_key = inner_key,
                .proxy = settings.service.proxy},
               storage->get(), std::move(files), service->get(), log);
  auto server = HttpServer::Start(settings.http, handlers.first);
  settings.http.key_pem = {};
  if (!server.ok()) return Fail(server.error());
  running = server->get();
  const Tidying tidying(storage->get(), settings.audit_days);
  LogEvent("started", {{"listen", settings.http.listen},
                       {"port", (*server)->port()},
                       {"relying_party", settings.service.relying_party},
                       {"workers", settings.http.workers}});
  int caught = 0;
  sigwait(&signals, &caught);
  LogEvent("stopping", {{"signal", caught}});
  (*server)->Stop(std::chrono::seconds(settings.stop_s));
  LogEvent("stopped", nlohmann::ordered_json::object());
  return 0;
}

}  // namespace
}  // namespace voizk::serve

int main(int argc, char** argv) {
  using namespace voizk::serve;
  try {
    auto read = ReadSettings(argc, argv);
    if (const int* code = std::get_if<int>(&read)) return *code;
    return Serve(std::move(std::get<Settings>(read)));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "voizk serve: %s\n", error.what());
    return kExitUsage;
  }
}
