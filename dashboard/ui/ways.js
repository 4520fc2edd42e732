// The one script of all pages, loaded once a tab: links that load nothing anew, keys, the search for a service, the
// tab's title and icon; and refreshes that change only what changed, so that focus, selection and open parts stay.
let page = {base: "/", pages: [""]}, send = () => {};
// Parameters of the address that hold for every page.
const LASTING = ["embed", "embed_options", "tz"], OF_A_SERVICE = ["service", "objectives"], KEY = "gs-service";
const root = () => location.origin + page.base;
const placeOf = url => url.pathname.startsWith(page.base) ? url.pathname.slice(page.base.length).replace(/\/$/, "") : null;
const wait = {g: 0};

/* --- the address ---------------------------------------------------------------------------------------------------- */

// A page that shows a service tells which one; on others the last one stays chosen.
const chosen = () => {
  const here = new URL(location.href);
  if (OF_A_SERVICE.includes(placeOf(here))) sessionStorage.setItem(KEY, here.searchParams.get("service") ?? "");
  return sessionStorage.getItem(KEY);
};
// Whoever goes back twice in a moment is shown the page before last, and not pushed to that of the answer in between:
// which page it is changes in this script and in the browser alone.
const pushed = history.pushState.bind(history), replaced = history.replaceState.bind(history);
const push = (state, title, url) => {
  leave();
  entry = newEntry();
  pushed({...state, gs: entry}, title, url);
};
history.replaceState = (state, title, url) => replaced({...state, gs: entry}, title, url);
history.pushState = (state, title, url) => {
  if (placeOf(new URL(url, location.href)) === placeOf(new URL(location.href))) push(state, title, url);
};
// Streamlit follows the browser's history: a new entry and its event run the page of that address, in this session.
export const go = (href, {carried = false} = {}) => {
  const there = new URL(href, root()), here = new URL(location.href), service = chosen();
  for (const name of LASTING) if (!there.searchParams.has(name))
    for (const value of here.searchParams.getAll(name)) there.searchParams.append(name, value);
  if (carried && service && OF_A_SERVICE.includes(placeOf(there))) there.searchParams.set("service", service);
  if (there.href === here.href) return;
  push({}, "", there);
  stay();
  if (placeOf(there) !== placeOf(here)) {
    const main = document.querySelector(".stMain");
    main?.scrollTo(0, 0);
    // What was followed is gone with its page: the keyboard and a screen reader go on at the begin of the new one.
    main?.focus({preventScroll: true});
  }
  dispatchEvent(new PopStateEvent("popstate", {state: {}}));
};
// What a page chose by itself belongs to a link to it, but is no entry of the history.
const complete = mark => {
  const here = new URL(location.href), said = new URLSearchParams(mark.dataset.address ?? "");
  const missing = [...said].filter(([name]) => !here.searchParams.has(name));
  if (!missing.length || placeOf(here) !== mark.dataset.place) return;
  for (const [name, value] of missing) here.searchParams.set(name, value);
  history.replaceState(history.state, "", here);
};
const isPlain = event => !(event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
// What a link leads to on its own page may come a moment later.
const show = (selector, until = performance.now() + 4000) => {
  const there = document.querySelector(selector), behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
  // A form grows while it is drawn.
  if (there) for (const wait of [0, 400, 1000]) setTimeout(() => there.scrollIntoView({behavior, block: innerWidth <= 640 ? "start" : "nearest"}), wait);
  else if (performance.now() < until) setTimeout(show, 100, selector, until);
};
const follow = event => {
  if (event.target.closest?.("[data-testid=stLogoLink]")) { event.stopPropagation(); return go("", {carried: true}); }
  const link = event.target.closest?.("a[href]"), href = link?.getAttribute("href");
  if (!link || !isPlain(event) || link.target === "_blank" || link.download || href.startsWith("#")) return;
  const there = new URL(href, root()), inNavigation = link.closest("header,.stSidebar");
  if (there.origin !== location.origin || !page.pages.includes(placeOf(there))) return;
  event.preventDefault();
  event.stopPropagation();
  go(there, {carried: inNavigation});
  // On a phone the navigation lies over the page, and what was chosen lies far below.
  link.closest(".stSidebar")?.querySelector("[data-testid=stSidebarCollapseButton] button")?.click();
  if (link.dataset.shows && (innerWidth <= 640 || "comes" in link.dataset)) show(link.dataset.shows);
};

/* --- how far a page was scrolled: Back, Forward and a reload show it there again ---------------------------------------- */

const SCROLLED = "gs-scrolled", ENTRIES = 50, UNTIL = 15000;
const newEntry = () => `e${Date.now().toString(36)}${performance.now().toFixed(0)}`;
let entry = history.state?.gs ?? newEntry(), returning;
const scrolled = () => JSON.parse(sessionStorage.getItem(SCROLLED) ?? "{}");
const leave = () => {
  const main = document.querySelector(".stMain");
  if (!main) return;
  const {[entry]: _, ...others} = scrolled();
  const kept = [...Object.entries(others), [entry, returning?.top ?? main.scrollTop]].slice(-ENTRIES);
  sessionStorage.setItem(SCROLLED, JSON.stringify(Object.fromEntries(kept)));
};
// A page becomes as long as it was bit by bit: until then, or until somebody does anything, it is scrolled again.
const settle = () => {
  if (!returning) return;
  const main = document.querySelector(".stMain");
  if (performance.now() > returning.until) returning = undefined;
  else if (main && main.scrollTop !== returning.top) main.scrollTop = returning.top;
};
const comeBack = () => {
  const top = scrolled()[entry];
  returning = top === undefined ? undefined : {top, until: performance.now() + UNTIL};
  settle();
};
const goBack = event => {
  // What `go` tells Streamlit is no step through the history.
  if (!event.isTrusted) return;
  leave();
  entry = history.state?.gs ?? newEntry();
  if (!history.state?.gs) replaced({...history.state, gs: entry}, "");
  comeBack();
};
const stay = () => { returning = undefined; };

/* --- dialogs -------------------------------------------------------------------------------------------------------- */

const element = (name, attributes = {}, ...inside) => {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...inside);
  return node;
};
const open = (kind, title, ...inside) => {
  document.querySelector(".gs-dialog")?.close();
  const dialog = element("dialog", {class: `gs-dialog ${kind}`, "aria-label": title}, element("h2", {}, title), ...inside);
  dialog.addEventListener("click", event => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => dialog.remove());
  // Inside of Streamlit's root, which knows the scheme.
  document.querySelector(".stApp").append(dialog);
  dialog.showModal();
  return dialog;
};
const KEYS = [["/", "search for a service"], ["g w", "go to the wall"], ["g t", "go to triage"], ["g s", "go to the service"],
  ["g o", "go to the objectives"], ["g i", "go to the incidents"], ["g c", "go to the capacity"],
  ["g r", "go to the review"], ["g d", "go to the data sources"], ["p", "pause, resume"], ["l", "copy the link"],
  ["f", "on the wall: keep the service under the pointer or the focus on the screen"],
  ["?", "show these keys"], ["Esc", "close"]];
