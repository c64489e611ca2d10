// The shipped integer pipeline as a function, for measuring it: samples to features, voiced frames
// and logits, and to an embedding under any pooling mask.  The relations are those of login and
// graph, executed by the witness library.
#ifndef VOIZK_TESTS_ACCURACY_PLAIN_MODEL_H_
#define VOIZK_TESTS_ACCURACY_PLAIN_MODEL_H_

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "base/threads.h"
#include "login/user/recording.h"
#include "voizk/bundle.h"

namespace voizk {

struct Heard {
  uint32_t frames = 0;            // the bucket
  std::vector<int32_t> features;  // [frames][filters]
  std::vector<int32_t> voiced;    // [frames/2], the frames that the networks work on
  std::vector<int32_t> energy;    // [frames/2], of the same frames
  std::vector<int32_t> logits;    // [frames/2][13]
};

class PlainModel {
 public:
  /// kIgnored: too little or too noisy speech is measured too, as tools/train/evaluate_bundle.py
  /// does; kHeeded: it is refused as a login refuses it.
  enum class Refusals { kHeeded, kIgnored };
  /// Ready for every bucket; failures are test failures.
  PlainModel(const Bundle& bundle, Refusals refusals, ThreadPool& pool);

  /// In the smallest bucket that holds pcm.  kRefused as the pipeline's steps refuse.
  Result<Heard> Hear(std::span<const int16_t> pcm) const;
  /// mask: [frames/2], not all zero.
  Result<std::vector<int32_t>> Embed(const Heard& heard, const std::vector<int32_t>& mask) const;

  const Bundle& bundle() const { return bundle_; }

 private:
  struct Bucket {
    std::optional<RunnableRelation> hear, embed;
  };
  Bundle bundle_;
  std::map<uint32_t, Bucket> buckets_;
};

}  // namespace voizk

#endif  // VOIZK_TESTS_ACCURACY_PLAIN_MODEL_H_
