// What a message builds on: charts as they were some refreshes ago, the same for all viewers. Whoever has not got them,
// as in a new tab or after messages that were lost, fetches them.
import {moved} from "./arrays.js";

// The one that is drawn, and the one before: what is on its way may still build on that.
const KEPT = 2, known = new Map();

const keep = (path, cards) => {
  known.set(path, cards);
  cards.catch(() => { if (known.get(path) === cards) known.delete(path); });
  for (const old of [...known.keys()].slice(0, -KEPT)) known.delete(old);
};

/** The cards of the keyframe of a message: what it brings itself, or else what is fetched once. */
export const keyframe = ({keyframe: path, inside}) => {
  if (inside) keep(path, Promise.resolve(inside));
  else if (!known.has(path)) keep(path, fetch(path).then(answer => answer.ok ? answer.json() : Promise.reject(answer.status)));
  return known.get(path);
};

const isObject = value => Boolean(value) && typeof value === "object";

/** A copy of something with what has changed of it (charts/patch.py); parts that have not are the same objects. */
export const patched = (before, patch) => {
  if (patch?.runs) return moved(before, patch);
  if (!isObject(patch) || Array.isArray(patch) || !isObject(before) || patch.dtype) return patch;
  const after = Array.isArray(before) ? [...before] : {...before};
  for (const [name, part] of Object.entries(patch))
    if (part === null) delete after[name]; else after[name] = patched(before[name], part);
  return after;
};
