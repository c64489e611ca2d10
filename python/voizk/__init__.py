"""voizk: a voice login, proven in zero knowledge.

Recordings are one-dimensional arrays of int16 at the bundle's rate (Bundle().sample_rate_hz); challenges, credentials and proofs
are bytes, as the program `voizk` and the service read and write them. What is wrong is an exception below Error. What takes time
runs without Python's global lock. docs and README of the source tree say what a proof shows and what it does not.
"""
from ._errors import (ChallengeExpired, ChallengeUsed, Error, Internal, InvalidArgument, Io, LimitExceeded, Malformed, NotFound, OutOfMemory,
                      ProofMalformed, ProofRejected, Refused, Unsupported, WrongPassphrase)
from ._voizk import Bundle, Model, Tensor, Verifier, check, enrol, init_state, new_challenge, phrase, prove

__all__ = ["Bundle", "ChallengeExpired", "ChallengeUsed", "Error", "Internal", "InvalidArgument", "Io", "LimitExceeded", "Malformed", "Model",
           "NotFound", "OutOfMemory", "ProofMalformed", "ProofRejected", "Refused", "Tensor", "Unsupported", "Verifier", "WrongPassphrase", "check",
           "enrol", "init_state", "new_challenge", "phrase", "prove"]
