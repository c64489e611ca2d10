#include "bundle_making.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <mutex>

#include "eval_scoring.h"
#include "login/bundle/bundle_data.h"
#include "login/making/projection.h"
#include "login/making/speaker_bundle.h"
#include "login/making/speaker_ear.h"

namespace voizk::cli {
namespace {

constexpr size_t kMaxModelBytes = kMaxBundleWeights;
constexpr size_t kMaxName = 64;         // bytes of a bundle's
constexpr size_t kMaxProjected = 400;   // recordings that the projection is made of
constexpr size_t kFirstProjected = 16;  // and those that tell how large outputs are
constexpr int32_t kLeastNorm2 = 1024;   // of an embedding: a tenth of kMadeLength, squared

struct Given {
  std::vector<uint8_t> json, weights, model;
  std::shared_ptr<const BundleData> base;
};

Result<Given> ReadInputs(const BundleOptions& options) {
  Given in;
  VOIZK_ASSIGN_OR_RETURN(in.json, ReadFile(options.base + "/bundle.json", kMaxBundleJson));
  // Parsed here already, so that the weights are the file that it names.
  VOIZK_ASSIGN_OR_RETURN(in.base, Naming(options.base, LoadBundle(options.base)));
  const auto document = nlohmann::json::parse(in.json);
  const std::string name = document["weights"]["file"].get<std::string>();
  VOIZK_ASSIGN_OR_RETURN(in.weights, ReadFile(options.base + "/" + name, kMaxBundleWeights));
  VOIZK_ASSIGN_OR_RETURN(in.model, ReadFile(options.speaker, kMaxModelBytes));
  return in;
}

struct Made {
  BundleFiles files;
  Bundle bundle;
};

Result<Made> Make(const Given& in, const SpeakerSection& section, const SpeakerDecision& decision) {
  VOIZK_ASSIGN_OR_RETURN(BundleFiles files,
                         MakeSpeakerBundle(in.json, in.weights, in.model, section, decision));
  const std::span text(reinterpret_cast<const uint8_t*>(files.json.data()), files.json.size());
  VOIZK_ASSIGN_OR_RETURN(Bundle bundle, Bundle::Parse(text, files.weights));
  return Made{std::move(files), std::move(bundle)};
}

/// --voices: recordings by id of the table, or by path.
Result<std::vector<EvalRecording>> ReadVoices(const BundleOptions& options, const Asked& asked) {
  if (options.voices.empty()) return asked.recordings;
  VOIZK_ASSIGN_OR_RETURN(const std::string text, ReadText(options.voices));
  std::vector<EvalRecording> recordings;
  size_t line = 0, begin = 0;
  while (begin < text.size()) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string id = text.substr(begin, end - begin);
    if (!id.empty() && id.back() == '\r') id.pop_back();
    begin = end + 1;
    ++line;
    if (id.empty()) continue;
    const std::string where = fmt::format("{}:{}: ", options.voices, line);
    UtteranceTable::Piece piece{id};
    if (asked.table) {
      const auto row = asked.table->Find(id);
      if (!row.ok()) return Error{row.error().code, where + row.error().message};
      piece = asked.table->piece(*row);
    }
    recordings.push_back({std::move(piece), where});
  }
  return recordings;
}

/// At most `most` of them, evenly from all.
std::vector<EvalRecording> Some(const std::vector<EvalRecording>& all, size_t most) {
  std::vector<EvalRecording> some;
  const size_t count = std::min(all.size(), most);
  for (size_t i = 0; i < count; ++i) some.push_back(all[i * all.size() / count]);
  return some;
}

/// What the network says of each recording that the front end takes.
Result<std::vector<std::vector<int32_t>>> Listen(const BundleOptions& options,
                                                 const Context& context, const Bundle& bundle,
                                                 const std::vector<EvalRecording>& recordings) {
  SpeakerEar ear(bundle);
  std::vector<std::vector<int32_t>> said(recordings.size());
  const auto hear = [&](size_t u, const PcmBuffer& pcm) -> Status {
    VOIZK_ASSIGN_OR_RETURN(auto one, ear.Hear(pcm.samples, nullptr));
    if (one) said[u] = *std::move(one);
    return {};
  };
  const auto outcome = HearAll(options.trials, context, bundle, recordings,
                               std::vector<bool>(recordings.size()), hear);
  if (outcome.error) return *outcome.error;
  std::erase_if(said, [](const auto& one) { return one.empty(); });
  if (!said.empty()) return said;
  return Error{ErrorCode::kRefused, "the front end takes none of the recordings"};
}

/// By how much less r may be shifted: outputs stay within a quarter of what r holds.
int Spare(const std::vector<std::vector<int32_t>>& said) {
  int32_t most = 1;
  for (const auto& one : said) {
    for (const int32_t r : one) most = std::max(most, std::abs(r));
  }
  int spare = 0;
  while ((int64_t{most} << (spare + 1)) <= kSpeakerOutputMax / 2) ++spare;
  return spare;
}

/// The section with its projection.
Result<SpeakerSection> Project(const BundleOptions& options, const Context& context,
                               const Given& in, const Asked& asked) {
  std::optional<SpeakerSection::Reads> sound;
  if (options.reads == "samples") sound = SpeakerSection::Reads::kSamples;
  if (options.reads == "features") sound = SpeakerSection::Reads::kFeatures;
  VOIZK_ASSIGN_OR_RETURN(SpeakerSection section,
                         Naming(options.speaker, DraftSection(in.model, in.base->features, sound)));
  VOIZK_ASSIGN_OR_RETURN(const auto voices, ReadVoices(options, asked));
  VOIZK_RETURN_IF_ERROR(CheckRecordings(options.trials, context, voices, {}));
  const SpeakerDecision draft{.name = "draft", .operating_point = ""};
  // The certified range is what outputs can reach, often far above what they do.
  for (int again = 0; again < 2; ++again) {
    VOIZK_ASSIGN_OR_RETURN(const Made made, Make(in, section, draft));
    VOIZK_ASSIGN_OR_RETURN(const auto first,
                           Listen(options, context, made.bundle, Some(voices, kFirstProjected)));
    section.output_shift = std::max(0, section.output_shift - Spare(first));
  }
  VOIZK_ASSIGN_OR_RETURN(const Made made, Make(in, section, draft));
  VOIZK_ASSIGN_OR_RETURN(const auto said,
                         Listen(options, context, made.bundle, Some(voices, kMaxProjected)));
  VOIZK_RETURN_IF_ERROR(FitProjection(said, &section));
  return section;
}

struct Threshold {
  int32_t theta_q12 = 0;
  size_t targets = 0, nontargets = 0;
  size_t refused = 0, accepted = 0;  // of these, falsely
};

/// The lowest threshold that keeps the false match rate.
Result<Threshold> Choose(const TrialList& list, const std::vector<double>& scores, double fmr) {
  Threshold chosen;
  std::vector<double> wrong, right;
  for (size_t i = 0; i < scores.size(); ++i) {
    if (!std::isnan(scores[i])) (list.trials[i].target ? right : wrong).push_back(scores[i]);
  }
  chosen.targets = right.size();
  chosen.nontargets = wrong.size();
  // 0.29 of 100 are 29, though the product of the two is less.
  const auto allowed =
      static_cast<size_t>(std::floor(fmr * static_cast<double>(wrong.size()) + 1e-9));
  if (allowed < 1 || allowed >= wrong.size() || right.empty()) {
    return {ErrorCode::kInvalidArgument,
            fmt::format("{}: {} target and {} nontarget trials have a score; a false match rate of "
                        "{} takes at least {:.0f} nontarget ones",
                        list.file, right.size(), wrong.size(), fmr, std::ceil(1 / fmr))};
  }
  std::ranges::sort(wrong, std::greater<>());
  chosen.theta_q12 = std::max(1, static_cast<int32_t>(std::floor(wrong[allowed] * 4096)) + 1);
  if (chosen.theta_q12 > 4096) {
    return {ErrorCode::kInvalidArgument, list.file + ": no threshold keeps that false match rate"};
  }
  const double theta = chosen.theta_q12 / 4096.0;
  const auto accepted = [theta](double s) { return s >= theta; };
  chosen.accepted = static_cast<size_t>(std::ranges::count_if(wrong, accepted));
  chosen.refused = right.size() - static_cast<size_t>(std::ranges::count_if(right, accepted));
  return chosen;
}

/// A file's name as a bundle can hold it: UTF-8, at most 128 bytes of it.
std::string NameOfFile(const std::string& file) {
  constexpr size_t kMost = 128;
  std::string name = Printable(std::filesystem::path(file).filename().string());
  if (name.size() <= kMost) return name;
  size_t end = kMost;
  while ((name[end] & 0xC0) == 0x80) --end;  // a character begins where none is continued
  return name.substr(0, end);
}

std::string PointText(const BundleOptions& options, const Threshold& t) {
  return fmt::format(
      "cosine: of {} nontarget trials {:.2f} % accepted, of {} target trials {:.2f} % refused, on "
      "the list {} that chose the threshold for FMR {}; all voiced frames of a recording. Phrase: "
      "as the base.",
      t.nontargets, 100.0 * double(t.accepted) / double(t.nontargets), t.targets,
      100.0 * double(t.refused) / double(t.targets), NameOfFile(options.trials.list), options.fmr);
}

Status WriteFolder(const std::string& folder, const BundleFiles& files) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return {ErrorCode::kIo, folder + ": cannot be made"};
  VOIZK_RETURN_IF_ERROR(WriteFile(folder + "/weights.bin", files.weights));
  return WriteFile(folder + "/bundle.json", files.json);
}

