// Relations for tests of the whole protocol: small, but with every kind of constraint.
#ifndef VOIZK_TESTS_PROOF_PROTOCOL_SMALL_RELATIONS_H_
#define VOIZK_TESTS_PROOF_PROTOCOL_SMALL_RELATIONS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "crypto/hash/rng.h"
#include "proof/protocol/instance.h"
#include "proof/protocol/public_values.h"
#include "relation/core/relation.h"
#include "relation/execution/checker.h"

namespace voizk {

/// A relation with a witness that satisfies it.
struct Sample {
  std::string name;
  std::shared_ptr<const Relation> relation;
  Witness witness;
};

/// Two dense layers with requantisation between them.
Sample DenseNetwork(uint32_t seed);
/// Convolutions (1-D with groups, stride and dilation; 2-D), requantised.
Sample ConvolutionNetwork(uint32_t seed);
/// Pointwise and summed products, an equality, a range check, a maximum.
Sample EveryConstraint(uint32_t seed);
/// One input, one requantisation: the smallest proof.
Sample Tiny(uint32_t seed);
/// Products only: no lookups, no tables.
Sample Booleans(uint32_t seed);
/// One cell, lookups and an equality, no products.
Sample Equalities(uint32_t seed);
/// A matrix that the statement gives, times secrets: the products are the statement's, too.
Sample PublicInputsAndOutputs(uint32_t seed);
/// Every form that a view, a window, a source, a convolution and a constraint can have, more than
/// one row of pads.
Sample EveryForm(uint32_t seed);
/// Products of which a factor does not depend on some dimensions.
Sample MatrixProducts(uint32_t seed);
/// A layer with committed weights, and commitments to tensors of every layout: shorter and longer
/// than a polynomial, with padding and without, two commitments.
Sample LatticeCommitments(uint32_t seed);
std::vector<Sample> AllSamples(uint32_t seed);

PublicValues SamplePublicValues();
/// With the sample's public inputs.
PublicValues SamplePublicValues(const Sample& sample);

/// For seeds to give different proofs, and for no other reason, tests use a fixed generator.
std::vector<uint8_t> ProveSample(const Instance& instance, const PublicValues& public_values,
                                 const Witness& witness, uint64_t seed, size_t threads = 1);

/// Proof from a witness that may violate anything: views are evaluated over the integers and then
/// reduced mod p, so that the prover lies as well as it can.  (The shipped prover keeps such proofs
/// to itself.)
std::vector<uint8_t> ProveLie(const Instance& instance, const PublicValues& public_values,
                              const Witness& witness, uint64_t seed);

Instance MakeInstanceOrDie(const Sample& sample, int degree = 0, int work_bits = 0);

}  // namespace voizk

#endif  // VOIZK_TESTS_PROOF_PROTOCOL_SMALL_RELATIONS_H_
