// One figure by plotly.js: axes and series. Words are placed by labels.js, which knows how wide they are.
import {numbers} from "./arrays.js";
import {paint} from "./colours.js";
import {ticksTo, write} from "./numbers.js";

export const plotly = src => window.Plotly ? Promise.resolve(window.Plotly) : (window.gsPlotly ??= new Promise((ok, fail) => {
  const tag = document.createElement("script");
  tag.src = src;
  tag.onload = () => ok(window.Plotly);
  tag.onerror = fail;
  document.head.append(tag);
}));

// As plotly.js takes them: a list, or a list of rows.
const unpack = (drawn, sent) => {
  if (sent.y) drawn.y = numbers(sent.y);
  if (!sent.z) return;
  const [rows, columns] = sent.z.shape.split(",").map(Number), values = numbers(sent.z);
  drawn.z = [...Array(rows).keys()].map(row => values.subarray(row * columns, (row + 1) * columns));
};

// plotly.js fills the area between two lines askew where they have gaps: there both ends of a band meet, with no area.
export const closeGaps = data => data.forEach((high, at) => {
  const low = data[at - 1], known = place => Number.isFinite(low.y[place]) && Number.isFinite(high.y[place]);
  if (high.fill !== "tonexty" || !low) return;
  const ends = [Float32Array.from(low.y), Float32Array.from(high.y)], first = ends[1].findIndex((_, place) => known(place));
  if (first < 0) return;
  let last = high.y[first];
  for (let place = 0; place < ends[1].length; place++)
    if (known(place)) last = high.y[place]; else for (const end of ends) end[place] = last;
  [low.y, high.y] = ends;
});

// Milliseconds of the page's own clock, as if it were UTC: the same for every viewer.
export const wallClock = (host, ms) => ms + host.gsChart.offset * 60000;
export const epoch = (host, wall) => wall - host.gsChart.offset * 60000;

// Where the plot lies in its host, in pixels, and the part of time that it shows, by the page's clock.
export const geometry = host => {
  const {xaxis, yaxis} = host._fullLayout, [from, to] = xaxis._rl;
  return {
    left: xaxis._offset, width: xaxis._length, top: yaxis._offset, height: yaxis._length, from, to,
    x: wall => xaxis._offset + (wall - from) / (to - from) * xaxis._length,
    wall: x => from + (x - xaxis._offset) / xaxis._length * (to - from),
    y: value => yaxis._offset + yaxis.d2p(value),
    value: y => yaxis.p2d(y - yaxis._offset),
    low: yaxis.range[0], high: yaxis.range[1],
  };
};

// Pixels right of the plot for direct labels: the same on a phone and on a wall, less what lies ahead of now.
export const roomFor = ({layout: {margin, meta}}, width, span, ahead) => {
  const plot = Math.max(width - margin.l - margin.r, 120), room = Math.min(meta.room, plot / 2);
  const beyond = plot * ahead / (span + ahead);
  return Math.max(margin.r, Math.round(room - beyond * plot / (plot + room)));
};

// plotly.js draws numeric times in the viewer's zone; the page has one of its own.
const shiftTimes = (figure, offset) => {
  const move = ms => ms + (new Date(ms).getTimezoneOffset() + offset) * 60000;
  for (const trace of figure.data) trace.x0 = move(trace.x0);
  figure.layout.xaxis.range = figure.layout.xaxis.range.map(move);
  for (const shape of figure.layout.shapes) {
    if (shape.xref === "paper") continue;
    if (shape.xsizemode === "pixel") shape.xanchor = move(shape.xanchor);
    else { shape.x0 = move(shape.x0); shape.x1 = move(shape.x1); }
  }
};

// Beside a series that was singled out stays what is expected of it.
export const belongsTo = ({name, meta}, alone) => name === alone || (Boolean(meta?.part) && name.endsWith(` ${alone}`));

// A series that was singled out has the axis for itself.
const single = (figure, alone) => {
  let highest = 0;
  for (const trace of figure.data) {
    trace.visible = belongsTo(trace, alone);
    if (trace.visible) for (const value of trace.y) if (value > highest) highest = value;
  }
  const {yaxis, meta} = figure.layout, {top, ticks} = ticksTo(highest);
  if (!write[meta.kind] || yaxis.range[0] < 0) return;
  Object.assign(yaxis, {range: [0, top], tickvals: ticks, ticktext: ticks.map(tick => tick ? write[meta.kind](tick) : "0")});
};

const TICK = 68;
const layoutOf = (figure, width, token) => {
  const {annotations, ...layout} = figure.layout, plot = width - layout.margin.l - layout.margin.r;
  const css = getComputedStyle(document.documentElement);
  layout.xaxis = {...layout.xaxis, tickangle: 0, nticks: Math.max(2, Math.min(layout.xaxis.nticks || 20, Math.floor(plot / TICK)))};
  return {...layout, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", dragmode: false, hovermode: false,
    width, font: {family: css.getPropertyValue("--st-font").trim() || "Source Sans, sans-serif", size: 12, color: token("third")}};
};

const CONFIG = {displayModeBar: false, responsive: false, doubleClick: false, showAxisDragHandles: false, showTips: false};

/** Draw a figure in its host.
 *
 * `range`: epoch milliseconds of what is zoomed to while the data of it are on their way; null: as the figure says.
 */
export const plot = (P, host, sent, {offset, range, token, root}) => {
  const figure = paint(sent, token), {meta, xaxis} = figure.layout, width = host.clientWidth;
  figure.data.forEach((trace, at) => unpack(trace, sent.data[at]));
  closeGaps(figure.data);
  host.gsChart = {sent, offset, range, root, alone: host.gsChart?.alone ?? null};
  const has = name => sent.data.some(trace => trace.name === name);
  if (host.gsChart.alone && !has(host.gsChart.alone)) host.gsChart.alone = null;
  if (host.gsChart.alone) single(figure, host.gsChart.alone);
  const [begin, end] = range ?? [xaxis.range[0], meta.end];
  const ahead = range ? 0 : meta.ahead ?? 0;
  xaxis.range = [begin, end + ahead];
  figure.layout.margin.r = roomFor(figure, width, end - begin, ahead);
  host.gsChart.end = Math.min(end, meta.end);
  // A path for each dot would be most of what a refresh changes: all of them are one, see dots.js.
  const isDots = ({meta}) => meta?.part === "dots";
  shiftTimes(figure, offset);
  host.gsChart.dots = figure.data.filter(isDots);
  figure.data = figure.data.filter(trace => !isDots(trace));
  host.querySelector(".gs-sketch")?.remove();
  return P.react(host, figure.data, layoutOf(figure, width, token), CONFIG);
};

export const clear = box => {
  const host = box.querySelector(".live-chart");
  if (host) window.Plotly?.purge(host);
};

// Of a series: its value at a moment (epoch milliseconds), and the newest one at or before it.
export const valueAt = (trace, ms) => {
  const values = numbers(trace.y), place = Math.round((ms - trace.x0) / trace.dx);
  return values[place === values.length ? place - 1 : place];
};
export const lastBefore = (trace, ms) => {
  const values = numbers(trace.y);
  for (let place = Math.min(Math.floor((ms - trace.x0) / trace.dx), values.length - 1); place >= 0; place--)
    if (Number.isFinite(values[place])) return values[place];
  return undefined;
};
