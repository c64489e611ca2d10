// NumPy's .npy files (format 1 and 2): the arrays that models read and write.
#ifndef VOIZK_CLI_NPY_H_
#define VOIZK_CLI_NPY_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "voizk/result.h"

namespace voizk::cli {

struct NpyArray {
  std::vector<int64_t> dims;
  std::vector<float> values;  // row-major
};

/// Whether the bytes begin as such a file.
bool IsNpy(std::span<const uint8_t> bytes);

/// float32, float64, int16, int32 and int64, little-endian, row-major.  kMalformed, kUnsupported.
Result<NpyArray> ParseNpy(std::span<const uint8_t> bytes);

/// A float32 file.
std::vector<uint8_t> WriteNpy(std::span<const int64_t> dims, std::span<const float> values);

}  // namespace voizk::cli

#endif  // VOIZK_CLI_NPY_H_