const help = () => {
  const rows = KEYS.map(([keys, what]) => element("tr", {},
    element("td", {}, ...keys.split(" ").map(key => element("kbd", {}, key))), element("td", {}, what)));
  open("gs-keys", "Keys", element("table", {}, ...rows)).tabIndex = -1;
};
const say = text => {
  document.querySelector(".gs-said")?.remove();
  const said = element("div", {class: "gs-said", role: "status"}, text);
  document.querySelector(".stApp").append(said);
  setTimeout(() => said.remove(), 2500);
};

/* --- the search ----------------------------------------------------------------------------------------------------- */

const LISTED = 12;
// 0: the name begins so, 1: one of its words does, 2: it holds it, 3: its team does; none: it does not match.
const rank = (service, words) => Math.max(...words.map(word => {
  const name = service.title.toLowerCase(), at = name.indexOf(word);
  return at === 0 ? 0 : at > 0 ? (/[a-z0-9]/.test(name[at - 1]) ? 2 : 1) : service.team.toLowerCase().includes(word) ? 3 : Infinity;
}));
// A name in which the letters come in this order, for those who mistype.
const holdsLetters = (name, letters) => {
  let at = -1;
  return [...letters].every(letter => (at = name.indexOf(letter, at + 1)) >= 0);
};
export const matching = (services, text) => {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return services;
  const ranked = services.map(service => [rank(service, words), service]).filter(([place]) => place < Infinity);
  if (!ranked.length) return services.filter(service => holdsLetters(service.title.toLowerCase(), words.join("")));
  return ranked.sort(([one], [other]) => one - other).map(([, service]) => service);
};
const addressOf = service => {
  const here = new URL(location.href), there = new URL("service", root());
  // The span that was looked at is that of the next service, too; a zoom is not.
  if (placeOf(here) === "service") for (const name of ["span", "compare", "by"])
    if (here.searchParams.has(name)) there.searchParams.set(name, here.searchParams.get(name));
  there.searchParams.set("service", service.id);
  return there;
};
const optionOf = (service, place, at) => element("li",
  {role: "option", id: `gs-option-${place}`, "aria-selected": place === at, class: `gs-${service.colour}`},
  element("i", {"aria-hidden": "true"}, service.mark), element("b", {}, service.title),
  element("span", {}, service.team), element("em", {}, service.word));
