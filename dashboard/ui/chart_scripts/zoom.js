// The part of time that all charts of a page show: kept in the address, so that Back undoes it and a link shares it.
import {length, moment} from "./numbers.js";

// A zoom that the server has not put into the address after so many milliseconds never will be there.
const PATIENCE = 5000, LEAST = 60000;

const parsed = text => {
  if (!text) return NaN;
  // As the server reads them: large numbers are milliseconds, smaller ones seconds.
  if (/^\d{9,14}(\.\d+)?$/.test(text)) return Number(text) * (Number(text) >= 1e11 ? 1 : 1000);
  // A plus sign that was not escaped arrives as a space; without an offset it is UTC.
  const iso = text.replace(" ", "+");
  return Date.parse(/(z|[+-]\d\d:?\d\d)$/i.test(iso) ? iso : `${iso}Z`);
};

const ofAddress = () => {
  const query = new URLSearchParams(location.search), range = [parsed(query.get("from")), parsed(query.get("to"))];
  return range.every(Number.isFinite) && range[0] < range[1] ? range : null;
};

const figureOf = root => root.gsPayload.cards.find(card => card.figure)?.figure;

// What was asked for last holds until the address says so, too: from then on the address does, and Back changes it.
const asked = root => {
  const address = ofAddress(), {gsAsked} = root;
  if (gsAsked && String(address) === String(gsAsked.range)) root.gsAsked = null;
  return root.gsAsked && performance.now() < root.gsAsked.until ? root.gsAsked.range : address;
};

/** The range to show, in epoch milliseconds; null: what the figures say. */
export const shownRange = root => {
  const range = asked(root), figure = figureOf(root);
  if (!range || !figure) return null;
  // Of a range that has nothing to do with the data there is nothing to show until they have come.
  return range[0] < figure.layout.meta.end && range[1] > figure.layout.xaxis.range[0] ? range : null;
};

// Of an address that nobody understands, or that lies where nothing is, the server shows the usual span.
export const isZoomed = root =>
  Boolean(shownRange(root)) || Boolean(window.gsZoom?.chosen) && /[?&](from|to)=/.test(location.search);

const send = (root, range) => {
  const until = performance.now() + PATIENCE;
  root.gsAsked = {range, until: window.gsZoom ? until : Infinity};
  root.gsDraw();
  if (window.gsZoom) window.gsZoom(range);
  else window.gsUnsentZoom = {range, root, until};
};

/** Zoom all charts to a part of time, in epoch milliseconds. */
export const zoomTo = (root, begin, end) => {
  let [from, to] = [Math.min(begin, end), Math.max(begin, end)].map(ms => Math.round(ms / 1000) * 1000);
  if (to - from < LEAST) from = Math.round((from + to - LEAST) / 2000) * 1000;
  send(root, [from, Math.max(to, from + LEAST)]);
};

export const resetZoom = root => { if (isZoomed(root)) send(root, null); };

const barOf = root => {
  let bar = root.querySelector(".gs-zoombar");
  if (bar) return bar;
  bar = document.createElement("div");
  bar.className = "gs-zoombar";
  bar.innerHTML = '<span class="shown"></span><button type="button" class="reset">Reset zoom</button>' +
    '<button type="button" class="mode" aria-pressed="false">Zoom by swiping</button>';
  bar.querySelector(".reset").onclick = () => resetZoom(root);
  bar.querySelector(".mode").onclick = event => {
    const on = root.classList.toggle("gs-zooming");
    event.target.setAttribute("aria-pressed", String(on));
  };
  return bar;
};

/** The bar with the range and the way back, last in its page. */
export const zoomBar = root => {
  const bar = barOf(root), figure = figureOf(root), zoomed = isZoomed(root);
  if (root.lastChild !== bar) root.append(bar);
  bar.hidden = !figure;
  bar.classList.toggle("zoomed", zoomed);
  if (!zoomed || !figure) return;
  const [from, to] = asked(root) ?? [figure.layout.xaxis.range[0], figure.layout.meta.end];
  const wall = [from, to].map(ms => ms + root.gsPayload.offset * 60000), span = to - from;
  const text = `${moment(wall[0], Math.max(span, 900e3))} – ${moment(wall[1], Math.max(span, 900e3))} · ${length(span)}`;
  const shown = bar.querySelector(".shown");
  if (shown.textContent !== text) shown.textContent = text;
};
