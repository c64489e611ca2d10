// The first screen: account and passphrase, and the ways from here.
import { accountField, isAccount, party, remembered, sentence } from "../app.js";
import { button, complaint, field, h, say, show } from "../dom.js";
import { store, type Kept } from "../store.js";
import { text } from "../strings.js";
import { enrol, resume } from "./enrol.js";
import { login } from "./login.js";
import { recovery } from "./recovery.js";

/** A registration of this device that is not known to be finished. */
function unfinished(kept: Kept): HTMLElement {
  const wrong = complaint();
  const finish = button(text.finish, () => {
    finish.disabled = true;
    resume(kept).catch((error: unknown) => {
      finish.disabled = false;
      wrong.set(sentence(error));
    });
  });
  const discard = button(text.discard, () => void store.remove(kept.account).then(() => home()), { class: "plain" });
  return h(
    "section",
    { class: "notice" },
    h("p", {}, text.unfinished(kept.account)),
    h("div", { class: "row" }, finish, discard),
    wrong.element,
  );
}

export async function home(notice = ""): Promise<void> {
  const all = await store.all();
  const pending = all.find((kept) => kept.pending !== undefined);
  const known = remembered.get() || all[0]?.account || "";
  const name = accountField(known);
  const secret = field(text.passphrase, text.passphraseHint, {
    name: "passphrase",
    type: "password",
    autocomplete: "current-password",
    required: true,
  });
  (known === "" ? name : secret).input.setAttribute("autofocus", "");
  const wrong = complaint();
  const enter = h("button", { type: "submit", class: "main" }, text.logIn);
  const form = h(
    "form",
    {
      novalidate: true,
      submit: (event) => {
        event.preventDefault();
        const account = name.input.value.trim();
        wrong.set(isAccount(account) ? "" : text.accountWrong);
        if (!isAccount(account)) return name.input.focus();
        enter.disabled = true;
        say(text.opening);
        login(account, secret.input.value).catch((error: unknown) => {
          enter.disabled = false;
          wrong.set(sentence(error));
          secret.input.select();
        });
      },
    },
    name.row,
    secret.row,
    wrong.element,
    enter,
  );
  const account = (): string => name.input.value.trim();
  show(text.title(party.name), [
    h("p", { class: "lead" }, text.homeLead),
    notice === "" ? undefined : h("p", { class: "notice", role: "status" }, notice),
    pending === undefined ? undefined : unfinished(pending),
    form,
    h(
      "nav",
      { class: "ways" },
      button(text.setUp, () => enrol(account()), { class: "plain" }),
      button(text.otherWay, () => recovery(account()), { class: "plain" }),
    ),
  ]);
}
