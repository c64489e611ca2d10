#include "base/result.h"

namespace voizk {

std::string_view Name(Check check) {
  switch (check) {
    case Check::kLength:
      return "length";
    case Check::kHeader:
      return "header";
    case Check::kLimit:
      return "limit";
    case Check::kCanonical:
      return "canonical";
    case Check::kValue:
      return "value";
    case Check::kPublicInput:
      return "public_input";
    case Check::kBucket:
      return "bucket";
    case Check::kPhrases:
      return "phrases";
    case Check::kWork:
      return "work";
    case Check::kZeroCoordinate:
      return "zero_coordinate";
    case Check::kMerklePath:
      return "merkle_path";
    case Check::kConstraints:
      return "constraints";
    case Check::kResponses:
      return "responses";
    case Check::kFold:
      return "fold";
  }
  return "unknown";
}

}  // namespace voizk
