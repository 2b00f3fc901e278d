/* The copies of the maps: unpacked, and found from the grid of the display. Arrays are in C order, x first. */
class Damaged extends Error {}

/* Read part by part: streams of a Blob or a Response would wait until the browser has read the whole page. */
async function unpack({ id, bytes }) {
  const found = new Uint8Array(bytes);
  let filled = 0;
  try {
    const packed = Uint8Array.from(atob(document.getElementById(id).textContent), letter => letter.charCodeAt(0));
    const stream = new ReadableStream({ start(held) { held.enqueue(packed); held.close(); } });
    const reader = stream.pipeThrough(new DecompressionStream("gzip")).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      found.set(part.value, filled);  /* throws where there is more than there should be */
      filled += part.value.length;
    }
  } catch {
    throw new Damaged();
  }
  if (filled !== bytes) throw new Damaged();
  return found;
}

const once = new Map();
const unpacked = block => once.get(block.id) ?? once.set(block.id, unpack(block)).get(block.id);
const bit = (bytes, index) => (bytes[index >> 3] >> (7 - (index & 7))) & 1;

/* Half-way between two voxels the pictures show the even one. */
const toEven = value => {
  const near = Math.round(value);
  return Math.abs(value % 1) === 0.5 && near % 2 ? near - 1 : near;
};

/* Edges of the steps of size, the very numbers that the encoder used. */
function edgesOf({ knots, counts }) {
  const edges = [0];
  counts.forEach((count, part) => {
    const [low, high] = [knots[part], knots[part + 1]];
    for (let step = 1; step < count; step++) edges.push(low + (high - low) * step / count);
    edges.push(high);
  });
  return edges;
}

/* Millimetres, voxels of the display, voxels of the image, and places in the arrays of voxels of the mask. */
class Space {
  static async of(data) {
    const space = Object.assign(new Space(), data);
    const inside = await unpacked(data.mask), [bx, by, bz] = data.box, places = new Int32Array(bx * by * bz);
    let count = 0;
    for (let index = 0; index < places.length; index++) places[index] = bit(inside, index) ? count++ : -1;
    if (count !== data.voxels) throw new Damaged();
    const [nx, ny, nz] = data.shape, place = space.place = new Int32Array(nx * ny * nz).fill(-1);
    for (let i = 0, index = 0; i < nx; i++) for (let j = 0; j < ny; j++) for (let k = 0; k < nz; k++, index++) {
      const [x, y, z] = space.inBox([i, j, k]);
      if (x >= 0 && y >= 0 && z >= 0 && x < bx && y < by && z < bz) place[index] = places[(x * by + y) * bz + z];
    }
    space.grey = data.head && await unpacked(data.head);
    return space;
  }
  inBox([i, j, k]) {
    return this.step.map(([a, b, c, d], axis) =>
      Math.floor((toEven(a * i + b * j + c * k + d) - this.first[axis]) / this.every));
  }
  index([i, j, k]) { return (i * this.shape[1] + j) * this.shape[2] + k; }
  voxel(at) { return this.inBox(at).map((value, axis) => this.first[axis] + value * this.every); }
  mm(at) { return at.map((value, axis) => this.origin[axis] + value * this.sizes[axis]); }
  nearest(mm) {
    return mm.map((value, axis) =>
      Math.min(Math.max(Math.round((value - this.origin[axis]) / this.sizes[axis]), 0), this.shape[axis] - 1));
  }
  /* Grey of the background, 0 for none; without one, of the brain and its rim in a plane. */
  greyAt(at, plane) {
    if (!this.grey) {
      const known = place => this.place[this.index(place)] >= 0;
      if (!known(at)) return 0;
      const beside = [[plane.across, -1], [plane.across, 1], [plane.up, -1], [plane.up, 1]];
      return this.plain[+beside.some(([axis, by]) => {
        const other = at.with(axis, at[axis] + by);
        return other[axis] < 0 || other[axis] >= this.shape[axis] || !known(other);
      })];
    }
    const { shape, every, grey } = this.head, [i, j, k] = at.map(value => Math.floor(value / every));
    const level = this.grey[(i * shape[1] + j) * shape[2] + k];
    return level && level * grey + grey / 2;
  }
}
