// Links of a page to itself change the address without loading the page anew; without this they are plain links.
const links = "a[data-soft]";
const listen = (root, name, kind, act) => {
  if (root[name]) document.removeEventListener(kind, root[name]);
  document.addEventListener(kind, root[name] = act);
};
export default ({parentElement, setTriggerValue}) => {
  const root = parentElement;
  listen(root, "gsGo", "click", event => {
    const link = event.target.closest?.(links);
    if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    setTriggerValue("went", link.getAttribute("href"));
    const shown = document.querySelector(link.dataset.shows || null);
    // On a phone what was chosen lies far below.
    if (shown && innerWidth <= 640) shown.scrollIntoView({behavior: "smooth"});
  });
  // A refresh makes the links anew, and the one that the keyboard had reached must not be lost.
  listen(root, "gsReach", "focusin", event => { root.gsLast = event.target.closest?.(links)?.dataset.soft; });
  listen(root, "gsLeave", "pointerdown", event => { if (!event.target.closest?.(links)) root.gsLast = undefined; });
  root.gsKeep?.disconnect();
  root.gsKeep = new MutationObserver(() => {
    if (root.gsLast === undefined || document.activeElement !== document.body) return;
    document.querySelector(`a[data-soft="${CSS.escape(root.gsLast)}"]`)?.focus({preventScroll: true});
  });
  root.gsKeep.observe(document.body, {childList: true, subtree: true});
  return () => {
    for (const [name, kind] of [["gsGo", "click"], ["gsReach", "focusin"], ["gsLeave", "pointerdown"]])
      document.removeEventListener(kind, root[name]);
    root.gsKeep.disconnect();
  };
};
