// The words on a chart: each has places it may take, and takes the first one where it lies on no other.
import {numbers} from "./arrays.js";
import {variable} from "./colours.js";
import {moment, write} from "./numbers.js";
import {belongsTo, epoch, geometry, lastBefore, valueAt, wallClock} from "./plot.js";

const GAP = 5, MARGIN = 4;
// The most important first: what comes later gives way, and is left out where there is no room.
const ORDER = ["end", "rail", "line", "point", "bar", "band"];
// Of words that are drawn now, and of those that were before: values change at each refresh, for weeks.
let sizes = new Map(), before = new Map();

const layerOf = host => {
  let layer = host.querySelector(".gs-labels");
  if (!layer) { layer = document.createElement("div"); layer.className = "gs-labels"; host.append(layer); }
  return layer;
};

// What is zoomed to says its own last value until its data have come.
const content = (host, note) => {
  const {range, end, sent} = host.gsChart, kind = write[sent.layout.meta.kind];
  const html = note.text.replace(/color:\$([a-z0-9-]+)/g, "color:var(--gs-$1)");
  const trace = range && kind && note.series && sent.data.find(({name}) => name === note.series);
  const value = trace && sent.layout.meta.end - end > trace.dx ? lastBefore(trace, end) : undefined;
  return value === undefined ? html : html.replace(/<b>.*<\/b>/, `<b>${kind(value / (trace.meta?.scale ?? 1))}</b>`);
};

const rewrite = (node, html) => { if (node.gsText !== html) node.innerHTML = node.gsText = html; };
const sync = (host, notes) => {
  const layer = layerOf(host);
  while (layer.children.length > notes.length) layer.lastChild.remove();
  notes.forEach((note, at) => {
    const kind = note.series ? "BUTTON" : note.changes ? "DIV" : "SPAN";
    let node = layer.children[at];
    if (node?.tagName !== kind) {
      const fresh = document.createElement(kind);
      if (kind === "BUTTON") fresh.type = "button";
      if (node) node.replaceWith(fresh); else layer.append(fresh);
      node = fresh;
    }
    const look = `color:${variable(note.font?.color) ?? "inherit"}`;
    // Of changes it is known later whose names have room.
    if (!note.changes) rewrite(node, content(host, note));
    if (node.gsLook !== look) node.style.cssText = node.gsLook = look;
    const dim = host.gsChart.alone && note.series && host.gsChart.alone !== note.series;
    const name = `gs-at-${note.name ?? "point"}${note.bgcolor ? " gs-ground" : ""}${dim ? " gs-dim" : ""}`;
    if (node.className !== name) node.className = name;
    if (note.series) {
      const pressed = String(host.gsChart.alone === note.series);
      if (node.dataset.series !== note.series) {
        node.dataset.series = note.series;
        node.title = `Show ${note.series} alone`;
      }
      if (node.getAttribute("aria-pressed") !== pressed) node.setAttribute("aria-pressed", pressed);
    }
  });
  return [...layer.children];
};

const sizeOf = (node, html = node.gsText) => {
  const key = node.className + html;
  let size = sizes.get(key) ?? before.get(key);
  if (!size) {
    rewrite(node, html);
    node.hidden = false;
    size = {w: node.offsetWidth, h: node.offsetHeight};
  }
  sizes.set(key, size);
  return size;
};

const boxAt = (x, y, {w, h}, xanchor, yanchor) => {
  const left = x - (xanchor === "right" ? w : xanchor === "center" ? w / 2 : 0);
  const top = y - (yanchor === "bottom" ? h : yanchor === "middle" ? h / 2 : 0);
  return {left, top, right: left + w, bottom: top + h};
};

const apart = (a, b) => a.right + GAP <= b.left || b.right + GAP <= a.left || a.bottom <= b.top || b.bottom <= a.top;

// Where a note is wanted, in pixels of its host.
const wanted = (host, note, frame) => {
  const {width, height, left, top} = frame;
  const x = note.xref === "paper" ? left + note.x * width : frame.x(Math.min(wallClock(host, note.x), note.name === "end" ? frame.end : Infinity));
  const y = note.yref === "paper" ? top + (1 - note.y) * height : frame.y(note.y);
  return {x: x + (note.xshift ?? 0), y: y - (note.yshift ?? 0)};
};

