// The way in without a voice: for whoever cannot or does not want to speak, and whom the models refuse.
import { api } from "../api.js";
import { accountField, isAccount, party, sentence } from "../app.js";
import { button, complaint, field, h, show } from "../dom.js";
import { text } from "../strings.js";
import { account as welcome } from "./account.js";
import { home } from "./home.js";

export function recovery(known: string): void {
  const name = accountField(known);
  const code = field(text.code, text.otherLead, { name: "code", autocomplete: "one-time-code", required: true });
  (known === "" ? name : code).input.setAttribute("autofocus", "");
  const wrong = complaint();
  const submit = async (): Promise<void> => {
    const account = name.input.value.trim();
    if (!isAccount(account)) return wrong.set(text.accountWrong);
    wrong.set("");
    try {
      welcome(await api.recover(account, code.input.value));
    } catch (error) {
      wrong.set(sentence(error));
      code.input.select();
    }
  };
  show(text.title(party.name), [
    h(
      "form",
      { novalidate: true, submit: (event) => (event.preventDefault(), void submit()) },
      name.row,
      code.row,
      wrong.element,
      h("button", { type: "submit", class: "main" }, text.logIn),
    ),
    h(
      "nav",
      { class: "ways" },
      button(text.back, () => void home(), { class: "plain" }),
    ),
  ]);
}
