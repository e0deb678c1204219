"use strict";
// The matrix on a canvas: drawn from tiles of a pyramid of means, of which a frame makes only those it has time for.

const TILE = 256;
const MOST_TILES = 240;
const FRAME_MS = 4;
const LARGEST_CELL = 28;

const PALETTE = (() => {
  const colours = new Uint32Array(256).fill(0xffffffff);
  for (let shade = 0; shade <= 254; shade++) {
    const {r, g, b} = d3.rgb(d3.interpolateViridis(shade / 254));
    colours[shade] = (255 << 24 | b << 16 | g << 8 | r) >>> 0;
  }
  return colours;
})();

// Shades of the images in one order. Level 0 has a pixel for each pair; each level has means over 2 x 2 of the one below.
class Pyramid {
  constructor(layer, order) {
    this.layer = layer;
    this.order = order;
    this.widths = [layer.n];
    this.means = [null];
    while (this.widths.at(-1) > 2 * TILE) this.#addLevel();
    this.tiles = new Map();
    this.coarsest = this.#paint(this.top, 0, 0, this.widths[this.top]);
  }

  get top() { return this.widths.length - 1; }

  #addLevel() {
    const below = this.widths.at(-1), width = Math.ceil(below / 2);
    const means = new Uint8Array(width * width);
    const first = this.widths.length === 1;
    const shades = first ? this.layer.square : this.means.at(-1);
    const places = first ? this.order : null;
    const at = place => places ? places[place] : place;
    const columns = new Int32Array(2 * width);
    for (let x = 0; x < 2 * width; x++) columns[x] = at(Math.min(x, below - 1));
    for (let y = 0; y < width; y++) {
      const upper = at(2 * y) * below, lower = at(Math.min(2 * y + 1, below - 1)) * below;
      for (let x = 0, target = y * width; x < width; x++, target++) {
        const left = columns[2 * x], right = columns[2 * x + 1];
        const a = shades[upper + left], b = shades[upper + right], c = shades[lower + left], d = shades[lower + right];
        means[target] = this.layer.hasUndefined ? meanOfDefined([a, b, c, d]) : (a + b + c + d + 2) >> 2;
      }
    }
    this.widths.push(width);
    this.means.push(means);
  }

  #paint(level, left, top, size) {
    const width = this.widths[level];
    const across = Math.min(size, width - left), down = Math.min(size, width - top);
    const pixels = new Uint32Array(across * down);
    if (level === 0) {
      const {order, layer: {square, n}} = this;
      for (let y = 0, target = 0; y < down; y++) {
        const row = order[top + y] * n;
        for (let x = 0; x < across; x++, target++) pixels[target] = PALETTE[square[row + order[left + x]]];
      }
    } else {
      const means = this.means[level];
      for (let y = 0, target = 0; y < down; y++) {
        for (let x = 0, source = (top + y) * width + left; x < across; x++, source++, target++) {
          pixels[target] = PALETTE[means[source]];
        }
      }
    }
    const canvas = document.createElement("canvas");
    canvas.width = across;
    canvas.height = down;
    canvas.getContext("2d").putImageData(new ImageData(new Uint8ClampedArray(pixels.buffer), across, down), 0, 0);
    return canvas;
  }

  // A tile, or null where it is not there yet and may not be made now.
  tile(level, x, y, make) {
    const key = (level * 4096 + y) * 4096 + x;
    let found = this.tiles.get(key);
    if (found) {
      this.tiles.delete(key);
    } else if (make) {
      found = this.#paint(level, x * TILE, y * TILE, TILE);
      if (this.tiles.size >= MOST_TILES) this.tiles.delete(this.tiles.keys().next().value);
    } else {
      return null;
    }
    this.tiles.set(key, found);
    return found;
  }
}

function meanOfDefined(shades) {
  const defined = shades.filter(shade => shade !== UNDEFINED);
  return defined.length ? Math.round(d3.sum(defined) / defined.length) : UNDEFINED;
}

