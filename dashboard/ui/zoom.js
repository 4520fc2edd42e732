// What charts are zoomed to goes into the address: the page's charts call this, and ask whether a range was chosen there.
export default ({data, setTriggerValue}) => {
  const own = range => setTriggerValue("range", range ?? "none");
  own.chosen = data.chosen;
  window.gsZoom = own;
  // What was chosen while the page was being drawn anew, and nobody could send it.
  const unsent = window.gsUnsentZoom;
  delete window.gsUnsentZoom;
  if (unsent?.root.isConnected && performance.now() < unsent.until) own(unsent.range);
  return () => { if (window.gsZoom === own) delete window.gsZoom; };
};
