#include "settings.h"

#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <span>
#include <thread>

#include "base/files.h"
#include "proof/protocol/container.h"
#include "voizk/secure.h"
#include "voizk/verify.h"
#include "voizk_commit.h"
#include "voizk_version.h"

namespace voizk::serve {
namespace {

constexpr size_t kMaxFileBytes = 1 << 20;
constexpr int kExitUsage = 2;

/// Paths and keys that become contents.
struct Raw {
  std::string key_file;
  std::string certificate_file;
  std::string tls_key_file;
  std::string oidc_file;
  int64_t idle_s = 30;
  int64_t request_s = 60;
};

std::string Version() {
  const std::string commit = VOIZK_COMMIT;
  return std::string("voizk serve ") + VOIZK_VERSION + (commit.empty() ? "" : " (" + commit + ")") +
         "\nsuites " + std::string(kLoginSuite) + ", " + std::string(kProofSuite);
}

std::string Variable(std::string name) {
  for (char& c : name) c = c == '-' ? '_' : static_cast<char>(std::toupper(c));
  return "VOIZK_SERVE_" + name;
}

/// One name for all three places: --open-logins, open-logins=, VOIZK_SERVE_OPEN_LOGINS.
template <typename T>
CLI::Option* Add(CLI::App* app, const std::string& name, T* value, const std::string& help) {
  return app->add_option("--" + name, *value, help)->envname(Variable(name))->capture_default_str();
}

void AddThrottle(CLI::App* app, Throttle* t) {
  // The ranges are NIST SP 800-63B-4's for a biometric without detection of presentation attacks.
  Add(app, "free-failures", &t->free_failures, "Failures in a row until delays begin")
      ->check(CLI::Range(1, 5));
  Add(app, "first-delay", &t->first_delay_s, "Seconds of the first delay; each is twice the last")
      ->check(CLI::Range(30, 86'400));
  Add(app, "longest-delay", &t->longest_delay_s, "Seconds of the longest delay")
      ->check(CLI::Range(30, 86'400));
  Add(app, "most-failures", &t->most_failures, "Failures in a row until the account is locked")
      ->check(CLI::Range(1, 50));
  Add(app, "address-failures", &t->address_failures, "Failures of one address within an hour")
      ->check(CLI::Range(1, 1'000'000));
  Add(app, "open-logins", &t->open_logins, "Challenges of one account that wait for an answer")
      ->check(CLI::Range(1, 1'000));
}

void AddService(CLI::App* app, Settings* s, Raw* raw) {
  Add(app, "rp", &s->service.relying_party, "Relying party, e.g. bank.example")->required();
  Add(app, "database", &s->database, "SQLite file, or postgresql://.. or host=.. for PostgreSQL");
  Add(app, "api-key-file", &raw->key_file,
      "File of the back end's API keys, one a line, mode 0600");
  Add(app, "digits", &s->service.digits, "Length of a phrase")
      ->check(CLI::Range(kMinPhraseDigits, kMaxPhraseDigits));
  Add(app, "challenge-lifetime", &s->service.challenge_s, "Seconds until a challenge expires")
      ->check(CLI::Range(int64_t{10}, kMaxChallengeSeconds));
  Add(app, "registration-lifetime", &s->service.registration_s,
      "Seconds until a registration that was begun expires")
      ->check(CLI::Range(int64_t{10}, kMaxChallengeSeconds));
  app->add_flag("--require-device-key", s->service.require_device_key,
                "Register no credential without a device key")
      ->envname(Variable("require-device-key"));
  Add(app, "enrolment", &s->service.enrolment,
      "Recordings that a registration's proof of enrolment has at least, 2 to 8; 0: none is asked "
      "for")
      ->check(CLI::IsMember({0, 2, 3, 4, 5, 6, 7, 8}));
  app->add_option("--origin", s->service.origins,
                  "Origin whose pages may call, e.g. https://bank.example; several are allowed")
      ->envname(Variable("origin"));
  Add(app, "proxy", &s->service.proxy, "Address of the proxy whose X-Forwarded-For is believed");
  Add(app, "bundle", &s->bundle_folder, "Folder of the model bundle (default: the one built in)");
  Add(app, "page", &s->page_folder, "Folder of the page (tools/build-web-page), served under /");
  app->add_flag("--demo", s->demo,
                "A back end for trying the page out, which believes everybody: loopback only")
      ->envname(Variable("demo"));
  Add(app, "oidc", &raw->oidc_file, "JSON file: be an OpenID provider too (docs/oidc.md)");
  Add(app, "audit-days", &s->audit_days, "Days that the audit log is kept; 0: for ever")
      ->check(CLI::Range(0, 36'500));
  Add(app, "cache-mb", &s->cache_mb, "Room for certified relations")->check(CLI::Range(0, 65'536));
}

void AddHttp(CLI::App* app, Settings* s, Raw* raw) {
  Add(app, "listen", &s->http.listen, "Address by numbers and port; port 0: any");
  Add(app, "tls-certificate", &raw->certificate_file, "PEM file of the certificate chain");
  Add(app, "tls-key", &raw->tls_key_file, "PEM file of its key, mode 0600");
  s->http.workers = std::max(2u, std::thread::hardware_concurrency());
  Add(app, "workers", &s->http.workers, "Threads that verify and talk to the database")
      ->check(CLI::Range(1, 256));
  Add(app, "max-waiting", &s->http.max_waiting, "Requests that may wait for a worker")
      ->check(CLI::Range(1, 65'536));
  Add(app, "max-connections", &s->http.max_connections, "Connections at a time")
      ->check(CLI::Range(1, 1'000'000));
  Add(app, "connections-per-address", &s->http.connections_per_address,
      "Connections of one address at a time; 0: no limit")
      ->check(CLI::Range(0, 1'000'000));
  Add(app, "idle-time", &raw->idle_s, "Seconds until an idle connection is closed")
      ->check(CLI::Range(1, 3'600));
  Add(app, "request-time", &raw->request_s, "Seconds for a head, for a body, for an answer")
      ->check(CLI::Range(1, 3'600));
  Add(app, "stop-time", &s->stop_s, "Seconds that SIGTERM waits for what was begun")
      ->check(CLI::Range(0, 3'600));
  app->add_flag("--log-requests,!--no-log-requests", s->log_requests,
                "One line for each request (default)")
      ->envname(Variable("log-requests"));
}

/// A file of secrets that others can read is refused.
Result<SecureVector<char>> ReadSecret(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) == 0 && (info.st_mode & 077) != 0) {
    return {ErrorCode::kInvalidArgument, path + ": others may read it: chmod 600 " + path};
  }
  VOIZK_ASSIGN_OR_RETURN(std::vector<uint8_t> bytes, ReadSmallFile(path, kMaxFileBytes));
  SecureVector<char> secret(bytes.begin(), bytes.end());
  Zeroise(std::span(bytes));
  return secret;
}

/// Of the environment and of no flag, which other users see, nor of the configuration file, which
/// may be read by others.  The variable is overwritten.
void TakeKeyVariable(std::vector<SecureVector<char>>* keys) {
  const std::string name = Variable("api-key");
  char* const value = std::getenv(name.c_str());
  if (value == nullptr) return;
  const std::span<char> text(value, std::strlen(value));
  if (!text.empty()) keys->emplace_back(text.begin(), text.end());
  Zeroise(text);
  unsetenv(name.c_str());
}

Status ReadKeys(const Raw& raw, std::vector<SecureVector<char>>* keys) {
  TakeKeyVariable(keys);
  if (raw.key_file.empty()) return {};
  VOIZK_ASSIGN_OR_RETURN(const SecureVector<char> text, ReadSecret(raw.key_file));
  for (auto at = text.begin(); at != text.end();) {
    const auto end = std::find(at, text.end(), '\n');
    if (end != at) keys->emplace_back(at, end);
    at = end == text.end() ? end : end + 1;
  }
  return {};
}

/// The demonstration's own, for this run; it recognises nobody, so nobody else may reach it.
Status AllowDemo(const Settings& settings) {
  const std::string& listen = settings.http.listen;
  if (settings.page_folder.empty()) {
    return {ErrorCode::kInvalidArgument, "--demo is the back end of a page: name it by --page"};
  }
  if (!listen.starts_with("127.") && !listen.starts_with("[::1]:")) {
    return {ErrorCode::kInvalidArgument,
            listen + ": --demo believes whoever registers, and listens on loopback only"};
  }
  if (!settings.service.proxy.empty() || !settings.service.origins.empty()) {
    return {ErrorCode::kInvalidArgument,
            "--demo believes whoever registers: neither --proxy nor --origin goes with it"};
  }
  return {};
}

/// The key file's name is relative to the configuration that names it.
Status ReadOidc(const std::string& path, Settings* settings) {
  if (path.empty()) return {};
  VOIZK_ASSIGN_OR_RETURN(const auto text, ReadSmallFile(path, kMaxFileBytes));
  VOIZK_ASSIGN_OR_RETURN(
      settings->oidc, ParseOidcOptions({reinterpret_cast<const char*>(text.data()), text.size()}));
  const auto keys = std::filesystem::path(path).parent_path() / settings->oidc->key_file;
  VOIZK_ASSIGN_OR_RETURN(settings->oidc_keys_pem, ReadSecret(keys.string()));
  return {};
}

Status ReadFiles(const Raw& raw, Settings* settings) {
  if (settings->demo) VOIZK_RETURN_IF_ERROR(AllowDemo(*settings));
  VOIZK_RETURN_IF_ERROR(ReadKeys(raw, &settings->service.api_keys));
  if (!raw.certificate_file.empty()) {
    VOIZK_ASSIGN_OR_RETURN(const auto pem, ReadSmallFile(raw.certificate_file, kMaxFileBytes));
    settings->http.certificate_pem.assign(pem.begin(), pem.end());
  }
  if (!raw.tls_key_file.empty()) {
    VOIZK_ASSIGN_OR_RETURN(settings->http.key_pem, ReadSecret(raw.tls_key_file));
  }
  VOIZK_RETURN_IF_ERROR(ReadOidc(raw.oidc_file, settings));
  settings->http.idle_time = std::chrono::seconds(raw.idle_s);
  settings->http.request_time = std::chrono::seconds(raw.request_s);
  return {};
}

}  // namespace

std::variant<Settings, int> ReadSettings(int argc, const char* const* argv) {
  CLI::App app{"The relying party's service: challenges, credentials, verification", "voizk serve"};
  Settings settings;
  Raw raw;
  app.set_version_flag("--version", Version());
  app.set_config("--config", "", "Configuration file, TOML: names as the flags', without dashes")
      ->envname(Variable("config"));
  app.allow_config_extras(CLI::config_extras_mode::error);
  app.footer(
      "Each setting is a flag (--open-logins 3), a line of the configuration file\n"
      "(open-logins = 3) or a variable (VOIZK_SERVE_OPEN_LOGINS=3); flags go before the file,\n"
      "the file before variables.  One API key may be in VOIZK_SERVE_API_KEY, and in no flag or\n"
      "configuration file.\n"
      "docs/relying-party.md says how to begin, docs/operating.md how to keep it running.");
  AddService(&app, &settings, &raw);
  AddHttp(&app, &settings, &raw);
  AddThrottle(&app, &settings.throttle);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitUsage;
  }
  if (const Status read = ReadFiles(raw, &settings); !read.ok()) {
    std::fprintf(stderr, "voizk serve: %s\n", read.error().message.c_str());
    return kExitUsage;
  }
  return settings;
}

}  // namespace voizk::serve
