/* Tables that sort, filter, copy and download. A row that belongs to the one above it, such as a sub-peak, stays there. */
const FEW = 5;
const plain = text => text.trim().replaceAll("\u2212", "-");
const make = (tag, properties = {}, ...children) => {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
};
const counted = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

/* The stored number behind a cell, else its text; undefined where a number is missing. */
const valueOf = (cell, kind) => {
  const text = cell.dataset.value ?? plain(cell.textContent);
  if (kind !== "number") return text;
  const bare = text.replace(/,(?=\d{3}(?!\d))/g, "");
  return bare === "" || Number.isNaN(Number(bare)) ? (/\d/.test(text) ? text : undefined) : Number(bare);
};
const collator = new Intl.Collator("en", { numeric: true });
const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : collator.compare(a, b));

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = make("textarea", { value: text, className: "hidden" });
    const focused = document.activeElement;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    focused?.focus();
    if (!done) throw new Error("no clipboard");
  }
}

function download(text, type, name) {
  const link = make("a", { href: URL.createObjectURL(new Blob([text], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

/* A button that copies, and says what came of it. */
function copier(label, text, what, status) {
  const done = () => { status.textContent = `Copied ${what()}`; };
  const failed = () => { status.textContent = "The browser does not let this page copy"; };
  const made = make("button", { type: "button", onclick: () => copyText(text()).then(done, failed) }, "Copy");
  made.setAttribute("aria-label", label);
  return made;
}

function copyable(passage) {
  const status = make("span", { className: "quiet" }), what = `the ${passage.dataset.copy}`;
  status.setAttribute("role", "status");
  const text = () => [...passage.querySelectorAll("p, pre")].map(part => part.textContent).join("\n\n") + "\n";
  passage.prepend(make("div", { className: "tools" }, copier(`Copy ${what}`, text, () => what, status), status));
}

function enliven(figure) {
  const table = figure.querySelector("table"), body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells], titles = heads.map(head => head.textContent.trim());
  const kinds = heads.map(head => head.classList[0]), caption = table.caption.textContent.trim();
  const groups = [];
  for (const row of body.rows) {
    if (groups.length && row.cells[0].classList.contains("indented")) groups.at(-1).push(row);
    else groups.push([row]);
  }
  if (!groups.length) return;

  const status = make("span", { className: "quiet" });
  status.setAttribute("role", "status");
  const shown = () => [...body.rows].filter(row => !row.hidden);
  const columns = titles.map((_, column) => column).filter(column => kinds[column] !== "picture");
  const tsv = () => {
    /* A text that a spreadsheet would run is guarded by an apostrophe, as in the files of the results. */
    const cell = (value, kind) => {
      const text = String(value ?? "n/a").replace(/\s+/g, " ");
      return kind !== "number" && /^[=+\-@]/.test(text) ? `'${text}` : text;
    };
    const line = row => columns.map(column => cell(valueOf(row.cells[column], kinds[column]), kinds[column])).join("\t");
    return [columns.map(column => cell(titles[column])).join("\t"), ...shown().map(line)].join("\n") + "\n";
  };
  const json = () => JSON.stringify(shown().map(row => Object.fromEntries(
    columns.map(column => [titles[column], valueOf(row.cells[column], kinds[column]) ?? null]))), null, 1) + "\n";
  const file = caption.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 60) || "table";

  const button = (words, label, onclick) => {
    const made = make("button", { type: "button", onclick }, words);
    made.setAttribute("aria-label", label);
    return made;
  };
  const tools = make("div", { className: "tools" });
  if (body.rows.length > FEW) {
    const filter = make("input", { type: "search", placeholder: "Filter" });
    filter.setAttribute("aria-label", `Filter: ${caption}`);
    filter.oninput = () => {
      const wanted = plain(filter.value).toLowerCase().split(/\s+/);
      const matches = row => wanted.every(word => plain(row.textContent).toLowerCase().includes(word));
      for (const group of groups) {
        const keep = group.some(matches);
        for (const row of group) row.hidden = !keep;
      }
      const left = shown().length;
      status.textContent = left === body.rows.length ? "" : `${left} of ${counted(body.rows.length, "row")}`;
    };
    tools.append(filter);
  }
  tools.append(
    copier(`Copy the table: ${caption}`, tsv, () => counted(shown().length, "row"), status),
    button("TSV", `TSV file of the table: ${caption}`, () => download(tsv(), "text/tab-separated-values", `${file}.tsv`)),
    button("JSON", `JSON file of the table: ${caption}`, () => download(json(), "application/json", `${file}.json`)),
    status,
  );
  figure.prepend(tools);

  if (groups.length < 2) return;
  const sort = column => {
    const turned = { ascending: "descending", descending: "" }[heads[column].getAttribute("aria-sort")] ?? "ascending";
    for (const head of heads) head.removeAttribute("aria-sort");
    if (turned) heads[column].setAttribute("aria-sort", turned);
    const sign = turned === "descending" ? -1 : 1, key = group => valueOf(group[0].cells[column], kinds[column]);
    const order = (a, b) => {
      const [first, second] = [key(a), key(b)];
      if (first === undefined || second === undefined) return (first === undefined) - (second === undefined);
      return sign * compare(first, second);
    };
    body.append(...(turned ? [...groups].sort(order) : groups).flat());
  };
  for (const column of columns) {
    const made = make("button", { type: "button", className: "sort", onclick: () => sort(column) });
    made.append(...heads[column].childNodes);
    heads[column].append(made);
  }
}

/* What a closed fold holds waits until it is opened, so that a long report is ready sooner. */
function whenSeen(node, action) {
  const fold = node.closest("details:not([open])");
  if (fold) fold.addEventListener("toggle", () => whenSeen(node, action), { once: true });
  else action(node);
}

const parsed = new Promise(done => {
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", done, { once: true });
  else done();
});
parsed.then(() => {
  document.querySelectorAll("figure.table").forEach(figure => whenSeen(figure, enliven));
  document.querySelectorAll("[data-copy]").forEach(passage => whenSeen(passage, copyable));
});
