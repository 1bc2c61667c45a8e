/* Looking through an image: NiiVue draws it, and the value is read from the file that the console sends. */
(() => {
  const VIEWER = "/static/niivue.js", HEADER = 352;
  const shown = new Map();
  const make = (name, told = {}, ...inside) => {
    const one = Object.assign(document.createElement(name), told);
    one.append(...inside);
    return one;
  };
  const load = () => window.niivue ? Promise.resolve() : new Promise((done, failed) => {
    document.head.append(make("script", { src: VIEWER, onload: done, onerror: () => failed(new Error(VIEWER)) }));
  });
  const draws = () => {
    const context = document.createElement("canvas").getContext("webgl2");
    context?.getExtension("WEBGL_lose_context")?.loseContext();
    return Boolean(context);
  };
  const bytes = async (address) => {
    const sent = await fetch(address);
    if (!sent.ok) { throw new Error(`${sent.status}`); }
    return sent.arrayBuffer();
  };

  /* The file as it is: its values in order, and from a place in it to mm (right, front, head) and back. */
  const opened = (buffer) => {
    const view = new DataView(buffer), at = (place) => view.getFloat32(place, true);
    const size = [42, 44, 46].map((place) => view.getInt16(place, true));
    const rows = [280, 296, 312].map((place) => [0, 4, 8, 12].map((step) => at(place + step)));
    const turn = rows.map((row) => row.slice(0, 3)), from = rows.map((row) => row[3]);
    const minor = (r, c) => turn[(r + 1) % 3][(c + 1) % 3] * turn[(r + 2) % 3][(c + 2) % 3] - turn[(r + 1) % 3][(c + 2) % 3] * turn[(r + 2) % 3][(c + 1) % 3];
    const whole = turn[0][0] * minor(0, 0) + turn[0][1] * minor(0, 1) + turn[0][2] * minor(0, 2);
    const mm = (voxel) => turn.map((row, r) => row[0] * voxel[0] + row[1] * voxel[1] + row[2] * voxel[2] + from[r]);
    const voxel = (point) => {
      const off = point.slice(0, 3).map((one, r) => one - from[r]);
      return [0, 1, 2].map((c) => Math.round((minor(0, c) * off[0] + minor(1, c) * off[1] + minor(2, c) * off[2]) / whole));
    };
    const inside = (voxel) => voxel.every((one, axis) => one >= 0 && one < size[axis]);
    const place = ([i, j, k]) => i + size[0] * (j + size[1] * k);
    return { size, mm, voxel, inside, place };
  };

  /* A number of single precision in the fewest digits that are it and no other. */
  const figures = (value) => {
    if (!Number.isFinite(value)) { return "no number"; }
    for (let digits = 1; digits < 9; digits += 1) {
      if (Math.fround(Number(value.toPrecision(digits))) === value) { return String(Number(value.toPrecision(digits))); }
    }
    return String(Number(value.toPrecision(9)));
  };

  const entry = (label, name, more) => {
    const field = make("input", { type: "number", name, step: "any", ...more });
    return [make("label", {}, `${label} `, field), field];
  };

  const begin = async (figure) => {
    const { voxels, regions, unit, window: ends, at } = figure.dataset;
    const told = make("output");
    const canvas = make("canvas", { tabIndex: 0 });
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-label", "The image. Arrow keys move to the right, left, front and back, Page Up and Page Down to the head and feet.");
    const stage = make("div", { className: "stage" }, canvas);
    const viewer = make("section", { className: "viewer" }, make("h2", { textContent: "Look through it" }), told);
    viewer.setAttribute("aria-label", "Look through the image");
    viewer.dataset.of = voxels;
    figure.before(viewer);
    told.textContent = "The image is on its way …";
    try {
      const [buffer, marks] = await Promise.all([bytes(voxels), regions ? bytes(regions) : null, load()]);
      const file = opened(buffer), values = new Float32Array(buffer, HEADER), numbers = marks && new Uint8Array(marks, HEADER);
      viewer.insertBefore(stage, told);
      const view = new window.niivue.Niivue({
        isNearestInterpolation: true, isRadiologicalConvention: true, sagittalNoseLeft: true, isSliceMM: true,
        isForceMouseClickToVoxelCenters: true, multiplanarShowRender: 0, multiplanarLayout: stage.clientWidth < 600 ? 0 : 3, dragMode: 0, crosshairWidth: 0.3,
        crosshairColor: [0.85, 0.79, 0.29, 1], fontColor: [0.93, 0.93, 0.93, 1], dragAndDropEnabled: false, logLevel: "silent",
        loadingText: "", viewModeHotKey: "", clipPlaneHotKey: "", cycleClipPlaneHotKey: "",
      });
      shown.set(viewer, view);

      const lookedAt = () => file.voxel([...view.frac2mm(view.scene.crosshairPos, 0, true)]);
      const tell = (voxel) => {
        if (!file.inside(voxel)) { return; }
        const [right, front, head] = file.mm(voxel), region = numbers && numbers[file.place(voxel)];
        told.textContent = `${figures(values[file.place(voxel)])} ${unit}`.trim()
          + ` in voxel ${voxel.join(", ")}, at ${(-right).toFixed(1)}, ${(-front).toFixed(1)}, ${head.toFixed(1)} mm to the left, back and head`
          + (region ? `, in region ${region}` : "");
      };
      const go = (voxel) => {
        if (!file.inside(voxel)) { return; }
        view.scene.crosshairPos = view.mm2frac(file.mm(voxel), 0, true);
        view.drawScene();
        here();
      };

      /* Keys and fields move to the centre of a voxel; keys of NiiVue's own are kept from it. */
      const steps = { ArrowLeft: [1, 0, 0], ArrowRight: [-1, 0, 0], ArrowUp: [0, 1, 0], ArrowDown: [0, -1, 0], PageUp: [0, 0, 1], PageDown: [0, 0, -1] };
      const keys = (event) => {
        if (event.key !== "Tab") { event.stopImmediatePropagation(); }
        const step = steps[event.key];
        if (event.type !== "keydown" || !step) { return; }
        event.preventDefault();
        view.moveCrosshairInVox(...step);
        here();
      };
      ["keydown", "keyup"].forEach((kind) => canvas.addEventListener(kind, keys));
      canvas.addEventListener("pointermove", (event) => {
        const box = canvas.getBoundingClientRect(), scale = canvas.width / box.width;
        const place = view.canvasPos2frac([(event.clientX - box.left) * scale, (event.clientY - box.top) * scale]);
        if (place[0] >= 0) { tell(file.voxel([...view.frac2mm(place, 0, true)])); }
      });
      canvas.addEventListener("pointerleave", () => tell(lookedAt()));

      const fields = ["Column", "Row", "Slice"].map((label, axis) => entry(label, `voxel-${axis}`, { step: 1, min: 0, max: file.size[axis] - 1 }));
      const [black, white] = ends.split(" ").map(Number);
      const limits = [entry("Black at", "black", { value: figures(Math.fround(black)) }), entry("White at", "white", { value: figures(Math.fround(white)) })];
      const here = () => {
        const voxel = lookedAt();
        fields.forEach(([, field], axis) => { if (field !== document.activeElement) { field.value = voxel[axis]; } });
        tell(voxel);
      };
      const windowed = () => {
        const [lower, upper] = limits.map(([, field]) => Number(field.value));
        limits.forEach(([, field]) => field.removeAttribute("aria-invalid"));
        if (!(lower < upper)) { limits.forEach(([, field]) => field.setAttribute("aria-invalid", "true")); return; }
        Object.assign(view.volumes[0], { cal_min: lower, cal_max: upper });
        view.updateGLVolume();
      };
      fields.forEach(([, field]) => field.addEventListener("change", () => go(fields.map(([, one]) => Math.round(Number(one.value))))));
      limits.forEach(([, field]) => field.addEventListener("change", windowed));

      await view.attachToCanvas(canvas);
      const layer = (name, held, more) => window.niivue.NVImage.loadFromUrl({ url: name, name, buffer: held, ...more });
      view.addVolume(await layer("image.nii", buffer, { cal_min: black, cal_max: white }));
      if (marks) {
        const drawn = await layer("regions.nii", marks, { opacity: 0.5 });
        const paints = [[0, 0, 0], [103, 183, 236], [255, 161, 92], [79, 209, 172], [224, 154, 200], [217, 201, 74], [189, 189, 189], [159, 176, 255], [255, 138, 181]];
        const every = [...Array(numbers.reduce((most, one) => Math.max(most, one), 1) + 1).keys()]; // one colour more, and NiiVue spreads them
        const colour = (part) => every.map((number) => number ? paints[(number - 1) % 8 + 1][part] : 0);
        drawn.setColormapLabel({ R: colour(0), G: colour(1), B: colour(2), A: every.map((number) => number ? 255 : 0), I: every, labels: [] });
        view.addVolume(drawn);
      }
      view.onLocationChange = () => here();
      const group = (name, all) => make("fieldset", {}, make("legend", { textContent: name }), ...all.map(([label]) => label));
      viewer.append(make("div", { className: "reading" }, group("Voxel, from 0", fields), group(`Window${unit && `, ${unit}`}`, limits)));
      go((at || "0 0 0").split(" ").map(Number));
      viewer.dataset.ready = "yes";
    } catch (fault) {
      end(viewer);
      viewer.replaceChildren(make("p", { className: "help", textContent: `The image cannot be looked through here (${fault.message}); its picture stands below.` }));
    }
  };

  const end = (viewer) => {
    const view = shown.get(viewer);
    shown.delete(viewer);
    view?.gl?.getExtension("WEBGL_lose_context")?.loseContext();
  };

  const reach = () => {
    [...shown.keys()].filter((one) => !one.isConnected).forEach(end);
    document.querySelectorAll("figure[data-voxels]").forEach((figure) => {
      const before = figure.previousElementSibling;
      if (before?.dataset.of === figure.dataset.voxels) { return; }
      if (before?.matches(".viewer")) { end(before); before.remove(); }
      if (draws()) { begin(figure); }
    });
  };
  document.addEventListener("htmx:after:swap", reach);
  reach();
})();
