#include "common.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <memory>
#include <thread>
#include <utility>

#include "interrupt.h"
#include "login/store/text.h"

namespace voizk::cli {

int Context::Threads() const {
  if (threads > 0) return threads;
  const unsigned cores = std::thread::hardware_concurrency();
  return cores == 0 ? 1 : static_cast<int>(cores);
}

WorkOptions Context::Work() const {
  WorkOptions options;
  options.threads = Threads();
  if (ProgressShown(*this)) {
    auto bar = std::make_shared<ProgressBar>();
    options.progress = [bar](const char* stage, double fraction) { bar->Update(stage, fraction); };
  }
  return options;
}

Result<Bundle> Context::LoadBundle() const {
  return bundle_folder.empty() ? Bundle::Default() : Bundle::Load(bundle_folder);
}

namespace {

/// Names of files need not be UTF-8; what is no character is replaced.
std::string Text(const nlohmann::ordered_json& json) {
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

void ToStandardOutput(const Context& context, const std::string& text) {
  if (const Status status = WriteOut(text); !status.ok()) {
    context.output_failed = true;
    WriteErr(fmt::format("voizk: {}\n", status.error().message));
  }
}

}  // namespace

int ReportError(const Context& context, const Error& error, const char* bound) {
  if (context.json) {
    nlohmann::ordered_json json = {{"error", Name(error.code)}, {"message", error.message}};
    if (error.rejection) json["check"] = Name(error.rejection->check);
    ToStandardOutput(context, Text(json));
  } else if (error.code == ErrorCode::kProofRejected) {
    // What the verifier says names the check that failed, which tells a person little.
    WriteErr(
        fmt::format("voizk: rejected: the proof was made for another {}, or it was altered ({})\n",
                    bound, Printable(error.message)));
  } else {
    WriteErr(fmt::format("voizk: {}\n", Printable(error.message)));
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
    ToStandardOutput(context,
                     Text({{"refused", Name(refusal)}, {"message", RefusalText(refusal)}}));
  } else {
    WriteErr(fmt::format("voizk: refused here, nothing was sent: {}\n", RefusalText(refusal)));
  }
  return kExitRefused;
}

void Print(const Context& context, const nlohmann::ordered_json& json, const std::string& human) {
  if (context.json) {
    ToStandardOutput(context, Text(json));
    IgnoreSignals();
  } else if (!human.empty()) {
    ToStandardOutput(context, human + "\n");
  }
}

void PrintBeside(const Context& context, const std::string& out, const nlohmann::ordered_json& json,
                 const std::string& human) {
  if (out != "-") return Print(context, json, human);
  if (!context.json) WriteErr(fmt::format("{}\n", human));
}

Status CheckFiles(const Context& context, FilePlan plan, bool object) {
  if (context.json && !object && std::ranges::count(plan.outputs, "-") > 0) {
    return {ErrorCode::kInvalidArgument, "--out - and --json both want standard output"};
  }
  plan.folders.push_back(context.bundle_folder);
  return CheckFiles(plan);
}

std::string Printable(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const auto lead = static_cast<unsigned char>(text[0]);
    const size_t most = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    size_t length = 1;  // of a character, with the bytes that only continue one
    while (length < std::min(most, text.size()) && (text[length] & 0xC0) == 0x80) ++length;
    const std::string_view character = text.substr(0, length);
    shown += IsVisibleUtf8(character) ? character : "?";
    text.remove_prefix(length);
  }
  return shown;
}

std::string Hex(std::span<const uint8_t> bytes) {
  std::string text;
  for (const uint8_t byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

std::string UtcDate(int64_t unix_s) {
  const std::time_t time = unix_s;
  std::tm utc{};
  char text[32];
  if (gmtime_r(&time, &utc) == nullptr || utc.tm_year < -900 || utc.tm_year >= 8100) return "?";
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc)};
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

Result<PcmBuffer> LoadRecording(int rate_hz, const std::string& path,
                                std::optional<int> raw_rate_hz, double max_seconds) {
  DecodeOptions options;
  options.target_rate_hz = rate_hz;
  options.raw_rate_hz = raw_rate_hz;
  options.limits.max_seconds = max_seconds;
  std::error_code absent;
  if (path != "-" && !std::filesystem::is_fifo(path, absent)) return DecodeFile(path, options);
  VOIZK_ASSIGN_OR_RETURN(const auto bytes,
                         ReadSecretFile(path, static_cast<size_t>(options.limits.max_bytes)));
  return DecodeMemory(bytes, options);
}

Result<PcmBuffer> LoadRecording(const Bundle& bundle, const std::string& path,
                                std::optional<int> raw_rate_hz, double max_seconds) {
  return LoadRecording(bundle.sample_rate_hz(), path, raw_rate_hz, max_seconds);
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
    case ErrorCode::kOutOfMemory:
      return "out_of_memory";
  }
  return "unknown";
}

}  // namespace voizk::cli
