// Which relations and views are well-formed: every id exists, every shape fits, every index map and
// convolution is consistent with the shapes around it.  What the structure checks accept can be
// bounded, evaluated and proven without a further look at sizes; they say nothing about ranges of
// values (certificate.h does).
#ifndef VOIZK_RELATION_CORE_STRUCTURE_H_
#define VOIZK_RELATION_CORE_STRUCTURE_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/result.h"
#include "relation/core/relation.h"

namespace voizk {

// Named limits.  They bound the work that a hostile relation can cause and keep every address and
// count far from overflow.
// Where size_t has 32 bits the first two are smaller, so that no size of arrays indexed by
// addresses (up to 128 bytes each) leaves it; a relation of a login needs 2^22.
inline constexpr bool kSmallSizes = sizeof(size_t) < 8;
inline constexpr uint64_t kMaxAddresses =
    uint64_t{1} << (kSmallSizes ? 24 : 28);  // of one shape, and of all cells
inline constexpr uint64_t kMaxSpace =
    uint64_t{1} << (kSmallSizes ? 25 : 30);                     // lookups+tables; products; outputs
inline constexpr size_t kMaxTensors = size_t{1} << 20;          //
inline constexpr size_t kMaxConstraints = size_t{1} << 20;      // of each kind
inline constexpr uint64_t kMaxPublicCells = uint64_t{1} << 24;  // of all public inputs
inline constexpr size_t kMaxTables = size_t{1} << 12;           //
inline constexpr size_t kMaxTableRows = size_t{1} << 22;        // of one table
inline constexpr size_t kMaxViewTerms = 4096;                   // terms, and constants, of one view
inline constexpr int64_t kMaxCoefficient = int64_t{1} << 30;    // |coeff| is below
inline constexpr int64_t kMaxStep = int64_t{1} << 28;  // |stride|, |offset|, |pad|, dilation
inline constexpr int kMaxShift = 30;                   // of a lookup's key
// Lattice commitments (docs/protocol/lattice.md).  The addresses bound what the public elements
// take: 4 bytes each, 64 MiB.
inline constexpr uint32_t kLatticeLength = 1024;                     // values of one commitment
inline constexpr size_t kMaxLatticeCommitments = 16;                 // of a relation
inline constexpr uint64_t kMaxLatticeAddresses = uint64_t{1} << 24;  // of one commitment
inline constexpr int64_t kLatticeEntry = 2048;                       // -2048 <= entry < 2048
inline constexpr int64_t kLatticeValue = 1065353216;                 // |value| is at most (p-1)/2
inline constexpr int64_t kLatticeSalt = 512;                         // -512 <= entry < 512

/// Polynomials of 1024 coefficients that the addresses of a committed tensor fill.
uint64_t LatticePolynomials(const Shape& shape);

/// Rank 1..4, dims >= 1, at most kMaxAddresses addresses, trailing dims 1.
bool IsValidShape(const Shape& shape);

/// Ids, shapes, index maps, convolutions and constants' sizes of one view.
Status CheckView(const Relation& r, const View& v);

/// Everything of the relation but the ranges of values.
Status CheckStructure(const Relation& r);

/// Whether the values are the relation's public inputs and lattice commitments in number, size and
/// range.
/// kInvalidArgument, with Check::kPublicInput, which one and where.
Status CheckPublicInputs(const Relation& r, const PublicInputValues& inputs);

/// A box of indices: begin <= index < end in each dimension.
struct Box {
  std::array<uint32_t, Shape::kMaxRank> begin{0, 0, 0, 0};
  std::array<uint32_t, Shape::kMaxRank> end{1, 1, 1, 1};
  bool operator==(const Box&) const = default;
};
Box FullBox(const Shape& shape);

/// The output indices at which a map contributes: its window, cut down to where every affine source
/// is in range.  Inside, the term is the mapped cell (or sum of cells); outside it is 0.  Empty
/// boxes have begin = end = 0 in every dimension.
Box ReachedOutputs(const Shape& in, const Shape& out, const IndexMap& map);

}  // namespace voizk

#endif  // VOIZK_RELATION_CORE_STRUCTURE_H_
