// Values, moments and ticks as texts.
const three = value => {
  const size = Math.abs(value);
  const text = size >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(size < 0.001 ? 2 : 3)));
  return text.replace("-", "−");
};
const counted = value => value >= 999.5e3 ? three(value / 1e6) + "M" : value >= 999.5 ? three(value / 1e3) + "k" : three(value);
const latency = value => Math.abs(value) < 0.9995 ? three(value * 1000) + "\u00a0ms" : three(value) + "\u00a0s";
const share = value => three(value * 100) + "\u00a0%";
export const write = {latency, share, rate: value => counted(value) + "/s"};

const two = number => String(number).padStart(2, "0");
const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
// Of milliseconds of the page's own clock, as if it were UTC.
export const clock = (at, seconds = false) => {
  const day = new Date(at);
  return `${two(day.getUTCHours())}:${two(day.getUTCMinutes())}` + (seconds ? `:${two(day.getUTCSeconds())}` : "");
};
export const date = at => {
  const day = new Date(at);
  return `${DAYS[day.getUTCDay()]} ${day.getUTCDate()} ${MONTHS[day.getUTCMonth()]}`;
};
// As exactly as the span that is shown needs it.
export const moment = (at, span) => span > 20 * 3600e3 ? `${date(at)}, ${clock(at)}` : clock(at, span < 900e3);

export const length = ms => {
  const parts = [["day", 86400], ["h", 3600], ["m", 60], ["s", 1]], seconds = Math.round(ms / 1000);
  const first = parts.findIndex(([, size]) => seconds >= size);
  if (first < 0) return "0\u00a0s";
  const whole = Math.floor(seconds / parts[first][1]);
  const days = parts[first][0] === "day" && whole > 1 ? "days" : parts[first][0];
  const next = parts[first + 1], rest = next ? Math.floor(seconds % parts[first][1] / next[1]) : 0;
  return `${whole}\u00a0${days}` + (rest ? ` ${rest}\u00a0${next[0]}` : "");
};

// A round top above a value, and three to six round ticks from 0 to it.
export const ticksTo = highest => {
  if (!(highest > 0)) return {top: 1, ticks: [0, 0.25, 0.5, 0.75, 1]};
  const raw = highest * 1.08 / 4, size = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].find(factor => factor * size >= raw) * size;
  const count = Math.ceil(highest * 1.02 / step);
  return {top: step * count, ticks: [...Array(count + 1).keys()].map(number => Number((step * number).toPrecision(12)))};
};
