// Starts the page: who the relying party is, what was left half-way, the first screen.
import "./style.css";
import { api, Problem } from "./api.js";
import { marker, party, prover, sentence } from "./app.js";
import { button, h, show } from "./dom.js";
import { account } from "./screens/account.js";
import { home } from "./screens/home.js";
import { text } from "./strings.js";

async function start(): Promise<void> {
  try {
    const session = await api.session();
    party.name = session.relying_party;
    document.title = text.title(party.name);
    if (session.account !== null) return account({ account: session.account });
    void prover().catch(() => {}); // begins to load; whoever needs it is told if it failed
    return await home(marker.take() ? text.interrupted : "");
  } catch (error) {
    const missing = error instanceof Problem && error.status === 404;
    show(document.title, [
      h("p", { role: "alert" }, missing ? text.noBackEnd : sentence(error)),
      button(text.again, () => location.reload()),
    ]);
  }
}

void start();
