#include "proof/commit/opening.h"

#include <algorithm>
#include <utility>

#include "algebra/field/bytes.h"
#include "proof/commit/column_leaf.h"

namespace voizk {
namespace {

template <int D>
Result<OpenedColumn<D>> ParseColumn(const CommitParams& params, ByteReader* proof) {
  OpenedColumn<D> column;
  const size_t start = proof->position();
  VOIZK_ASSIGN_OR_RETURN(column.bytes, proof->Bytes(params.column_bytes()));
  const uint8_t* in = column.bytes.data() + kSaltBytes;
  const uint8_t* bad = nullptr;
  const auto parse = [&](auto* x) {
    if (!ParseCanonical(in, x)) bad = in;
    in += std::remove_pointer_t<decltype(x)>::kBytes;
  };
  column.rows.resize(params.rows);
  for (Fp& cell : column.rows) parse(&cell);
  parse(&column.g);
  column.tableau.resize(params.tableau_rows());
  for (Ext<D>& cell : column.tableau) parse(&cell);
  parse(&column.h0);
  parse(&column.h1);
  parse(&column.h2);
  if (bad == nullptr) return column;
  return NotCanonical(*proof, start + static_cast<size_t>(bad - column.bytes.data()));
}

}  // namespace

Result<Digest> ReceiveRoot(Transcript* transcript, ByteReader* proof) {
  VOIZK_ASSIGN_OR_RETURN(const ByteSpan bytes, proof->Bytes(sizeof(Digest)));
  Digest root;
  std::copy(bytes.begin(), bytes.end(), root.begin());
  transcript->AbsorbDigest("root", root);
  return root;
}

template <int D>
Result<Opening<D>> Opening<D>::Parse(const CommitParams& params, ByteReader* proof) {
  Opening out;
  VOIZK_ASSIGN_OR_RETURN(out.v, ReadField<Ext<D>>(*proof));
  VOIZK_ASSIGN_OR_RETURN(out.mu, ReadField<Ext<D>>(*proof));
  VOIZK_ASSIGN_OR_RETURN(out.u, ReadFields<Ext<D>>(*proof, params.dimension()));
  VOIZK_ASSIGN_OR_RETURN(out.y0, ReadFields<Ext<D>>(*proof, params.pad_dimension()));
  VOIZK_ASSIGN_OR_RETURN(out.y1, ReadFields<Ext<D>>(*proof, params.linear_dimension()));
  VOIZK_ASSIGN_OR_RETURN(out.y2, ReadFields<Ext<D>>(*proof, params.quotient_size()));
  for (uint32_t k = 0; k < params.queries; ++k) {
    VOIZK_ASSIGN_OR_RETURN(OpenedColumn<D> column, ParseColumn<D>(params, proof));
    out.columns.push_back(std::move(column));
  }
  out.siblings_at = proof->position();
  VOIZK_ASSIGN_OR_RETURN(out.siblings, proof->Bytes(proof->remaining()));
  return out;
}

template struct Opening<4>;
template struct Opening<5>;

}  // namespace voizk
