"""One exception for each code of voizk/result.h. No text of theirs holds a secret."""


class Error(Exception):
    """`message` for people. `check`: which check bytes of others failed ("merkle_path"), of Refused the reason ("wrong_words");
    empty elsewhere."""

    def __init__(self, message: str, check: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.check = check


class InvalidArgument(Error, ValueError):
    """The caller's parameters are off."""


class NotFound(Error, LookupError):
    """A file, bundle or state does not exist."""


class Io(Error, OSError):
    """Reading or writing failed."""


class Malformed(Error, ValueError):
    """Bytes do not parse."""


class Unsupported(Error):
    """Well-formed, but outside what this version handles."""


class LimitExceeded(Error):
    """A named limit is exceeded."""


class ProofMalformed(Error):
    """The proof's bytes do not parse."""


class ProofRejected(Error):
    """A check of the verifier fails."""


class ChallengeExpired(Error):
    """Its time is over, or has not come."""


class ChallengeUsed(Error):
    """A login was accepted for it before."""


class Refused(Error):
    """The recording is refused here; nothing may be sent."""


class WrongPassphrase(Error):
    """The credential is sealed under another."""


class Internal(Error):
    """A fault of the library."""


class OutOfMemory(Error, MemoryError):
    """The system gave no memory."""
