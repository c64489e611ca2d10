// What a call can end in, besides success.

/** Why a call failed; in the order of C++'s ErrorCode (include/voizk/result.h). */
export const errorCodes = [
  "invalidArgument",
  "notFound",
  "io",
  "malformed",
  "unsupported",
  "limitExceeded",
  "proofMalformed",
  "proofRejected",
  "challengeExpired",
  "challengeUsed",
  "refused",
  "wrongPassphrase",
  "internal",
  "outOfMemory",
] as const;
export type ErrorCode = (typeof errorCodes)[number];

/** A call that could not be done. `code` is for programs, `message` for people; neither holds a secret. */
export class VoizkError extends Error {
  override readonly name = "VoizkError";
  constructor(
    readonly code: ErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** Why a recording is refused, here and before anything is sent; in the order of C++'s Refusal (include/voizk/login.h). */
export const refusals = [
  "none",
  "tooShort",
  "tooLong",
  "silent",
  "clipped",
  "noisy",
  "wrongWords",
  "unevenDigits",
  "notThisVoice",
  "unusual",
  "unlikeTheOthers",
] as const;
export type Refusal = Exclude<(typeof refusals)[number], "none">;

/** The recording is refused: nothing may be sent. `message` tells the user what to change. */
export interface Refused {
  readonly accepted: false;
  readonly refusal: Refusal;
  readonly message: string;
}
export interface Accepted {
  readonly accepted: true;
}
export interface Proven extends Accepted {
  /** What the relying party gets, and all that it gets. */
  readonly proof: Uint8Array;
  /** The length bucket of the recording, in 10 ms frames: public by the proof. */
  readonly bucket: number;
}
export type Checked = Accepted | Refused;
export type ProveResult = Proven | Refused;
/** A verifier's no; every other failure is thrown. */
export interface Rejected {
  readonly accepted: false;
  readonly code: "proofMalformed" | "proofRejected" | "challengeExpired";
  readonly message: string;
}
export type Verdict = Accepted | Rejected;

export interface Enrolled {
  /** The user's: ciphertext under the passphrase, to be kept. */
  readonly sealed: Uint8Array;
  /** The relying party's: JSON that tells nothing of the voice. */
  readonly publicCredential: string;
}

/** What a piece of a recording told. */
export interface CaptureState {
  /** Of each block of 20 ms that it completed: level and peak in dBFS, and whether it is loud (0 or 1). */
  readonly levels: Float32Array;
  /** Somebody has spoken; has been silent since for as long as was asked for; no more is taken. */
  readonly began: boolean;
  readonly ended: boolean;
  readonly full: boolean;
}