const loaded = async () => {
  const answer = await fetch(`${root()}api/v1/services`).catch(() => null);
  return answer?.ok ? (await answer.json()).services : null;
};
const search = async (text = "") => {
  const input = element("input", {type: "search", placeholder: "Name or team", autocomplete: "off", spellcheck: "false",
    role: "combobox", "aria-expanded": "true", "aria-controls": "gs-options", "aria-label": "Name or team"});
  const list = element("ul", {id: "gs-options", role: "listbox", "aria-label": "Services"}), count = element("p", {role: "status"});
  const dialog = open("gs-find", "Search for a service", input, list, count);
  // What is typed before the services have come counts once they have.
  let services = null, shown = [], at = 0, isEntered = false;
  const said = all => all.length > LISTED ? `${LISTED} of ${all.length} services` : all.length
    ? `${all.length} ${all.length === 1 ? "service" : "services"}` : services.length ? "No service is called so." : "No service is known yet.";
  const show = () => {
    if (!services) return;
    const all = matching(services, input.value);
    shown = all.slice(0, LISTED);
    at = Math.min(at, Math.max(shown.length - 1, 0));
    list.replaceChildren(...shown.map((service, place) => optionOf(service, place, at)));
    input.setAttribute("aria-activedescendant", shown.length ? `gs-option-${at}` : "");
    count.textContent = said(all);
  };
  const take = place => { if (shown[place] && dialog.open) { dialog.close(); go(addressOf(shown[place])); } };
  input.addEventListener("input", () => { at = 0; isEntered = false; show(); });
  input.addEventListener("keydown", event => {
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (event.key === "Enter") { isEntered = true; take(at); }
    // A browser would only empty the field.
    if (event.key === "Escape") dialog.close();
    if (step) { at = (at + step + shown.length) % (shown.length || 1); show(); }
    if (step || event.key === "Enter") event.preventDefault();
  });
  list.addEventListener("click", event => take([...list.children].indexOf(event.target.closest("li"))));
  input.value = text;
  input.focus();
  count.textContent = "Reading the services …";
  services = await loaded();
  if (!services) count.textContent = "The server does not answer.";
  show();
  if (isEntered) take(at);
};
// The wall has a field of its own, which leaves out what does not match while one types.
const field = () => document.querySelector("#gs-search");
const find = () => {
  if (!field()?.checkVisibility({visibilityProperty: true, opacityProperty: true})) return search();
  field().focus();
  field().select();
};
const inField = async event => {
  if (event.target !== field() || !["Enter", "ArrowDown", "ArrowUp"].includes(event.key)) return;
  event.preventDefault();
  if (event.key !== "Enter") return search(event.target.value);
  const [first] = event.target.value ? matching(await loaded() ?? [], event.target.value) : [];
  if (first) go(addressOf(first));
};

/* --- what can be done on every page ---------------------------------------------------------------------------------- */

