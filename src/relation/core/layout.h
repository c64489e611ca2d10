// Where cells, lookups and products lie in their three address spaces.  Each is a list of
// placements (base, shape): base is a multiple of 2^InnerBits, so that for an index i of the shape
//   eq(point, base + address(i)) = eq(point_hi, base/2^b + i0) * prod_k eq(point_k, i_k),
// a product of one vector per dimension: rank-one weights.  Larger inner blocks come first; the
// order is otherwise the relation's, so that no space is wasted between placements.
#ifndef VOIZK_RELATION_CORE_LAYOUT_H_
#define VOIZK_RELATION_CORE_LAYOUT_H_

#include <cstdint>
#include <vector>

#include "relation/core/relation.h"

namespace voizk {

struct Placement {
  uint64_t base = 0;
  Shape shape;
};

struct Space {
  std::vector<Placement> items;
  uint64_t size = 0;  // one past the last address
  int bits = 0;       // smallest b with size <= 2^b (at least 1)
};

struct Layout {
  Space cells;     // by TensorId
  Space lookups;   // lookups in order, then tables (shape [rows]) in order
  Space products;  // by product: KeptShape (product_dims.h)
  // By product: shape of c, then by equality and public input: shape of v, then by lattice
  // commitment: [1024].
  Space outputs;
};

Layout MakeLayout(const Relation& r);

}  // namespace voizk

#endif  // VOIZK_RELATION_CORE_LAYOUT_H_
