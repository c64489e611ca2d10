// What the commands share: exit codes, options, files in and out, JSON and progress.
#ifndef VOIZK_CLI_COMMON_H_
#define VOIZK_CLI_COMMON_H_

#include <CLI/CLI.hpp>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "voizk/audio.h"
#include "voizk/bundle.h"
#include "voizk/login.h"
#include "voizk/result.h"

namespace voizk::cli {

/// Exit codes of every command (README).
enum ExitCode : int {
  kExitOk = 0,
  kExitRejected = 1,  // verify: the proof, or an expired or used challenge
  kExitUsage = 2,     // usage, unreadable or damaged files, devices
  kExitRefused = 3,   // prove, login, enrol: the recording is refused locally
};

/// State of one run: options common to all commands, and the exit code to return.
struct Context {
  bool json = false;
  bool quiet = false;
  int threads = 0;  // 0: all cores
  std::string bundle_folder;
  int exit_code = kExitOk;

  int Threads() const;
  WorkOptions Work() const;  // threads and a progress bar on stderr, if that is a terminal
  Result<Bundle> LoadBundle() const;
};

/// Prints the error (stderr, or {"error": ..} on stdout with --json) and returns the exit code that
/// belongs to it: kExitRejected for rejections of a proof or challenge, else kExitUsage.
int ReportError(const Context& context, const Error& error);
int ReportRefusal(const Context& context, Refusal refusal);
/// Prints `human` or, with --json, `json`.
void Print(const Context& context, const nlohmann::ordered_json& json, const std::string& human);

/// Whole file, at most `limit` bytes.  kNotFound, kIo, kLimitExceeded, kInvalidArgument (no file).
Result<std::vector<uint8_t>> ReadFile(const std::string& path, size_t limit);
/// Replaces `path` by the bytes (temporary file beside it, then rename; pipes and devices are
/// written to).  Public data only.
Status WriteFile(const std::string& path, std::span<const uint8_t> bytes);
Status WriteFile(const std::string& path, std::string_view text);

std::string Hex(std::span<const uint8_t> bytes);
/// Seconds since the epoch.
int64_t NowUnixSeconds();
/// $VOIZK_HOME or ~/.local/share/voizk, with a subfolder.
std::string DataFolder(const std::string& sub);
/// Digits from the text of --phrase.
Result<std::vector<uint8_t>> ParsePhrase(const std::string& text);
/// Peak resident memory of this process in bytes.
uint64_t PeakMemoryBytes();
std::string HumanBytes(uint64_t bytes);

/// Decodes a recording to the bundle's rate.
Result<PcmBuffer> LoadRecording(const Bundle& bundle, const std::string& path,
                                std::optional<int> raw_rate_hz, double max_seconds);

/// One bar on stderr; nothing where stderr is no terminal.
class ProgressBar {
 public:
  void Update(const char* stage, double fraction);
  void Finish();

 private:
  std::string stage_;
  int shown_ = -1;
};

/// Name for --json ("too_short", "wrong_words", ...).
const char* Name(Refusal refusal);
const char* Name(ErrorCode code);

// One function per command; each adds its subcommand and sets context->exit_code when it runs.
void AddRecord(CLI::App* app, Context* context);
void AddEnrol(CLI::App* app, Context* context);
void AddCredentials(CLI::App* app, Context* context);
void AddChallenge(CLI::App* app, Context* context);
void AddLogin(CLI::App* app, Context* context);
void AddProve(CLI::App* app, Context* context);
void AddVerify(CLI::App* app, Context* context);
void AddInspect(CLI::App* app, Context* context);
void AddFeatures(CLI::App* app, Context* context);
void AddBench(CLI::App* app, Context* context);
void AddDoctor(CLI::App* app, Context* context);

}  // namespace voizk::cli

#endif  // VOIZK_CLI_COMMON_H_
