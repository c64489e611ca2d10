// One recording of a proven enrolment by itself: whether its phrase was spoken, and whose voice.
#ifndef VOIZK_LOGIN_USER_PHRASE_MODEL_H_
#define VOIZK_LOGIN_USER_PHRASE_MODEL_H_

#include <cstdint>
#include <span>
#include <utility>

#include "base/result.h"
#include "base/threads.h"
#include "login/relation/login_relation.h"
#include "login/relation/template.h"
#include "login/user/recording.h"
#include "voizk/bundle.h"
#include "voizk/login.h"

namespace voizk {

/// Secret.
struct HeardPhrase {
  Refusal refusal = Refusal::kNone;
  Embedding embedding;  // these two: unless refused
  int64_t voiced = 0;   // 20 ms frames within the phrase
};

/// The relation of every recording of one bucket and length of phrase.
class PhraseModel {
 public:
  /// Errors: those of CheckBucket and BuildSpokenPhraseRelation.
  static Result<PhraseModel> Make(const Bundle& bundle, const LoginShape& shape);

  /// 16-bit mono at the bundle's rate, at most a bucket of it.  Errors are never kRefused: a
  /// refusal is a value.
  Result<HeardPhrase> Hear(std::span<const int16_t> pcm, std::span<const uint8_t> phrase,
                           ThreadPool* pool) const;

 private:
  PhraseModel(const Bundle& bundle, uint32_t frames, RunnableRelation model)
      : bundle_(bundle), frames_(frames), model_(std::move(model)) {}

  Bundle bundle_;
  uint32_t frames_;
  RunnableRelation model_;
};

}  // namespace voizk

#endif  // VOIZK_LOGIN_USER_PHRASE_MODEL_H_
