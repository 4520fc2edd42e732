// The component's own script is sent with every message: it only fetches the scripts that browsers keep.
const unzipped = data => new Response(new Blob([data]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
export default ({data, parentElement, setTriggerValue}) => {
  const root = parentElement.querySelector(".gs-charts");
  root.gsNewest = data;
  root.gsLack = path => setTriggerValue("lack", path);
  const page = unzipped(data).then(async message => {
    const scripts = await import(new URL(message.scripts, location.origin).href);
    if (root.gsNewest === data) scripts.show(root, message);
    return scripts;
  });
  return () => page.then(({leave}) => leave(root));
};
