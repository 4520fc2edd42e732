// Before Streamlit's own scripts: where its server is, when the first picture goes, and when fonts may come.
// Told where the server is it need not look for it, which ends in a 404 on every page but the first; told what hosts may
// steer it (this server alone: nobody else may frame it) it connects without asking first.
window.__streamlit = {
  BACKEND_BASE_URL: new URL("./", location.href).href,
  HOST_CONFIG: {allowedOrigins: [location.origin], useExternalAuthToken: false},
};
{
  const root = document.documentElement, sheet = document.querySelector("#gs-fonts");
  // As Streamlit keeps the choice of its menu.
  const chosen = localStorage.getItem(`stActiveTheme-${location.pathname}-v2`)?.match(/Dark|Light/)?.[0];
  if (chosen) root.style.colorScheme = chosen.toLowerCase();
  const letters = Object.assign(document.createElement("link"),
    {rel: "preload", href: sheet.dataset.letters, as: "font", type: "font/woff2", crossOrigin: ""});
  const arrive = () => { sheet.media = "all"; root.classList.remove("gs-late"); };
  // Letters that are on their way hide the text that is to be written with them: they come first, then their sheet.
  const order = then => { letters.onload = letters.onerror = then; document.head.append(letters); };
  // A line on which a first byte takes so long carries half a megabyte of letters and icons in seconds: values first.
  const SLOW_MS = 100, LATEST_MS = 15000, SETTLED_MS = 1000, AGAIN_MS = 250;
  const [way] = performance.getEntriesByType("navigation");
  // Some browsers know their line; one that was just used answers sooner than the line is.
  const isSlow = Math.max(way.responseStart - way.requestStart, navigator.connection?.rtt ?? 0) > SLOW_MS;
  if (isSlow) root.classList.add("gs-late");
  else { order(); arrive(); }
  const drawn = () => {
    watcher.disconnect();
    clearTimeout(latest);
    document.querySelector("#gs-first")?.remove();
    root.style.colorScheme = "";
    // A page whose script has ended draws its charts a moment later.
    if (isSlow) setTimeout(afterCharts, SETTLED_MS, performance.now() + LATEST_MS);
  };
  // Charts say more than letters: what draws them has the line for itself.
  const afterCharts = latest => performance.now() < latest && document.querySelector(".gs-charts") && !window.Plotly
    ? setTimeout(afterCharts, AGAIN_MS, latest) : order(arrive);
  const latest = setTimeout(() => isSlow && order(arrive), LATEST_MS);
  // A page, an error in its place, or that there is no server.
  const DRAWN = ".stApp .gs-alive,.stApp[data-test-script-state=notRunning] .stElementContainer,.stApp [role=dialog]";
  const watcher = new MutationObserver(() => document.querySelector(DRAWN) && drawn());
  watcher.observe(root, {childList: true, subtree: true, attributeFilter: ["data-test-script-state"]});
}
