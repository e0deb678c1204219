"use strict";
// The study, and parts of it that are read when they are asked for.

const study = JSON.parse(document.getElementById("study").textContent);
const UNDEFINED = 255;

const parts = (() => {
  const awaited = new Map();

  // Every part is a script of one call of `explorerPart`: within this page as text, or in a file beside it.
  function run(name, refuse) {
    const script = document.createElement("script");
    const inside = document.querySelector(`script[data-part="${CSS.escape(name)}"]`);
    if (inside) {
      script.text = inside.textContent;
    } else {
      script.src = study.files[name].split("/").map(encodeURIComponent).join("/");
      script.onerror = () => refuse(new Error(
        `${study.files[name]} cannot be read. It has to lie beside this page, in the folder it was made in; ` +
        "`snakemake explorer` makes what is missing."));
    }
    document.head.append(script);
    script.remove();
  }

  function load(name) {
    return new Promise((resolve, refuse) => {
      awaited.set(name, resolve);
      run(name, refuse);
    });
  }

  return {load, receive: (name, value) => awaited.get(name)(value)};
})();

function explorerPart(name, value) { parts.receive(name, value); }

function bytesOf(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const characters = atob(text), found = new Uint8Array(characters.length);
  for (let i = 0; i < found.length; i++) found[i] = characters.charCodeAt(i);
  return found;
}
const integersOf = text => new Int32Array(bytesOf(text).buffer);
const numbersOf = text => new Float32Array(bytesOf(text).buffer);

// Of each image the nearest others.
class Neighbours {
  constructor(part) {
    this.count = part.count;
    this.images = integersOf(part.images);
    this.distances = numbersOf(part.distances);
  }

  of(image) {
    const found = [];
    for (let place = image * this.count; place < (image + 1) * this.count; place++) {
      if (this.images[place] >= 0) found.push({image: this.images[place], distance: this.distances[place]});
    }
    return found;
  }
}

// A layer: dissimilarities as bytes, each of which stands for a short range; neighbours; trees of all protocols.
class Layer {
  constructor(part) {
    this.n = part.n;
    this.codes = bytesOf(part.codes);
    this.edges = part.edges;
    this.limits = part.limits;
    this.neighbours = new Neighbours(part.neighbours);
    this.trees = new Map(Object.entries(part.trees).map(([protocol, tree]) => [protocol, {
      order: integersOf(tree.order), clusters: integersOf(tree.clusters), count: tree.count}]));
    this.square = this.#shades();
  }

  // Lowest and highest dissimilarity that a pair may have, or null where it is not defined.
  range(i, j) {
    if (i === j) return [0, 0];
    const low = Math.min(i, j), high = Math.max(i, j);
    const code = this.codes[low * this.n - low * (low + 1) / 2 + high - low - 1];
    return code === UNDEFINED ? null : [this.edges[code], this.edges[code + 1]];
  }

  // Shades of the colour map, 0 to 254, of all pairs, row after row.
  #shades() {
    const {n, codes, edges, limits} = this;
    const span = limits[1] - limits[0] || 1;
    const shade = new Uint8Array(256).fill(UNDEFINED);
    for (let code = 0; code + 1 < edges.length; code++) {
      const middle = (edges[code] + edges[code + 1]) / 2;
      shade[code] = Math.round(254 * Math.min(1, Math.max(0, (middle - limits[0]) / span)));
    }
    const square = new Uint8Array(n * n);
    this.hasUndefined = false;
    let pair = 0;
    for (let i = 0; i < n; i++) {
      for (let j = i + 1; j < n; j++, pair++) {
        const value = shade[codes[pair]];
        square[i * n + j] = value;
        square[j * n + i] = value;
        if (value === UNDEFINED) this.hasUndefined = true;
      }
    }
    return square;
  }
}

// The last few layers stay in memory, so that going back to one is quick.
const KEPT_LAYERS = 3;
const layers = new Map();

function layerOf(name) {
  if (!layers.has(name)) {
    layers.set(name, parts.load(name).then(part => new Layer(part)));
    layers.get(name).catch(() => layers.delete(name));
  } else {
    const kept = layers.get(name);
    layers.delete(name);
    layers.set(name, kept);
  }
  while (layers.size > KEPT_LAYERS) layers.delete(layers.keys().next().value);
  return layers.get(name);
}
