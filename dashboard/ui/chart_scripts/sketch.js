// A figure as plain SVG, while plotly.js is on its way: on a slow line the lines are there ten seconds before it.
import {numbers} from "./arrays.js";
import {variable} from "./colours.js";
import {closeGaps, roomFor} from "./plot.js";

const SVG = "http://www.w3.org/2000/svg", MINUTE = 60000;
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080, 20160].map(minutes => minutes * MINUTE);
const MOST_TICKS = 5, TICK = 56, LINE = 14;

const node = (name, parts, text = "") => {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(parts)) element.setAttribute(key, value);
  element.textContent = text;
  return element;
};

// Where moments and values lie, in pixels.
const frameOf = (figure, width, range) => {
  const {margin, meta, xaxis, yaxis: {range: [low, high]}, height} = figure.layout;
  const [begin, end] = range ?? [xaxis.range[0], meta.end], ahead = range ? 0 : meta.ahead ?? 0;
  const right = width - roomFor(figure, width, end - begin, ahead), bottom = height - margin.b, {l: left, t: top} = margin;
  const x = ms => left + (ms - begin) / (end + ahead - begin) * (right - left);
  const y = value => bottom - (value - low) / (high - low) * (bottom - top);
  return {left, right, top, bottom, begin, end, x, y, has: ms => ms >= begin && ms <= end + ahead};
};

const points = (trace, values, frame) => [...values]
  .map((value, at) => [trace.x0 + at * trace.dx, value])
  .filter(([ms]) => frame.has(ms))
  .map(([ms, value]) => Number.isFinite(value) ? `${frame.x(ms).toFixed(1)} ${frame.y(value).toFixed(1)}` : "");

// Runs of points between gaps.
const runs = places => places.join("L").split(/L{2,}/).map(run => run.replace(/^L|L$/g, "")).filter(Boolean);
const pathOf = places => runs(places).map(run => `M${run}${run.includes("L") ? "" : "h1"}`).join("");
// Between a line and the one below it.
const areaOf = (upper, lower) => {
  const both = upper.map((place, at) => place && lower[at] ? [place, lower[at]] : ["", ""]);
  const parts = both.reduce((all, pair) => (pair[0] ? all.at(-1).push(pair) : all.push([]), all), [[]]);
  return parts.filter(part => part.length).map(part =>
    `M${part.map(([place]) => place).join("L")}L${part.map(([, place]) => place).reverse().join("L")}Z`).join("");
};

const lines = (figure, frame) => {
  const data = figure.data.filter(trace => trace.type === "scatter" && trace.meta?.part !== "dots")
    .map(trace => ({...trace, y: numbers(trace.y)}));
  closeGaps(data);
  let below, stacked;
  return data.flatMap(trace => {
    if (trace.stackgroup) stacked = trace.y = trace.y.map((value, at) => (value || 0) + (stacked?.[at] ?? 0));
    const places = points(trace, trace.y, frame), floor = points(trace, trace.y.map(value => value * 0), frame);
    const lower = trace.stackgroup || trace.fill === "tonexty" ? below ?? floor : floor;
    below = places;
    const area = trace.fill && trace.fill !== "none" || trace.stackgroup ? areaOf(places, lower) : "";
    const colour = variable(trace.line?.color), path = trace.line?.width ? pathOf(places) : "";
    return [
      ...(area ? [node("path", {d: area, style: `fill:${variable(trace.fillcolor) ?? colour};stroke:none`})] : []),
      ...(path ? [node("path", {d: path,
        style: `fill:none;stroke:${colour};stroke-width:${trace.line.width}`,
        "stroke-dasharray": trace.line.dash ? "3 3" : "none"})] : []),
    ];
  });
};

// Lines and areas: of a stretch of time, of values, or from top to bottom.
const placeOf = ({x0, x1, y0, y1, yref}, frame) => ({
  x: [x0, x1].map(ms => Math.min(Math.max(frame.x(ms), frame.left), frame.right)),
  y: [y0, y1].map(yref === "paper" ? part => frame.bottom + part * (frame.top - frame.bottom) : frame.y),
});
const shapes = ({layout}, frame) => layout.shapes.flatMap(shape => {
  if (!["line", "rect"].includes(shape.type) || shape.xref === "paper" || shape.xsizemode) return [];
  const {x: [left, right], y: [low, high]} = placeOf(shape, frame), {line, fillcolor, opacity = 1} = shape;
  if (shape.type === "line") return [node("line", {x1: left, x2: right, y1: low, y2: high,
    style: `stroke:${variable(line.color)};stroke-width:${line.width}`, "stroke-dasharray": line.dash ? "4 4" : "none"})];
  return [node("rect", {x: left, y: high, width: right - left, height: low - high, opacity, style: `fill:${variable(fillcolor)}`})];
});
const plain = text => new DOMParser().parseFromString(text, "text/html").body.textContent;
// What the lines of objectives mean, and the names of series, from below, each clear of the one before.
const words = ({layout: {annotations}}, frame) => {
  const named = kind => annotations.filter(({name}) => name === kind);
  let free = frame.bottom;
  const ends = named("end").sort((a, b) => a.y - b.y).map(({text, y}) => {
    const place = Math.min(frame.y(y) + 4, free);
    free = place - LINE;
    return node("text", {x: frame.x(frame.end) + 6, y: place}, plain(text));
  });
  return [...named("line").map(({text, y}) => node("text", {x: frame.left + 8, y: frame.y(y) - 4}, plain(text))), ...ends];
};

const clock = (ms, offset, step) => {
  const moment = new Date(ms + offset * MINUTE);
  return new Intl.DateTimeFormat("en-GB", {timeZone: "UTC", ...(step < 1440 * MINUTE
    ? {hour: "2-digit", minute: "2-digit"} : {weekday: "short", day: "numeric"})}).format(moment);
};

const axes = ({layout: {yaxis}}, frame, offset) => {
  const most = Math.min(MOST_TICKS, (frame.x(frame.end) - frame.left) / TICK);
  const step = STEPS.find(step => (frame.end - frame.begin) / step <= most) ?? STEPS.at(-1);
  const shift = offset * MINUTE, first = Math.ceil((frame.begin + shift) / step) * step - shift;
  const moments = Array.from({length: MOST_TICKS + 1}, (_, at) => first + at * step).filter(ms => ms <= frame.end);
  return [
    ...yaxis.tickvals.flatMap((value, at) => [
      node("line", {x1: frame.left, x2: frame.right, y1: frame.y(value), y2: frame.y(value), style: "stroke:var(--gs-grid)"}),
      node("text", {x: frame.left - 4, y: frame.y(value) + 4, "text-anchor": "end"}, yaxis.ticktext[at]),
    ]),
    ...moments.map(ms => node("text", {x: frame.x(ms), y: frame.bottom + 20, "text-anchor": "middle"}, clock(ms, offset, step))),
  ];
};

/** Draw a figure as far as it can be without plotly.js; what it draws takes the place of this. */
export const sketch = (host, figure, {offset, range}) => {
  const width = host.clientWidth, frame = frameOf(figure, width, range);
  const svg = node("svg", {class: "gs-sketch", width, height: figure.layout.height, "aria-hidden": true});
  svg.append(...axes(figure, frame, offset), ...lines(figure, frame), ...shapes(figure, frame), ...words(figure, frame));
  host.replaceChildren(svg);
};
