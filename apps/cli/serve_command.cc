// voizk serve: the relying party's service, a program of its own beside this one (apps/serve), so
// that voizk starts without its libraries.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

#include "common.h"
#include "interrupt.h"

namespace voizk::cli {
namespace {

constexpr const char* kProgram = "voizk-serve";

}  // namespace

void AddServe(CLI::App* app, Context* context) {
  CLI::App* command = app->add_subcommand(
      "serve", "The relying party's service over HTTP (voizk serve --help says more)");
  command->callback([context] {
    context->exit_code = ReportError(
        *context, {ErrorCode::kInvalidArgument, "serve comes first: voizk serve OPTION..."});
  });
}

int RunServe(int argc, char** argv) {
  const Context context;
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  // Without /proc (a bare chroot) it is looked for along PATH.
  const std::string program = error ? kProgram : (self.parent_path() / kProgram).string();
  std::vector<char*> arguments = {const_cast<char*>(kProgram)};
  for (int i = 2; i < argc; ++i) arguments.push_back(argv[i]);
  arguments.push_back(nullptr);
  RestoreSignals();
  execvp(program.c_str(), arguments.data());
  return ReportError(context,
                     {ErrorCode::kNotFound,
                      program + ": " + std::strerror(errno) +
                          " (it is built with VOIZK_SERVICE=ON and installed beside voizk)"});
}

}  // namespace voizk::cli
