/** The digest of models/digits8k, which this package ships: what `load` trusts unless another is named. */
export const shippedBundleDigest = "b1a5b3163db5de73661756272073946d06564d3cf454314496ea67759ef048fa";
