// The relation of enrolment at every length, for the embeddings of utterances.
#ifndef VOIZK_LOGIN_USER_VOICE_MODEL_H_
#define VOIZK_LOGIN_USER_VOICE_MODEL_H_

#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/threads.h"
#include "login/relation/template.h"
#include "login/user/recording.h"
#include "voizk/bundle.h"
#include "voizk/login.h"

namespace voizk {

/// What an utterance says about its speaker.  Secret.
struct UtteranceVoice {
  std::vector<Embedding> pieces;     // in order; refused ones are left out
  int64_t voiced = 0;                // 10 ms frames of all of them
  Refusal refusal = Refusal::kNone;  // why there is no piece
};

/// Several threads may call Embed at once, each with a pool of its own or none.
class VoiceModel {
 public:
  explicit VoiceModel(const Bundle& bundle) : bundle_(bundle) {}

  /// 16-bit mono at the bundle's rate.  An utterance longer than the longest bucket counts as
  /// several pieces of equal length; a piece that ends in a pause may hold too little, the
  /// utterance needs one good piece.  Errors are never kRefused: a refusal is a value.
  Result<UtteranceVoice> Embed(std::span<const int16_t> pcm, ThreadPool* pool);

 private:
  Result<const RunnableRelation*> RelationAt(uint32_t frames);
  /// One piece's embedding into `voice`, or the reason of its refusal.
  Status EmbedPiece(std::span<const int16_t> pcm, ThreadPool* pool, UtteranceVoice* voice);

  const Bundle bundle_;
  std::mutex mutex_;
  std::map<uint32_t, RunnableRelation> models_;  // what is in it stays where it is
};

}  // namespace voizk

#endif  // VOIZK_LOGIN_USER_VOICE_MODEL_H_
