// What all screens share: the prover, who the relying party is, and what becomes of failures.
import { load, VoizkError, type Voizk } from "voizk";
import { Offline, Problem } from "./api.js";
import { button, complaint, field } from "./dom.js";
import { MicrophoneError } from "./microphone.js";
import { text } from "./strings.js";

let loading: Promise<Voizk> | undefined;
let loaded: Voizk | undefined;
/** The prover in its worker, loaded once; after a failure the next call tries again. */
export function prover(): Promise<Voizk> {
  loading ??= load().then(
    (voizk) => (loaded = voizk),
    (error: unknown) => {
      loading = undefined;
      throw error;
    },
  );
  return loading;
}
/** The next call has a fresh one; this one's worker, and what lies open in its memory, ends. */
function endProver(): void {
  if (loaded === undefined) return;
  loaded.end();
  loaded = loading = undefined;
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

export function accountField(known: string): ReturnType<typeof field> {
  const attributes = { name: "account", autocomplete: "username", required: true, value: known, maxlength: "64" };
  return field(text.account, text.accountHint, attributes);
}

/** The button that begins a recording, and how it comes back with a sentence of what to change; not where the screen was
 * `left`. */
export function starter(
  run: () => Promise<void>,
  wrong: ReturnType<typeof complaint>,
  left: AbortSignal,
): { readonly button: HTMLButtonElement; again(message: string): void } {
  const again = (message: string): void => {
    if (left.aborted) return;
    start.hidden = false;
    start.disabled = false;
    start.focus();
    wrong.set(message);
  };
  const begin = (): void => {
    wrong.set("");
    start.disabled = true;
    run().catch((error: unknown) => again(sentence(error)));
  };
  const start = button(text.record, begin, { class: "main", autofocus: true });
  return { button: start, again };
}

const problems: Record<string, string> = {
  locked: text.locked,
  "account-unknown": text.unknownAccount,
  "account-taken": text.taken,
  "proof-rejected": text.rejected,
  "proof-malformed": text.rejected,
  "device-signature-wrong": text.rejected,
  "credential-unknown": text.revokedHere,
  expired: text.tooLate,
  "registration-begun": text.otherBegun,
  "enrolment-proof-not-here": text.proofNotHere,
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
    if (error.code === "internal" || error.code === "outOfMemory") endProver();
  }
  return text.failed(error instanceof Error ? error.message : String(error));
}
