// What a review shows is the same for all who look: it travels zipped, and is put in once.
const unzipped = data => new Response(new Blob([data]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
export default ({data, parentElement}) => {
  const root = parentElement.querySelector(".rv");
  root.gsNewest = data;
  unzipped(data).then(html => {
    if (root.gsNewest !== data || root.gsShown === html) return;
    root.innerHTML = root.gsShown = html;
  });
};