Status CheckPlan(const BundleOptions& options, const Context& context) {
  if (options.name.size() > kMaxName || Printable(options.name) != options.name) {
    return {ErrorCode::kInvalidArgument,
            "--name: at most 64 bytes of UTF-8, of characters that show"};
  }
  std::error_code error;
  for (const char* name : {"/bundle.json", "/weights.bin"}) {
    if (std::filesystem::exists(options.out + name, error)) {
      return {ErrorCode::kInvalidArgument, options.out + name + " is there already"};
    }
  }
  return CheckFiles(context, {.inputs = {options.speaker, options.voices, options.trials.list,
                                         options.trials.models, options.trials.utterances}});
}

Status Run(const BundleOptions& options, const Context& context) {
  VOIZK_RETURN_IF_ERROR(CheckPlan(options, context));
  VOIZK_ASSIGN_OR_RETURN(const Given in, ReadInputs(options));
  VOIZK_ASSIGN_OR_RETURN(const Asked asked, ReadAsked(options.trials));
  VOIZK_RETURN_IF_ERROR(CheckRecordings(options.trials, context, asked.recordings, {}));
  VOIZK_ASSIGN_OR_RETURN(const SpeakerSection section, Project(options, context, in, asked));
  SpeakerDecision decision{.name = options.name.empty() ? in.base->name : options.name,
                           .embedding_norm2_min = kLeastNorm2,
                           .operating_point = ""};
  VOIZK_ASSIGN_OR_RETURN(const Made heard, Make(in, section, decision));
  VOIZK_ASSIGN_OR_RETURN(const EvalVoices voices, EmbedAll(options.trials, context, heard.bundle,
                                                           asked.plan, asked.recordings, nullptr));
  if (voices.outcome.error) return *voices.outcome.error;
  ThreadPool pool(static_cast<size_t>(context.Threads()));
  Unscored unscored;
  const auto scores = ScoreTrials(heard.bundle.data().decision, asked, voices, &unscored, &pool);
  VOIZK_ASSIGN_OR_RETURN(const Threshold chosen, Choose(asked.list, scores, options.fmr));
  decision.theta_q12 = chosen.theta_q12;
  decision.operating_point = PointText(options, chosen);
  VOIZK_ASSIGN_OR_RETURN(const Made made, Make(in, section, decision));
  VOIZK_RETURN_IF_ERROR(WriteFolder(options.out, made.files));
  nlohmann::ordered_json json = BundleJson(made.bundle);
  json["folder"] = options.out;
  json["recordings"] = asked.recordings.size();
  json["trials_without_score"] = unscored.trials;
  json["target_trials"] = chosen.targets;
  json["nontarget_trials"] = chosen.nontargets;
  json["fmr"] = double(chosen.accepted) / double(chosen.nontargets);
  json["fnmr"] = double(chosen.refused) / double(chosen.targets);
  std::string text = BundleText(made.bundle);
  if (unscored.trials > 0) {
    text += fmt::format("\n{} trials have no score: their recordings are refused", unscored.trials);
  }
  Print(context, json, fmt::format("{}\n{}", Printable(options.out), text));
  return {};
}

}  // namespace

