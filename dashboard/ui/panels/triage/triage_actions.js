// What can be done about entries of the triage page, and what is new since it was last looked at; the name is asked for
// once and kept in this browser.
const NAME = "gs-name", SEEN = "gs-triage-seen", LONGEST_NAME = 80;
const element = (name, attributes = {}, ...inside) => {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...inside);
  return node;
};
const newId = () => [...crypto.getRandomValues(new Uint8Array(12))].map(byte => byte.toString(16).padStart(2, "0")).join("");
const stored = name => { try { return localStorage.getItem(name) ?? ""; } catch { return ""; } };
const store = (name, value) => { try { localStorage.setItem(name, value); } catch { /* kept for this page alone */ } };
const say = (text, look = "") => {
  document.querySelector(".gs-said")?.remove();
  const said = element("div", {class: `gs-said ${look}`, role: look ? "alert" : "status"}, text);
  document.querySelector(".stApp").append(said);
  setTimeout(() => said.remove(), look ? 10000 : 2500);
};
// A name as given, until there is a login.
const named = then => {
  const known = stored(NAME);
  if (known) return then(known);
  document.querySelector(".gs-dialog")?.close();
  const input = element("input", {type: "text", maxlength: LONGEST_NAME, autocomplete: "nickname", "aria-label": "Your name"});
  const go = element("button", {type: "submit", class: "main"}, "Continue");
  const form = element("form", {method: "dialog"}, input, element("p", {}, "There is no login: your name is shown as you give it, and this browser remembers it."), go);
  const dialog = element("dialog", {class: "gs-dialog gs-name", "aria-label": "Your name"}, element("h2", {}, "Who are you?"), form);
  form.addEventListener("submit", event => {
    const name = input.value.trim();
    if (!name) return event.preventDefault();
    store(NAME, name);
    then(name);
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.querySelector(".stApp").append(dialog);
  dialog.showModal();
  input.focus();
};
const fieldOf = entry => [...document.querySelectorAll("[data-note]")].find(field => field.dataset.note === entry);
// What is on its way: the note stays in its field until it is kept.
const waiting = new Map();
const act = (button, send) => {
  const {triage: kind, entry, row} = button.dataset;
  const text = kind === "note" ? fieldOf(entry)?.value.trim() : "";
  if (kind === "note" && !text) return fieldOf(entry)?.focus();
  if (kind === "rename") { store(NAME, ""); return named(() => say("The name is kept in this browser")); }
  named(person => {
    const id = newId();
    waiting.set(id, {kind, entry, text});
    button.setAttribute("aria-busy", "true");
    send("act", {kind, id, entry, row: row ?? "", person, text});
  });
};
const hear = answer => {
  const sent = answer && waiting.get(answer.id);
  if (!sent) return;
  waiting.delete(answer.id);
  for (const busy of document.querySelectorAll("[data-triage][aria-busy]")) busy.removeAttribute("aria-busy");
  if (answer.error) return say(answer.error, "bad");
  const field = sent.kind === "note" && fieldOf(sent.entry);
  // Not what was typed meanwhile.
  if (field && field.value.trim() === sent.text) field.value = "";
  say({note: "Note kept", acknowledge: "Acknowledged", withdraw: "Withdrawn"}[sent.kind] ?? "Kept");
};

/* --- what opened while nobody looked ----------------------------------------------------------------------------------- */

const entries = () => [...document.querySelectorAll(".gs-entry[data-id]")].map(entry => entry.dataset.id);
const before = () => { try { return JSON.parse(stored(SEEN) || "null"); } catch { return null; } };
const leave = () => store(SEEN, JSON.stringify(entries()));
// A rule for each that was there: refreshes write the entries anew, and a style of our own they leave alone.
const mark = (style, seen) => {
  style.textContent = Array.isArray(seen)
    ? `.gs-entry .new{display:inline-block!important}${seen.map(id => `.gs-entry[data-id="${CSS.escape(String(id))}"] .new{display:none!important}`).join("")}`
    : "";
};

/* --- keys --------------------------------------------------------------------------------------------------------------- */

const step = event => {
  const by = {ArrowDown: 1, ArrowUp: -1}[event.key], on = document.activeElement?.closest?.(".gs-entry h2");
  if (!by || !on || event.ctrlKey || event.metaKey || event.altKey) return;
  const heads = [...document.querySelectorAll(".gs-entry h2 a")], next = heads[heads.indexOf(on.querySelector("a")) + by];
  if (!next) return;
  event.preventDefault();
  next.focus();
};
const enter = (event, send) => {
  if (event.key !== "Enter" || event.isComposing || !event.target.matches?.("[data-note]")) return;
  event.preventDefault();
  event.target.parentElement.querySelector("[data-triage=note]").click();
};

export default ({data, parentElement, setTriggerValue}) => {
  const host = parentElement.querySelector(".gs-actions"), root = host.gsRoot ??= {};
  root.send = setTriggerValue;
  hear(data.answer);
  if (root.listens) return;
  const style = host.appendChild(document.createElement("style"));
  mark(style, before());
  const click = event => {
    const button = event.target.closest?.("[data-triage]");
    if (button && !button.hasAttribute("aria-busy")) act(button, (name, value) => root.send(name, value));
  };
  const seen = () => document.visibilityState === "hidden" ? leave() : mark(style, before());
  root.listens = [[document, "click", click], [document, "keydown", step], [document, "keydown", enter],
    [document, "visibilitychange", seen], [window, "pagehide", leave]];
  for (const [node, kind, listen] of root.listens) node.addEventListener(kind, listen);
  return () => {
    for (const [node, kind, listen] of root.listens ?? []) node.removeEventListener(kind, listen);
    root.listens = undefined;
    style.remove();
  };
};
