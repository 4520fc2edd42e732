// The values outside of what is expected, all of a chart as one path: dots are strokes without a length.
import {variable} from "./colours.js";
import {geometry, numbers, wallClock} from "./plot.js";

const SVG = "http://www.w3.org/2000/svg";

const pathOf = host => {
  const present = host.querySelector(".gs-dots path");
  if (present) return present;
  const svg = document.createElementNS(SVG, "svg"), path = document.createElementNS(SVG, "path");
  svg.setAttribute("class", "gs-dots");
  svg.append(path);
  host.insertBefore(svg, host.querySelector(".gs-labels"));
  return path;
};

export const drawDots = host => {
  const {sent, alone} = host.gsChart, trace = sent.data.find(({meta}) => meta?.part === "dots");
  if (!trace && !host.querySelector(".gs-dots")) return;
  const frame = geometry(host), path = pathOf(host), places = [];
  if (trace && !alone) numbers(trace.y).forEach((value, at) => {
    const x = frame.x(wallClock(host, trace.x0 + at * trace.dx)), y = frame.y(value);
    if (Number.isFinite(value) && x >= frame.left - 1 && x <= frame.left + frame.width + 1 && y >= frame.top - 1)
      places.push(`M${x.toFixed(1)} ${y.toFixed(1)}h0`);
  });
  const line = places.join("");
  if (path.gsLine !== line) path.setAttribute("d", path.gsLine = line);
  if (trace) path.style.cssText = `stroke:${variable(trace.marker.color)};stroke-width:${trace.marker.size}`;
};
