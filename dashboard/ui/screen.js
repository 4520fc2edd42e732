// An open page after an upgrade: the server that it is connected to again is another one, and its pages look otherwise.
const SECOND = 1000, APART = 60 * SECOND;
const UNITS = [[86400, "day", 3600, "h"], [3600, "h", 60, "m"], [60, "m", 1, "s"]];
const SPACE = "\u00a0";
const duration = seconds => {
  const days = seconds / 86400, whole = Math.round(days);
  if (days >= 3) return `${Math.abs(days - whole) <= 0.01 ? "" : `about${SPACE}`}${whole}${SPACE}days`;
  for (const [unit, name, partUnit, part] of UNITS) {
    if (seconds < unit) continue;
    const whole = Math.floor(seconds / unit), rest = Math.floor(seconds % unit / partUnit);
    return `${whole}${SPACE}${name}${name === "day" && whole > 1 ? "s" : ""}${rest ? `${SPACE}${rest}${SPACE}${part}` : ""}`;
  }
  return `${Math.floor(seconds)}${SPACE}s`;
};
// What the server wrote goes on from the moment it came: the clock of this machine may be wrong.
const since = node => {
  const written = node.dataset.clock ?? node.dataset.age;
  if (node.gsWritten !== written) Object.assign(node, {gsWritten: written, gsCame: performance.now()});
  return Number(written) + (performance.now() - node.gsCame) / SECOND;
};
const say = (node, text) => { if (node.textContent !== text) node.textContent = text; };
const tick = () => {
  for (const node of document.querySelectorAll("[data-clock]")) {
    const options = {hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: node.dataset.zone};
    try { say(node, new Intl.DateTimeFormat("en-GB", options).format(since(node) * SECOND)); } catch { /* an unknown zone */ }
  }
  for (const node of document.querySelectorAll("[data-age]")) say(node, `data ${duration(since(node))} old`);
};
const reload = () => {
  // Two servers of two versions behind one address must not make a page load again and again.
  const last = Number(sessionStorage.getItem("gs-reloaded") ?? 0), wait = last + APART - Date.now();
  if (wait > 0) return void setTimeout(() => window.gsVersion !== window.gsServed && reload(), wait);
  sessionStorage.setItem("gs-reloaded", Date.now());
  location.reload();
};
export default ({data}) => {
  window.gsVersion ??= data.version;
  window.gsServed = data.version;
  if (window.gsVersion !== data.version) reload();
  clearInterval(window.gsTick);
  window.gsTick = setInterval(tick, SECOND);
};