const copySelected = text => {
  const field = element("textarea", {}, text);
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  return copied;
};
// Without TLS or leave browsers give no clipboard, but still copy what is selected.
const taken = async text => await navigator.clipboard?.writeText(text).then(() => true, () => false) || copySelected(text);
const copy = async () => {
  say(await taken(location.href) ? "Link copied" : "The browser does not let the link be copied: take it from the address bar");
};
// Of several texts the one that is shown.
const copyText = async button => {
  const shown = [...button.closest("details").querySelectorAll("pre")].find(text => text.checkVisibility());
  say(await taken(shown?.textContent ?? "") ? "Copied" : "The browser does not let it be copied: select the text");
};
// A table of the page, as it stands there.
const cellText = cell => {
  const copied = cell.cloneNode(true);
  for (const mark of copied.querySelectorAll("[aria-hidden=true]")) mark.remove();
  const text = copied.textContent.replace(/\s+/g, " ").trim();
  // No spreadsheet must take it for a formula.
  return `"${(/^[=+@-]/.test(text) ? `'${text}` : text).replace(/"/g, '""')}"`;
};
export const tableText = table => {
  const zone = document.querySelector("[data-act=zone]")?.selectedOptions[0]?.textContent ?? "";
  const head = [document.title, location.href, `at ${new Date().toISOString()}${zone && `, times of the page in ${zone}`}`];
  const rows = [...table.rows].map(row => [...row.cells].map(cellText).join(","));
  return [...head.map(line => `# ${line.replace(/\s+/g, " ")}`), ...rows, ""].join("\n");
};
const takeTable = button => {
  const table = button.parentElement.parentElement.querySelector("table");
  const href = URL.createObjectURL(new Blob([tableText(table)], {type: "text/csv;charset=utf-8"}));
  element("a", {href, download: `${button.dataset.file}.csv`}).click();
  setTimeout(() => URL.revokeObjectURL(href), 60000);
};
const ACTS = {search: () => search(), help, copy, pause: () => send("pause", Date.now()), table: takeTable, text: copyText};
const BY_KEY = {"/": find, "?": help, l: copy, p: ACTS.pause}, PLACES = {w: "", t: "triage", s: "service", o: "objectives", i: "incidents", c: "capacity", r: "review", d: "sources"};
const FIELDS = "input:not([type=radio],[type=checkbox],[type=button]),textarea,select,[contenteditable]:not([contenteditable=false])," +
  "[role=textbox],[role=combobox],[role=listbox],[role=menu],dialog,[role=dialog]";
const press = event => {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.composedPath()[0].closest?.(FIELDS) || document.querySelector("dialog[open]")) return;
  const place = Date.now() - wait.g < 1500 ? PLACES[event.key] : undefined;
  wait.g = event.key === "g" ? Date.now() : 0;
  if (place !== undefined) go(place, {carried: true});
  else BY_KEY[event.key]?.();
  if (place !== undefined || BY_KEY[event.key]) event.preventDefault();
};
const act = event => {
  const button = event.target.closest?.("[data-act]");
  ACTS[button?.dataset.act]?.(button);
};
const turnClock = event => {
  if (!event.target.matches?.("[data-act=zone]")) return;
  const there = new URL(location.href);
  there.searchParams.set("tz", event.target.value);
  go(there);
};

/* --- the tab --------------------------------------------------------------------------------------------------------- */

const SIGNS = {
  breaching: ["#d13a34", "M10 10l12 12M22 10L10 22"], at_risk: ["#c27f00", "M16 8l8 15H8z"],
  unknown: ["#7d8898", "M16 9a7 7 0 1 0 .1 0"], healthy: ["#1f9a68", "M9 16.5l5 5 9-11"],
};
const icon = health => {
  const [colour, path] = SIGNS[health] ?? SIGNS.unknown;
  return "data:image/svg+xml," + encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">` +
    `<rect width="32" height="32" rx="8" fill="${colour}"/><path d="${path}" fill="none" stroke="#fff" stroke-width="3.4" ` +
    `stroke-linecap="round" stroke-linejoin="round"/></svg>`);
};
// How many entries need somebody now, beside the name of their page.
const count = number => {
  for (const link of document.querySelectorAll("[data-testid=stTopNavLink],[data-testid=stSidebarNavLink]")) {
    const wanted = placeOf(new URL(link.href)) === "triage" && number > 0 ? number : undefined;
    if (link.dataset.gsCount === wanted) continue;
    if (wanted) link.dataset.gsCount = wanted; else delete link.dataset.gsCount;
  }
};
const tell = () => {
  const mark = document.querySelector(".gs-alive[data-tab]");
  if (!mark) return;
  if (document.title !== mark.dataset.tab) document.title = mark.dataset.tab;
  const link = document.querySelector("link[rel~=icon]"), href = icon(mark.dataset.worst);
  if (link && link.getAttribute("href") !== href) link.setAttribute("href", href);
  complete(mark);
  count(mark.dataset.count);
};

/* --- refreshes that change only what changed ---------------------------------------------------------------------------- */

const signOf = node => node.nodeType !== 1 ? String(node.nodeType)
  : `${node.nodeName} ${node.id || node.dataset.key || node.dataset.soft || node.getAttribute("href") || ""} ${node.classList[0] ?? ""}`;