class MatrixView {
  // `onPair` gets the images of the row and the column under the pointer, or nothing; `onChoice` those of a click.
  constructor(canvas, {onPair, onChoice}) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", {alpha: false});
    this.transform = d3.zoomIdentity;
    this.pointer = null;
    this.frames = 0;
    this.zoom = d3.zoom().on("zoom", event => { this.transform = event.transform; this.redraw(); });
    this.selection = d3.select(canvas).call(this.zoom).on("dblclick.zoom", null);
    canvas.addEventListener("pointermove", event => this.#point(event, onPair));
    canvas.addEventListener("pointerleave", () => { this.pointer = null; this.redraw(); });
    canvas.addEventListener("click", event => { const pair = this.#point(event, onPair); if (pair) onChoice(pair); });
    canvas.addEventListener("keydown", event => this.#key(event));
    new ResizeObserver(() => this.#resize()).observe(canvas.parentElement);
  }

  // Show a layer with its images in an order; `blocks` of images that belong together: {start, stop, name}.
  show(layer, order, blocks) {
    const sameSize = this.pyramid && this.pyramid.layer.n === layer.n;
    this.pyramid = new Pyramid(layer, order);
    this.blocks = blocks;
    this.#resize();
    if (!sameSize) this.whole();
    this.redraw();
  }

  clear() { this.pyramid = null; this.redraw(); }

  #resize() {
    const width = Math.floor(this.canvas.parentElement.clientWidth);
    this.margin = width < 480 ? 76 : 104;
    this.size = Math.max(60, width - this.margin);
    const ratio = this.ratio = window.devicePixelRatio || 1;
    this.canvas.style.height = `${this.size}px`;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(this.size * ratio);
    if (this.pyramid) {
      const largest = Math.max(1, LARGEST_CELL * this.pyramid.layer.n / this.size);
      const extent = [[this.margin, 0], [this.margin + this.size, this.size]];
      this.zoom.extent(extent).translateExtent(extent).scaleExtent([1, largest]);
    }
    this.redraw();
  }

  whole() { this.selection.call(this.zoom.transform, d3.zoomIdentity); }
  scaleBy(factor) { this.selection.call(this.zoom.scaleBy, factor); }
  moveBy(x, y) { this.selection.call(this.zoom.translateBy, x / this.transform.k, y / this.transform.k); }

  #key(event) {
    const step = this.size / 8;
    const moves = {ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step]};
    if (moves[event.key]) this.moveBy(...moves[event.key]);
    else if (event.key === "+" || event.key === "=") this.scaleBy(1.5);
    else if (event.key === "-") this.scaleBy(1 / 1.5);
    else if (event.key === "0") this.whole();
    else return;
    event.preventDefault();
  }

  // Width of a cell on the screen and where the first one begins on the canvas, in CSS pixels.
  get cell() { return this.size / this.pyramid.layer.n * this.transform.k; }
  get left() { return this.transform.x + this.margin * this.transform.k; }
  get top() { return this.transform.y; }

  #point(event, onPair) {
    if (!this.pyramid) return null;
    const box = this.canvas.getBoundingClientRect();
    const x = event.clientX - box.left, y = event.clientY - box.top;
    const column = Math.floor((x - this.left) / this.cell), row = Math.floor((y - this.top) / this.cell);
    const {n} = this.pyramid.layer;
    const inside = x >= this.margin && row >= 0 && column >= 0 && row < n && column < n;
    this.pointer = inside ? {row, column} : null;
    this.redraw();
    if (!inside) return null;
    const pair = {row: this.pyramid.order[row], column: this.pyramid.order[column]};
    onPair(pair);
    return pair;
  }

  redraw() {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => { this.asked = false; this.#draw(); });
  }

  #draw() {
    const {context, ratio} = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "#fff";
    context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    this.frames++;
    if (!this.pyramid) return;
    context.save();
    context.beginPath();
    context.rect(Math.round(this.margin * ratio), 0, this.canvas.width, this.canvas.height);
    context.clip();
    this.#drawTiles();
    context.restore();
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#drawBlocks();
    this.#drawPointer();
  }

