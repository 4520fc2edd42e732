// The component's own script is sent with every message: it only fetches the scripts that browsers keep.
const reader = new TextDecoder();
export default ({data, parentElement}) => {
  const root = parentElement.querySelector(".gs-charts");
  root.gsPayload = JSON.parse(reader.decode(data));
  const page = import(new URL(root.gsPayload.scripts, location.origin).href);
  // Whatever came last is drawn, also while the scripts are on their way.
  page.then(({show}) => show(root));
  return () => page.then(({leave}) => leave(root));
};
