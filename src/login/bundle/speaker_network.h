// An imported network in the place of a bundle's speaker network: what it hears, and what becomes
// of what it says (docs/decision.md, 11; docs/bundle.md, 5).
#ifndef VOIZK_LOGIN_BUNDLE_SPEAKER_NETWORK_H_
#define VOIZK_LOGIN_BUNDLE_SPEAKER_NETWORK_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/hash/digest.h"
#include "network/graph/graph.h"
#include "network/graph/graph_model.h"
#include "speech/features/config.h"

namespace voizk {

/// What a bundle says of an imported network beside its model file.
struct SpeakerSection {
  enum class Reads : uint8_t { kSamples, kFeatures, kMask };
  struct Input {
    Reads reads = Reads::kSamples;
    int32_t mult = 1;  // integers of the network: floor((g mult + 2^(shift-1)) / 2^shift)
    int shift = 0;
  };
  std::vector<Input> inputs;  // in the network's order
  int output_shift = 0;
  std::vector<int32_t> projection;  // [64][N], int16
  std::vector<int32_t> bias;        // [64]
  int shift = 1;
};

inline constexpr uint32_t kMaxSpeakerOutputs = 4096;
inline constexpr size_t kMaxSpeakerJson = size_t{1} << 23;
inline constexpr int kMaxSpeakerShift = 29;  // of a rounding
/// r of docs/decision.md, 11, lies in [-kSpeakerOutputMax, kSpeakerOutputMax].
inline constexpr int32_t kSpeakerOutputMax = 2047;
/// The node that computes r.
inline constexpr char kSpeakerRounded[] = "heard.rounded";

const char* NameOf(SpeakerSection::Reads reads);

class SpeakerNetwork {
 public:
  /// Any bytes are safe.  kMalformed: no model file, inputs or output that are none of those of
  /// docs/bundle.md, 5, numbers out of bounds; kUnsupported: committed weights, an operation
  /// unknown, a name of more than 124 bytes; kInvalidArgument: shapes that do not fit;
  /// kLimitExceeded.
  static Result<std::shared_ptr<const SpeakerNetwork>> Read(std::span<const uint8_t> model_file,
                                                            SpeakerSection section,
                                                            const FrontEndConfig& c);

  const std::string& name() const { return name_; }
  /// SHA-256 of the model file.
  const Digest& digest() const { return digest_; }
  /// Whether the network has an input for the mask.
  bool pools_by_mask() const;
  /// Of samples or features.
  SpeakerSection::Reads reads() const;
  /// N.
  uint32_t outputs() const { return outputs_; }

  /// Whether a buffer of that many frames fits its inputs: kInvalidArgument.
  Status CheckFits(const FrontEndConfig& c, uint32_t frames) const;
  /// "samples" (x1, [rows][width]) or "features" [T][F], and "mask" [T/2], to the embedding,
  /// [1][64].  Errors: CheckFits's, those of a graph.
  Result<Graph> At(const FrontEndConfig& c, uint32_t frames) const;

 private:
  struct Input {
    SpeakerSection::Input section;
    std::string node;
    Shape shape;
    std::shared_ptr<const Operation> table;  // g to the network's integers
    uint64_t cells() const { return shape.Cells(); }
  };
  SpeakerNetwork() = default;
  Status TakeInputs(const SpeakerSection& section, const FrontEndConfig& c,
                    std::vector<GraphModel::Input> inputs);
  Graph::NodeId Hear(Graph& g, const Input& input, const FrontEndConfig& c, uint32_t frames) const;

  std::string name_;
  Digest digest_{};
  std::vector<Input> inputs_;
  std::vector<GraphModel::Node> nodes_;
  std::string output_;
  uint32_t outputs_ = 0;
  std::shared_ptr<const Operation> centre_, round_, project_, embed_;
};

}  // namespace voizk

#endif  // VOIZK_LOGIN_BUNDLE_SPEAKER_NETWORK_H_