  #drawTiles() {
    const {context, ratio, pyramid} = this;
    const cell = this.cell * ratio, left = this.left * ratio, top = this.top * ratio;
    const level = Math.min(pyramid.top, Math.max(0, Math.ceil(-Math.log2(cell) - 1e-6)));
    const place = (canvas, level, x, y) => {
      const pixel = cell * 2 ** level;
      const x0 = Math.round(left + x * pixel), y0 = Math.round(top + y * pixel);
      const x1 = Math.round(left + (x + canvas.width) * pixel), y1 = Math.round(top + (y + canvas.height) * pixel);
      context.drawImage(canvas, x0, y0, x1 - x0, y1 - y0);
    };
    context.imageSmoothingEnabled = cell < 1;
    // Beneath tiles that are not there yet.
    place(pyramid.coarsest, pyramid.top, 0, 0);
    if (level === pyramid.top) return;
    const pixel = cell * 2 ** level, tiles = Math.ceil(pyramid.widths[level] / TILE);
    const from = start => Math.max(0, Math.floor(-start / pixel / TILE));
    const to = (start, end) => Math.min(tiles - 1, Math.floor((end - start) / pixel / TILE));
    const begun = performance.now();
    let missing = false;
    for (let y = from(top); y <= to(top, this.canvas.height); y++) {
      for (let x = from(left - this.margin * ratio); x <= to(left, this.canvas.width); x++) {
        const tile = pyramid.tile(level, x, y, performance.now() - begun < FRAME_MS);
        if (tile) place(tile, level, x * TILE, y * TILE);
        else missing = true;
      }
    }
    if (missing) this.redraw();
  }

  #drawBlocks() {
    const {context, left, top, size, margin, cell} = this;
    const visible = this.blocks.filter(block => block.stop * cell + top > 0 && block.start * cell + top < size);
    context.strokeStyle = "rgba(255, 255, 255, 0.6)";
    context.lineWidth = 0.6;
    context.beginPath();
    for (const {start} of this.blocks) {
      const x = start * cell + left, y = start * cell + top;
      if (x > margin && x < margin + size) { context.moveTo(x, 0); context.lineTo(x, size); }
      if (y > 0 && y < size) { context.moveTo(margin, y); context.lineTo(margin + size, y); }
    }
    context.stroke();
    context.fillStyle = "#222";
    context.font = "11px system-ui, sans-serif";
    context.textAlign = "right";
    context.textBaseline = "middle";
    let last = -Infinity;
    for (const block of visible) {
      const middle = (Math.max(0, block.start * cell + top) + Math.min(size, block.stop * cell + top)) / 2;
      if (middle - last < 12 || middle < 6 || middle > size - 6) continue;
      context.fillText(fitted(context, block.name, margin - 10), margin - 6, middle);
      last = middle;
    }
  }

  #drawPointer() {
    if (!this.pointer) return;
    const {context, left, top, size, margin, cell} = this;
    const x = left + (this.pointer.column + 0.5) * cell, y = top + (this.pointer.row + 0.5) * cell;
    context.strokeStyle = "rgba(255, 255, 255, 0.85)";
    context.lineWidth = 1;
    context.beginPath();
    if (x > margin) { context.moveTo(x, 0); context.lineTo(x, size); }
    context.moveTo(margin, y);
    context.lineTo(margin + size, y);
    context.stroke();
    if (cell >= 6) {
      context.strokeStyle = "#d55e00";
      context.strokeRect(x - cell / 2, y - cell / 2, cell, cell);
    }
  }
}

function fitted(context, text, width) {
  if (context.measureText(text).width <= width) return text;
  let length = text.length;
  while (length > 1 && context.measureText(`${text.slice(0, length)}…`).width > width) length--;
  return `${text.slice(0, length)}…`;
}
