// Values that a line would not show, all of a colour as one path: dots are strokes without a length.
import {numbers} from "./arrays.js";
import {variable} from "./colours.js";
import {belongsTo, geometry, wallClock} from "./plot.js";

const SVG = "http://www.w3.org/2000/svg";

const layerOf = host => {
  const present = host.querySelector(".gs-dots");
  if (present) return present;
  const layer = document.createElementNS(SVG, "svg");
  layer.setAttribute("class", "gs-dots");
  host.insertBefore(layer, host.querySelector(".gs-labels"));
  return layer;
};

// What lies outside of the expected range, and values between two gaps.
const shown = (trace, value, at, values) => Number.isFinite(value)
  && (trace.meta?.part === "dots" || !(Number.isFinite(values[at - 1]) || Number.isFinite(values[at + 1])));

const pathOf = (host, frame, trace) => {
  const values = numbers(trace.y), places = [];
  values.forEach((value, at) => {
    if (!shown(trace, value, at, values)) return;
    const x = frame.x(wallClock(host, trace.x0 + at * trace.dx)), y = frame.y(value);
    if (x >= frame.left - 1 && x <= frame.left + frame.width + 1 && y >= frame.top - 1)
      places.push(`M${x.toFixed(1)} ${y.toFixed(1)}h0`);
  });
  return places.join("");
};

const LINE = 3.5;
export const drawDots = host => {
  const {sent, alone} = host.gsChart, frame = geometry(host), part = trace => trace.meta?.part;
  const traces = sent.data.filter(trace => trace.type === "scatter" && !trace.stackgroup && (part(trace) === "dots" || !part(trace))
    && (!alone || belongsTo(trace, alone)));
  const drawn = traces.map(trace => [trace, pathOf(host, frame, trace)]).filter(([, line]) => line);
  if (!drawn.length && !host.querySelector(".gs-dots")) return;
  const layer = layerOf(host);
  while (layer.children.length > drawn.length) layer.lastChild.remove();
  while (layer.children.length < drawn.length) layer.append(document.createElementNS(SVG, "path"));
  drawn.forEach(([trace, line], at) => {
    const path = layer.children[at], look = `stroke:${variable(trace.marker?.color ?? trace.line.color)};stroke-width:${trace.marker?.size ?? LINE}`;
    if (path.gsLine !== line) path.setAttribute("d", path.gsLine = line);
    if (path.gsLook !== look) path.style.cssText = path.gsLook = look;
  });
};
