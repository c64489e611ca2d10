// Canonical serialisation of a relation (docs/protocol/relation.md gives the grammar) and its
// digest, which the transcript absorbs first.  Steps and names are not part of it.
#ifndef VOIZK_RELATION_CORE_DIGEST_H_
#define VOIZK_RELATION_CORE_DIGEST_H_

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "relation/core/relation.h"

namespace voizk {

std::vector<uint8_t> SerializeRelation(const Relation& r);
/// For verifiers that take a relation as a file; certificate.h still has to be run on the result.
/// Accepts exactly the outputs of SerializeRelation; memory is at most proportional to the input.
Result<Relation> ParseRelation(std::span<const uint8_t> bytes);
/// SHA-256("voizk relation v2" | serialisation).
std::array<uint8_t, 32> RelationDigest(const Relation& r);

}  // namespace voizk

#endif  // VOIZK_RELATION_CORE_DIGEST_H_
