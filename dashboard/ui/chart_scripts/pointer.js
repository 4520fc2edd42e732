// Mouse, finger and keys over a chart: point at a moment, select a part of time, single out a series.
import {again, charts, cross} from "./crosshair.js";
import {clock, length} from "./numbers.js";
import {epoch, geometry} from "./plot.js";
import {resetZoom, zoomTo} from "./zoom.js";

// Pixels below which a press is a click, and milliseconds after which a finger that rests begins to select.
const CLICK = 6, REST = 450;

const select = (root, from, to) => {
  for (const host of charts(root)) {
    let mark = host.querySelector(".gs-select");
    if (!mark) { mark = document.createElement("div"); mark.className = "gs-select"; host.append(mark); }
    mark.hidden = from === null;
    if (mark.hidden) continue;
    const frame = geometry(host), [left, right] = [from, to].map(frame.x).sort((a, b) => a - b);
    mark.style.cssText = `left:${left}px;width:${right - left}px;top:${frame.top}px;height:${frame.height}px`;
    const [begin, end] = [Math.min(from, to), Math.max(from, to)], seconds = frame.to - frame.from < 900e3;
    mark.dataset.text = `${clock(begin, seconds)} – ${clock(end, seconds)} · ${length(end - begin)}`;
  }
};

// Where an event is: the moment by the page's clock, kept inside of the data, and the value.
const spotOf = (host, event) => {
  const box = host.getBoundingClientRect(), frame = geometry(host), x = event.clientX - box.left, y = event.clientY - box.top;
  const last = host.gsChart.end + host.gsChart.offset * 60000;
  const inside = x >= frame.left && x <= frame.left + frame.width && y >= frame.top - 18 && y <= frame.top + frame.height;
  return {x, inside, row: frame.value(y), wall: Math.max(frame.from, Math.min(frame.wall(x), last))};
};

const finish = (host, root, press) => {
  select(root, null);
  const wide = press.selecting && Math.abs(press.x - press.begin.x) >= CLICK;
  if (wide && press.touch) cross(root, null);
  if (wide) return zoomTo(root, epoch(host, press.begin.wall), epoch(host, press.wall));
  if (press.touch) cross(root, press.begin.wall, host, press.begin.row);
};

const pointing = (host, root) => {
  let press = null, due = 0;
  const end = () => { clearTimeout(press?.timer); press = null; host.classList.remove("gs-selecting"); };
  host.addEventListener("pointerdown", event => {
    const begin = spotOf(host, event), touch = event.pointerType === "touch";
    if (event.target.closest("button, [data-list]") || event.button || !begin.inside || press) return;
    press = {begin, touch, x: begin.x, wall: begin.wall, selecting: !touch || root.classList.contains("gs-zooming")};
    const start = () => { if (press) { press.selecting = true; host.classList.add("gs-selecting"); select(root, begin.wall, begin.wall + 1); } };
    if (touch && !press.selecting) press.timer = setTimeout(start, REST);
    else host.setPointerCapture(event.pointerId);
  });
  host.addEventListener("pointermove", event => {
    const spot = spotOf(host, event);
    if (press) {
      if (!press.selecting) { if (Math.abs(spot.x - press.begin.x) > CLICK) clearTimeout(press.timer); return; }
      Object.assign(press, {x: spot.x, wall: spot.wall});
      if (Math.abs(spot.x - press.begin.x) >= CLICK) select(root, press.begin.wall, spot.wall);
    }
    if (event.pointerType === "touch" && !press) return;
    cancelAnimationFrame(due);
    due = requestAnimationFrame(() => host.isConnected && (spot.inside || press) ? cross(root, spot.wall, host, spot.row) : cross(root, null));
  });
  host.addEventListener("pointerup", () => { if (press) { const done = press; end(); finish(host, root, done); } });
  host.addEventListener("pointercancel", () => { end(); select(root, null); });
  host.addEventListener("pointerleave", event => {
    if (event.pointerType === "touch" || press) return;
    cancelAnimationFrame(due);
    cross(root, null);
  });
  // The page scrolls under a finger, but not once it selects.
  host.addEventListener("touchmove", event => { if (press?.selecting) event.preventDefault(); }, {passive: false});
  host.addEventListener("contextmenu", event => { if (press?.touch) event.preventDefault(); });
  host.addEventListener("dblclick", event => { if (!event.target.closest("button")) resetZoom(root); });
};

const steps = {ArrowLeft: -1, ArrowRight: 1};
const keys = (host, root) => {
  let anchor = null;
  const leave = () => { anchor = null; select(root, null); };
  host.tabIndex = 0;
  host.addEventListener("keydown", event => {
    if (event.target !== host) return;
    const at = root.gsCross, frame = geometry(host), trace = host.gsChart.sent.data.at(-1);
    const last = host.gsChart.end + host.gsChart.offset * 60000;
    if (event.key in steps) {
      const from = at?.wall ?? last, pixel = (frame.to - frame.from) / frame.width;
      if (event.shiftKey) anchor ??= from; else if (anchor !== null) leave();
      const step = Math.max(trace.dx, 4 * pixel) * (event.ctrlKey ? 10 : 1);
      const wall = Math.max(frame.from, Math.min(last, from + steps[event.key] * step));
      cross(root, wall, host, at?.row);
      if (anchor !== null) select(root, anchor, wall);
    } else if (event.key === "Enter" && anchor !== null) {
      zoomTo(root, epoch(host, anchor), epoch(host, at.wall));
      leave();
    } else if (event.key === "Escape" && (at || anchor !== null)) {
      leave();
      cross(root, null);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  host.addEventListener("blur", () => { leave(); cross(root, null); });
};

// Another click on the label brings the others back.
const labels = (host, root) => host.addEventListener("click", event => {
  // Not every browser gives the focus to what a finger taps.
  event.target.closest("[data-list]")?.focus();
  const name = event.target.closest(".gs-labels button")?.dataset.series;
  if (!name) return;
  host.gsChart.alone = host.gsChart.alone === name ? null : name;
  root.gsDraw();
});

const others = (host, root) => host.on("plotly_relayout", change => {
  if (change["xaxis.autorange"]) return resetZoom(root);
  if (!Object.keys(change).some(name => name.startsWith("xaxis.range"))) return;
  const {from, to} = geometry(host);
  zoomTo(root, epoch(host, from), epoch(host, to));
});

/** Listen to a chart, once; and after each drawing show again what is pointed at. */
export const listen = (P, host, root) => {
  if (!host.gsListens && host.on) {
    host.gsListens = true;
    for (const part of [pointing, keys, labels, others]) part(host, root);
  }
  if (!root.gsOutside) document.addEventListener("pointerdown", root.gsOutside = event => {
    if (event.pointerType === "touch" && root.gsCross && !root.contains(event.target)) cross(root, null);
  });
};

export {again};
