// What the structure checks must refuse: a sound relation damaged in one place, and the place
// named.
#include "relation/core/structure.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "relation/certificate/certificate.h"
#include "relation/core/digest.h"
#include "relation/support/raw_relation.h"

namespace voizk {
namespace {

/// A sound relation that touches everything, to be damaged in one place.
Relation Whole() {
  Raw a;
  const TensorId x = a.Tensor(MakeShape({6, 2}), 0, 3);
  a.InRange(a.Of(x), 0, 3);
  a.r.weights.push_back({MakeShape({2, 3, 2}), std::vector<int32_t>(12, 1)});
  const View conv{MakeShape({4, 2}), {{x, 1, Conv{}}}, {{2, {1, 2}}}};
  a.r.tables.push_back({"", {0, 1}, {0, 0}});
  a.r.lookups.push_back({conv, 0, true, conv, 1});
  a.r.products.push_back({conv, conv, conv});
  a.r.equalities.push_back({conv});
  a.r.publics.push_back({"", conv, -100, 100});
  return a.Finished();
}

// `count` tensors in the shape of a salt before all others, which no longer fit what speaks of
// them.
void WithSalts(Relation* r, size_t count) {
  Relation other;
  other.tensors.assign(count, {"", MakeShape({2, 1024}), -512, 511});
  for (Tensor t : r->tensors) other.tensors.push_back(t);
  other.tables = r->tables;
  for (const TensorId t : r->multiplicities) {
    other.multiplicities.push_back(t + static_cast<TensorId>(count));
  }
  *r = other;
}

Conv& ConvOf(Relation& r) { return std::get<Conv>(r.lookups[1].key.terms[0].op); }
IndexMap& MapOf(Relation& r) { return std::get<IndexMap>(r.lookups[0].key.terms[0].op); }

TEST(Structure, WholeRelationIsSound) { EXPECT_TRUE(Certify(Whole()).ok()); }

// The range is looked for once, by whoever makes a relation, and is that of the values.
TEST(Weights, TheirRangeIsThatOfTheValues) {
  EXPECT_EQ(RangeOf({MakeShape({3}), {5, -7, 2}}), std::pair(-7, 5));
  EXPECT_EQ(RangeOf({MakeShape({1}), {INT32_MIN}}), std::pair(INT32_MIN, INT32_MIN));
  EXPECT_EQ(RangeOf(Weights{}), std::pair(0, 0));
  Relation whole = Whole();
  whole.weights[0].values[1] = -5;
  const auto parsed = ParseRelation(SerializeRelation(whole));
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->weights[0].range, std::pair(-5, 1));
}

TEST(Structure, EveryDamageIsNamed) {
  struct Case {
    std::string why;
    std::function<void(Relation&)> damage;
  };
  const std::vector<Case> cases = {
      {"tensor 0: shape", [](Relation& r) { r.tensors[0].shape.dims[1] = 0; }},
      {"tensor 0: shape", [](Relation& r) { r.tensors[0].shape.rank = 5; }},
      {"tensor 0: shape", [](Relation& r) { r.tensors[0].shape.rank = 0; }},
      {"tensor 0: shape", [](Relation& r) { r.tensors[0].shape.dims[3] = 2; }},
      {"tensor 0: shape",
       [](Relation& r) {
         r.tensors[0].shape.dims = {1u << 28, 2, 1, 1};
       }},
      {"tensor 0: shape",
       [](Relation& r) {
         r.tensors[0].shape = MakeShape({0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu});
       }},
      {"weights 0: shape", [](Relation& r) { r.weights[0].values.pop_back(); }},
      {"table's columns", [](Relation& r) { r.tables[0].values.pop_back(); }},
      {"table's columns", [](Relation& r) { r.tables[0].keys = r.tables[0].values = {}; }},
      {"multiplicit", [](Relation& r) { r.multiplicities.pop_back(); }},
      {"multiplicit", [](Relation& r) { std::swap(r.multiplicities[0], r.multiplicities[1]); }},
      {"multiplicit", [](Relation& r) { r.multiplicities[1] = r.multiplicities[0]; }},
      {"multiplicit", [](Relation& r) { r.tensors[1].shape = MakeShape({5}); }},
      {"no such table", [](Relation& r) { r.lookups[0].table = 2; }},
      {"shift", [](Relation& r) { r.lookups[0].shift = -1; }},
      // The serialisation holds one byte of these three: 256 more would be the same digest.
      {"shift", [](Relation& r) { r.lookups[0].shift += 256; }},
      {"spatial", [](Relation& r) { ConvOf(r).spatial += 256; }},
      {"tensor 0: shape", [](Relation& r) { r.tensors[0].shape.rank += 256; }},
      {"not used", [](Relation& r) { r.lookups[0].value = r.lookups[0].key; }},
      {"key and value", [](Relation& r) { r.lookups[1].value = r.lookups[0].key; }},
      {"no such tensor", [](Relation& r) { r.lookups[0].key.terms[0].tensor = 3; }},
      {"no such tensor", [](Relation& r) { r.lookups[0].key.terms[0].tensor = 1; }},
      {"coefficient", [](Relation& r) { r.lookups[0].key.terms[0].coeff = 1 << 30; }},
      {"coefficient", [](Relation& r) { r.lookups[0].key.terms[0].coeff = INT32_MIN; }},
      {"one source", [](Relation& r) { MapOf(r).sources.pop_back(); }},
      {"feeds two", [](Relation& r) { MapOf(r).sources[0].out_dim = 1; }},
      {"no dimension", [](Relation& r) { MapOf(r).sources[0].out_dim = 2; }},
      {"stride", [](Relation& r) { MapOf(r).sources[0].stride = 0; }},
      {"stride", [](Relation& r) { MapOf(r).sources[0].offset = INT32_MIN; }},
      {"weights on", [](Relation& r) { MapOf(r).sources[0].weights = {1}; }},
      {"unknown kind", [](Relation& r) { MapOf(r).sources[0].kind = DimSource::Kind{7}; }},
      {"constant source",
       [](Relation& r) {
         MapOf(r).sources[0] = {{}, 0, 1, 6, {}};
       }},
      {"constant source",
       [](Relation& r) {
         MapOf(r).sources[0] = {{}, 0, 1, -1, {}};
       }},
      {"weights of a sum",
       [](Relation& r) {
         MapOf(r).sources[0] = {DimSource::Kind::kSum, 0, 1, 0, {1, 2}};
       }},
      {"window", [](Relation& r) { MapOf(r).out_end[0] = 7; }},
      {"window", [](Relation& r) { MapOf(r).out_begin[1] = 2; }},
      {"window", [](Relation& r) { MapOf(r).out_end[3] = 2; }},
      {"no such weights", [](Relation& r) { ConvOf(r).weights = 1; }},
      {"spatial", [](Relation& r) { ConvOf(r).spatial = 3; }},
      {"ranks", [](Relation& r) { ConvOf(r).spatial = 2; }},
      {"groups", [](Relation& r) { ConvOf(r).groups = 0; }},
      {"groups", [](Relation& r) { ConvOf(r).groups = 2; }},
      {"limits", [](Relation& r) { ConvOf(r).stride[0] = 0; }},
      {"limits", [](Relation& r) { ConvOf(r).dilation[0] = 0; }},
      {"limits", [](Relation& r) { ConvOf(r).pad[0] = INT32_MIN; }},
      {"second dimension", [](Relation& r) { ConvOf(r).pad[1] = 1; }},
      {"output channels", [](Relation& r) { r.lookups[1].key.shape.dims[1] = 3; }},
      {"constant", [](Relation& r) { r.equalities[0].v.constants[0].dim_mask = 1; }},
      {"constant", [](Relation& r) { r.equalities[0].v.constants[0].dim_mask = 4; }},
      {"factors", [](Relation& r) { r.products[0].b = r.lookups[0].key; }},
      {"prefix", [](Relation& r) { r.products[0].c = r.lookups[0].key; }},
      {"higher rank",
       [](Relation& r) {
         r.products[0].c.shape = MakeShape({4, 2, 1});
         r.products[0].c.terms.clear();
         r.products[0].c.constants.clear();
       }},
      {"equality 0: shape", [](Relation& r) { r.equalities[0].v.shape.rank = 0; }},
      {"public input 0: shape", [](Relation& r) { r.publics[0].v.shape.rank = 0; }},
      {"public input 0: no such tensor", [](Relation& r) { r.publics[0].v.terms[0].tensor = 1; }},
      {"public inputs",
       [](Relation& r) {
         r.publics[0].v = {MakeShape({(1u << 24) + 1}), {}, {}};
       }},
      {"lattice commitment 0: nothing",
       [](Relation& r) {
         r.commitments = {{{}, 3}};
       }},
      {"lattice commitment 0: no such tensor",
       [](Relation& r) {
         r.commitments = {{{0}, 1}};
       }},
      {"lattice commitment 0: no such tensor",
       [](Relation& r) {
         WithSalts(&r, 1);
         r.commitments = {{{2}, 0}};  // a multiplicity
       }},
      {"lattice commitment 0: no such tensor",
       [](Relation& r) {
         WithSalts(&r, 1);
         r.commitments = {{{99}, 0}};
       }},
      {"lattice commitment 0: shape of a salt",
       [](Relation& r) {
         r.commitments = {{{0}, 0}};
       }},
      {"lattice commitment 0: a tensor twice",
       [](Relation& r) {
         WithSalts(&r, 1);
         r.commitments = {{{1, 1}, 0}};
       }},
      {"lattice commitment 0: a tensor twice",
       [](Relation& r) {
         WithSalts(&r, 1);
         r.commitments = {{{1, 0}, 0}};
       }},
      {"lattice commitment 0: cells",
       [](Relation& r) {
         WithSalts(&r, 2);
         r.tensors[1].shape = MakeShape({(1u << 24) + 1});
         r.commitments = {{{1}, 0}};
       }},
      {"two lattice commitments under one salt",
       [](Relation& r) {
         WithSalts(&r, 2);
         r.commitments = {{{1}, 0}, {{2}, 0}};
       }},
      {"lattice commitments",
       [](Relation& r) {
         WithSalts(&r, 1);
         r.commitments.assign(17, {{1}, 0});
       }},
      {"terms",
       [](Relation& r) {
         auto& terms = r.equalities[0].v.terms;
         terms.assign(kMaxViewTerms + 1, terms[0]);
       }},
      {"cells", [](Relation& r) { r.tensors[0].shape.dims[0] = 1u << 27; }},
      {"lookups",
       [](Relation& r) {
         r.lookups.assign(5, r.lookups[0]);
         for (Lookup& l : r.lookups) l.key = {MakeShape({1u << 28}), {}, {}};
       }},
  };
  for (size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE(i);
    Relation r = Whole();
    cases[i].damage(r);
    ExpectRefused(r, cases[i].why);
  }
}

}  // namespace
}  // namespace voizk
