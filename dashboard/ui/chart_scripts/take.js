// What one may take from a chart: its numbers as a table below it or as CSV, and its picture.
import {numbers} from "./arrays.js";
import {colours} from "./colours.js";
import {clock, date, write} from "./numbers.js";
import {geometry, plotly, valueAt, wallClock} from "./plot.js";

const MISSING = "–";
const tag = (kind, parent, text = "", properties = {}) => {
  const node = Object.assign(document.createElement(kind), properties);
  node.textContent = text;
  parent.append(node);
  return node;
};

/* --- numbers ------------------------------------------------------------------------------------------------------ */

// The part of time that is shown, in epoch milliseconds.
const shown = host => host.gsChart.range ?? [host.gsChart.sent.layout.xaxis.range[0], host.gsChart.sent.layout.meta.end];

const PARTS = {low: ", from", high: ", to"};
// What was measured comes before what it is compared with, and what was expected last.
const rank = ({meta, line}) => meta?.part ? 2 : line?.color === "$ghost" ? 1 : 0;
const tableOfLines = (host, traces) => {
  const main = traces.find(({meta}) => !meta?.part), [begin, end] = shown(host);
  const kind = write[host.gsChart.sent.layout.meta.kind] ?? String;
  const moments = Array.from(numbers(main.y), (_, place) => main.x0 + place * main.dx).filter(at => at >= begin && at <= end).reverse();
  const columns = traces.map(trace => [trace, moments.map(at => valueAt(trace, at) / (trace.meta?.scale ?? 1))])
    .filter(([, values]) => values.some(Number.isFinite)).sort(([a], [b]) => rank(a) - rank(b));
  return {
    names: columns.map(([{name, meta}]) => name + (PARTS[meta?.part] ?? "")), step: main.dx,
    rows: moments.map((at, place) => [at, ...columns.map(([, values]) => Number.isFinite(values[place]) ? kind(values[place]) : MISSING)]),
  };
};

// A row for each column of the map, at the end of its time as in the other tables.
const tableOfMap = (host, maps) => {
  const [map] = maps, [count, columns] = map.z.shape.split(",").map(Number), [begin, end] = shown(host), rows = [];
  for (let column = 0; column < columns; column++) {
    const at = map.x0 + (column + 0.5) * map.dx;
    if (at <= begin || at - map.dx >= end) continue;
    rows.unshift([at, ...[...Array(count).keys()].map(row => {
      const share = maps.map(({z}) => numbers(z)[row * columns + column]).find(Number.isFinite);
      return share === undefined ? MISSING : write.share(10 ** share);
    })]);
  }
  const texts = host.gsChart.sent.layout.yaxis.ticktext;
  return {rows, names: texts.map(text => text === "slower" ? text : `up to ${text}`), step: map.dx};
};

/** Names of series and rows of texts, the newest first; a row begins with its moment in epoch milliseconds. */
export const tableOf = host => {
  const {data} = host.gsChart.sent, maps = data.filter(({type}) => type === "heatmap");
  return maps.length ? tableOfMap(host, maps) : tableOfLines(host, data.filter(({type, meta}) => type === "scatter" && meta?.part !== "dots" && !meta?.ahead));
};

/* --- the table ---------------------------------------------------------------------------------------------------- */

const zone = offset => {
  const size = Math.abs(offset), minutes = size % 60 ? `:${String(size % 60).padStart(2, "0")}` : "";
  return offset ? `UTC${offset < 0 ? "−" : "+"}${Math.floor(size / 60)}${minutes}` : "UTC";
};

const heads = (host, {names}) => {
  const title = host.parentElement.querySelector("h3")?.textContent ?? "";
  return [`${title}, times in ${zone(host.gsChart.offset)}, each of the interval that ends then`, ["Time", ...names]];
};

const frameOf = (box, [caption, names]) => {
  const present = box.querySelector("table"), key = JSON.stringify(names);
  if (present?.gsKey === key) {
    if (present.caption.textContent !== caption) present.caption.textContent = caption;
    return present;
  }
  present?.remove();
  const table = tag("table", box, "", {gsKey: key});
  tag("caption", table, caption);
  const line = tag("tr", tag("thead", table));
  for (const name of names) tag("th", line, name, {scope: "col"});
  tag("tbody", table);
  return table;
};

