#include "relation/core/layout.h"

#include <algorithm>
#include <numeric>

#include "relation/core/product_dims.h"
#include "relation/core/structure.h"

namespace voizk {
namespace {

Space Place(const std::vector<Shape>& shapes) {
  std::vector<size_t> order(shapes.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return shapes[a].InnerBits() > shapes[b].InnerBits();
  });
  Space space;
  space.items.resize(shapes.size());
  // Sizes so far are multiples of 2^InnerBits of every later item, so bases are aligned.
  for (size_t i : order) {
    space.items[i] = Placement{space.size, shapes[i]};
    space.size += shapes[i].AddressCount();
  }
  space.bits = 1;
  while (space.size > uint64_t{1} << space.bits) ++space.bits;
  return space;
}

}  // namespace

Layout MakeLayout(const Relation& r) {
  Layout layout;
  std::vector<Shape> shapes;
  for (const Tensor& t : r.tensors) shapes.push_back(t.shape);
  layout.cells = Place(shapes);

  shapes.clear();
  for (const Lookup& l : r.lookups) shapes.push_back(l.key.shape);
  for (const Table& t : r.tables)
    shapes.push_back(MakeShape({static_cast<uint32_t>(t.keys.size())}));
  layout.lookups = Place(shapes);

  shapes.clear();
  for (const Product& p : r.products) shapes.push_back(KeptShape(p));
  layout.products = Place(shapes);

  shapes.clear();
  for (const Product& p : r.products) shapes.push_back(p.c.shape);
  for (const Equality& e : r.equalities) shapes.push_back(e.v.shape);
  for (const PublicInput& p : r.publics) shapes.push_back(p.v.shape);
  shapes.insert(shapes.end(), r.commitments.size(), MakeShape({kLatticeLength}));
  layout.outputs = Place(shapes);
  return layout;
}

}  // namespace voizk
