// Colours of a figure are tokens such as `$p99`: payloads are shared by viewers, and each may see another scheme.
let known = new Map(), scheme = "";

// Streamlit knows the scheme on its root only; an element inside resolves `light-dark()` as everything there does.
export const colours = root => {
  const probe = document.createElement("div"), seen = getComputedStyle(probe);
  probe.hidden = true;
  const read = name => {
    if (!probe.isConnected) root.parentElement.append(probe);
    probe.style.color = `var(--gs-${name})`;
    return seen.color;
  };
  const page = read("card") + read("text");
  if (page !== scheme) { scheme = page; known = new Map(); }
  const token = name => {
    if (!known.has(name)) known.set(name, read(name));
    return known.get(name);
  };
  queueMicrotask(() => probe.remove());
  return token;
};

// A copy of a part of a figure with its tokens replaced.
export const paint = (value, token) => {
  if (typeof value === "string") return value.startsWith("$") ? token(value.slice(1)) : value;
  if (Array.isArray(value)) return value.map(item => paint(item, token));
  if (value && typeof value === "object" && !value.dtype)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, paint(item, token)]));
  return value;
};

// What style sheets and SVG take in the place of a token.
export const variable = value => value?.startsWith?.("$") ? `var(--gs-${value.slice(1)})` : value;