// Only the middle that differs: what is selected before and after it stays selected.
const rewrite = (node, text) => {
  const before = node.data;
  if (before === text) return;
  let begin = 0, end = 0;
  const most = Math.min(before.length, text.length);
  while (begin < most && before[begin] === text[begin]) begin++;
  while (end < most - begin && before[before.length - 1 - end] === text[text.length - 1 - end]) end++;
  node.replaceData(begin, before.length - begin - end, text.slice(begin, text.length - end));
};
const patch = (node, wanted) => {
  if (node.nodeType !== 1) { rewrite(node, wanted.data); return; }
  if (node.isEqualNode(wanted)) return;
  // An animation begins anew with a new node only.
  if (node.classList.contains("gs-alive")) { node.replaceWith(wanted); return; }
  for (const {name} of [...node.attributes])
    // Whether a part is open is the viewer's choice.
    if (!wanted.hasAttribute(name) && name !== "open") node.removeAttribute(name);
  for (const {name, value} of wanted.attributes)
    if (name !== "open" && node.getAttribute(name) !== value) node.setAttribute(name, value);
  morph(node, wanted);
};
export const morph = (node, wanted) => {
  const pool = new Map();
  for (const child of node.childNodes) {
    const sign = signOf(child);
    pool.has(sign) ? pool.get(sign).push(child) : pool.set(sign, [child]);
  }
  const pairs = [...wanted.childNodes].map(child => [child, pool.get(signOf(child))?.shift()]);
  // What goes, goes first: then nothing has to move that stays.
  for (const left of pool.values()) for (const child of left) child.remove();
  let at = node.firstChild;
  for (const [child, present] of pairs) {
    if (present === at && at) at = at.nextSibling;
    else node.insertBefore(present ?? child, at);
    if (present) patch(present, child);
  }
};
const plain = Object.getOwnPropertyDescriptor(Element.prototype, "innerHTML"), steady = new WeakSet();
// React writes the content of an `st.html` by this property, all of it at each refresh.
const steadied = node => Object.defineProperty(node, "innerHTML", {
  configurable: true,
  get: () => plain.get.call(node),
  set: html => {
    const content = document.createElement("template"), focused = document.activeElement;
    content.innerHTML = html;
    morph(node, content.content);
    if (focused !== document.activeElement && focused?.isConnected) focused.focus({preventScroll: true});
  },
});
const hold = () => {
  for (const kind of ["stHtml", "gs-cardhead"]) for (const node of document.getElementsByClassName(kind))
    if (!steady.has(node)) { steady.add(node); steadied(node); }
  tell();
  settle();
};

/* --- light or dark ------------------------------------------------------------------------------------------------------ */

// Streamlit keeps the choice of its menu for that page alone on which the tab was opened: it becomes that of all pages.
let schemes = new Map();
const spread = () => {
  const keys = page.pages.map(name => `stActiveTheme-${page.base}${name}-v2`);
  const changed = schemes.size ? keys.find(key => schemes.has(key) && localStorage.getItem(key) !== schemes.get(key)) : undefined;
  if (changed) for (const key of keys) localStorage.setItem(key, localStorage.getItem(changed));
  schemes = new Map(keys.map(key => [key, localStorage.getItem(key)]));
};
const recolour = () => { spread(); dispatchEvent(new CustomEvent("gs-scheme")); };

export const update = (data, trigger) => { page = data; send = trigger; chosen(); spread(); hold(); };
document.addEventListener("click", follow, true);
document.addEventListener("click", act);
document.addEventListener("change", turnClock);
document.addEventListener("keydown", press);
document.addEventListener("keydown", inField, true);
addEventListener("pagehide", spread);
addEventListener("pagehide", leave);
addEventListener("popstate", goBack, true);
for (const kind of ["wheel", "touchstart", "pointerdown", "keydown"]) addEventListener(kind, stay, {capture: true, passive: true});
if (history.state?.gs) comeBack(); else replaced({...history.state, gs: entry}, "");
new MutationObserver(recolour).observe(document.querySelector(".stApp"), {attributeFilter: ["class"]});
new MutationObserver(hold).observe(document.body, {childList: true, subtree: true});
// Streamlit writes its own title and icon at each run of a page.
new MutationObserver(tell).observe(document.head, {childList: true, subtree: true, attributes: true, characterData: true});
