// Relation files.  What parses has one encoding; what is well-formed can be laid out; views of it
// lie within their certified bounds on any witness within the claimed ranges; and the verifier's
// evaluation of a view's functional is that of the cells (proof/functionals/view_functional.h).
#include <algorithm>
#include <array>
#include <cmath>

#include "algebra/poly/eq.h"
#include "fuzz_input.h"
#include "proof/functionals/add_functional.h"
#include "proof/functionals/evaluate_functional.h"
#include "proof/functionals/placed_values.h"
#include "proof/functionals/view_functional.h"
#include "relation/certificate/certificate.h"
#include "relation/core/digest.h"
#include "relation/core/layout.h"
#include "relation/core/structure.h"
#include "relation/execution/checker.h"

namespace voizk {
namespace {

constexpr uint64_t kMaxCells = 1 << 12, kMaxViewCells = 1 << 12;
constexpr size_t kMaxViews = 24;
constexpr int64_t kMaxWork = 1 << 22;
using K = Ext<4>;

uint64_t Mix(uint64_t* state) {  // splitmix64
  uint64_t z = *state += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

std::vector<K> Point(int bits, uint64_t* state) {
  std::vector<K> point(static_cast<size_t>(bits));
  for (K& x : point) {
    for (int l = 0; l < 4; ++l) x[l] = Fp::FromU64(Mix(state));
  }
  return point;
}

// Ends of the claimed ranges as often as values between.
Witness SomeWitness(const Relation& r, uint64_t* state) {
  Witness w;
  for (const Tensor& t : r.tensors) {
    std::vector<int32_t>& cells = w.emplace_back(t.shape.Cells());
    for (int32_t& x : cells) {
      const uint64_t random = Mix(state);
      const auto width = static_cast<uint64_t>(t.hi - t.lo) + 1;
      const int64_t inside = t.lo + static_cast<int64_t>((random >> 2) % width);
      x = static_cast<int32_t>((random & 3) == 0 ? t.lo : (random & 3) == 1 ? t.hi : inside);
    }
  }
  return w;
}

// Multiplications of a plain evaluation.
int64_t Work(const Relation& r, const View& v) {
  int64_t work = 0;
  for (const Term& t : v.terms) {
    work += static_cast<int64_t>(v.shape.Cells() + r.tensors[t.tensor].shape.Cells());
    const auto* conv = std::get_if<Conv>(&t.op);
    if (conv == nullptr) continue;
    const auto weights = static_cast<int64_t>(r.weights[conv->weights].values.size());
    work += weights *
            static_cast<int64_t>(v.shape.dims[0] * (conv->spatial == 2 ? v.shape.dims[1] : 1));
  }
  return work;
}

// At least every partial sum of a plain evaluation.
double Magnitude(const Relation& r, const View& v) {
  double sum = 0;
  for (const Term& t : v.terms) {
    const Tensor& tensor = r.tensors[t.tensor];
    double term = std::max({1.0, std::abs(static_cast<double>(t.coeff)),
                            std::abs(static_cast<double>(t.coeff)) *
                                static_cast<double>(std::max(-tensor.lo, tensor.hi))});
    const auto times = [&term](const std::vector<int32_t>& weights, uint32_t length) {
      double total = weights.empty() ? length : 0;
      for (const int32_t w : weights) total += std::abs(static_cast<double>(w));
      term *= std::max(1.0, total);
    };
    if (const auto* map = std::get_if<IndexMap>(&t.op)) {
      for (size_t k = 0; k < map->sources.size(); ++k) {
        if (map->sources[k].kind != DimSource::Kind::kSum) continue;
        times(map->sources[k].weights, tensor.shape.dims[k]);
      }
    } else {
      times(r.weights[std::get<Conv>(t.op).weights].values, 0);
    }
    sum += term;
  }
  return sum + 4096.0 * INT32_MAX;
}

void CheckFunctional(const Relation& r, const Layout& layout, const View& v, const Witness& w,
                     std::span<const int64_t> values, uint64_t* state) {
  const Placement item{0, v.shape};
  int bits = 1;
  while (v.shape.AddressCount() > uint64_t{1} << bits) ++bits;
  const RankOne<4> weights = PlaceWeights<4>(Point(bits, state), item);
  K direct;  // sum_o w(o) v(o)
  size_t at = 0;
  const auto& d = v.shape.dims;
  for (size_t i0 = 0; i0 < d[0]; ++i0) {
    for (size_t i1 = 0; i1 < d[1]; ++i1) {
      for (size_t i2 = 0; i2 < d[2]; ++i2) {
        for (size_t i3 = 0; i3 < d[3]; ++i3) {
          direct += weights.factors[0].get(i0) * weights.factors[1].get(i1) *
                    weights.factors[2].get(i2) * weights.factors[3].get(i3) *
                    Fp::FromI64(values[at++]);
        }
      }
    }
  }
  ThreadPool pool;
  ExtVec<4> e(layout.cells.size);
  AddViewFunctional<4>(r, layout, v, weights, K::kOne, &e, pool);
  K through_cells = ConstantOfView<4>(v, weights);
  const auto z = Point(layout.cells.bits, state);
  const ExtVec<4> eq = EqWindow<4>(std::span<const K>(z), 0, layout.cells.size);
  std::vector<Fp> cells(layout.cells.size);
  for (size_t t = 0; t < w.size(); ++t) PlaceValues(layout.cells.items[t], w[t], Fp::kOne, cells);
  K at_z;
  for (size_t x = 0; x < layout.cells.size; ++x) {
    through_cells += e.get(x) * cells[x];
    at_z += e.get(x) * eq.get(x);
  }
  Claim(through_cells == direct, "functional on the cells");
  CellPoint<4> point(layout, z);
  Claim(EvaluateViewFunctional<4>(r, v, weights, point) == at_z, "functional at a point");
}

void CheckViews(const Relation& r, uint64_t state) {
  const Layout layout = MakeLayout(r);
  if (layout.cells.size == 0 || layout.cells.size > kMaxCells) return;
  for (const Tensor& t : r.tensors) {
    if (t.lo > t.hi || t.lo < -kHalfModulus || t.hi > kHalfModulus) return;
  }
  const Witness w = SomeWitness(r, &state);
  std::vector<const View*> views;
  for (const Lookup& l : r.lookups) {
    views.push_back(&l.key);
    if (l.has_value) views.push_back(&l.value);
  }
  for (const Product& p : r.products) views.insert(views.end(), {&p.a, &p.b, &p.c});
  for (const Equality& e : r.equalities) views.push_back(&e.v);
  for (const PublicInput& p : r.publics) views.push_back(&p.v);
  views.resize(std::min(views.size(), kMaxViews));
  for (const View* v : views) {
    if (v->shape.AddressCount() > kMaxViewCells || Work(r, *v) > kMaxWork) continue;
    if (Magnitude(r, *v) > 0x1p62) continue;  // EvaluateView may overflow
    const Interval bound = BoundView(r, *v);
    const std::vector<int64_t> values = EvaluateView(r, *v, w);
    for (const int64_t x : values) Claim(x >= bound.lo && x <= bound.hi, "value within its bound");
    CheckFunctional(r, layout, *v, w, values, &state);
  }
}

}  // namespace
}  // namespace voizk

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace voizk;
  const auto relation = ParseRelation({data, size});
  if (!relation.ok()) return 0;
  const std::vector<uint8_t> again = SerializeRelation(*relation);
  Claim(std::equal(again.begin(), again.end(), data, data + size), "one encoding");
  if (!CheckStructure(*relation).ok()) return 0;
  uint64_t cells = 0;  // tensors of the claimed sizes may be huge
  for (const Tensor& t : relation->tensors) cells += t.shape.AddressCount();
  (void)Certify(*relation);
  if (cells <= kMaxCells) CheckViews(*relation, size);
  return 0;
}
