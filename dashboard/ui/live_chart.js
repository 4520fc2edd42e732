const load = src => window.Plotly ? Promise.resolve(window.Plotly) : (window.gsPlotly ??= new Promise((ok, fail) => {
  const tag = document.createElement("script");
  tag.src = src; tag.onload = () => ok(window.Plotly); tag.onerror = fail; document.head.append(tag); }));
const peers = window.gsPeers ??= new Set();
const paint = (value, token) => {
  if (typeof value === "string") return value.startsWith("$") ? token(value.slice(1))
    : value.replace(/color:\$([a-z0-9]+)/g, (_, name) => "color:" + token(name));
  if (Array.isArray(value)) return value.map(item => paint(item, token));
  if (value && typeof value === "object" && !value.bdata)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, paint(item, token)]));
  return value;
};
const shift = (figure, offset) => {
  // plotly.js draws numeric times in the viewer's zone; the page has one of its own, the same for every viewer.
  const move = ms => ms + (new Date(ms).getTimezoneOffset() + offset) * 60000;
  for (const trace of figure.data) trace.x0 = move(trace.x0);
  const x = figure.layout.xaxis; x.range = x.range.map(move);
  figure.layout.meta.end = move(figure.layout.meta.end);
  for (const shape of figure.layout.shapes) {
    if (shape.xsizemode === "pixel") shape.xanchor = move(shape.xanchor);
    else { shape.x0 = move(shape.x0); shape.x1 = move(shape.x1); }
  }
  for (const note of figure.layout.annotations) if (note.xref !== "paper") note.x = move(note.x);
};
// Direct labels need the same room on a phone and on a wall.
const extend = ({layout}, width) => {
  const plot = Math.max(width - layout.margin.l - layout.margin.r, 120), free = Math.min(layout.meta.room, plot / 2);
  const [begin] = layout.xaxis.range, {end} = layout.meta;
  layout.xaxis.range = [begin, end + Math.max((end - begin) * free / (plot - free), layout.meta.ahead ?? 0)];
};
const round = value => value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
const write = {
  latency: value => value < 1 ? round(value * 1000) + "\u00a0ms" : round(value) + "\u00a0s",
  share: value => round(value * 100) + "\u00a0%",
  rate: value => round(value) + "/s",
};
// The values under the crosshair, with their colours: they take the place of tooltip and legend.
const tell = (peer, at, clock) => {
  const line = peer.parentElement.querySelector(".gs-under");
  if (!line) return;
  line.replaceChildren();
  const kind = write[peer.layout?.meta?.kind];
  if (at == null || !kind) return;
  line.append("at " + clock);
  let low;
  for (const trace of peer._fullData ?? []) {
    const value = trace.y?.[Math.round((at - trace.x0) / trace.dx)], part = trace.meta?.part;
    // A band is one entry: its low end waits for the high one.
    if (part === "low") low = value;
    if (part && (part !== "high" || !(Number.isFinite(low) || Number.isFinite(value)))) continue;
    const entry = document.createElement("span"); entry.style.marginLeft = "14px";
    const name = document.createElement("span"); name.textContent = trace.name + " ";
    if (!part) name.style.color = trace.line?.color;
    const number = document.createElement("b");
    number.textContent = part ? kind(low) + " – " + kind(value) : Number.isFinite(value) ? kind(value) : "–";
    entry.append(name, number); line.append(entry);
  }
};
const cross = (P, host, x) => {
  for (const peer of peers) {
    if (!peer.isConnected) { peers.delete(peer); continue; }
    const axis = peer._fullLayout?.xaxis; if (!axis) continue;
    let mark = peer.querySelector(".gs-cross");
    if (!mark) { mark = document.createElement("div"); mark.className = "gs-cross"; peer.append(mark); }
    if (x == null) { mark.style.display = "none"; tell(peer, null); continue; }
    const at = axis._offset + axis.d2p(x);
    const size = peer._fullLayout._size;
    mark.style.cssText = `display:block;position:absolute;pointer-events:none;left:${at}px;top:${size.t}px;` +
      `height:${size.h}px;border-left:1px solid var(--gs-crosshair)`;
    mark.innerHTML = ""; const chip = document.createElement("span");
    chip.textContent = new Date(axis.d2r ? axis.d2r(x) : x).toLocaleTimeString([], {hour: "2-digit", minute: "2-digit", hour12: false});
    chip.style.cssText = "position:absolute;top:100%;left:-22px;width:44px;text-align:center;border-radius:4px;" +
      "font:600 12px/18px inherit;background:var(--gs-text);color:var(--gs-page)";
    mark.append(chip);
    tell(peer, new Date(axis.d2r ? axis.d2r(x) : x).getTime(), chip.textContent);
  }
};
const draw = (host, figure, {offset, src}, css, token) => {
  figure = paint(figure, token);
  shift(figure, offset);
  extend(figure, host.clientWidth);
  // What the viewer zoomed to stays as data arrive: plotly drops it whenever the sent range moves on.
  host.gsRange = figure.layout.xaxis.range;
  if (host.gsZoom) figure.layout.xaxis.range = host.gsZoom;
  const layout = {...figure.layout, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    font: {family: css.getPropertyValue("--st-font").trim() || "Source Sans, sans-serif", size: 12, color: token("third")}};
  peers.add(host);
  load(src).then(P => P.react(host, figure.data, layout, {displayModeBar: false, responsive: true}).then(() => {
    if (host.gsBound) return;
    host.gsBound = true;
    host.on("plotly_hover", event => cross(P, host, event.xvals?.[0] ?? event.points[0].x));
    host.on("plotly_unhover", () => cross(P, host, null));
    host.on("plotly_relayout", change => {
      if (host.gsFollowing) return;
      const zoom = change["xaxis.range[0]"] ? [change["xaxis.range[0]"], change["xaxis.range[1]"]] : null;
      if (!zoom && !change["xaxis.autorange"]) return;
      for (const peer of peers) if (peer.isConnected && peer._fullLayout) {
        peer.gsZoom = zoom;
        if (peer === host && zoom) continue;
        peer.gsFollowing = true;
        P.relayout(peer, {"xaxis.range": zoom ?? peer.gsRange}).then(() => { peer.gsFollowing = false; });
      }
    });
  }));
};
const clear = box => { const host = box.querySelector(".live-chart"); if (host) { peers.delete(host); window.Plotly?.purge(host); } };
const element = (kind, parent) => {
  const node = document.createElement("div"); node.className = kind; parent.append(node); return node; };
