// What an imported network says of recordings before anything is made of it.
#ifndef VOIZK_LOGIN_MAKING_SPEAKER_EAR_H_
#define VOIZK_LOGIN_MAKING_SPEAKER_EAR_H_

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/threads.h"
#include "login/user/recording.h"
#include "voizk/bundle.h"

namespace voizk {

/// Several threads may listen at once.
class SpeakerEar {
 public:
  /// A bundle with an imported network.
  explicit SpeakerEar(const Bundle& bundle) : bundle_(bundle) {}

  /// r of docs/decision.md, 11, over all voiced frames of (the first part of) a recording at the
  /// bundle's rate, as enrolment hears it; nothing if the front end refuses it.  Secret.
  Result<std::optional<std::vector<int32_t>>> Hear(std::span<const int16_t> pcm, ThreadPool* pool);

 private:
  Result<const RunnableRelation*> RelationAt(uint32_t frames);

  const Bundle bundle_;
  std::mutex mutex_;
  std::map<uint32_t, RunnableRelation> relations_;  // what is in it stays where it is
};

}  // namespace voizk

#endif  // VOIZK_LOGIN_MAKING_SPEAKER_EAR_H_
