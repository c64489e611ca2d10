// A login: open the credential, show the phrase, listen, prove, send the proof.
import type { Credential, Voizk } from "voizk";
import { api, Offline, Problem, type Login } from "../api.js";
import { marker, party, prover, remembered, sentence, starter } from "../app.js";
import { base64url, sign } from "../device_key.js";
import { button, complaint, h, progress, say, show } from "../dom.js";
import { store, type Kept } from "../store.js";
import { digitWords, refusalText, text } from "../strings.js";
import { account as welcome } from "./account.js";
import { home } from "./home.js";
import { listen } from "./listen.js";
import { recovery } from "./recovery.js";

const trailingSilence = 1.2; // seconds
const longest = 11; // seconds; the longest that can be proven has 10.255
const spare = 15; // seconds that saying and proving take; a phrase with less is not shown

/** What one login works with. */
interface Attempt {
  readonly voizk: Voizk;
  readonly kept: Kept;
  readonly credential: Credential;
}

/** Fails with what is told on the screen that it was called from. */
export async function login(account: string, passphrase: string): Promise<void> {
  const kept = await store.find(account);
  if (kept === undefined) throw new Error(text.nothingHere(account));
  const voizk = await prover().catch(() => {
    throw new Error(text.loadFailed);
  });
  const credential = await voizk.open(kept.sealed, passphrase);
  try {
    remembered.set(account);
    await ask({ voizk, kept, credential });
  } catch (error) {
    await credential.close();
    throw error;
  }
}

/** Gets a fresh phrase, and shows it. */
async function ask(attempt: Attempt, notice = ""): Promise<void> {
  const begun = await api.beginLogin(attempt.kept.account);
  const { id, relying_party } = JSON.parse(attempt.credential.publicCredential) as {
    id: string;
    relying_party: string;
  };
  if (begun.challenge.relying_party !== party.name || relying_party !== party.name) throw new Error(text.revokedHere);
  if (!begun.credentials.includes(id)) throw new Error(text.revokedHere);
  marker.set();
  phrase(attempt, begun, notice);
}

function leave(attempt: Attempt): void {
  marker.take();
  void attempt.credential.close();
}

/** Back to the first screen, where the passphrase is asked for again. */
function over(attempt: Attempt, message: string): void {
  leave(attempt);
  void home(message);
}

function phrase(attempt: Attempt, begun: Login, notice: string): void {
  const { phrase: digits, issued_unix_s, expires_unix_s } = begun.challenge;
  const shown = performance.now(); // this device's clock may be wrong
  const left = (): number => expires_unix_s - issued_unix_s - (performance.now() - shown) / 1000;
  const wrong = complaint();
  const time = h("p", { class: "hint" });
  const tick = (): void => {
    time.textContent = left() > 0 ? text.goodFor(left()) : "";
    // What is under way may still end well; what comes of it otherwise is `again`.
    if (left() <= 0 && !start.disabled) over(attempt, text.expiredHere);
  };
  const cards = [...digits].map((digit) => h("li", {}, h("b", {}, digit), h("span", {}, digitWords[Number(digit)]!)));
  const place = h("div", { class: "stage" });
  const screen = new AbortController();
  const run = async (): Promise<void> => {
    if (left() < spare) return ask(attempt, text.expired);
    const { voizk } = attempt;
    const opened = (): void => void (start.hidden = true);
    const recorded = await listen({ voizk, place, trailingSilence, longest, left: screen.signal, opened });
    try {
      if (!recorded.began) return again(text.tooQuiet);
      const renew = (message: string): void => void ask(attempt, message).catch((e: unknown) => again(sentence(e)));
      await answer(attempt, begun, recorded.pcm, { place, again, renew, left: screen.signal });
    } finally {
      recorded.pcm.fill(0);
    }
  };
  const { button: start, again } = starter(run, wrong, screen.signal);
  tick();
  const clock = setInterval(tick, 1000);
  const back = button(text.cancel, () => (leave(attempt), void home()), { class: "plain" });
  const other = button(text.otherWay, () => (leave(attempt), recovery(attempt.kept.account)), { class: "plain" });
  show(
    text.sayThis,
    [
      notice === "" ? undefined : h("p", { class: "notice", role: "status" }, notice),
      h("p", { class: "lead" }, text.sayThisLead),
      h("p", { class: "unseen" }, text.phraseLabel(digits)),
      h("ol", { class: "phrase", "aria-hidden": "true" }, ...cards),
      place,
      wrong.element,
      start,
      time,
      h("nav", { class: "ways" }, back, other),
    ],
    () => {
      clearInterval(clock);
      screen.abort();
    },
  );
}

/** Where the phrase is shown: room for what happens, and back to the start with a sentence. */
interface Stage {
  readonly place: HTMLElement;
  readonly left: AbortSignal;
  again(message: string): void;
  /** The same with new digits. */
  renew(message: string): void;
}

async function answer(attempt: Attempt, begun: Login, pcm: Int16Array, stage: Stage): Promise<void> {
  const { voizk, kept, credential } = attempt;
  const { place, left, again } = stage;
  if (left.aborted) return; // whoever left does not log in
  const bar = progress(text.proving);
  place.replaceChildren(bar.element);
  say(text.proving);
  const challenge = JSON.stringify(begun.challenge);
  const from = performance.now();
  const result = await voizk.prove(credential, challenge, pcm, (fraction) => bar.set(fraction));
  const took = performance.now() - from;
  performance.measure("voizk-prove", { start: from, duration: took, detail: { memory: voizk.memory } });
  if (left.aborted) return;
  place.replaceChildren();
  if (!result.accepted) return again(refusalText[result.refusal]);
  const { proof } = result;
  const message = await voizk.loginMessage(challenge, proof, credential.publicCredential);
  const body = {
    credential: (JSON.parse(credential.publicCredential) as { id: string }).id,
    proof: base64url(proof),
    device_signature: base64url(await sign(kept.key, message)),
  };
  place.replaceChildren(h("p", {}, text.proven(proof.length)));
  say(text.proven(proof.length));
  if (!left.aborted) await send(attempt, begun, body, { bytes: proof.length, milliseconds: took }, stage);
}

/** Sends the proof; when no answer comes it is kept, and can be sent again: a proof is accepted once. */
async function send(
  attempt: Attempt,
  begun: Login,
  body: unknown,
  sent: { bytes: number; milliseconds: number },
  stage: Stage,
): Promise<void> {
  const { place, left } = stage;
  try {
    await api.answer(begun.finish, body).catch((error: unknown) => {
      // An answer before this one was lost on its way.
      if (!(error instanceof Problem && error.type === "used")) throw error;
    });
    const entered = await api.finishLogin();
    if (left.aborted) return;
    leave(attempt);
    welcome({ ...entered, sent });
  } catch (error) {
    if (left.aborted) return;
    if (error instanceof Offline) {
      void attempt.credential.close(); // the proof is made
      const closed = (message: string): void => over(attempt, message);
      const later = { ...stage, again: closed, renew: closed };
      const retry = button(text.again, () => ((retry.disabled = true), void send(attempt, begun, body, sent, later)), {
        class: "main",
      });
      place.replaceChildren(h("p", { role: "alert", class: "complaint" }, text.offline), retry);
      return retry.focus();
    }
    place.replaceChildren();
    const type = error instanceof Problem ? error.type : "";
    if (type === "expired") return over(attempt, text.expiredHere);
    const go = ["spent", "proof-rejected", "login-unknown"].includes(type) ? stage.renew : stage.again;
    go(sentence(error));
  }
}
