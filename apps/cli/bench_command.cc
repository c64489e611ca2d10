// voizk bench: the figures of README, Figures.  Every measurement runs in a process of its own,
// so that its peak memory is its own.
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <new>

#include "bench_cases.h"
#include "common.h"
#include "interrupt.h"
#include "model_options.h"

namespace voizk::cli {
namespace bench_command {
namespace {

struct Options {
  std::vector<std::string> names;
  int repeats = 5;
  int log_items = 20;
};

/// What `voizk model import` wrote.
bool IsModelFile(std::string_view name) { return name.ends_with(".vzm"); }

nlohmann::ordered_json ToJson(const BenchRow& row) {
  return {{"name", row.name},
          {"threads", row.threads},
          {"calibration_ns", row.calibration_ns},
          {"setup_s", row.setup_s},
          {"infer_s", row.infer_s},
          {"prove_s", row.prove_s},
          {"prove_first_s", row.prove_first_s},
          {"prove_cpu_s", row.prove_cpu_s},
          {"prove_calibrated", row.prove_s * 1e3 / row.calibration_ns},
          {"prove_steps_s",
           {{"evaluate", row.steps.evaluate_s},
            {"commit", row.steps.commit_s},
            {"lookups", row.steps.lookups_s},
            {"products", row.steps.products_s},
            {"batch", row.steps.batch_s},
            {"open", row.steps.open_s}}},
          {"verify_s", row.verify_s},
          {"proof_bytes", row.proof_bytes},
          {"peak_rss_bytes", PeakMemoryBytes()},
          {"activations", row.activations},
          {"lookups", row.lookups},
          {"committed", row.committed},
          {"soundness_bits", row.soundness_bits},
          {"ns_per_item", row.ns_per_item},
          {"nonzero_least", row.nonzero_least}};
}

/// In the child: writes the row, or the error, as JSON.
void RunChild(const std::string& name, const Bundle* bundle, int threads, const Options& options,
              int fd) {
  const auto row = [&]() -> Result<BenchRow> {
    try {
      if (!IsModelFile(name)) {
        return RunBench(name, bundle, nullptr, threads, options.repeats, options.log_items);
      }
      VOIZK_ASSIGN_OR_RETURN(const Model model, ReadModelFile(name));
      return RunBench(name, bundle, &model, threads, options.repeats, options.log_items);
    } catch (const std::bad_alloc&) {
      return Error{ErrorCode::kLimitExceeded, "out of memory"};
    }
  }();
  const nlohmann::ordered_json json =
      row.ok() ? ToJson(*row)
               : nlohmann::ordered_json{
                     {"name", name}, {"threads", threads}, {"error", row.error().message}};
  const std::string text = json.dump();
  size_t sent = 0;
  while (sent < text.size()) {
    const ssize_t n = write(fd, text.data() + sent, text.size() - sent);
    if (n <= 0) break;
    sent += static_cast<size_t>(n);
  }
}

Result<nlohmann::ordered_json> RunApart(const std::string& name, const Bundle* bundle, int threads,
                                        const Options& options) {
  int ends[2];
  if (pipe(ends) != 0) return Error{ErrorCode::kIo, "no pipe"};
  const pid_t child = fork();
  if (child < 0) return Error{ErrorCode::kIo, "no process"};
  if (child == 0) {
    close(ends[0]);
    RestoreSignals();
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // nobody waits for a measurement without its parent
    RunChild(name, bundle, threads, options, ends[1]);
    _exit(0);
  }
  close(ends[1]);
  std::string text;
  char block[4096];
  for (ssize_t n = 0; (n = read(ends[0], block, sizeof block)) > 0;) {
    text.append(block, static_cast<size_t>(n));
  }
  close(ends[0]);
  waitpid(child, nullptr, 0);
  auto json = nlohmann::ordered_json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return Error{ErrorCode::kInternal, name + ": the measurement stopped"};
  return json;
}

/// Units stand in the head, or in the cell where they change.
std::string Head() {
  return fmt::format("{:<9} {:>7}  {:>8} {:>8} {:>8} {:>8} {:>8} {:>9} {:>10} {:>10} {:>9}", "name",
                     "threads", "infer s", "prove s", "first s", "cpu s", "verify s", "proof",
                     "memory", "lookups", "soundness");
}

std::string Line(const nlohmann::ordered_json& row) {
  const std::string start =
      fmt::format("{:<9} {:>7}", row["name"].get<std::string>(), row["threads"].get<int>());
  if (row.contains("error")) return start + "  " + row["error"].get<std::string>();
  const double ns = row["ns_per_item"];
  if (ns > 0) return fmt::format("{}  {:>8.1f} ns per item", start, ns);
  return fmt::format(
      "{}  {:>8.3f} {:>8.3f} {:>8.3f} {:>8.3f} {:>8.4f} {:>9} {:>10} {:>10} {:>4.0f} bits", start,
      row["infer_s"].get<double>(), row["prove_s"].get<double>(),
      row["prove_first_s"].get<double>(), row["prove_cpu_s"].get<double>(),
      row["verify_s"].get<double>(), HumanBytes(row["proof_bytes"].get<uint64_t>()),
      HumanBytes(row["peak_rss_bytes"].get<uint64_t>()), row["lookups"].get<uint64_t>(),
      row["soundness_bits"].get<double>());
}

int Run(const Options& options, const Context& context) {
  const auto bundle = context.LoadBundle();
  std::vector<int> threads{1};
  if (context.Threads() > 1) threads.push_back(context.Threads());
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  bool failed = false;
  const auto show = [&context](const std::string& line) {
    if (!context.json) Print(context, {}, line);
  };
  show(Head());
  for (const std::string& name : options.names.empty() ? BenchNames() : options.names) {
    for (const int n : threads) {
      const auto row = [&] {
        const Notice notice(context, fmt::format("{}, threads: {}", name, n));
        return RunApart(name, bundle.ok() ? &bundle.value() : nullptr, n, options);
      }();
      if (!row.ok()) return ReportError(context, row.error());
      failed = failed || row->contains("error");
      show(Line(*row));
      rows.push_back(*row);
    }
  }
  Print(context,
        {{"cores", context.Threads()},
         {"kernels", KernelTarget()},
         {"repeats", options.repeats},
         {"rows", rows}},
        "");
  return failed ? kExitUsage : kExitOk;
}

}  // namespace
}  // namespace bench_command

void AddBench(CLI::App* app, Context* context) {
  auto options = std::make_shared<bench_command::Options>();
  CLI::App* command = app->add_subcommand(
      "bench", "Measure proving, verifying, memory and sizes; one thread, then all");
  command
      ->add_option("names", options->names,
                   "What to measure (default: everything built in), or model files (*.vzm)")
      ->check([](const std::string& name) {
        std::string known = name;
        return bench_command::IsModelFile(name) ? std::string()
                                                : CLI::IsMember(BenchNames())(known);
      });
  command->add_option("--repeats", options->repeats, "Runs, of which the best counts")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  command->add_option("--log-items", options->log_items, "Items of logup and commit: 2 to this")
      ->check(CLI::Range(13, 24))
      ->capture_default_str();
  command->callback(
      [options, context] { context->exit_code = bench_command::Run(*options, *context); });
}

}  // namespace voizk::cli
