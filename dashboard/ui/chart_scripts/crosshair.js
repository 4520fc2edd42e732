// One moment on all charts of the page: a line with its time, and its values in place of tooltip and legend.
import {numbers} from "./arrays.js";
import {variable} from "./colours.js";
import {clock, date, moment, write} from "./numbers.js";
import {epoch, geometry, valueAt, wallClock} from "./plot.js";

export const charts = root => [...root.querySelectorAll(".live-chart")].filter(host => host._fullLayout?.xaxis?._rl && host.gsChart);

const entry = (line, name, colour, text) => {
  const part = document.createElement("span"), word = document.createElement("span"), number = document.createElement("b");
  part.style.marginLeft = "14px";
  word.textContent = name + " ";
  if (colour) word.style.color = colour;
  number.textContent = text;
  part.append(word, number);
  line.append(part);
};

const tellSeries = (host, line, ms, kind) => {
  const {sent, alone} = host.gsChart;
  let low;
  sent.data.forEach(trace => {
    const part = trace.meta?.part, value = valueAt(trace, ms) / (trace.meta?.scale ?? 1);
    // What lies ahead says nothing of a moment before it, however near.
    if (trace.meta?.ahead && ms <= sent.layout.meta.end) return;
    // Beyond its ends a series has no value, and within them a gap is one that is missing.
    if ((alone && trace.name !== alone) || Number.isNaN(value) && valueAt(trace, ms) === undefined) return;
    // A band is one entry: its low end waits for the high one.
    if (part === "low") low = value;
    if (part === "dots" && Number.isFinite(value)) entry(line, "● outside the expected range", variable(trace.marker.color), "");
    if (part && (part !== "high" || !(Number.isFinite(low) || Number.isFinite(value)))) return;
    const text = part ? `${kind(low)} – ${kind(value)}` : Number.isFinite(value) ? kind(value) : "–";
    entry(line, trace.name, part ? "" : variable(trace.line?.color), text);
  });
};

// The cell of a heat map: its time, its bounds, its share of requests.
export const cellAt = (host, wall, row) => {
  const {sent} = host.gsChart, maps = sent.data.filter(({type}) => type === "heatmap"), [map] = maps;
  if (!map || row === undefined) return null;
  const [rows, columns] = map.z.shape.split(",").map(Number);
  const column = Math.round((epoch(host, wall) - map.x0) / map.dx), at = Math.floor(row);
  if (column < 0 || column >= columns || at < 0 || at >= rows) return null;
  const share = maps.map(({z}) => numbers(z)[at * columns + column]).find(Number.isFinite);
  const begin = wallClock(host, map.x0 + (column - 0.5) * map.dx), texts = sent.layout.yaxis.ticktext;
  return {at, begin, end: begin + map.dx, share: share === undefined ? 0 : 10 ** share, from: texts[at - 1], to: texts[at]};
};

const tellCell = (line, cell, span) => {
  line.append(`${moment(cell.begin, span)} – ${clock(cell.end, span < 900e3)}`);
  const bounds = cell.to === "slower" ? `over ${cell.from}` : cell.from ? `${cell.from} – ${cell.to}` : `up to ${cell.to}`;
  entry(line, bounds, "", cell.share ? `${write.share(cell.share)} of requests` : `less than 0.01\u00a0%`);
};

const outline = (host, frame, cell) => {
  let mark = host.querySelector(".gs-cell");
  if (!mark && !cell) return;
  if (!mark) { mark = document.createElement("div"); mark.className = "gs-cell"; host.append(mark); }
  mark.hidden = !cell;
  if (!cell) return;
  const left = Math.max(frame.x(cell.begin), frame.left), right = Math.min(frame.x(cell.end), frame.left + frame.width);
  const top = frame.y(cell.at + 1);
  mark.style.cssText = `left:${left}px;top:${top}px;width:${right - left}px;height:${frame.y(cell.at) - top}px`;
};

const tell = (host, wall, row) => {
  const line = host.parentElement.querySelector(".gs-under"), kind = write[host.gsChart.sent.layout.meta.kind];
  const frame = geometry(host), cell = wall === null ? null : cellAt(host, wall, row);
  if (host.gsChart.sent.data[0]?.type === "heatmap") outline(host, frame, cell);
  line.replaceChildren();
  if (cell) return tellCell(line, cell, frame.to - frame.from);
  if (wall === null || !kind) return;
  line.append(`at ${moment(wall, frame.to - frame.from)}`);
  tellSeries(host, line, epoch(host, wall), kind);
};

const markOf = host => {
  let mark = host.querySelector(".gs-cross");
  if (!mark) {
    mark = document.createElement("div");
    mark.className = "gs-cross";
    mark.append(document.createElement("span"));
    host.append(mark);
  }
  return mark;
};

/** Show a moment on all charts.
 *
 * `wall`: milliseconds by the page's clock; null takes it away. `over` and `row`: the chart that is pointed at, and where.
 */
export const cross = (root, wall, over = null, row = undefined) => {
  root.gsCross = wall === null ? null : {wall, over, row};
  for (const host of charts(root)) {
    const mark = markOf(host), frame = geometry(host), span = frame.to - frame.from;
    mark.hidden = wall === null || wall < frame.from || wall > frame.to;
    if (!mark.hidden) {
      mark.style.cssText = `left:${frame.x(wall)}px;top:${frame.top}px;height:${frame.height}px`;
      mark.firstChild.textContent = span > 3 * 86400e3 ? `${date(wall).slice(4)} ${clock(wall)}` : clock(wall, span < 900e3);
    }
    tell(host, wall, host === over ? row : undefined);
  }
};

// After new data have come the values under a crosshair that stays are others.
export const again = root => {
  if (root.gsCross) cross(root, root.gsCross.wall, root.gsCross.over, root.gsCross.row);
};