nlohmann::ordered_json BundleJson(const Bundle& bundle) {
  const auto [least, most] = bundle.phrase_digits();
  nlohmann::ordered_json json{{"name", bundle.name()},
                              {"bundle", Hex(bundle.digest())},
                              {"speaker_network", bundle.speaker_network()},
                              {"threshold", bundle.data().decision.theta_q12 / 4096.0},
                              {"operating_point", bundle.operating_point()},
                              {"sample_rate_hz", bundle.sample_rate_hz()},
                              {"buckets", bundle.buckets()},
                              {"phrase_digits", {least, most}}};
  if (const auto& speaker = bundle.data().speaker) {
    json["imported"] = {{"name", Printable(speaker->name())},
                        {"model", Hex(speaker->digest())},
                        {"reads", NameOf(speaker->reads())},
                        {"mask", speaker->pools_by_mask()},
                        {"outputs", speaker->outputs()}};
  }
  return json;
}

std::string BundleText(const Bundle& bundle) {
  std::string buckets;
  for (const uint32_t b : bundle.buckets()) buckets += fmt::format(" {}", b);
  return fmt::format(
      "bundle {}, digest {}\nspeaker network: {}\nthreshold {}/4096; {}\n{} Hz, buckets of{} "
      "frames\nA client trusts it with --trust-bundle DIGEST, got from whoever made it.",
      Printable(bundle.name()), Hex(bundle.digest()), bundle.speaker_network(),
      bundle.data().decision.theta_q12, Printable(bundle.operating_point()),
      bundle.sample_rate_hz(), buckets);
}

int CreateBundle(const BundleOptions& options, const Context& context) {
  const Status status = Run(options, context);
  return status.ok() ? static_cast<int>(kExitOk) : ReportError(context, status.error());
}

}  // namespace voizk::cli
