// What all screens share: the prover, who the relying party is, and what becomes of failures.
import { load, VoizkError, type Voizk } from "voizk";
import { Offline, Problem } from "./api.js";
import { MicrophoneError } from "./microphone.js";
import { text } from "./strings.js";

let loading: Promise<Voizk> | undefined;
/** The prover in its worker, loaded once; after a failure the next call tries again. */
export function prover(): Promise<Voizk> {
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

export const party = { name: "" };

const lastAccount = "voizk-account"; // a name is no secret here; the credential is in IndexedDB, sealed
export const remembered = {
  get: (): string => localStorage.getItem(lastAccount) ?? "",
  set: (account: string): void => localStorage.setItem(lastAccount, account),
};

const underWay = "voizk-under-way";
/** Whether this tab was in the middle of a login when it was left. */
export const marker = {
  set: (): void => sessionStorage.setItem(underWay, "1"),
  take: (): boolean => {
    const was = sessionStorage.getItem(underWay) !== null;
    sessionStorage.removeItem(underWay);
    return was;
  },
};

export function isAccount(name: string): boolean {
  return /^[A-Za-z0-9._~-]{1,64}$/.test(name) && name !== "." && name !== "..";
}

const problems: Record<string, string> = {
  locked: text.locked,
  "account-unknown": text.unknownAccount,
  "account-taken": text.taken,
  "proof-rejected": text.rejected,
  "proof-malformed": text.rejected,
  "device-signature-wrong": text.rejected,
  "credential-unknown": text.revokedHere,
  expired: text.expired,
  "code-wrong": text.codeWrong,
};

/** One sentence for whoever sees the page. */
export function sentence(error: unknown): string {
  if (error instanceof Offline) return text.offlineRetry;
  if (error instanceof MicrophoneError) {
    return { refused: text.microphoneRefused, missing: text.microphoneMissing, failed: text.microphoneFailed }[
      error.problem
    ];
  }
  if (error instanceof Problem) {
    if (error.type === "wait" || error.type === "address-wait") return text.wait(error.retryAfter);
    return problems[error.type] ?? text.failed(error.message);
  }
  if (error instanceof VoizkError) {
    if (error.code === "wrongPassphrase") return text.wrongPassphrase;
    if (error.code === "refused") return error.message;
    if (error.code === "internal" || error.code === "outOfMemory") loading = undefined; // the next login has a fresh one
  }
  return text.failed(error instanceof Error ? error.message : String(error));
}