const OTHER = {left: "right", right: "left", center: "center"};
const rail = (spot, note, size, frame, host) => {
  const anchor = note.xanchor ?? "left", {x} = spot, y = frame.top - 1, other = x - 2 * (note.xshift ?? 0);
  const inside = Math.max(frame.left, Math.min(x, frame.full - size.w));
  const within = note.until === undefined ? [] : [boxAt(frame.x(wallClock(host, note.until)) - MARGIN, y, size, "right", "bottom")];
  return [boxAt(x, y, size, anchor, "bottom"), ...within, boxAt(other, y, size, OTHER[anchor], "bottom"), boxAt(inside, y, size, "left", "bottom")];
};

const line = (spot, note, size, frame) => {
  const right = frame.x(frame.end) - MARGIN, left = frame.left + MARGIN, places = [];
  const middle = (left + right) / 2, sides = [[-2, "bottom"], [2, "top"]];
  for (const [x, xanchor] of [[left, "left"], [right, "right"], [middle, "center"], [frame.left + frame.width - MARGIN, "right"]])
    for (const [shift, yanchor] of sides) places.push(boxAt(x, spot.y + shift, size, xanchor, yanchor));
  return places;
};

const point = (spot, note, size, frame) => {
  const places = [], anchors = [note.xanchor ?? "left"];
  if (note.yanchor === "bottom" || note.needed) anchors.push(OTHER[anchors[0]]);
  const shift = note.xshift ?? 0, inside = Math.max(frame.left, Math.min(spot.x, frame.full - size.w));
  for (let lift = 0; lift <= frame.height; lift += 6) {
    for (const anchor of anchors)
      places.push(boxAt(anchor === anchors[0] ? spot.x : spot.x - 2 * shift, spot.y - lift, size, anchor, note.yanchor ?? "bottom"));
    places.push(boxAt(inside, spot.y - lift, size, "left", note.yanchor ?? "bottom"));
    if (!note.lifted) break;
  }
  return places;
};

// A band has its name where it is thick enough; `spot` is its beginning.
const HEIGHT = 15;
const band = (spot, note, size, frame, host) => {
  const [low, high] = ["low", "high"].map(part => host.gsChart.sent.data.find(trace => trace.meta?.part === part && trace.name === note.text));
  if (!low || !high || (host.gsChart.alone && !belongsTo(high, host.gsChart.alone))) return [];
  const places = [];
  for (let x = Math.max(spot.x, frame.left + MARGIN); x + size.w < frame.x(frame.end); x += 24) {
    const [bottom, top] = [low, high].map(trace => frame.y(valueAt(trace, epoch(host, frame.wall(x + size.w / 2)))));
    if (bottom - top < HEIGHT) continue;
    places.push(boxAt(x, top + 1, size, "left", "top"), boxAt(x, bottom - 1, size, "left", "bottom"));
  }
  return places;
};

const asWanted = (spot, note, size) => [boxAt(spot.x, spot.y, size, note.xanchor ?? "center", note.yanchor ?? "middle")];
const PLACES = {rail, line, point, band, bar: asWanted};

// How many points of series lie behind a box.
const covered = (host, frame, box) => {
  let count = 0;
  for (const trace of host.gsChart.sent.data) {
    if (trace.type !== "scatter" || trace.meta?.part || trace.stackgroup) continue;
    const values = numbers(trace.y), scale = (frame.to - frame.from) / frame.width;
    const [first, last] = [box.left - 4, box.right + 4].map(x => Math.round((epoch(host, frame.wall(x)) - trace.x0) / trace.dx));
    const stride = Math.max(1, Math.round(4 * scale / trace.dx));
    for (let place = Math.max(0, first); place <= Math.min(last, values.length - 1); place += stride) {
      const y = frame.y(values[place]);
      if (y > box.top - 1 && y < box.bottom + 1) count++;
    }
  }
  return count;
};
// Of places that are free, these and lifted ones take the one over the fewest points; where all lie over more, it is
// left out.
const CLEAR = {line: Infinity, band: 8};
const choose = (host, frame, note, free) => {
  if (!(note.name in CLEAR || note.lifted)) return free[0];
  let best, least = CLEAR[note.name] ?? Infinity;
  for (const box of free) {
    const points = covered(host, frame, box);
    if (points < least) { least = points; best = box; }
    if (!points) break;
  }
  return best;
};

