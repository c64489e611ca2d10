#include "proven_enrolment.h"

#include <fmt/format.h>

#include <span>
#include <utility>

#include "voizk/enrolment.h"

namespace voizk::cli {
namespace {

constexpr int kMaxRefusals = 3;  // of one enrolment from the microphone

class Enrolment {
 public:
  Enrolment(const Context& context, const TrustedBundle& bundle, const Challenge& challenge,
            const std::vector<std::string>& files, RecordingOptions recording)
      : context_(context),
        bundle_(bundle),
        challenge_(challenge),
        files_(files),
        recording_(std::move(recording)) {}

  Result<EnrolmentProof> Run(size_t count) {
    VOIZK_RETURN_IF_ERROR(CheckCount(count));
    VOIZK_ASSIGN_OR_RETURN(phrases_, EnrolmentPhrases(challenge_, count));
    recordings_.resize(count);
    for (size_t i = 0; i < count; ++i) VOIZK_RETURN_IF_ERROR(Record(i));
    while (true) {
      const std::vector<std::span<const int16_t>> spans = Spans();
      auto proof = ProveEnrolment(bundle_, challenge_, spans, context_.Work());
      if (!proof.ok() || proof->refusal == Refusal::kNone) return proof;
      VOIZK_RETURN_IF_ERROR(Again(proof->recording, proof->refusal));
      VOIZK_RETURN_IF_ERROR(Record(proof->recording - 1));
    }
  }

 private:
  /// Before anybody speaks.
  Status CheckCount(size_t count) const {
    const size_t least = LeastEnrolPhrases(*bundle_);
    if (least > kMaxEnrolPhrases) {
      return {ErrorCode::kUnsupported, "the bundle has no proven enrolment"};
    }
    if (count >= least && count <= kMaxEnrolPhrases) return {};
    return {ErrorCode::kInvalidArgument,
            fmt::format("a proven enrolment takes {} to {} recordings, not {}", least,
                        kMaxEnrolPhrases, count)};
  }

  std::string Name(size_t recording) const {
    if (recording == 0) return "the recordings together";
    return files_.empty() ? fmt::format("phrase {}", Spaced(phrases_[recording - 1]))
                          : files_[recording - 1];
  }

  /// Whether a refused recording may be taken again.
  Status Again(size_t recording, Refusal refusal) {
    const std::string text = fmt::format("{}: {}", Name(recording), RefusalText(refusal));
    if (recording == 0 || !files_.empty() || ++refusals_ > kMaxRefusals) {
      return {ErrorCode::kRefused, text};
    }
    WriteErr(text + " Again:\n");
    return {};
  }

  Status Record(size_t i) {
    while (true) {
      if (files_.empty()) {
        WriteErr(fmt::format("({}/{}) {} asks you to say:   {}\n", i + 1, phrases_.size(),
                             challenge_.relying_party, Spaced(phrases_[i])));
      } else {
        recording_.file = files_[i];
      }
      VOIZK_ASSIGN_OR_RETURN(recordings_[i], GetRecording(context_, *bundle_, recording_));
      const Refusal refusal = QuickRefusal(recordings_[i]);
      if (refusal == Refusal::kNone) return {};
      VOIZK_RETURN_IF_ERROR(Again(i + 1, refusal));
    }
  }

  std::vector<std::span<const int16_t>> Spans() const {
    std::vector<std::span<const int16_t>> spans;
    for (const PcmBuffer& pcm : recordings_) spans.emplace_back(pcm.samples);
    return spans;
  }

  const Context& context_;
  const TrustedBundle& bundle_;
  const Challenge& challenge_;
  const std::vector<std::string>& files_;
  RecordingOptions recording_;
  std::vector<std::vector<uint8_t>> phrases_;
  std::vector<PcmBuffer> recordings_;
  int refusals_ = 0;
};

}  // namespace

std::string Spaced(const std::vector<uint8_t>& digits) {
  std::string text;
  for (const uint8_t digit : digits) text += fmt::format("{}{}", text.empty() ? "" : " ", digit);
  return text;
}

Result<EnrolmentProof> EnrolWithProof(const Context& context, const TrustedBundle& bundle,
                                      const Challenge& challenge,
                                      const std::vector<std::string>& files, size_t count,
                                      RecordingOptions recording) {
  return Enrolment(context, bundle, challenge, files, std::move(recording))
      .Run(files.empty() ? count : files.size());
}

}  // namespace voizk::cli
