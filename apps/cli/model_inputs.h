// Numbers for the inputs of a network: .npy arrays and recordings, alone or in folders.
#ifndef VOIZK_CLI_MODEL_INPUTS_H_
#define VOIZK_CLI_MODEL_INPUTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "voizk/result.h"

namespace voizk::cli {

struct NamedInput {
  std::string name;
  std::vector<int64_t> dims;
};
using Values = std::vector<float>;  // row-major

/// Which input "[NAME=]PATH" is for, and the path.  The name may be left out where there is one
/// input only.  kInvalidArgument names `option`.
struct InputPath {
  size_t input = 0;
  std::string path;
};
Result<InputPath> FindInput(const std::vector<NamedInput>& inputs, const std::string& text,
                            const std::string& option);

/// All that such texts may name, for CheckFiles before the inputs are known.
std::vector<std::string> PossiblePaths(const std::vector<std::string>& texts);

/// One file, pipe or ("-") standard input: an .npy array (told by its first bytes) of the input's
/// shape, ones left out, or a recording, of which the input is the beginning in [-1, 1], padded
/// with zeros.  Errors name the file.
Result<Values> ReadValues(const std::string& path, const NamedInput& input, int rate_hz);

/// The same for each of `texts`, "[NAME=]FILE".  Inputs for which nothing is given stay empty;
/// kInvalidArgument: one that is given twice.
Result<std::vector<Values>> ReadGiven(const std::vector<NamedInput>& inputs,
                                      const std::vector<std::string>& texts, int rate_hz);

/// Samples to calibrate on, each with values for every input, from "[NAME=]PATH" of files or of
/// folders.  Files of a folder are taken in the order of their names; an array is one sample, a
/// recording up to 16 windows spread evenly over it.  Of inputs with fewer, the first come again;
/// inputs that are not named are zeros.  Errors name the file.
Result<std::vector<std::vector<Values>>> ReadSamples(const std::vector<NamedInput>& inputs,
                                                     const std::vector<std::string>& texts,
                                                     int rate_hz);

}  // namespace voizk::cli

#endif  // VOIZK_CLI_MODEL_INPUTS_H_
