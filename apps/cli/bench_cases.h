// What `voizk bench` measures.  The one part of the command line that reaches below include/voizk.
#ifndef VOIZK_CLI_BENCH_CASES_H_
#define VOIZK_CLI_BENCH_CASES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "proof/prover/prover.h"
#include "voizk/bundle.h"
#include "voizk/model.h"
#include "voizk/result.h"

namespace voizk::cli {

/// One measurement; times in seconds, the best of `repeats`.  Fields that do not apply are 0.
struct BenchRow {
  std::string name;
  int threads = 1;
  double calibration_ns = 0;  // the calibration kernel's step, measured in the same process
  double infer_s = 0;         // from the secret inputs to all activations
  double prove_s = 0;         // commitment and opening included; witness given
  double prove_first_s = 0;   // the process's first, which asks the system for its memory
  double prove_cpu_s = 0;     // CPU time of all threads
  ProveStats steps;           // least time of each step
  double verify_s = 0;        // from a ready instance
  double setup_s = 0;         // building the relation, its certificate and parameters
  uint64_t proof_bytes = 0;
  uint64_t activations = 0;
  uint64_t lookups = 0;    // lookups and table rows
  uint64_t committed = 0;  // cells
  double soundness_bits = 0;
  double ns_per_item = 0;    // kernels: per lookup or table row, per cell
  double nonzero_least = 0;  // networks with ReLU: least share of nonzero activations of a layer
};

/// login (of 3 s), logup, commit, lenet5, speech1d, logmel, vgg16, login7s.
const std::vector<std::string>& BenchNames();

/// login, login7s and logmel read the bundle: synthetic audio, and for logins the bundle's networks
/// with the decision's thresholds opened, since no synthetic sound passes them and no cost depends
/// on them. log_items: size of the kernel rows, 13 to 24.
/// A model, where there is one, is measured in their place, on numbers drawn evenly from the ranges
/// of its inputs.
Result<BenchRow> RunBench(const std::string& name, const Bundle* bundle, const Model* model,
                          int threads, int repeats, int log_items);

}  // namespace voizk::cli

#endif  // VOIZK_CLI_BENCH_CASES_H_
