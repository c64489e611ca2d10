// voizk state: the relying party's memory of used challenges, made once and by this command alone.
#include <fmt/format.h>

#include <memory>

#include "common.h"
#include "voizk/challenge.h"

namespace voizk::cli {
namespace {

int Init(const std::string& folder, const Context& context) {
  const Status status = InitialiseState(folder, SystemUnixSeconds);
  if (!status.ok()) return ReportError(context, status.error());
  Print(context, {{"state", folder}},
        fmt::format("{} remembers used challenges from now on; those issued before are refused",
                    folder));
  return kExitOk;
}

}  // namespace

void AddState(CLI::App* app, Context* context) {
  auto folder = std::make_shared<std::string>();
  CLI::App* command = app->add_subcommand("state", "Memory of used challenges (relying party)");
  command->require_subcommand(1);
  command->fallthrough();
  CLI::App* init = command->add_subcommand("init", "Make the folder that verify --state names");
  init->add_option("folder", *folder, "Folder to make, as an absolute path")->required();
  init->callback([folder, context] { context->exit_code = Init(*folder, *context); });
}

}  // namespace voizk::cli