/** Seats at least so far from each other, as near as one pass finds to where they are wanted, within two bounds. */
export const spread = (middles, heights, low, high) => {
  const order = middles.map((_, at) => at).sort((a, b) => middles[a] - middles[b]), seats = [...middles];
  let floor = low;
  for (const at of order) {
    seats[at] = Math.max(middles[at], floor + heights[at] / 2);
    floor = seats[at] + heights[at] / 2;
  }
  let ceiling = high;
  for (const at of [...order].reverse()) {
    seats[at] = Math.min(seats[at], ceiling - heights[at] / 2);
    ceiling = seats[at] - heights[at] / 2;
  }
  return seats;
};

const inSight = (host, note, spot, frame) => {
  if (note.xref === "paper" || note.name === "end") return true;
  const beyond = note.yref !== "paper" && (note.y > frame.high * 1.0001 || note.y < frame.low);
  return !beyond && (note.name === "line" || (spot.x >= frame.left - 2 && spot.x <= frame.left + frame.width + 12));
};

// What is expected of a series goes on from its end: its name stands above that, and names of others below, where these
// need not go far for it.
const besideAhead = (host, {of}, spot, {w, h}, frame) => {
  const ahead = host.gsChart.sent.data.filter(({meta}) => meta?.ahead), own = ahead.filter(({name}) => name.endsWith(` ${of}`));
  const heights = [];
  for (const trace of own.length ? own : ahead)
    for (let x = spot.x; x <= spot.x + w; x += 4) heights.push(valueAt(trace, epoch(host, frame.wall(x))));
  const taken = heights.filter(Number.isFinite).map(frame.y), top = Math.min(...taken), bottom = Math.max(...taken);
  if (!taken.length || spot.y + h / 2 < top || spot.y - h / 2 > bottom) return spot;
  const above = top - h / 2 - 2, below = bottom + h / 2 + 2, places = own.length ? [above, below] : [below, above];
  const free = places.find(y => y - h / 2 >= frame.top && y + h / 2 <= frame.top + frame.height
    && (own.length || Math.abs(y - spot.y) <= 2 * h));
  return {...spot, y: free ?? spot.y};
};

const ends = (host, notes, nodes, frame, taken) => {
  const places = notes.map((note, at) => at).filter(at => notes[at].name === "end"), bounds = [frame.top, frame.top + frame.height];
  const all = places.map(at => sizeOf(nodes[at]));
  const spots = places.map((at, number) => besideAhead(host, notes[at], wanted(host, notes[at], frame), all[number], frame));
  const seats = spread(spots.map(spot => Math.max(bounds[0], Math.min(bounds[1], spot.y))), all.map(({h}) => h), ...bounds);
  places.forEach((at, number) => {
    taken.set(at, boxAt(spots[number].x, seats[number], all[number], "left", "middle"));
  });
};

const freeOf = (boxes, frame, floor, taken) => boxes.filter(box =>
  box.left >= frame.left - 1 && box.right <= frame.full + 1 && box.top >= floor - 1 && box.bottom <= frame.top + frame.height + 2
  && [...taken.values()].every(other => apart(box, other)));

