/* One viewer, which takes the place of the slices of the finding that it shows. Without it they stay. */
const LINE = "Arrow keys move the cross-hair, page up and page down change the slice.";
const number = (value, decimals = 2) => {
  const text = value.toFixed(decimals);
  return Number(text) < 0 ? text.replace("-", "\u2212") : text.replace("-", "");
};
const short = value => number(value, 1).replace(/\.0$/, "");
const roundedUp = value => (Math.ceil(value * 100) / 100).toFixed(2);
const labelled = (text, ...nodes) => make("label", {}, `${text} `, ...nodes);
const slotOf = id => document.querySelector(`figure[data-viewer="${CSS.escape(id)}"]`);

function refuse(slot, why) {
  if (!slot || slot.querySelector(".no-viewer")) return;
  slot.append(make("p", { className: "no-viewer quiet" }, `The pictures are not interactive here: ${why}.`));
}

class Viewer {
  constructor(space) {
    this.space = space;
    this.at = space.nearest(space.cuts);
    this.entries = space.contrasts.flatMap(contrast => contrast.findings.map(finding => ({ contrast, finding })));
    this.opacity = 1;
    this.frame = 0;
    this.build();
  }

  build() {
    const { space } = this, options = space.contrasts.map((contrast, index) => make("option", { value: index }, contrast.title));
    this.contrasts = make("select", { onchange: () => this.choose(+this.contrasts.value, this.finding.name) }, ...options);
    this.inferences = make("select", { onchange: () => this.choose(+this.contrasts.value, this.inferences.value) });
    this.slider = make("input", { type: "range", min: 1, step: 1, oninput: () => this.restyle() });
    this.height = make("output", { className: "height" });
    this.sign = make("span");
    this.cover = make("input", { type: "range", min: 0, max: 100, step: 5, value: 100, oninput: () => this.restyle() });
    this.outline = make("input", { type: "checkbox", checked: true, onchange: () => this.restyle() });
    this.where = make("input", { type: "text", placeholder: "x, y, z mm", size: 12, onchange: () => this.typed() });
    this.scale = make("canvas", { className: "scale", width: 240, height: 12 });
    this.scale.setAttribute("aria-hidden", "true");
    this.ends = [make("span"), make("span")];
    this.reading = make("p", { className: "reading" });
    this.reading.setAttribute("role", "status");
    this.note = make("p", { className: "quiet viewer-note" });
    this.planes = PLANES.map(plane => this.plane(plane));
    const row = { "--sum": 0, "--first": 0 };
    this.planes.forEach(({ plane }) => { row["--sum"] += space.shape[plane.across] * space.sizes[plane.across]; });
    row["--first"] = row["--sum"] - space.shape[0] * space.sizes[0];
    const slices = make("div", { className: "planes" }, ...this.planes.map(({ box }) => box), this.reading);
    Object.entries(row).forEach(([name, value]) => slices.style.setProperty(name, value));
    this.judged = labelled("Inference", this.inferences);
    this.outlined = make("label", {}, this.outline, " Outline what passed");
    this.box = make("div", { className: "viewer" },
      make("div", { className: "controls" },
        ...(space.contrasts.length > 1 ? [labelled("Contrast", this.contrasts)] : []), this.judged,
        make("label", {}, this.sign, " ", this.slider, " ", this.height), labelled("Opacity", this.cover), this.outlined,
        labelled("Go to", this.where), make("button", { type: "button", onclick: () => this.reset() }, "Reset")),
      make("div", { className: "bar quiet" }, this.ends[0], this.scale, this.ends[1]),
      slices, this.note);
    this.box.setAttribute("role", "group");
    this.box.setAttribute("aria-label", "Viewer");
    new ResizeObserver(() => this.redraw()).observe(this.box);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.redraw());
  }

  plane(plane) {
    const { space } = this, { fixed, across, up } = plane;
    const canvas = make("canvas", { tabIndex: 0, className: "slice" });
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-roledescription", "slice");
    const wide = space.shape[across] * space.sizes[across];
    canvas.style.aspectRatio = `${wide} / ${space.shape[up] * space.sizes[up]}`;
    const caption = make("span", { className: "quiet" });
    const letters = [...plane.letters].map(letter => make("span", { className: "side" }, letter));
    letters.forEach(letter => letter.setAttribute("aria-hidden", "true"));
    const box = make("div", { className: "plane" }, canvas, ...letters, caption);
    box.style.setProperty("--mm", wide);
    const pick = event => {
      const frame = canvas.getBoundingClientRect(), next = [...this.at];
      next[across] = Math.floor((event.clientX - frame.left) / frame.width * space.shape[across]);
      next[up] = space.shape[up] - 1 - Math.floor((event.clientY - frame.top) / frame.height * space.shape[up]);
      this.move(next);
    };
    canvas.onpointerdown = event => {
      if (event.button) return;
      canvas.setPointerCapture(event.pointerId);
      pick(event);
    };
    canvas.onpointermove = event => { if (event.buttons & 1) pick(event); };
    canvas.onkeydown = event => {
      const by = event.shiftKey ? 5 : 1;
      const [axis, change] = {
        ArrowLeft: [across, -by], ArrowRight: [across, by], ArrowUp: [up, by], ArrowDown: [up, -by],
        PageUp: [fixed, by], PageDown: [fixed, -by],
      }[event.key] ?? [];
      if (axis === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      this.move(this.at.with(axis, this.at[axis] + change));
    };
    return { plane, canvas, caption, box };
  }

  /* Shows a finding in the place of its slices; at `mm`, or where the viewer is. */
  async show(id, mm) {
    const entry = this.entries.find(({ finding }) => finding.id === id), slot = slotOf(id);
    if (!entry || !slot) return false;
    const { contrast, finding } = entry, asked = this.asked = Symbol(id);
    let z, passed, extra;
    try {
      [z, passed, extra] = await Promise.all([contrast.z, finding.passed, finding.p ?? finding.proportion]
        .map(block => block && unpacked(block)));
    } catch {
      if (this.asked === asked && this.slot?.contains(this.box) && this.slot === slot) this.leave();
      refuse(slot, "the data of this map are damaged");
      return false;
    }
    if (this.asked !== asked) return false;
    const edges = edgesOf(contrast), same = this.finding === finding;
    Object.assign(this, { contrast, finding, passed, extra, edges, z: new Int8Array(z.buffer) });
    if (finding.p) this.levels = edgesOf(finding.p);
    if (mm) this.at = this.space.nearest(mm);
    if (!same) {
      this.slider.max = edges.length - 1;
      this.slider.value = this.tested = edges.indexOf(finding.height);
    }
    this.contrasts.value = this.space.contrasts.indexOf(contrast);
    this.inferences.replaceChildren(...contrast.findings.map(({ name }) => make("option", { value: name ?? "" }, name ?? "none")));
    this.inferences.value = finding.name ?? "";
    this.judged.hidden = contrast.findings.length < 2;
    this.outlined.hidden = !passed;
    this.ends[0].textContent = contrast.signed ? number(-contrast.vmax, 0) : "0";
    this.ends[1].textContent = `${number(contrast.vmax, 0)} z`;
    this.scale.width = contrast.signed ? 240 : 120;
    this.dock(slot);
    this.restyle();
    return true;
  }

  words() {
    const { space, finding } = this, widest = Math.max(...this.edges.slice(1).map((edge, step) => edge - this.edges[step]));
    const words = [finding.about], sign = this.contrast.signed ? "|z|" : "z";
    if (!this.asTested) words.push(`Shown opaque from ${sign} = ${number(this.threshold)} on, for display only${this.passed ? "; the outline is around what passed" : ""}.`);
    words.push(`Values are copies of 8 bits, within ${roundedUp(widest / 2)} of the stored z;`);
    words.push("which voxels lie above the threshold is exact, wherever it is set.");
    if (space.every > 1) words.push("To keep this file small, the viewer has every second voxel along each axis, so that a small finding may be missing: the pictures below have them all.");
    if (space.resampled) words.push("The images are oblique: the display shows the voxel nearest to each point.");
    return words.join(" ");
  }

  dock(slot) {
    if (slot.contains(this.box)) return;
    const focused = this.box.contains(document.activeElement) && document.activeElement, before = this.box.getBoundingClientRect();
    const jumped = this.box.isConnected && focused;
    this.leave();
    slot.closest("details").open = true;
    slot.prepend(this.box);
    slot.classList.add("replaced");
    this.slot = slot;
    if (!jumped) return;
    /* Chosen in a menu: the menu stays under the reader's eyes. */
    focused.focus({ preventScroll: true });
    scrollBy({ top: this.box.getBoundingClientRect().top - before.top, behavior: "instant" });
  }

  leave() {
    this.slot?.classList.remove("replaced");
    this.box.remove();
    this.slot = null;
  }

  choose(index, name) {
    const { findings } = this.space.contrasts[index];
    this.show((findings.find(finding => finding.name === name) ?? findings[0]).id).then(done => {
      if (!done) this.contrasts.value = this.space.contrasts.indexOf(this.contrast);
    });
  }

  reset() {
    this.slider.value = this.tested;
    this.cover.value = 100;
    this.outline.checked = true;
    this.at = this.space.nearest(this.finding.peak ?? this.space.cuts);
    this.restyle();
  }

  typed() {
    const found = plain(this.where.value).match(/[-+]?\d+(\.\d+)?/g)?.map(Number);
    this.where.setAttribute("aria-invalid", String(found?.length !== 3));
    if (found?.length === 3) this.move(this.space.nearest(found));
  }

  move(at) {
    this.at = at.map((value, axis) => Math.min(Math.max(value, 0), this.space.shape[axis] - 1));
    this.redraw();
  }

  restyle() {
    this.threshold = this.edges[+this.slider.value];
    this.asTested = +this.slider.value === this.tested;
    this.opacity = this.cover.value / 100;
    const sign = this.contrast.signed ? "|z|" : "z";
    this.sign.textContent = `Threshold ${sign} \u2265`;
    this.height.textContent = number(this.threshold);
    this.slider.setAttribute("aria-valuetext", `${sign} at least ${number(this.threshold)}`);
    this.cover.setAttribute("aria-valuetext", `${this.cover.value} percent`);
    this.shown = {
      space: this.space, z: this.z, passed: this.passed, edges: this.edges, signed: this.contrast.signed, vmax: this.contrast.vmax,
      threshold: this.threshold, asTested: this.asTested, opacity: this.opacity, outline: this.outline.checked,
    };
    this.shown.palette = palette(this.shown);
    this.note.textContent = this.words();
    this.redraw();
  }

  redraw() {
    this.frame ||= requestAnimationFrame(() => { this.frame = 0; if (this.shown && this.box.isConnected) this.draw(); });
  }

  draw() {
    const mm = this.space.mm(this.at);
    drawScale(this.scale, this.shown);
    for (const { plane, canvas, caption } of this.planes) {
      if (canvas.clientWidth) drawSlice(canvas, plane, this.shown, this.at);
      caption.textContent = `${"xyz"[plane.fixed]} = ${short(mm[plane.fixed])}`;
      canvas.setAttribute("aria-label", `${plane.name} slice at ${caption.textContent} mm. ${LINE}`);
    }
    const reading = [`${mm.map(short).join(", ")} mm`, ...this.read()].join(" \u00b7 ");
    if (this.reading.textContent !== reading) this.reading.textContent = reading;
    this.box.dataset.shown = this.finding.id;
  }

  /* The voxel at the cross-hair in words. */
  read() {
    const { space, finding, edges, extra } = this, index = space.place[space.index(this.at)];
    if (index < 0) return ["outside the analysis mask"];
    const words = [`voxel ${space.voxel(this.at).join(", ")}`], code = this.z[index], step = Math.abs(code);
    if (code === space.missing) return [...words, "no value"];
    const half = step ? (edges[step] - edges[step - 1]) / 2 : 0;
    words.push(step ? `z = ${number(Math.sign(code) * (edges[step] - half))} \u00b1 ${roundedUp(half)}` : "z = 0");
    if (finding.p) {
      const level = extra[index], { levels } = this;
      const p = level ? 10 ** (-(levels[level - 1] + levels[level]) / 2) : 1;
      words.push(`corrected p (${finding.p.words}) \u2248 ${p < 0.001 ? p.toExponential(1).replace("-", "\u2212") : Number(p.toPrecision(2))}`);
    }
    if (finding.proportion) words.push(`true discoveries at least ${(100 * extra[index] / finding.proportion.steps).toFixed(1)}%`);
    if (this.passed) words.push(bit(this.passed, index) ? "passed" : "did not pass");
    return words;
  }
}

