// voizk doctor: what this machine can do, and whether the build works on it.
#include <fmt/format.h>

#include <memory>
#include <thread>

#include "common.h"
#include "voizk/audio.h"

namespace voizk::cli {
namespace doctor_command {
namespace {

int Run(const Context& context) {
  nlohmann::ordered_json json;
  std::string text;
  bool healthy = true;
  const auto line = [&](const char* key, const nlohmann::ordered_json& value,
                        const std::string& shown) {
    json[key] = value;
    text += fmt::format("{:<12} {}\n", key, shown);
  };
  line("cores", std::thread::hardware_concurrency(),
       fmt::format("{}", std::thread::hardware_concurrency()));
  const std::string kernels = KernelTarget();
  line("kernels", kernels, kernels);
  if (const auto bundle = context.LoadBundle(); bundle.ok()) {
    line("bundle", {{"name", bundle->name()}, {"digest", Hex(bundle->digest())}},
         fmt::format("{} {}", bundle->name(), Hex(bundle->digest())));
  } else {
    healthy = false;
    line("bundle", {{"error", bundle.error().message}}, "UNUSABLE: " + bundle.error().message);
  }
  if (const auto devices = ListInputDevices(); devices.ok()) {
    line("microphones", devices->size(), fmt::format("{}", devices->size()));
  } else {
    line("microphones", 0, "none: " + devices.error().message);
  }
  const Status self_test = SelfTest(context.Threads());
  healthy = healthy && self_test.ok();
  line("self_test", self_test.ok(),
       self_test.ok() ? "a small relation was proven, a false one not, an altered proof rejected"
                      : "FAILED: " + self_test.error().message);
  text.pop_back();
  json["healthy"] = healthy;
  Print(context, json, text);
  return healthy ? kExitOk : kExitUsage;
}

}  // namespace
}  // namespace doctor_command

void AddDoctor(CLI::App* app, Context* context) {
  CLI::App* command =
      app->add_subcommand("doctor", "Check this machine, the bundle and the proof system");
  command->callback([context] { context->exit_code = doctor_command::Run(*context); });
}

}  // namespace voizk::cli
