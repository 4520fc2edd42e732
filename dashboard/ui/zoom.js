// What charts are zoomed to goes into the address: the page's charts call this, and ask whether a range was chosen there.
export default ({data, setTriggerValue}) => {
  const own = range => setTriggerValue("range", range ?? "none");
  own.chosen = data.chosen;
  window.gsZoom = own;
  return () => { if (window.gsZoom === own) delete window.gsZoom; };
};