function peaksMove(viewer, table) {
  for (const cell of table.querySelectorAll("[data-mm]")) {
    const mm = cell.dataset.mm.split(" ").map(Number);
    const button = make("button", { type: "button", className: "peak" });
    button.onclick = async () => {
      if (!await viewer.show(cell.closest("[data-finding]").dataset.finding, mm)) return;
      document.querySelectorAll("tr.here").forEach(row => row.classList.remove("here"));
      cell.closest("tr").classList.add("here");
      viewer.box.scrollIntoView({ block: "nearest" });
    };
    button.append(...cell.childNodes);
    button.title = `Show ${mm.map(short).join(", ")} mm in the viewer`;
    cell.append(button);
  }
}

/* The slices of the first open fold, as soon as they are read: what follows may be megabytes. */
function appeared() {
  const find = () => [...document.querySelectorAll("details.contrast[open] figure[data-viewer]")].find(slot => slot.nextElementSibling);
  return new Promise(done => {
    const look = () => find() && done(find()), watch = new MutationObserver(look);
    watch.observe(document, { childList: true, subtree: true });
    look();
    parsed.then(() => { watch.disconnect(); done(document.querySelector("figure[data-viewer]")); });
  });
}

async function start() {
  const block = document.getElementById("viewer-data");
  if (!block) return;
  const first = await appeared();
  if (!first) return;
  if (typeof DecompressionStream === "undefined") return refuse(first, "this browser is too old to unpack the maps");
  let viewer;
  try {
    viewer = new Viewer(await Space.of(JSON.parse(block.textContent)));
  } catch {
    return refuse(first, "the data of the viewer are damaged");
  }
  /* The first finding of a fold, unless the viewer is in it already. */
  const enter = fold => {
    const slot = fold.querySelector("figure[data-viewer]");
    if (!slot || fold.contains(viewer.slot)) return;
    const { finding } = viewer.entries.find(entry => entry.finding.id === slot.dataset.viewer) ?? {};
    if (finding) viewer.show(finding.id, viewer.finding ? undefined : finding.peak ?? viewer.space.cuts);
  };
  const open = [...document.querySelectorAll("details.contrast[open]")].find(fold => fold.querySelector("figure[data-viewer]"));
  if (open) enter(open);
  document.addEventListener("toggle", event => {
    if (event.target.matches?.("details.contrast[open]")) enter(event.target);
  }, true);
  await parsed;
  document.querySelectorAll("figure.table").forEach(figure => whenSeen(figure, () => peaksMove(viewer, figure)));
}
start();