// Changes whose names have no room beside each other have one for all of them, such as 3 changes; not those that are
// farther apart than this.
const NEARBY = 180;
const named = ({notes, changes}) => notes.length > 1 ? `${changes} changes` : notes[0].text;
const group = members => ({
  members, notes: members.map(({note}) => note), first: members[0].x, last: members.at(-1).x,
  at: Math.min(...members.map(({at}) => at)), changes: members.reduce((sum, {note}) => sum + note.count, 0),
});
const changed = (host, notes, nodes, frame, taken) => {
  const members = notes.map((note, at) => ({note, at})).filter(({note}) => note.changes)
    .map(member => ({...member, x: frame.x(wallClock(host, member.note.x))}))
    .filter(({note, x}) => inSight(host, note, {x}, frame)).sort((a, b) => a.x - b.x);
  let groups = members.map(member => group([member])), seats;
  for (;;) {
    seats = new Map();
    let alone;
    // What stands for several needs its name most.
    for (const one of [...groups].sort((a, b) => b.members.length - a.members.length || a.at - b.at)) {
      const size = sizeOf(nodes[one.at], named(one)), y = frame.top - 1, note = notes[one.at];
      const boxes = one.members.length > 1
        ? [boxAt(one.first - 6, y, size, "right", "bottom"), boxAt(one.last + 6, y, size, "left", "bottom"), boxAt((one.first + one.last) / 2, y, size, "center", "bottom")]
        : rail({x: one.first + note.xshift, y}, note, size, frame, host);
      // Over the line of another change it would be taken for that one's name.
      const others = members.filter(member => !one.members.includes(member));
      const [box] = freeOf(boxes, frame, 0, new Map([...taken, ...seats]))
        .filter(({left, right}) => others.every(({x}) => x < left - 1 || x > right + 1));
      if (box) seats.set(one.at, box); else alone ??= one;
    }
    const distance = one => Math.max(one.first - alone.last, alone.first - one.last);
    const [near] = alone ? groups.filter(one => one !== alone && distance(one) < NEARBY).sort((a, b) => distance(a) - distance(b)) : [];
    if (!near) break;
    const both = group([...alone.members, ...near.members].sort((a, b) => a.x - b.x));
    groups = [...groups.filter(one => one !== alone && one !== near), both];
  }
  for (const one of groups) if (seats.has(one.at)) list(host, nodes[one.at], one, seats.get(one.at), frame);
  for (const [at, box] of seats) taken.set(at, box);
};
// Under the pointer, a finger or the focus the label lists its changes.
const list = (host, node, one, box, frame) => {
  rewrite(node, named(one));
  const every = one.notes.flatMap(({changes}) => changes), span = frame.to - frame.from, more = one.changes - every.length;
  const text = [...every.map(([ms, what]) => `${moment(wallClock(host, ms), span)} ${what}`), ...(more ? [`and ${more} more`] : [])].join("\n");
  if (node.dataset.list !== text) {
    node.dataset.list = text;
    node.tabIndex = one.changes > 1 ? 0 : -1;
    node.setAttribute("role", one.changes > 1 ? "button" : "note");
    node.setAttribute("aria-label", `${named(one).replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&")}: ${text.replaceAll("\n", ", ")}`);
  }
  node.classList.toggle("gs-atright", (box.left + box.right) / 2 > frame.full / 2);
};

const seat = (host, notes, nodes) => {
  const frame = {...geometry(host), full: host.clientWidth, end: wallClock(host, host.gsChart.end)}, taken = new Map();
  ends(host, notes, nodes, frame, taken);
  const rest = notes.map((note, at) => at).filter(at => notes[at].name !== "end" && !notes[at].changes)
    .sort((a, b) => ORDER.indexOf(notes[a].name ?? "point") - ORDER.indexOf(notes[b].name ?? "point") || a - b);
  let areChangesNamed = false;
  for (const at of rest) {
    const note = notes[at], spot = wanted(host, note, frame);
    if (note.name !== "rail" && !areChangesNamed) { changed(host, notes, nodes, frame, taken); areChangesNamed = true; }
    if (!inSight(host, note, spot, frame)) continue;
    const floor = note.name === "rail" ? 0 : frame.top - MARGIN;
    const free = freeOf(PLACES[note.name ?? "point"](spot, note, sizeOf(nodes[at]), frame, host), frame, floor, taken);
    const best = choose(host, frame, note, free);
    if (best) taken.set(at, best);
  }
  if (!areChangesNamed) changed(host, notes, nodes, frame, taken);
  return taken;
};

/** Write and place the words of charts: first all are written, then measured, then moved. */
export const place = hosts => {
  [before, sizes] = [sizes, new Map()];
  const drawn = hosts.filter(host => host._fullLayout?.xaxis?._rl);
  const written = drawn.map(host => { const notes = host.gsChart.sent.layout.annotations; return [host, notes, sync(host, notes)]; });
  for (const [, notes, nodes] of written) nodes.forEach((node, at) => sizeOf(node, notes[at].changes ? notes[at].text : undefined));
  for (const [host, notes, nodes] of written) {
    const taken = seat(host, notes, nodes);
    nodes.forEach((node, at) => {
      const box = taken.get(at), move = box ? `translate(${Math.round(box.left)}px,${Math.round(box.top)}px)` : "";
      if (node.hidden === Boolean(box)) node.hidden = !box;
      if (box && node.gsMove !== move) node.style.transform = node.gsMove = move;
    });
  }
};

// Widths change once, when the page's font has come.
document.fonts?.addEventListener?.("loadingdone", () => {
  sizes.clear();
  place([...document.querySelectorAll(".live-chart")].filter(host => host.gsChart));
});