const timeOf = (host, at, step) => {
  const wall = wallClock(host, at), [begin, end] = shown(host);
  return end - begin > 20 * 3600e3 ? `${date(wall)}, ${clock(wall)}` : clock(wall, step % 60e3 !== 0);
};

// A row stays the same node for as long as its moment is shown: what is selected in it, or read, stays too.
const fill = (host, details) => {
  const content = tableOf(host), body = frameOf(details.querySelector(".gs-numbers"), heads(host, content)).tBodies[0];
  const wanted = new Set(content.rows.map(([at]) => at)), known = new Map();
  for (const row of [...body.rows]) if (wanted.has(row.gsAt)) known.set(row.gsAt, row); else row.remove();
  let next = body.firstChild;
  for (const [at, ...texts] of content.rows) {
    let row = known.get(at);
    if (!row) {
      row = document.createElement("tr");
      row.gsAt = at;
      tag("th", row, timeOf(host, at, content.step), {scope: "row"});
      for (const text of texts) tag("td", row, text);
    }
    texts.forEach((text, place) => { const cell = row.cells[place + 1]; if (cell.textContent !== text) cell.textContent = text; });
    if (row === next) next = next.nextSibling; else body.insertBefore(row, next);
  }
};

/** After a chart was drawn: its table, where that is open. */
export const again = host => {
  const details = host.parentElement.querySelector(".gs-take details");
  if (details?.open) fill(host, details);
};

/* --- the picture -------------------------------------------------------------------------------------------------- */

// Pixels above the chart for its title; of the picture for each of the screen.
const TITLE = 48, SHARP = 2;
// The fonts of the page, as style of a picture, which loads nothing: so words are as wide there as on the screen.
const facesOf = rules => [...rules].flatMap(rule => rule.cssRules ? facesOf(rule.cssRules)
  : rule instanceof CSSFontFaceRule ? [rule] : []);
