// Inside: what was sent and what was not, the account's voices, the way out.
import { api, type Entered, type Listed } from "../api.js";
import { sentence } from "../app.js";
import { button, complaint, h, say, show } from "../dom.js";
import { store } from "../store.js";
import { text } from "../strings.js";
import { home } from "./home.js";

export interface Entry extends Entered {
  readonly sent?: { readonly bytes: number; readonly milliseconds: number };
  readonly enrolled?: boolean;
}

const fact = (name: string, value: string, more = ""): readonly HTMLElement[] => [
  h("dt", {}, name),
  h("dd", {}, h("b", {}, value), more === "" ? undefined : h("span", { class: "hint" }, more)),
];

function listed(voice: Listed, here: string, revoke: () => void): HTMLElement {
  const revoked = voice.revoked_unix_s !== null;
  const marks = [
    voice.credential === here ? text.thisDevice : "",
    revoked ? text.revoked : text.since(voice.created_unix_s),
  ];
  return h(
    "li",
    {},
    h(
      "span",
      {},
      h("code", {}, voice.credential),
      h("span", { class: "hint" }, marks.filter((m) => m !== "").join(", ")),
    ),
    revoked
      ? undefined
      : button(text.revoke, revoke, { class: "plain", "aria-label": text.revokeLabel(voice.credential) }),
  );
}

export function account(entry: Entry): void {
  const heading = entry.enrolled === true ? text.enrolled : text.welcome(entry.account);
  const voices = h("ul", { class: "voices" });
  const wrong = complaint();
  const refresh = async (): Promise<void> => {
    const [session, kept] = await Promise.all([api.session(), store.find(entry.account)]);
    const here = kept === undefined ? "" : (JSON.parse(kept.publicCredential) as { id: string }).id;
    voices.replaceChildren(
      ...session.credentials.map((voice) =>
        listed(voice, here, () => {
          const revoke = async (): Promise<void> => {
            await api.revoke(voice.credential);
            if (voice.credential === here) await store.remove(entry.account);
            await refresh();
          };
          revoke().catch((error: unknown) => wrong.set(sentence(error)));
        }),
      ),
    );
  };
  refresh().catch((error: unknown) => wrong.set(sentence(error)));
  const facts =
    entry.sent === undefined
      ? undefined
      : h(
          "dl",
          { class: "facts" },
          ...fact(text.sentLead, text.sent(entry.sent.bytes), text.sentMore),
          ...fact(text.notSentLead, "", text.notSentMore),
          ...fact(text.tookLead, text.took(entry.sent.milliseconds)),
        );
  const code =
    entry.recovery_code === undefined
      ? undefined
      : h(
          "section",
          { class: "notice" },
          h("p", {}, text.recoveryLead, h("code", { id: "recovery-code" }, entry.recovery_code)),
          h("p", { class: "hint" }, entry.enrolled === true ? text.recoveryMore : text.newCode),
        );
  const out = (): void => {
    api.logout().then(
      () => home(),
      (error: unknown) => wrong.set(sentence(error)),
    );
  };
  show(heading, [
    facts,
    code,
    entry.enrolled === true ? h("p", { class: "hint" }, text.unproven) : undefined,
    h("h2", {}, text.credentials),
    voices,
    wrong.element,
    button(text.logOut, out, { class: "main" }),
  ]);
  say(entry.sent === undefined ? heading : `${heading}. ${text.sent(entry.sent.bytes)}`);
}
