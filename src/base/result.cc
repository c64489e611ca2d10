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
    case Check::kZeroCoordinate:
      return "zero_coordinate";
    case Check::kMerklePath:
      return "merkle_path";
    case Check::kConstraints:
      return "constraints";
    case Check::kCombinedRow:
      return "combined_row";
    case Check::kPadLowDegree:
      return "pad_low_degree";
    case Check::kPadLinear:
      return "pad_linear";
    case Check::kPadQuadratic:
      return "pad_quadratic";
  }
  return "unknown";
}

}  // namespace voizk
