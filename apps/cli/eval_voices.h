// The embeddings of an evaluation's recordings, kept beside its scores while it is not done.
#ifndef VOIZK_CLI_EVAL_VOICES_H_
#define VOIZK_CLI_EVAL_VOICES_H_

#include <string>
#include <vector>

#include "eval_options.h"
#include "evaluation/voice/kept_voices.h"

namespace voizk::cli {

/// A file that only its owner can read, to which finished utterances are added.
class KeptFile {
 public:
  /// What is in it already; makes it if it is absent.  Errors name it: kInvalidArgument (another
  /// bundle's; somebody else's; others may read it), kMalformed, kIo.
  static Result<KeptFile> Open(const std::string& path, const std::array<uint8_t, 32>& digest);
  KeptFile(KeptFile&& other) noexcept;
  KeptFile& operator=(KeptFile&&) = delete;
  ~KeptFile();

  std::vector<KeptVoice>& voices() { return voices_; }
  /// kIo.
  Status Add(const KeptVoice& voice);
  /// The evaluation is done.  kIo.
  Status Delete();

 private:
  KeptFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  std::string path_;
  int fd_;
  std::vector<KeptVoice> voices_;
};

struct EvalVoices {
  std::vector<KeptVoice> voices;  // by utterance of the plan
  std::vector<bool> heard;        // by utterance
  HearingOutcome outcome;
  size_t resumed = 0;  // utterances that were not heard anew
};

/// kept: null without --resume.
Result<EvalVoices> EmbedAll(const EvalOptions& options, const Context& context,
                            const Bundle& bundle, const TrialPlan& plan,
                            const std::vector<EvalRecording>& recordings, KeptFile* kept);

}  // namespace voizk::cli

#endif  // VOIZK_CLI_EVAL_VOICES_H_
