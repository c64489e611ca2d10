// Setting a voice up: consent, four texts read aloud, credential and device key made here, registration.
import type { Voizk } from "voizk";
import { api, Offline, Problem, type Registration } from "../api.js";
import { accountField, isAccount, party, prover, remembered, sentence, starter } from "../app.js";
import { base64url, makeKey, publicBytes, sign } from "../device_key.js";
import { button, complaint, field, h, progress, say, show } from "../dom.js";
import { store, type Kept } from "../store.js";
import { text } from "../strings.js";
import { account as welcome } from "./account.js";
import { home } from "./home.js";
import { listen } from "./listen.js";
import { recovery } from "./recovery.js";

const trailingSilence = 1.5; // seconds
const longest = 20; // seconds of one text
const leastSpoken = 2; // seconds of one text
const leastPassphrase = 8; // characters; the prover's own rule counts bytes

export function enrol(known: string): void {
  const name = accountField(known);
  const secret = field(text.newPassphrase, text.newPassphraseHint, {
    name: "passphrase",
    type: "password",
    autocomplete: "new-password",
    required: true,
  });
  (known === "" ? name : secret).input.setAttribute("autofocus", "");
  const consent = h("input", { type: "checkbox", id: "consent" });
  const wrong = complaint();
  const begin = h("button", { type: "submit", class: "main" }, text.begin);
  const submit = async (): Promise<void> => {
    const account = name.input.value.trim();
    const problem = !isAccount(account)
      ? text.accountWrong
      : secret.input.value.length < leastPassphrase
        ? text.passphraseShort
        : !consent.checked
          ? text.consentMissing
          : "";
    wrong.set(problem);
    if (problem !== "") return;
    begin.disabled = true;
    try {
      say(text.loading);
      const voizk = await prover().catch(() => {
        throw new Error(text.loadFailed);
      });
      const begun = await api.beginRegistration(account);
      // Before anybody reads aloud: the module makes no proof of an enrolment.
      if (begun.options.enrolment != null) throw new Problem("enrolment-proof-not-here", 0, "", 0);
      read({ voizk, account, begun, passphrase: secret.input.value, recordings: [] });
    } catch (error) {
      begin.disabled = false;
      wrong.set(sentence(error));
    }
  };
  show(text.setUp, [
    h("p", { class: "lead" }, text.setUpLead(party.name)),
    h(
      "form",
      { novalidate: true, submit: (event) => (event.preventDefault(), void submit()) },
      name.row,
      secret.row,
      h("div", { class: "tick" }, consent, h("label", { for: "consent" }, text.consent)),
      wrong.element,
      begin,
    ),
    h(
      "nav",
      { class: "ways" },
      button(text.back, () => void home(), { class: "plain" }),
      button(text.otherWay, () => recovery(name.input.value.trim()), { class: "plain" }),
    ),
  ]);
}

interface Enrolment {
  readonly voizk: Voizk;
  readonly account: string;
  readonly begun: Registration;
  readonly passphrase: string;
  readonly recordings: Int16Array[];
}

/** One text after another. */
function read(enrolment: Enrolment): void {
  const at = enrolment.recordings.length;
  const prompt = text.prompts[at];
  if (prompt === undefined) return seal(enrolment);
  const wrong = complaint();
  const place = h("div", { class: "stage" });
  const screen = new AbortController();
  const run = async (): Promise<void> => {
    const { voizk } = enrolment;
    const opened = (): void => void (start.hidden = true);
    const recorded = await listen({ voizk, place, trailingSilence, longest, left: screen.signal, opened });
    const complete = recorded.began && recorded.spokenSeconds >= leastSpoken && !screen.signal.aborted;
    if (!complete) {
      recorded.pcm.fill(0);
      return again(recorded.began ? text.tooShort : text.tooQuiet);
    }
    enrolment.recordings.push(recorded.pcm);
    read(enrolment);
  };
  const { button: start, again } = starter(run, wrong, screen.signal);
  const forget = (): void => enrolment.recordings.forEach((pcm) => pcm.fill(0));
  const cancel = button(text.cancel, () => (forget(), void home()), { class: "plain" });
  const other = button(text.otherWay, () => (forget(), recovery(enrolment.account)), { class: "plain" });
  const parts = [h("blockquote", {}, prompt), place, wrong.element, start, h("nav", { class: "ways" }, cancel, other)];
  show(text.readThis(at + 1, text.prompts.length), parts, () => screen.abort());
}

function seal(enrolment: Enrolment): void {
  const { voizk, account, begun, passphrase, recordings } = enrolment;
  const bar = progress(text.sealing);
  const wrong = complaint();
  const ways = h("nav", { class: "ways" });
  show(text.setUp, [bar.element, wrong.element, ways]);
  say(text.sealing);
  let kept: Kept | undefined;
  const make = async (): Promise<void> => {
    const onProgress = (fraction: number): void => bar.set(fraction);
    const made = await voizk
      .enrol({ party: party.name, recordings, passphrase, onProgress })
      .finally(() => recordings.forEach((pcm) => pcm.fill(0)));
    const key = await makeKey();
    const message = await voizk.registrationMessage(begun.registration, made.publicCredential);
    const body = {
      credential: JSON.parse(made.publicCredential) as unknown,
      device_key: {
        algorithm: "p256",
        public_key: base64url(await publicBytes(key)),
        signature: base64url(await sign(key, message)),
      },
    };
    // Kept before it is sent: whatever is lost afterwards can be finished.
    kept = { account, ...made, key, pending: { finish: begun.finish, body } };
    await store.put(kept);
    remembered.set(account);
    await resume(kept);
  };
  const failed = (error: unknown): void => {
    bar.element.hidden = true;
    wrong.set(sentence(error));
    const made = kept;
    const resend = made !== undefined && (error instanceof Offline || (error instanceof Problem && !refuses(error)));
    const again = (): void => void (resend ? resume(made).catch(failed) : enrol(account));
    ways.replaceChildren(
      button(text.again, again, { class: "main" }),
      button(text.back, () => void home(), { class: "plain" }),
    );
  };
  make().catch(failed);
}

/** Whether the service has said that it will never take this registration. Any other answer may be of something between,
 * or of a service that has not found its database. */
function refuses(problem: Problem): boolean {
  return /^(other-|device-|credential-exists$|expired$)/.test(problem.type);
}

/** Registers what is kept, unless that was done. What the service refuses is thrown away; what it took stays, also where
 * the back end has forgotten who began it. */
export async function resume(kept: Kept): Promise<void> {
  if (kept.pending === undefined) return home();
  say(text.registering);
  try {
    await api.register(kept.pending.finish, kept.pending.body);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.type !== "used") {
      // an answer that was lost: it is registered
      if (refuses(error)) await store.remove(kept.account);
      throw error;
    }
  }
  const { pending: _, ...finished } = kept;
  try {
    const entered = await api.finishRegistration();
    await store.put(finished);
    welcome({ ...entered, enrolled: true });
  } catch (error) {
    if (!(error instanceof Problem) || error.status >= 500) throw error;
    await store.put(finished);
    await home(text.enrolledElsewhere);
  }
}