const boxOf = (root, {key, wide}) => {
  const present = [...root.children].find(box => box.dataset.card === key);
  if (present) return present;
  const box = element(wide ? "gs-chartcard wide" : "gs-chartcard", root);
  box.dataset.card = key;
  element("gs-cardhead", box);
  return box;
};
const show = (box, card, payload, css, token) => {
  const head = box.firstElementChild;
  if (head.gsSent !== card.head) head.innerHTML = head.gsSent = card.head;
  if (Boolean(card.figure) !== Boolean(box.querySelector(".live-chart")) || !box.children[1]) {
    clear(box);
    while (box.children[1]) box.children[1].remove();
    if (card.figure) { element("gs-under", box); element("live-chart", box); } else element("gs-empty", box);
  }
  if (card.figure) draw(box.querySelector(".live-chart"), card.figure, payload, css, token);
  else box.querySelector(".gs-empty").textContent = card.absent;
};
// Streamlit knows the scheme on its root only; an element inside resolves `light-dark()` as everything there does.
const tokens = root => {
  const probe = element("", root.parentElement);
  probe.hidden = true;
  const known = new Map(), seen = getComputedStyle(probe);
  const token = name => {
    if (!known.has(name)) { probe.style.color = `var(--gs-${name})`; known.set(name, seen.color); }
    return known.get(name);
  };
  return {token, done: () => probe.remove()};
};
const drawAll = root => {
  const payload = root.gsPayload, css = getComputedStyle(document.documentElement), {token, done} = tokens(root);
  for (const card of payload.cards) show(boxOf(root, card), card, payload, css, token);
  for (const box of [...root.children]) if (!payload.cards.some(card => card.key === box.dataset.card)) { clear(box); box.remove(); }
  done();
};
const scheme = matchMedia("(prefers-color-scheme: dark)");
export default ({data, parentElement}) => {
  const root = parentElement.querySelector(".gs-charts");
  root.gsPayload = JSON.parse(new TextDecoder().decode(data));
  drawAll(root);
  // The page changes its colours a moment after the viewer's system does.
  const again = () => setTimeout(() => root.isConnected && drawAll(root), 300);
  if (!root.gsScheme) scheme.addEventListener("change", root.gsScheme = again);
  return () => { scheme.removeEventListener("change", root.gsScheme); for (const box of root.children) clear(box); };
};
