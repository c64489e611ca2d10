// voizk eval --phrases LIST: what a login says to the phrase that was spoken, to another one, to
// one with a digit changed, and which digits are heard where nobody says how many there are.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>

#include "base/threads.h"
#include "eval_options.h"
#include "eval_report.h"
#include "evaluation/trials/line_reader.h"
#include "evaluation/voice/phrase_model.h"
#include "login/bundle/bundle_data.h"
#include "login/relation/phrase_states.h"

namespace voizk::cli {
namespace eval_phrases {
namespace {

constexpr size_t kOthers = 10;     // random phrases tried on each recording
constexpr size_t kMaxDigits = 64;  // of a line
constexpr size_t kMaxRecordings = 1'000'000;

enum Kind : size_t { kRight, kOther, kChanged, kDigits, kStrings, kKinds };
constexpr std::array<const char*, kKinds> kNames{"right_phrase_refused", "other_phrase_accepted",
                                                 "changed_digit_accepted", "digit_errors",
                                                 "string_errors"};
constexpr std::array<const char*, kKinds> kTitles{
    "right phrase refused", "another phrase accepted", "one digit changed, accepted",
    "digits wrong, length unknown", "strings wrong, length unknown"};

struct Spoken {
  std::vector<EvalRecording> recordings;
  std::vector<std::vector<uint8_t>> digits;
  std::vector<uint32_t> speakers;
  size_t speaker_count = 0;
};

/// What one recording gave.
struct Outcome {
  std::array<Tally, kKinds> tallies{};
  Refusal right = Refusal::kNone;
  bool heard = false;
  bool is_phrase = false;
};

Result<Spoken> ReadSpoken(const EvalOptions& options) {
  VOIZK_ASSIGN_OR_RETURN(const std::string text, ReadText(options.phrases));
  VOIZK_ASSIGN_OR_RETURN(const auto table, ReadUtterances(options));
  const auto column = table ? table->Column("speaker") : std::nullopt;
  LineReader lines(text, options.phrases, Separator::kBlanks);
  Spoken spoken;
  Names speakers;
  while (true) {
    VOIZK_ASSIGN_OR_RETURN(const auto fields, lines.Next());
    if (fields.empty()) break;
    const std::string id(fields[0]);
    std::vector<uint8_t> digits;
    for (size_t f = 1; f < fields.size(); ++f) {
      for (const char c : fields[f]) {
        if (c < '0' || c > '9') return lines.At("'" + std::string(fields[f]) + "' is no digit");
        digits.push_back(static_cast<uint8_t>(c - '0'));
      }
    }
    if (digits.empty() || digits.size() > kMaxDigits) {
      return lines.At("a recording and 1 to 64 digits are expected");
    }
    if (spoken.digits.size() == kMaxRecordings) {
      return lines.TooMany(kMaxRecordings, "recordings");
    }
    UtteranceTable::Piece piece{.path = id};
    std::string speaker = id;
    if (table) {
      const auto row = table->Find(id);
      if (!row.ok()) return lines.At(row.error().message);
      piece = table->piece(*row);
      if (column) speaker = table->Value(*row, *column);
      if (speaker.empty()) {
        return Error{ErrorCode::kMalformed,
                     Where(table->file(), table->line(*row)) + "no speaker is named"};
      }
    }
    spoken.recordings.push_back({piece, Where(options.phrases, lines.line())});
    spoken.digits.push_back(std::move(digits));
    spoken.speakers.push_back(speakers.Add(speaker));
  }
  if (spoken.digits.empty()) {
    return {ErrorCode::kMalformed, options.phrases + ": there is no recording in it"};
  }
  spoken.speaker_count = speakers.size();
  return spoken;
}

std::vector<uint8_t> RandomPhrase(size_t digits, std::mt19937_64& random) {
  std::vector<uint8_t> phrase;
  while (phrase.size() < digits) {
    const auto digit = static_cast<uint8_t>(random() % 10);
    if (phrase.empty() || digit != phrase.back()) phrase.push_back(digit);
  }
  return phrase;
}

/// All phrases that differ from this one in one digit.
std::vector<std::vector<uint8_t>> Neighbours(const DecisionConfig& c,
                                             const std::vector<uint8_t>& phrase) {
  std::vector<std::vector<uint8_t>> all;
  for (size_t k = 0; k < phrase.size(); ++k) {
    for (uint8_t digit = 0; digit < 10; ++digit) {
      std::vector<uint8_t> other = phrase;
      other[k] = digit;
      if (digit != phrase[k] && CheckPhrase(c, other).ok()) all.push_back(std::move(other));
    }
  }
  return all;
}

Status Judge(PhraseModel& model, const HeardDigits& heard, const std::vector<uint8_t>& phrase,
             Tally* accepted) {
  VOIZK_ASSIGN_OR_RETURN(const Refusal refusal, model.Judge(heard, phrase));
  ++accepted->tries;
  accepted->events += refusal == Refusal::kNone ? 1 : 0;
  return {};
}

/// number: of the recording, the seed of its other phrases.
Status JudgeRecording(PhraseModel& model, const DecisionConfig& c, std::span<const int16_t> pcm,
                      const std::vector<uint8_t>& digits, size_t number, Outcome* outcome) {
  VOIZK_ASSIGN_OR_RETURN(const HeardDigits heard, model.Hear(pcm));
  outcome->right = heard.refusal;
  if (heard.refusal != Refusal::kNone) return {};
  outcome->heard = true;
  const std::vector<uint8_t> free = DecodeDigits(c, heard.logits, kDigitPrice);
  outcome->tallies[kDigits] = {Edits(free, digits), digits.size()};
  outcome->tallies[kStrings] = {free == digits ? 0U : 1U, 1};
  outcome->is_phrase = CheckPhrase(c, digits).ok();
  if (!outcome->is_phrase) return {};
  VOIZK_ASSIGN_OR_RETURN(outcome->right, model.Judge(heard, digits));
  outcome->tallies[kRight] = {outcome->right == Refusal::kNone ? 0U : 1U, 1};
  std::mt19937_64 random(kEvalSeed + number);
  for (size_t i = 0; i < kOthers; ++i) {
    const std::vector<uint8_t> other = RandomPhrase(digits.size(), random);
    if (other != digits) {
      VOIZK_RETURN_IF_ERROR(Judge(model, heard, other, &outcome->tallies[kOther]));
    }
  }
  for (const std::vector<uint8_t>& other : Neighbours(c, digits)) {
    VOIZK_RETURN_IF_ERROR(Judge(model, heard, other, &outcome->tallies[kChanged]));
  }
  return {};
}

void Tell(const EvalOptions& options, const Context& context, const Bundle& bundle,
          const Spoken& spoken, const std::vector<Outcome>& outcomes) {
  std::map<std::string, size_t> refused, refused_phrases;
  size_t heard = 0, phrases = 0;
  std::array<std::vector<Tally>, kKinds> by_speaker;
  for (auto& tallies : by_speaker) tallies.resize(spoken.speaker_count);
  for (size_t i = 0; i < outcomes.size(); ++i) {
    const Outcome& o = outcomes[i];
    heard += o.heard ? 1 : 0;
    phrases += o.is_phrase ? 1 : 0;
    if (!o.heard) ++refused[Name(o.right)];
    if (o.is_phrase && o.right != Refusal::kNone) ++refused_phrases[Name(o.right)];
    for (size_t k = 0; k < kKinds; ++k) {
      by_speaker[k][spoken.speakers[i]].events += o.tallies[k].events;
      by_speaker[k][spoken.speakers[i]].tries += o.tallies[k].tries;
    }
  }
  nlohmann::ordered_json json{{"bundle", Hex(bundle.digest())},
                              {"recordings", outcomes.size()},
                              {"heard", heard},
                              {"phrases", phrases},
                              {"speakers", spoken.speaker_count},
                              {"refused", nlohmann::ordered_json::object()},
                              {"refused_phrases", nlohmann::ordered_json::object()}};
  for (const auto& [reason, count] : refused) json["refused"][reason] = count;
  for (const auto& [reason, count] : refused_phrases) json["refused_phrases"][reason] = count;
  std::string text = fmt::format(
      "{} recordings, {} heard, {} of them phrases that a challenge can ask; {} speakers\n",
      outcomes.size(), heard, phrases, spoken.speaker_count);
  for (size_t k = 0; k < kKinds; ++k) {
    Tally sum;
    for (const Tally& t : by_speaker[k]) {
      sum.events += t.events;
      sum.tries += t.tries;
    }
    nlohmann::ordered_json one{{"events", sum.events}, {"tries", sum.tries}};
    if (sum.tries > 0) {
      const double value = static_cast<double>(sum.events) / static_cast<double>(sum.tries);
      const auto interval =
          TallyInterval(by_speaker[k], static_cast<size_t>(options.draws), kEvalSeed);
      one.update(ValueJson(value, interval));
      text += fmt::format("  {:<30} {} of {}: {}\n", kTitles[k], sum.events, sum.tries,
                          ValueText(Rate::kEer, value, interval));
    }
    json[kNames[k]] = one;
  }
  for (const auto& [reason, count] : refused_phrases) {
    text += fmt::format("  of the right phrases refused: {} ({})\n", count, reason);
  }
  text.pop_back();
  Print(context, json, text);
}

Status Run(const EvalOptions& options, const Context& context) {
  VOIZK_RETURN_IF_ERROR(CheckFiles(context, {.inputs = {options.phrases, options.utterances}}));
  VOIZK_ASSIGN_OR_RETURN(const Bundle bundle, context.LoadBundle());
  VOIZK_ASSIGN_OR_RETURN(const Spoken spoken, ReadSpoken(options));
  VOIZK_RETURN_IF_ERROR(CheckRecordings(options, context, spoken.recordings, {}));
  std::vector<Outcome> outcomes(spoken.recordings.size());
  PhraseModel model(bundle);
  const auto hear = [&](size_t i, const PcmBuffer& pcm) {
    return JudgeRecording(model, bundle.data().decision, pcm.samples, spoken.digits[i], i,
                          &outcomes[i]);
  };
  const HearingOutcome outcome = HearAll(options, context, bundle, spoken.recordings,
                                         std::vector<bool>(spoken.recordings.size()), hear);
  if (outcome.error) return *outcome.error;
  Tell(options, context, bundle, spoken, outcomes);
  return {};
}

}  // namespace
}  // namespace eval_phrases

int EvalPhrases(const EvalOptions& options, const Context& context) {
  const Status status = eval_phrases::Run(options, context);
  return status.ok() ? static_cast<int>(kExitOk) : ReportError(context, status.error());
}

}  // namespace voizk::cli
