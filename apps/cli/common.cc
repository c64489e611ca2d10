#include "common.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <thread>
#include <utility>

namespace voizk::cli {

int Context::Threads() const {
  if (threads > 0) return threads;
  const unsigned cores = std::thread::hardware_concurrency();
  return cores == 0 ? 1 : static_cast<int>(cores);
}

WorkOptions Context::Work() const {
  WorkOptions options;
  options.threads = Threads();
  if (!quiet && isatty(STDERR_FILENO) == 1) {
    auto bar = std::make_shared<ProgressBar>();
    options.progress = [bar](const char* stage, double fraction) { bar->Update(stage, fraction); };
  }
  return options;
}

Result<Bundle> Context::LoadBundle() const {
  return bundle_folder.empty() ? Bundle::Default() : Bundle::Load(bundle_folder);
}

int ReportError(const Context& context, const Error& error) {
  if (context.json) {
    nlohmann::ordered_json json = {{"error", Name(error.code)}, {"message", error.message}};
    if (error.rejection) json["check"] = Name(error.rejection->check);
    fmt::print("{}\n", json.dump(2));
  } else {
    fmt::print(stderr, "voizk: {}\n", error.message);
  }
  switch (error.code) {
    case ErrorCode::kProofMalformed:
    case ErrorCode::kProofRejected:
    case ErrorCode::kChallengeExpired:
    case ErrorCode::kChallengeUsed:
      return kExitRejected;
    case ErrorCode::kRefused:
      return kExitRefused;
    default:
      return kExitUsage;
  }
}

int ReportRefusal(const Context& context, Refusal refusal) {
  if (context.json) {
    const nlohmann::ordered_json json = {{"refused", Name(refusal)},
                                         {"message", RefusalText(refusal)}};
    fmt::print("{}\n", json.dump(2));
  } else {
    fmt::print(stderr, "voizk: refused here, nothing was sent: {}\n", RefusalText(refusal));
  }
  return kExitRefused;
}

void Print(const Context& context, const nlohmann::ordered_json& json, const std::string& human) {
  if (context.json) {
    fmt::print("{}\n", json.dump(2));
  } else if (!human.empty()) {
    fmt::print("{}\n", human);
  }
}

namespace {

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, FileCloser>;

}  // namespace

Result<std::vector<uint8_t>> ReadFile(const std::string& path, size_t limit) {
  const File file(std::fopen(path.c_str(), "rb"));
  if (file == nullptr) {
    return Error{errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
                 fmt::format("{}: {}", path, std::strerror(errno))};
  }
  struct stat info {};
  if (fstat(fileno(file.get()), &info) != 0 || S_ISDIR(info.st_mode)) {
    return Error{ErrorCode::kInvalidArgument, fmt::format("{}: not a file", path)};
  }
  std::vector<uint8_t> bytes;
  uint8_t block[65536];
  for (size_t n = 0; (n = std::fread(block, 1, sizeof block, file.get())) > 0;) {
    if (bytes.size() + n > limit) {
      return Error{ErrorCode::kLimitExceeded, fmt::format("{}: over {} bytes", path, limit)};
    }
    bytes.insert(bytes.end(), block, block + n);
  }
  if (std::ferror(file.get()) != 0) {
    return Error{ErrorCode::kIo, fmt::format("{}: read error", path)};
  }
  return bytes;
}

Status WriteFile(const std::string& path, std::span<const uint8_t> bytes) {
  const auto fail = [&path] {
    return Status(ErrorCode::kIo, fmt::format("{}: {}", path, std::strerror(errno)));
  };
  if (path == "-") {
    return std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size() ? Status() : fail();
  }
  struct stat info {};
  if (stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {  // a pipe or device: no renaming
    const File file(std::fopen(path.c_str(), "wb"));
    const bool written = file != nullptr &&
                         std::fwrite(bytes.data(), 1, bytes.size(), file.get()) == bytes.size() &&
                         std::fflush(file.get()) == 0;
    return written ? Status() : fail();
  }
  std::string temporary = path + ".XXXXXX";
  const int fd = mkstemp(temporary.data());
  if (fd < 0) return fail();
  const File file(fdopen(fd, "wb"));
  const bool written = file != nullptr &&
                       std::fwrite(bytes.data(), 1, bytes.size(), file.get()) == bytes.size() &&
                       std::fflush(file.get()) == 0 && fchmod(fd, 0644) == 0 && fsync(fd) == 0 &&
                       std::rename(temporary.c_str(), path.c_str()) == 0;
  if (written) return {};
  const Status status = fail();
  unlink(temporary.c_str());
  return status;
}

Status WriteFile(const std::string& path, std::string_view text) {
  return WriteFile(path, std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
}

std::string Hex(std::span<const uint8_t> bytes) {
  std::string text;
  for (const uint8_t byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

int64_t NowUnixSeconds() { return static_cast<int64_t>(std::time(nullptr)); }

std::string DataFolder(const std::string& sub) {
  if (const char* home = std::getenv("VOIZK_HOME"); home != nullptr && *home != '\0') {
    return std::string(home) + "/" + sub;
  }
  const char* home = std::getenv("HOME");
  return std::string(home == nullptr ? "." : home) + "/.local/share/voizk/" + sub;
}

Result<std::vector<uint8_t>> ParsePhrase(const std::string& text) {
  std::vector<uint8_t> digits;
  for (const char c : text) {
    if (c == ' ') continue;
    if (c < '0' || c > '9') {
      return Error{ErrorCode::kInvalidArgument, "--phrase takes digits only"};
    }
    digits.push_back(static_cast<uint8_t>(c - '0'));
  }
  return digits;
}

uint64_t PeakMemoryBytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<uint64_t>(usage.ru_maxrss) * 1024;
}

std::string HumanBytes(uint64_t bytes) {
  if (bytes < 10'000) return fmt::format("{} B", bytes);
  if (bytes < 10'000'000) return fmt::format("{:.1f} kB", static_cast<double>(bytes) / 1e3);
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

Result<PcmBuffer> LoadRecording(const Bundle& bundle, const std::string& path,
                                std::optional<int> raw_rate_hz, double max_seconds) {
  DecodeOptions options;
  options.target_rate_hz = bundle.sample_rate_hz();
  options.raw_rate_hz = raw_rate_hz;
  options.limits.max_seconds = max_seconds;
  return DecodeFile(path, options);
}

void ProgressBar::Update(const char* stage, double fraction) {
  constexpr int kWidth = 30;
  const int filled = static_cast<int>(fraction * kWidth);
  if (stage == stage_ && filled == shown_) return;
  stage_ = stage;
  shown_ = filled;
  fmt::print(stderr, "\r\x1b[K{:<12} [{:#<{}}{:.<{}}]", stage, "", filled, "", kWidth - filled);
  if (fraction >= 1.0) Finish();
  std::fflush(stderr);
}

void ProgressBar::Finish() {
  if (shown_ >= 0) fmt::print(stderr, "\r\x1b[K");
  shown_ = -1;
}

const char* Name(Refusal refusal) {
  switch (refusal) {
    case Refusal::kNone:
      return "none";
    case Refusal::kTooShort:
      return "too_short";
    case Refusal::kTooLong:
      return "too_long";
    case Refusal::kSilent:
      return "silent";
    case Refusal::kClipped:
      return "clipped";
    case Refusal::kNoisy:
      return "noisy";
    case Refusal::kWrongWords:
      return "wrong_words";
    case Refusal::kNotThisVoice:
      return "not_this_voice";
    case Refusal::kUnusual:
      return "unusual";
  }
  return "unknown";
}

const char* Name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "invalid_argument";
    case ErrorCode::kNotFound:
      return "not_found";
    case ErrorCode::kIo:
      return "io";
    case ErrorCode::kMalformed:
      return "malformed";
    case ErrorCode::kUnsupported:
      return "unsupported";
    case ErrorCode::kLimitExceeded:
      return "limit_exceeded";
    case ErrorCode::kProofMalformed:
      return "proof_malformed";
    case ErrorCode::kProofRejected:
      return "proof_rejected";
    case ErrorCode::kChallengeExpired:
      return "challenge_expired";
    case ErrorCode::kChallengeUsed:
      return "challenge_used";
    case ErrorCode::kRefused:
      return "refused";
    case ErrorCode::kWrongPassphrase:
      return "wrong_passphrase";
    case ErrorCode::kInternal:
      return "internal";
  }
  return "unknown";
}

}  // namespace voizk::cli
