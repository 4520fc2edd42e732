// What charts are zoomed to goes into the address: the page's charts call this.
export default ({setTriggerValue}) => {
  const own = range => setTriggerValue("range", range ?? "none");
  window.gsZoom = own;
  return () => { if (window.gsZoom === own) delete window.gsZoom; };
};
