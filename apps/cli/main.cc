// voizk: a thin shell over include/voizk (bench and eval excepted); every command is one file
// beside this one.
#include <sys/prctl.h>
#include <sys/resource.h>

#include <exception>
#include <new>
#include <string_view>
#include <system_error>

#include "common.h"
#include "interrupt.h"
#include "usage.h"

namespace voizk::cli {
namespace {

/// Templates, salts and recordings shall not end up in a core dump, nor be read by the user's other
/// processes (ptrace, /proc/self/mem).
void KeepMemoryPrivate() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/// Looked for before the rest is understood: an error in it is an object too.
bool WantsJson(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--") return false;
    if (word == "--json") return true;
  }
  return false;
}

void AddCommands(CLI::App* app, Context* context) {
  app->require_subcommand(1);
  app->fallthrough();
  app->set_help_flag("-h,--help", "Print this and exit");
  app->set_version_flag("--version", [] { return std::string(); });
  app->add_flag("--json", context->json, "Print one JSON object (docs/json)");
  app->add_flag("--quiet", context->quiet, "No progress bars");
  app->add_option("--threads", context->threads, "Threads to work with (default: all cores)")
      ->check(CLI::Range(1, 256));
  app->add_option("--bundle", context->bundle_folder,
                  "Folder of the model bundle (default: the one built in)");
  app->add_option("--trust-bundle", context->trust_bundle,
                  "Trust the bundle of this digest with your voice, from now on");
  app->footer(
      "Every command takes --json, --quiet, --threads N, --bundle FOLDER.\n"
      "A file named - is standard input or standard output.\n"
      "VOIZK_HOME: where credentials are kept (default: ~/.local/share/voizk).\n"
      "Exit code: 0 done, accepted; 1 proof rejected, challenge expired or used; 2 usage, files,\n"
      "devices, memory, SIGTERM or SIGHUP (Ctrl-C: 130); 3 the recording is refused here, nothing "
      "was sent.\n"
      "voizk help COMMAND says more.");
  AddRecord(app, context);
  AddEnrol(app, context);
  AddRegister(app, context);
  AddCredentials(app, context);
  AddChallenge(app, context);
  AddLogin(app, context);
  AddProve(app, context);
  AddState(app, context);
  AddVerify(app, context);
  AddServe(app, context);
  AddInspect(app, context);
  AddRelation(app, context);
  AddFeatures(app, context);
  AddModel(app, context);
  AddBundle(app, context);
  AddEval(app, context);
  AddBench(app, context);
  AddDoctor(app, context);
  CheckEveryValue(app);
}

int Run(int argc, const char* const* argv, bool json) {
  CLI::App app{"voizk: a voice login that gives nothing away and can be checked by anyone",
               "voizk"};
  Context context;
  context.json = json;
  AddCommands(&app, &context);
  const int code = RunCommandLine(&app, &context, argc, argv);
  return code == kExitOk && context.output_failed ? kExitUsage : code;
}

}  // namespace
}  // namespace voizk::cli

int main(int argc, char** argv) {
  using namespace voizk::cli;
  KeepMemoryPrivate();
  KeepStandardDescriptors();
  const bool json = WantsJson(argc, argv);
  WatchSignals(json);
  try {
    if (argc > 1 && std::string_view(argv[1]) == "serve") return RunServe(argc, argv);
    return Run(argc, argv, json);
  } catch (const std::bad_alloc&) {
    return ReportPlainly(json, "out_of_memory", "out of memory");
  } catch (const std::system_error& error) {
    const bool short_of = error.code() == std::errc::resource_unavailable_try_again ||
                          error.code() == std::errc::not_enough_memory;
    return short_of
               ? ReportPlainly(json, "out_of_memory", "the system has no more threads or memory")
               : ReportPlainly(json, "internal", "an exception that no command expects");
  } catch (const std::exception&) {
    return ReportPlainly(json, "internal", "an exception that no command expects");
  }
}