const embedded = async (rule, base) => {
  const file = await (await fetch(new URL(rule.style.getPropertyValue("src").match(/url\("?([^")]+)/)[1], base))).blob();
  const data = await new Promise(done => { const reader = new FileReader(); reader.onload = () => done(reader.result); reader.readAsDataURL(file); });
  return `@font-face{font-family:${rule.style.getPropertyValue("font-family")};font-weight:${rule.style.getPropertyValue("font-weight")};src:url(${data})}`;
};
let styles;
export const fonts = family => styles ??= (async () => {
  const first = family.split(",")[0].replace(/["']/g, "").trim(), faces = [];
  for (const sheet of document.styleSheets) for (const rule of sheet.href && new URL(sheet.href).origin !== location.origin ? [] : facesOf(sheet.cssRules))
    if (rule.style.getPropertyValue("font-family").replace(/["']/g, "") === first && rule.style.getPropertyValue("font-style") !== "italic")
      faces.push(embedded(rule, sheet.href ?? location.href));
  return `${(await Promise.all(faces)).join("")}text{font-variant-numeric:tabular-nums lining-nums}`;
})().catch(() => "");

// The words where they stand: placed by what is on the screen, and not by plotly.js.
const words = (host, token) => {
  const frame = geometry(host), painted = text => text.replace(/var\(--gs-([a-z0-9-]+)\)/g, (_, name) => token(name));
  return [...host.querySelectorAll(".gs-labels > :not([hidden])")].map(node => {
    const [left, top] = node.gsMove.match(/-?\d+/g).map(Number);
    return {
      text: painted(node.gsText), showarrow: false, xref: "paper", yref: "paper", xanchor: "left", yanchor: "top", borderpad: 0,
      x: (left - frame.left) / frame.width, y: 1 - (top - frame.top) / frame.height, align: "left",
      font: {...host.layout.font, color: getComputedStyle(node).color}, ...(node.classList.contains("gs-ground") ? {bgcolor: token("card")} : {}),
    };
  });
};

// Where what was measured ends, however far a forecast goes on.
const measuredEnd = host => {
  const [, end] = shown(host), main = host.gsChart.sent.data.find(({type, meta}) => type === "scatter" && !meta?.part);
  return main ? Math.min(end, main.x0 + (numbers(main.y).length - 1) * main.dx) : end;
};
const described = host => {
  const head = host.parentElement.querySelector(".gs-cardhead"), part = kind => head.querySelector(kind)?.textContent ?? "";
  const service = (document.querySelector(".gs-objective h2") ?? document.querySelector("h1"))?.textContent ?? "", [from, to] = [shown(host)[0], measuredEnd(host)].map(ms => wallClock(host, ms));
  const until = date(from) === date(to) ? "" : `${date(to)}, `;
  const range = `${date(from)}, ${clock(from)} – ${until}${clock(to)} ${zone(host.gsChart.offset)}`;
  return {title: [service, part("h3")].filter(Boolean).join(": "), below: [part(".m"), range].filter(Boolean).join(" · ")};
};
const plain = text => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");

/** The chart as it is on the screen, with its title, for `Plotly.toImage`. */
export const pictureOf = (host, root) => {
  const token = colours(root), {layout} = host, {title, below} = described(host);
  const line = (text, y, font) => ({text: plain(text), showarrow: false, xref: "paper", yref: "paper", xanchor: "left", yanchor: "top",
    x: 0, xshift: 8 - layout.margin.l, y: 1, yshift: layout.margin.t + TITLE - y, font});
  return {
    data: [...host.data, ...host.gsChart.dots],
    layout: {
      ...layout, width: host.clientWidth, height: layout.height + TITLE, paper_bgcolor: token("card"), plot_bgcolor: token("card"),
      margin: {...layout.margin, t: layout.margin.t + TITLE},
      annotations: [...words(host, token), line(title, 4, {...layout.font, size: 16, color: token("text")}), line(below, 28, {...layout.font, color: token("third")})],
    },
  };
};

const named = host => {
  const to = measuredEnd(host), {title} = described(host);
  return `${title.replace(/[^\w.]+/g, "-").replace(/^-|-$/g, "")}-${new Date(to).toISOString().slice(0, 16).replace(/[-:]/g, "")}Z.png`;
};

const picture = async (host, root) => {
  const P = await plotly(root.gsPayload.src), figure = pictureOf(host, root), {width, height} = figure.layout;
  const drawing = await P.toImage(figure, {format: "svg", width, height}), style = await fonts(figure.layout.font.family);
  const text = decodeURIComponent(drawing.slice(drawing.indexOf(",") + 1)).replace(">", `><style>${style}</style>`);
  const image = new Image(), address = URL.createObjectURL(new Blob([text], {type: "image/svg+xml"}));
  image.src = address;
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), {width: width * SHARP, height: height * SHARP});
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(address);
  tag("a", document.body, "", {href: canvas.toDataURL("image/png"), download: named(host), hidden: true}).click();
  document.body.lastChild.remove();
};

/* --- below each chart --------------------------------------------------------------------------------------------- */

const lineOf = (box, root) => {
  const present = box.querySelector(".gs-take");
  if (present) return present;
  const line = tag("div", box, "", {className: "gs-take"}), host = box.querySelector(".live-chart");
  const details = tag("details", line);
  tag("summary", details, "Show as table");
  tag("div", details, "", {className: "gs-numbers", tabIndex: 0});
  details.addEventListener("toggle", () => { if (details.open && host.gsChart) fill(host, details); });
  const ways = tag("span", line, "", {className: "ways"});
  tag("a", ways, "CSV");
  const button = tag("button", ways, "PNG", {type: "button"});
  button.addEventListener("click", () => { if (host.gsChart) picture(host, root); });
  return line;
};

/** The line below a chart: a table of its numbers, and the ways to take it along. */
export const take = (box, {key}, root) => {
  const line = lineOf(box, root), link = line.querySelector("a"), {csv} = root.gsPayload;
  const title = box.querySelector("h3")?.textContent ?? key;
  const href = csv ? csv + (csv.endsWith("=") ? encodeURIComponent(key) : "") : "";
  link.hidden = !href;
  if (link.getAttribute("href") !== href) {
    link.setAttribute("href", href);
    link.download = `${title}.csv`;
    link.setAttribute("aria-label", `CSV of ${title}`);
    line.querySelector("button").setAttribute("aria-label", `PNG of ${title}`);
    line.querySelector("summary").setAttribute("aria-label", `Show as table: ${title}`);
    line.querySelector(".gs-numbers").setAttribute("aria-label", `Numbers of ${title}`);
    line.querySelector(".gs-numbers").setAttribute("role", "region");
  }
};
