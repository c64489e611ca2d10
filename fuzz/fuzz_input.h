// What the fuzz targets share: a claim that ends the process, the bytes of a file in the tree.
#ifndef VOIZK_FUZZ_FUZZ_INPUT_H_
#define VOIZK_FUZZ_FUZZ_INPUT_H_

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "source_dir.h"

namespace voizk {

/// libFuzzer keeps the input that got here.
inline void Claim(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "claim does not hold: %s\n", what);
  std::abort();
}

/// path from the root of the tree.
inline std::vector<uint8_t> ReadTreeFile(const std::string& path) {
  std::ifstream in(std::string(VOIZK_SOURCE_DIR) + "/" + path, std::ios::binary);
  Claim(in.good(), path.c_str());
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace voizk

#endif  // VOIZK_FUZZ_FUZZ_INPUT_H_
