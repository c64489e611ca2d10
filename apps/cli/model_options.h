// What the commands of `voizk model` share: options, the model file, its table.
#ifndef VOIZK_CLI_MODEL_OPTIONS_H_
#define VOIZK_CLI_MODEL_OPTIONS_H_

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "common.h"
#include "voizk/import.h"
#include "voizk/model.h"

namespace voizk::cli {

struct ModelOptions {
  std::string model;  // .onnx (import) or .vzm
  std::string out;
  std::string proof;
  std::vector<std::string> inputs;  // NAME=DIMS (import) or [NAME=]FILE
  std::vector<std::string> values;  // NAME=NUMBER
  std::string output;               // which, of several (import), or the file for it
  std::vector<std::string> calibrate;
  std::string onnx;     // eval: compare with
  std::string svg;      // show: file for the picture
  std::string open;     // commit: file that verifies
  std::string context;  // text that a proof is bound to
  bool public_inputs = false;
  int bits = 8;
  int input_bits = 16;
  int rate_hz = 16000;
  uint64_t memory = 0;  // bytes that a proof may take; 0: all there is
};

// One function per command of `voizk model`; each returns the exit code.
int ImportModel(const ModelOptions& options, const Context& context);
int CommitModelFile(const ModelOptions& options, const Context& context);
int EvalModel(const ModelOptions& options, const Context& context);
int ProveModelRun(const ModelOptions& options, const Context& context);
int VerifyModelRun(const ModelOptions& options, const Context& context);

/// Secret where it is a key.  kNotFound, kIo; they name the file.
Result<SecureVector<uint8_t>> ReadModelBytes(const std::string& path);
/// These, and Model::Read's.
Result<Model> ReadModelFile(const std::string& path);

/// Prints the inputs, the output and the table of nodes behind `text`, and all of it beside `json`.
/// To stderr where the command writes its file to standard output.
void DescribeModel(const Context& context, const Model& model, const std::string& path,
                   nlohmann::ordered_json json, std::string text);

/// --input (import) and --value, apart.  kInvalidArgument: no NAME=VALUE, no dims, no number, or a
/// name twice.
Result<FloatNetwork::Options> ParseImportOptions(const std::vector<std::string>& dims,
                                                 const std::vector<std::string>& values);

/// "1x80x300"; "1" without dims.
std::string DimsText(std::span<const int64_t> dims);
/// The end of a long name, which tells more than its beginning.
std::string Tail(const std::string& name);
double SecondsSince(std::chrono::steady_clock::time_point begin);

}  // namespace voizk::cli

#endif  // VOIZK_CLI_MODEL_OPTIONS_H_
