// voizk: a thin shell over include/voizk (bench excepted); every command is one file beside this
// one.
#include <fmt/format.h>
#include <sys/resource.h>

#include <exception>

#include "common.h"

namespace {

/// Templates, salts and recordings shall not end up in a core dump.
void ForbidCoreDumps() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
}

}  // namespace

int main(int argc, char** argv) {
  ForbidCoreDumps();
  CLI::App app{"voizk: a voice login that gives nothing away and can be checked by anyone"};
  voizk::cli::Context context;
  app.require_subcommand(1);
  app.fallthrough();
  app.add_flag("--json", context.json, "Print one JSON object (docs/json)");
  app.add_flag("--quiet", context.quiet, "No progress bars");
  app.add_option("--threads", context.threads, "Threads to work with (default: all cores)")
      ->check(CLI::Range(1, 256));
  app.add_option("--bundle", context.bundle_folder,
                 "Folder of the model bundle (default: the one built in)");
  voizk::cli::AddRecord(&app, &context);
  voizk::cli::AddEnrol(&app, &context);
  voizk::cli::AddCredentials(&app, &context);
  voizk::cli::AddChallenge(&app, &context);
  voizk::cli::AddLogin(&app, &context);
  voizk::cli::AddProve(&app, &context);
  voizk::cli::AddVerify(&app, &context);
  voizk::cli::AddInspect(&app, &context);
  voizk::cli::AddFeatures(&app, &context);
  voizk::cli::AddBench(&app, &context);
  voizk::cli::AddDoctor(&app, &context);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? voizk::cli::kExitOk : voizk::cli::kExitUsage;
  } catch (const std::exception& error) {  // out of memory, as a rule
    fmt::print(stderr, "voizk: {}\n", error.what());
    return voizk::cli::kExitUsage;
  }
  return context.exit_code;
}
