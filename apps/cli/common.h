// What the commands share: options, JSON, errors, names.  Files are in files.h, progress in
// progress.h.
#ifndef VOIZK_CLI_COMMON_H_
#define VOIZK_CLI_COMMON_H_

#include <CLI/CLI.hpp>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exit_code.h"
#include "files.h"
#include "progress.h"
#include "voizk/audio.h"
#include "voizk/bundle.h"
#include "voizk/login.h"
#include "voizk/result.h"

namespace voizk::cli {

/// State of one run: options common to all commands, and the exit code to return.
struct Context {
  bool json = false;
  bool quiet = false;
  int threads = 0;  // 0: all cores
  std::string bundle_folder;
  std::string trust_bundle;  // --trust-bundle: 64 hex digits, or empty
  int exit_code = kExitOk;
  mutable bool output_failed = false;  // standard output took not all that was printed

  int Threads() const;
  WorkOptions Work() const;  // threads and a progress bar on stderr, if that is a terminal
  Result<Bundle> LoadBundle() const;
};

/// Prints the error (stderr, or {"error": ..} on stdout with --json) and returns the exit code that
/// belongs to it: kExitRejected for rejections of a proof or challenge, else kExitUsage.  `bound`:
/// what a proof that is rejected may have been made for another of.
int ReportError(const Context& context, const Error& error,
                const char* bound = "challenge, credential, bundle or relation");
int ReportRefusal(const Context& context, Refusal refusal);
/// Prints `human` or, with --json, `json`.  A standard output that cannot be written makes the exit
/// code kExitUsage.
void Print(const Context& context, const nlohmann::ordered_json& json, const std::string& human);

/// The result of parsing what `path` holds; an error names it, once.
template <typename T>
Result<T> Naming(const std::string& path, Result<T> parsed) {
  if (parsed.ok() || parsed.error().message.starts_with(path + ":")) return parsed;
  return Error{parsed.error().code, path + ": " + parsed.error().message, parsed.error().rejection};
}

/// The same about a command that writes the file `out`: where that is "-", standard output holds
/// the file and nothing else, and `human` goes to stderr.
void PrintBeside(const Context& context, const std::string& out, const nlohmann::ordered_json& json,
                 const std::string& human);
/// CheckFiles (files.h) with the bundle's files among the inputs.  kInvalidArgument too: an output
/// is "-", --json wants standard output for its object, and the output is none (`object` is false).
Status CheckFiles(const Context& context, FilePlan plan, bool object = false);

/// What a terminal would obey, what turns the text round and what does not show (IsVisibleUtf8)
/// becomes '?', as does what is no UTF-8: names in files of others hold any.
std::string Printable(std::string_view text);
std::string Hex(std::span<const uint8_t> bytes);
/// "2026-11-25T14:30:00Z"; "?" where the year has not four digits.
std::string UtcDate(int64_t unix_s);
/// Digits from the text of --phrase.
Result<std::vector<uint8_t>> ParsePhrase(const std::string& text);
/// Peak resident memory of this process in bytes.
uint64_t PeakMemoryBytes();
std::string HumanBytes(uint64_t bytes);

/// Decodes a recording (a file, a pipe or "-") to this rate.
Result<PcmBuffer> LoadRecording(int rate_hz, const std::string& path,
                                std::optional<int> raw_rate_hz, double max_seconds);
/// To the bundle's rate.
Result<PcmBuffer> LoadRecording(const Bundle& bundle, const std::string& path,
                                std::optional<int> raw_rate_hz, double max_seconds);

/// Names for --json.
inline const char* Name(Refusal refusal) { return RefusalName(refusal); }
const char* Name(ErrorCode code);

// One function per command; each adds its subcommand and sets context->exit_code when it runs.
void AddRecord(CLI::App* app, Context* context);
void AddEnrol(CLI::App* app, Context* context);
void AddRegister(CLI::App* app, Context* context);
void AddCredentials(CLI::App* app, Context* context);
void AddChallenge(CLI::App* app, Context* context);
void AddLogin(CLI::App* app, Context* context);
void AddProve(CLI::App* app, Context* context);
void AddState(CLI::App* app, Context* context);
void AddServe(CLI::App* app, Context* context);
void AddVerify(CLI::App* app, Context* context);
void AddInspect(CLI::App* app, Context* context);
void AddBundle(CLI::App* app, Context* context);
void AddRelation(CLI::App* app, Context* context);
void AddFeatures(CLI::App* app, Context* context);
void AddModel(CLI::App* app, Context* context);
void AddEval(CLI::App* app, Context* context);
void AddBench(CLI::App* app, Context* context);
void AddDoctor(CLI::App* app, Context* context);

/// `voizk serve ..`: becomes the service, which reads what follows itself; returns an exit code if
/// that cannot be.
int RunServe(int argc, char** argv);

}  // namespace voizk::cli

#endif  // VOIZK_CLI_COMMON_H_
