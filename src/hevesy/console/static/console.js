/* What a page can do without. */
(() => {
  const on = (kind, act) => document.addEventListener(kind, act);
  const within = (event, what) => event.target.closest(what);

  /* A table to the clipboard. */
  on("click", (event) => {
    const link = within(event, "a.csv");
    if (!link || !navigator.clipboard) { return; }
    event.preventDefault();
    fetch(link.href).then((sent) => sent.ok ? sent.text() : Promise.reject())
      .then((text) => navigator.clipboard.writeText(text))
      .then(() => { link.textContent = "Copied"; }, () => location.assign(link.href));
  });

  /* A form that was changed after its answer says so. */
  on("input", (event) => {
    const work = within(event, ".inputs") && within(event, ".work");
    if (work) { work.classList.add("changed"); }
  });

  /* Values read off a figure: the point nearest to the pointer, or one after another by arrow keys. */
  const points = (drawn) => {
    const [x, y, series] = JSON.parse(drawn.dataset.read);
    return series.flatMap(([name, ...own]) => own.map((at) => ({ at, told: `${name}: ${[x && `${x} ${at[0]}`, y && `${y} ${at[1]}`].filter(Boolean).join(", ")}` })));
  };
  const tell = (drawn, all, place) => {
    const { at, told } = all[place];
    if (!drawn.dataset.place) {
      drawn.after(document.createElement("output"));
      drawn.append(document.createElementNS(drawn.namespaceURI, "circle"));
      drawn.lastChild.setAttribute("r", 5);
    }
    drawn.dataset.place = place;
    drawn.lastChild.setAttribute("cx", at[2]);
    drawn.lastChild.setAttribute("cy", at[3]);
    drawn.nextSibling.textContent = told;
  };
  on("pointermove", (event) => {
    const drawn = within(event, "svg[data-read]");
    if (!drawn) { return; }
    const box = drawn.getBoundingClientRect(), zoom = drawn.viewBox.baseVal.width / box.width, all = points(drawn);
    const far = all.map(({ at }) => Math.hypot((event.clientX - box.left) * zoom - at[2], (event.clientY - box.top) * zoom - at[3]));
    tell(drawn, all, far.indexOf(Math.min(...far)));
  });
  on("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key], drawn = within(event, "svg[data-read]");
    if (!step || !drawn) { return; }
    event.preventDefault();
    const all = points(drawn);
    tell(drawn, all, Math.min(Math.max(+(drawn.dataset.place || -1) + step, 0), all.length - 1));
  });
  on("focusin", (event) => {
    if (event.target.matches("svg[data-read]:not([data-place])")) { tell(event.target, points(event.target), 0); }
  });
  const reach = () => {
    document.querySelectorAll("svg[data-read]").forEach((drawn) => drawn.setAttribute("tabindex", 0));
    if (document.querySelector("figure[data-voxels]") && !document.querySelector("script[src*=image]")) {
      document.head.append(Object.assign(document.createElement("script"), { src: "/static/image.js" }));
    }
  };
  reach();

  /* What came from the desk: a fault in a folded group is seen. */
  on("htmx:after:swap", () => {
    reach();
    document.querySelectorAll(".inputs details:not([open])").forEach((folded) => { folded.open = !!folded.querySelector(".wrong"); });
  });
})();
