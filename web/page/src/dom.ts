// Elements in one expression, one screen at a time, and the region that is read aloud.
type Child = Node | string | undefined;
interface Attributes {
  readonly [name: string]: string | boolean | ((event: Event) => void) | undefined;
}

/** An element; functions become listeners ("click"), true an empty attribute, false and undefined none. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (typeof value === "string") element.setAttribute(name, value);
  }
  element.append(...children.filter((child): child is Node | string => child !== undefined));
  return element;
}

let leave: () => void = () => {};

/** Shows a screen instead of the one before; `onLeave` runs when the next one comes. Focus goes to what has
 * `autofocus`, else to the heading, so that a screen reader begins there. */
export function show(heading: string, children: readonly Child[], onLeave: () => void = () => {}): void {
  leave();
  leave = onLeave;
  const title = h("h1", { tabindex: "-1" }, heading);
  document
    .getElementById("page")!
    .replaceChildren(title, ...children.filter((c): c is Node | string => c !== undefined));
  const first = document.querySelector<HTMLElement>("#page [autofocus]") ?? title;
  first.focus({ preventScroll: true });
  window.scrollTo(0, 0);
}

/** Read aloud when it is convenient. */
export function say(message: string): void {
  document.getElementById("status")!.textContent = message;
}

/** A place for one sentence of what went wrong, read aloud at once; empty: gone. */
export function complaint(): { readonly element: HTMLElement; set(message: string): void } {
  const element = h("p", { role: "alert", class: "complaint" });
  return { element, set: (message) => (element.textContent = message) };
}

export function button(label: string, run: () => void, attributes: Attributes = {}): HTMLButtonElement {
  return h("button", { type: "button", click: () => run(), ...attributes }, label);
}

let fields = 0;
/** A labelled input with a hint. */
export function field(
  label: string,
  hint: string,
  attributes: Attributes,
): { row: HTMLElement; input: HTMLInputElement } {
  const id = `field-${++fields}`;
  const input = h("input", {
    id,
    "aria-describedby": `${id}-hint`,
    spellcheck: "false",
    autocapitalize: "none",
    ...attributes,
  });
  const row = h(
    "div",
    { class: "field" },
    h("label", { for: id }, label),
    input,
    h("p", { id: `${id}-hint`, class: "hint" }, hint),
  );
  return { row, input };
}

/** A bar of progress with its label. */
export function progress(label: string): { readonly element: HTMLElement; set(fraction: number): void } {
  const bar = h("progress", { max: "1", "aria-label": label });
  return {
    element: h("div", { class: "progress" }, h("p", {}, label), bar),
    set: (fraction) => (bar.value = fraction),
  };
}
