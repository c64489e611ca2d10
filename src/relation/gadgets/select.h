// Small pieces that several gadgets need: a scalar tensor spread over a shape, a choice by a bit.
#ifndef VOIZK_RELATION_GADGETS_SELECT_H_
#define VOIZK_RELATION_GADGETS_SELECT_H_

#include <string>

#include "relation/gadgets/sources.h"

namespace voizk {

/// The one cell of t (shape [1]) at every index of the shape.
inline View Spread(Builder& b, TensorId t, Shape shape) { return ViewOf(b, t, shape, {At(0)}); }

/// t of shape [n] as a view [1][n], the form in which products sum over it.
inline View AsRow(Builder& b, TensorId t) {
  return ViewOf(b, t, MakeShape({1, b.tensor(t).shape.dims[0]}), {From(1)});
}

/// Sum of all cells of t (shape [n]), shape [1].
inline View Total(Builder& b, TensorId t) { return ViewOf(b, t, MakeShape({1}), {Summed()}); }

/// Committed max(x, y) of two scalars: y + s*(x - y), s = [x - y >= 0].
inline TensorId MaxOfTwo(Builder& b, const std::string& name, const View& x, const View& y) {
  const View difference = Builder::Sub(x, y);
  const TensorId s = b.IsNonNegative(name + ".choice", difference);
  const TensorId part = b.Mul(name + ".part", b.Identity(s), difference, x.shape);
  return b.Materialise(name, Builder::Add(y, b.Identity(part)));
}

}  // namespace voizk

#endif  // VOIZK_RELATION_GADGETS_SELECT_H_
