/* Slices: the background, the map over it, hatching where nothing is known, an outline of what passed, a cross-hair. */
const PLANES = [
  { name: "Sagittal", fixed: 0, across: 1, up: 2, letters: "PA" },
  { name: "Coronal", fixed: 1, across: 0, up: 2, letters: "LR" },
  { name: "Axial", fixed: 2, across: 0, up: 1, letters: "LR" },
];
const FREE_MM = 7, HATCH_MM = 7;

const colours = hex => hex.match(/.{6}/g).map(colour => colour.match(/../g).map(part => parseInt(part, 16)));

/* [red, green, blue, share] for a value, by the rule of the pictures: (|z| / threshold)^2 below the threshold. */
function painter({ space, signed, vmax, threshold }) {
  const warm = colours(space.warm), cool = colours(space.cool);
  return value => {
    const size = Math.abs(value), level = Math.round(Math.min(size / vmax, 1) * (warm.length - 1));
    const share = size >= threshold ? 1 : (size / threshold) ** 2;
    return [...(signed && value < 0 ? cool : warm)[level], share];
  };
}

/* A colour for each code of a map, from -127 to 127. */
function palette(shown) {
  const paint = painter(shown), found = [];
  for (let code = -127; code <= 127; code++) {
    const step = Math.abs(code), { edges } = shown;
    if (!step || step >= edges.length) { found.push([0, 0, 0, 0]); continue; }
    const entry = paint(Math.sign(code) * (edges[step - 1] + edges[step]) / 2);
    /* The middle of a step says nothing about the threshold, its lower edge does. */
    entry[3] = edges[step - 1] >= shown.threshold ? 1 : Math.min(entry[3], 0.999);
    found.push(entry);
  }
  return found;
}

function drawSlice(canvas, plane, shown, at) {
  const { space, z, passed } = shown, { across, up, fixed } = plane;
  const [width, height] = [space.shape[across], space.shape[up]];
  const pixels = new ImageData(width, height), inside = new Uint8Array(width * height), unknown = [];
  const place = [...at];
  for (let row = 0, pixel = 0; row < height; row++) for (let column = 0; column < width; column++, pixel++) {
    place[across] = column;
    place[up] = height - 1 - row;
    const grey = space.greyAt(place, plane);
    if (!grey) continue;
    const index = space.place[space.index(place)], code = index < 0 ? space.missing : z[index];
    let [red, green, blue, share] = [grey, grey, grey, 0];
    if (code === space.missing) unknown.push([column, row]);
    else {
      inside[pixel] = passed ? bit(passed, index) : 0;
      [red, green, blue, share] = shown.palette[code + 127];
      if (inside[pixel] && shown.asTested) share = 1;
      share *= shown.opacity;
    }
    pixels.data.set([grey + (red - grey) * share, grey + (green - grey) * share, grey + (blue - grey) * share, 255], pixel * 4);
  }

  const wide = width * space.sizes[across], tall = height * space.sizes[up], ratio = window.devicePixelRatio || 1;
  canvas.width = Math.max(1, Math.round(canvas.clientWidth * ratio));
  canvas.height = Math.max(1, Math.round(canvas.width * tall / wide));
  const context = canvas.getContext("2d"), [sx, sy] = [canvas.width / width, canvas.height / height];
  const mm = canvas.width / wide, source = document.createElement("canvas");
  [source.width, source.height] = [width, height];
  source.getContext("2d").putImageData(pixels, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(source, 0, 0, canvas.width, canvas.height);

  if (unknown.length) {
    context.save();
    context.beginPath();
    for (const [column, row] of unknown) context.rect(column * sx, row * sy, sx, sy);
    context.clip();
    context.beginPath();
    for (let x = -canvas.height; x < canvas.width; x += HATCH_MM * mm) {
      context.moveTo(x, canvas.height);
      context.lineTo(x + canvas.height, 0);
    }
    context.strokeStyle = space.lines;
    context.lineWidth = ratio;
    context.stroke();
    context.restore();
  }
  if (shown.outline) {
    const passes = (column, row) => +(column >= 0 && row >= 0 && column < width && row < height && inside[row * width + column]);
    context.beginPath();
    for (let row = 0; row <= height; row++) for (let column = 0; column <= width; column++) {
      const here = passes(column, row), [x, y] = [column * sx, row * sy];
      if (here !== passes(column - 1, row)) { context.moveTo(x, y); context.lineTo(x, y + sy); }
      if (here !== passes(column, row - 1)) { context.moveTo(x, y); context.lineTo(x + sx, y); }
    }
    context.strokeStyle = "#000";
    context.lineWidth = 1.4 * ratio;
    context.lineCap = "square";
    context.stroke();
  }
  const [x, y] = [(at[across] + 0.5) * sx, (height - at[up] - 0.5) * sy], free = FREE_MM * mm;
  context.beginPath();
  for (const [a, b, c, d] of [[0, y, x - free, y], [x + free, y, canvas.width, y], [x, 0, x, y - free], [x, y + free, x, canvas.height]]) {
    if (a <= c && b <= d) { context.moveTo(a, b); context.lineTo(c, d); }
  }
  context.strokeStyle = getComputedStyle(canvas).color;
  context.lineWidth = ratio;
  context.stroke();
}

/* The scale as it looks over a brain, with the threshold marked. */
function drawScale(canvas, shown) {
  const { space, signed, threshold, vmax } = shown, [width, height] = [canvas.width, canvas.height];
  const context = canvas.getContext("2d"), paint = painter(shown), lowest = signed ? -vmax : 0;
  for (let x = 0; x < width; x++) {
    const [red, green, blue, share] = paint(lowest + (x + 0.5) / width * (vmax - lowest)), over = share * shown.opacity;
    const mixed = [red, green, blue].map(part => Math.round(space.plain[0] + (part - space.plain[0]) * over));
    context.fillStyle = `rgb(${mixed})`;
    context.fillRect(x, 0, 1, height);
  }
  context.fillStyle = "#000";
  for (const value of signed ? [-threshold, threshold] : [threshold]) {
    context.fillRect(Math.round((value - lowest) / (vmax - lowest) * width) - 1, 0, 2, height);
  }
}
