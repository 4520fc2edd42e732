// The controls of the wall: what is chosen goes to the server, which keeps it in the address.
const PAUSE_MS = 250, POINTER_MS = 3000;
const SERVICES = ".gs-tile,.gs-row,.gs-cells a";
const make = (tag, attributes, text) => {
  const node = Object.assign(document.createElement(tag), attributes);
  if (text !== undefined) node.textContent = text;
  return node;
};
const filled = (select, every, values, chosen) => {
  select.hidden = !values.length;
  const wanted = JSON.stringify([every, values, chosen]);
  if (select.gsShown === wanted || document.activeElement === select && select.gsShown) return;
  select.gsShown = wanted;
  // An address may hold several; the list can only say so, and choose another one.
  const several = chosen.length > 1 ? [["*", chosen.join(", ")]] : [];
  select.replaceChildren(...[["", every], ...several, ...values.map(value => [value, value])]
    .map(([value, text]) => make("option", {value}, text)));
  select.value = several.length ? "*" : chosen[0] ?? "";
};
const built = (host, send) => {
  const search = make("input", {id: "gs-search", type: "search", placeholder: "Find a service (/)", maxLength: 80});
  search.setAttribute("aria-label", "Find a service by its name or team");
  search.setAttribute("aria-keyshortcuts", "/");
  const team = make("select", {}), tier = make("select", {});
  team.setAttribute("aria-label", "Team");
  tier.setAttribute("aria-label", "Tier");
  const group = make("button", {type: "button"}, "By team"), view = make("button", {type: "button"}, "Compact");
  const full = make("button", {type: "button", className: "full", title: "Full screen: pages turn by themselves"}, "Full screen");
  let waiting;
  search.oninput = () => {
    clearTimeout(waiting);
    search.gsTyped = search.value.trim();
    waiting = setTimeout(() => send("chosen", {find: [search.gsTyped]}), PAUSE_MS);
  };
  search.onkeydown = event => {
    if (event.key === "Escape" && search.value) { search.value = ""; search.oninput(); }
    // Streamlit has keys of its own.
    event.stopPropagation();
  };
  team.onchange = () => send("chosen", {team: [team.value]});
  tier.onchange = () => send("chosen", {tier: [tier.value]});
  group.onclick = () => send("chosen", {group: [group.ariaPressed === "true" ? "" : "team"]});
  view.onclick = () => send("chosen", {view: [view.ariaPressed === "true" ? "tiles" : "compact"]});
  full.onclick = () => document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen();
  host.append(search, team, tier, group, view, full);
  return {search, team, tier, group, view, full};
};
export default ({data, parentElement, setTriggerValue}) => {
  const host = parentElement.querySelector(".gs-controls");
  const root = host.gsRoot ??= {};
  root.send = setTriggerValue;
  root.parts ??= built(host, (name, value) => root.send(name, value));
  const {search, team, tier, group, view} = root.parts;
  host.classList.toggle("kiosk", data.kiosk);
  // What came by itself, such as by the browser's Back; not the answer to what was typed while more was typed.
  if (root.find !== data.find && search.gsTyped !== data.find && (root.find ?? "") === (search.gsTyped ?? "")) {
    search.value = search.gsTyped = data.find;
  }
  root.find = data.find;
  filled(team, "All teams", data.teams, data.team);
  filled(tier, "All tiers", data.tiers.map(String), data.tier.map(String));
  // Cells stand by team anyway.
  group.hidden = !data.teams.length || data.compact;
  group.ariaPressed = String(data.group === "team");
  view.ariaPressed = String(data.compact);
  if (!root.listens) {
    const screen = () => root.embedded || root.send("full", !!document.fullscreenElement);
    const star = event => {
      const button = event.target.closest?.("[data-fav]");
      if (button) root.send("star", button.dataset.fav);
    };
    const key = event => {
      if (event.key !== "f" || event.ctrlKey || event.metaKey || event.altKey || data.kiosk) return;
      const on = document.activeElement?.closest?.(SERVICES) ?? document.querySelector(SERVICES.replaceAll(",", ":hover,") + ":hover");
      const name = on && new URL(on.href).searchParams.get("service");
      if (name) root.send("star", name);
    };
    let still;
    const moved = () => {
      host.classList.add("awake");
      clearTimeout(still);
      still = setTimeout(() => host.classList.remove("awake"), POINTER_MS);
    };
    root.listens = [["fullscreenchange", screen], ["click", star], ["keydown", key], ["pointermove", moved]];
    for (const [kind, act] of root.listens) document.addEventListener(kind, act);
  }
  root.embedded = data.embedded;
  // Whoever left the page in full screen and ended that elsewhere.
  if (data.kiosk && !data.embedded && !document.fullscreenElement) root.send("full", false);
  return () => {
    for (const [kind, act] of root.listens ?? []) document.removeEventListener(kind, act);
    root.listens = undefined;
  };
};
