// The recordings that an evaluation hears.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <map>
#include <mutex>

#include "base/threads.h"
#include "eval_options.h"
#include "interrupt.h"

namespace voizk::cli {
namespace {

constexpr double kMaxFileSeconds = 3600;  // of a file that holds many utterances

/// How far the work is and how long it will still take, from any thread.
class Remaining {
 public:
  Remaining(const Context& context, size_t all)
      : shown_(ProgressShown(context)), all_(all), begin_(std::chrono::steady_clock::now()) {}
  ~Remaining() {
    if (shown_) bar_.Finish();
  }
  Remaining(const Remaining&) = delete;
  Remaining& operator=(const Remaining&) = delete;

  void Done(size_t more) {
    const std::lock_guard lock(mutex_);
    done_ += more;
    if (!shown_ || done_ == 0) return;
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin_;
    const double part = static_cast<double>(done_) / static_cast<double>(all_);
    const double left = passed.count() * (1 - part) / part;
    const std::string text =
        left < 90 ? fmt::format("{:.0f} s left", left) : fmt::format("{:.0f} min left", left / 60);
    bar_.Update(text.c_str(), std::min(part, 0.999));
  }

 private:
  std::mutex mutex_;
  bool shown_;
  size_t all_;
  size_t done_ = 0;
  std::chrono::steady_clock::time_point begin_;
  ProgressBar bar_;
};

Result<PcmBuffer> Cut(const PcmBuffer& whole, const UtteranceTable::Piece& piece) {
  const auto all = whole.samples.size();
  const auto at = [&](double s) { return static_cast<size_t>(std::llround(s * whole.rate_hz)); };
  const size_t begin = std::min(at(piece.start_s), all);
  const size_t end = piece.duration_s > 0 ? at(piece.start_s + piece.duration_s) : all;
  // The last sample may be lost in resampling.
  if (begin >= all || end > all + static_cast<size_t>(whole.rate_hz / 20)) {
    return {ErrorCode::kMalformed,
            fmt::format("ends at {:.3f} s, before the utterance does", whole.seconds())};
  }
  PcmBuffer pcm;
  pcm.rate_hz = whole.rate_hz;
  pcm.samples.assign(whole.samples.begin() + static_cast<ptrdiff_t>(begin),
                     whole.samples.begin() + static_cast<ptrdiff_t>(std::min(end, all)));
  return pcm;
}

}  // namespace

Result<std::string> ReadText(const std::string& path, size_t max_bytes) {
  VOIZK_ASSIGN_OR_RETURN(const auto bytes, ReadFile(path, max_bytes));
  return std::string(bytes.begin(), bytes.end());
}

Result<std::optional<UtteranceTable>> ReadUtterances(const EvalOptions& options) {
  if (options.utterances.empty()) return std::optional<UtteranceTable>();
  VOIZK_ASSIGN_OR_RETURN(const std::string text,
                         ReadText(options.utterances, UtteranceTable::kMaxBytes));
  VOIZK_ASSIGN_OR_RETURN(UtteranceTable table,
                         UtteranceTable::Parse(text, options.utterances, options.by));
  return std::optional(std::move(table));
}

Result<std::optional<ModelList>> ReadModels(const EvalOptions& options) {
  if (options.models.empty()) return std::optional<ModelList>();
  VOIZK_ASSIGN_OR_RETURN(const std::string text, ReadText(options.models));
  VOIZK_ASSIGN_OR_RETURN(ModelList models, ParseModelList(text, options.models));
  return std::optional(std::move(models));
}

std::vector<std::string> PathsOf(const EvalOptions& options,
                                 const std::vector<EvalRecording>& recordings) {
  std::vector<std::string> paths;
  paths.reserve(recordings.size());
  for (const EvalRecording& r : recordings) {
    paths.push_back(options.audio.empty()
                        ? r.piece.path
                        : (std::filesystem::path(options.audio) / r.piece.path).string());
  }
  return paths;
}

Status CheckRecordings(const EvalOptions& options, const Context& context,
                       const std::vector<EvalRecording>& recordings,
                       const std::vector<std::string>& outputs) {
  const std::vector<std::string> paths = PathsOf(options, recordings);
  std::optional<Error> first;
  size_t others = 0;
  std::map<std::string, bool> seen;
  for (size_t i = 0; i < paths.size(); ++i) {
    if (!seen.emplace(paths[i], true).second) continue;
    std::error_code error;
    const bool there = std::filesystem::is_regular_file(paths[i], error);
    if (there && std::filesystem::file_size(paths[i], error) > 0) continue;
    if (first) {
      ++others;
      continue;
    }
    first = Error{there ? ErrorCode::kMalformed : ErrorCode::kNotFound,
                  fmt::format("{}{}: {}", recordings[i].where, paths[i],
                              there ? "the file is empty" : "there is no such file")};
  }
  if (first) {
    if (others > 0) first->message += fmt::format(" (nor {} other recordings)", others);
    return *first;
  }
  FilePlan plan{.outputs = outputs};
  for (const auto& [path, unused] : seen) plan.inputs.push_back(path);
  return CheckFiles(context, plan);
}

HearingOutcome HearAll(const EvalOptions& options, const Context& context, const Bundle& bundle,
                       const std::vector<EvalRecording>& recordings, const std::vector<bool>& skip,
                       const std::function<Status(size_t, const PcmBuffer&)>& hear) {
  const std::vector<std::string> paths = PathsOf(options, recordings);
  std::map<std::string, std::vector<size_t>> by_path;
  size_t all = 0;
  for (size_t i = 0; i < paths.size(); ++i) {
    if (skip[i]) continue;
    by_path[paths[i]].push_back(i);
    ++all;
  }
  const std::vector<std::pair<std::string, std::vector<size_t>>> files(by_path.begin(),
                                                                       by_path.end());
  HearingOutcome outcome;
  size_t first_failed = SIZE_MAX;
  std::mutex mutex;
  Remaining remaining(context, all);
  const auto failed = [&](size_t i, Error error) {
    const std::lock_guard lock(mutex);
    ++outcome.failed;
    if (i >= first_failed) return;
    first_failed = i;
    const bool named = error.message.starts_with(paths[i] + ": ");
    error.message = recordings[i].where + (named ? "" : paths[i] + ": ") + error.message;
    outcome.error = std::move(error);
  };
  ThreadPool pool(static_cast<size_t>(context.Threads()));
  pool.ParallelFor(files.size(), 1, [&](size_t begin, size_t end) {
    for (size_t f = begin; f < end; ++f) {
      const auto& [path, numbers] = files[f];
      if (Unbroken::SignalWaits()) return;
      const auto whole =
          LoadRecording(bundle.sample_rate_hz(), path, options.raw_rate_hz, kMaxFileSeconds);
      for (const size_t i : numbers) {
        if (Unbroken::SignalWaits()) return;
        const auto pcm = whole.ok() ? Cut(*whole, recordings[i].piece) : whole.error();
        const Status status = pcm.ok() ? hear(i, *pcm) : pcm.status();
        if (!status.ok()) failed(i, status.error());
        remaining.Done(1);
      }
    }
  });
  if (outcome.failed > 1) {
    outcome.error->message += fmt::format(" (and {} other recordings)", outcome.failed - 1);
  }
  return outcome;
}

}  // namespace voizk::cli
