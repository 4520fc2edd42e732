// The cards of a page: boxes are kept by their keys, and each holds a head, the values under the crosshair, a chart.
import {colours} from "./colours.js";
import {drawDots} from "./dots.js";
import {keyframe, patched} from "./keyframe.js";
import {clear, plot, plotly} from "./plot.js";
import {place} from "./labels.js";
import {sketch} from "./sketch.js";
import {shownRange, zoomBar} from "./zoom.js";
import {again, listen} from "./pointer.js";
import {again as tableAgain, take} from "./take.js";

const element = (kind, parent) => {
  const node = document.createElement("div");
  node.className = kind;
  parent.append(node);
  return node;
};

const boxOf = (root, {key, wide}) => {
  const present = [...root.children].find(box => box.dataset.card === key);
  if (present) return present;
  const box = element(wide ? "gs-chartcard wide" : "gs-chartcard", root);
  box.dataset.card = key;
  element("gs-cardhead", box);
  return box;
};

const fill = (box, card) => {
  const head = box.firstElementChild;
  if (head.gsSent !== card.head) head.innerHTML = head.gsSent = card.head;
  if (Boolean(card.figure) !== Boolean(box.querySelector(".live-chart")) || !box.children[1]) {
    clear(box);
    while (box.children[1]) box.children[1].remove();
    if (card.figure) { element("gs-under", box); element("live-chart", box); } else element("gs-empty", box);
  }
  const chart = box.querySelector(".live-chart");
  if (chart && chart.getAttribute("aria-label") !== card.name) {
    // A figure and no image: its labels are buttons.
    chart.setAttribute("role", "figure");
    chart.setAttribute("aria-label", card.name);
  }
  const empty = box.querySelector(".gs-empty");
  if (empty && empty.textContent !== card.absent) empty.textContent = card.absent;
};

const removeOthers = (root, cards) => {
  for (const box of [...root.children])
    if (box.dataset.card && !cards.some(card => card.key === box.dataset.card)) { clear(box); box.remove(); }
};

export const draw = root => {
  const {cards, src, offset} = root.gsPayload;
  for (const card of cards) fill(boxOf(root, card), card);
  for (const card of cards) if (card.figure) take(boxOf(root, card), card, root);
  removeOthers(root, cards);
  zoomBar(root);
  const range = shownRange(root), charts = cards.filter(card => card.figure);
  if (!window.Plotly) for (const card of charts) sketch(boxOf(root, card).querySelector(".live-chart"), card.figure, {offset, range});
  plotly(src).then(async P => {
    // While plotly.js was on its way something newer may have come.
    if (root.gsPayload.cards !== cards || !root.isConnected) return;
    const token = colours(root), hosts = charts.map(card => boxOf(root, card).querySelector(".live-chart"));
    await Promise.all(hosts.map((host, at) => plot(P, host, charts[at].figure, {offset, range, token, root})));
    place(hosts);
    hosts.forEach(drawDots);
    hosts.forEach(host => listen(P, host, root));
    hosts.forEach(tableAgain);
    again(root);
  });
};

const scheme = matchMedia("(prefers-color-scheme: dark)");

const watch = root => {
  // The page changes its colours a moment after the viewer's system does, or after another scheme was chosen.
  root.gsScheme = () => setTimeout(() => root.isConnected && draw(root), 300);
  scheme.addEventListener("change", root.gsScheme);
  addEventListener("gs-scheme", root.gsScheme);
  // Back and Forward change what is zoomed to, whether other data come with it or not.
  root.gsBack = () => setTimeout(() => root.isConnected && draw(root));
  addEventListener("popstate", root.gsBack);
  root.gsWidth = root.clientWidth;
  root.gsResize = new ResizeObserver(() => {
    if (root.clientWidth === root.gsWidth || !root.clientWidth) return;
    root.gsWidth = root.clientWidth;
    clearTimeout(root.gsLater);
    root.gsLater = setTimeout(() => root.isConnected && draw(root), 100);
  });
  root.gsResize.observe(root);
};

const AGAIN = 2000;
// What was not to be had may be later; what is not there (404) comes with the next message, where one asks for it.
const lacks = (root, message, status) => {
  if (root.gsMessage !== message) return;
  if (status === 404) root.gsLack?.(message.keyframe);
  setTimeout(() => { if (root.gsMessage === message) show(root, message); }, AGAIN);
};

/** Draw what a message says; whatever came last is drawn, also while something is still on its way. */
export const show = async (root, message) => {
  root.gsMessage = message;
  const cards = await keyframe(message).catch(status => lacks(root, message, status));
  if (!cards || root.gsMessage !== message) return;
  root.gsPayload = {...message, cards: patched(cards, message.cards)};
  root.gsDraw = () => draw(root);
  if (!root.gsScheme) watch(root);
  draw(root);
};

export const leave = root => {
  root.gsMessage = undefined;
  scheme.removeEventListener("change", root.gsScheme);
  removeEventListener("gs-scheme", root.gsScheme);
  removeEventListener("popstate", root.gsBack);
  document.removeEventListener("pointerdown", root.gsOutside);
  root.gsResize?.disconnect();
  root.gsScheme = root.gsOutside = undefined;
  for (const box of root.children) clear(box);
};
