"use strict";
// What is chosen, and what follows from it. The choice is in the page's address, so that it can be kept and passed on.

const element = id => document.getElementById(id);
const state = {};
let layer = null;
let matrix;

const texts = (tag, ...lines) => lines.filter(Boolean).map(line => {
  const made = document.createElement(tag);
  made.textContent = line;
  return made;
});
const plural = (count, one, many = `${one}s`) => `${count.toLocaleString("en-GB")} ${count === 1 ? one : many}`;

// -------------------------------------------------------------------------------------------------------------- choices

function fill(select, entries, chosen) {
  select.replaceChildren(...entries.map(([value, text]) => new Option(text, value, false, value === String(chosen))));
}

function layersOf(network) { return networkOf.get(network).layers; }

// The state with whatever is not there replaced by the first that is.
function settled(wanted) {
  const one = (value, known) => known.includes(value) ? value : known[0];
  const network = one(wanted.network, study.networks.map(network => network.name));
  const names = layersOf(network).map(layer => layer.name);
  const labelled = study.images.classes !== null;
  return {
    network,
    layer: names.includes(wanted.layer) ? wanted.layer : names.at(-1),
    representation: one(wanted.representation, study.representations),
    protocol: one(wanted.protocol, study.protocols.map(protocol => protocol.name)),
    order: labelled ? one(wanted.order, ["class", "tree"]) : one(wanted.order, ["tree", "class"]),
    benchmark: one(wanted.benchmark, [...new Set(study.scores.map(row => row.benchmark))]) ?? "",
    image: Math.min(Math.max(0, Number.parseInt(wanted.image) || 0), study.images.paths.length - 1),
    cluster: Math.max(0, Number.parseInt(wanted.cluster) || 0),
    class: Math.min(Math.max(0, Number.parseInt(wanted.class) || 0), Math.max(0, study.images.class_names.length - 1)),
  };
}

function choose(changes) {
  Object.assign(state, settled({...state, ...changes}));
  history.replaceState(null, "", `#${new URLSearchParams(state)}`);
  showChoices();
  return showLayer();
}

function showChoices() {
  fill(element("network"), study.networks.map(({name}) => [name, name]), state.network);
  fill(element("layer"), layersOf(state.network).map(({name, module}) => [name, `${name}: ${module}`]), state.layer);
  fill(element("representation"), study.representations.map(name => [name, name]), state.representation);
  fill(element("protocol"), study.protocols.map(({name, label}) => [name, label ? `${name}: ${label}` : name]),
    state.protocol);
  fill(element("benchmark"), [...new Set(study.scores.map(row => row.benchmark))].map(name => [name, name]),
    state.benchmark);
  element("benchmark").hidden = !state.benchmark;
  element("order").value = state.order;
  drawLegend(element("legend"), state, choose);
  drawPlots();
}

function drawPlots() {
  drawInformation(element("information-plot"), state, choose);
  drawScores(element("score-plot"), state, choose);
  drawMap(element("map-plot"), state, choose);
}

// --------------------------------------------------------------------------------------------------------------- layers

let shown = "";

async function showLayer() {
  const name = `${state.representation}/${state.network}/${state.layer}`;
  const status = element("matrix-status");
  document.body.dataset.ready = "";
  if (!layer || layer.name !== name) {
    status.textContent = `reading ${name} …`;
    status.hidden = false;
    try {
      // The browser shows the status first.
      await new Promise(resume => requestAnimationFrame(() => setTimeout(resume)));
      const found = await layerOf(name);
      // Another may have been chosen meanwhile.
      if (name !== `${state.representation}/${state.network}/${state.layer}`) return;
      layer = Object.assign(found, {name});
    } catch (error) {
      layer = null;
      shown = "";
      matrix.clear();
      status.textContent = error.message;
      element("neighbours").replaceChildren();
      element("cluster-members").replaceChildren();
      element("class-confusions").replaceChildren();
      return;
    }
  }
  status.hidden = true;
  const wanted = [name, state.order, state.order === "tree" || study.images.classes === null ? state.protocol : ""].join();
  if (shown !== wanted) {
    const {order, blocks} = state.order === "tree" ? treeOrder() : classOrder();
    matrix.show(layer, order, blocks);
    shown = wanted;
  }
  showNote();
  showScale();
  showNeighbours();
  showGroups();
  document.body.dataset.ready = "true";
}

const treeOf = protocol => layer.trees.get(protocol);

// Runs of equal values along an order, named.
function runs(order, valueOf, nameOf) {
  const found = [];
  for (let place = 0; place < order.length; place++) {
    const value = valueOf(order[place]);
    if (found.length && found.at(-1).value === value) found.at(-1).stop = place + 1;
    else found.push({value, start: place, stop: place + 1, name: nameOf(value)});
  }
  return found;
}

// Images lie in the index by class.
function classOrder() {
  const order = Int32Array.from({length: layer.n}, (_, i) => i);
  if (study.images.classes === null) return {order, blocks: []};
  return {order, blocks: runs(order, i => study.images.classes[i], value => study.images.class_names[value])};
}

function treeOrder() {
  const {order, clusters} = treeOf(state.protocol);
  // Without classes the tree is not cut.
  if (study.images.classes === null) return {order, blocks: []};
  return {order, blocks: runs(order, i => clusters[i], value => `cluster ${value}`)};
}

function showNote() {
  const {module} = layersOf(state.network).find(({name}) => name === state.layer);
  const unit = study.dissimilarity.unit ? ` (${study.dissimilarity.unit})` : "";
  const ordered = state.order === "tree"
    ? `ordered by the leaves of Ward's tree, ${state.protocol}`
    : study.images.classes === null ? "ordered by path" : "ordered by class";
  element("matrix-note").textContent =
    `${state.network}, ${state.layer} (${module}), ${state.representation}: ${study.dissimilarity.name.toLowerCase()}${unit} ` +
    `of ${plural(layer.n, "image")}, ${ordered}, the same along both sides. Drag to move, scroll or pinch to zoom, ` +
    "click to choose the image of the row. " +
    (matrix.pyramid.top ? "Zoomed out, a pixel is the mean over pairs. " : "") +
    (layer.hasUndefined ? "White: not defined, since a vector is zero." : "");
}

function showScale() {
  const [low, high] = layer.limits;
  const stops = d3.range(0, 1.01, 0.1).map(d3.interpolateViridis).join(",");
  const bar = Object.assign(document.createElement("i"), {style: `background: linear-gradient(90deg, ${stops})`});
  element("scale").replaceChildren(`≤ ${number(low)} `, bar, ` ≥ ${number(high)}`);
}

// ----------------------------------------------------------------------------------------------------------------- pair

// An image with what it is, where it is, and what else is to be said of it.
function card(image, size, ...lines) {
  const box = document.createElement("div"), said = document.createElement("div");
  box.className = "card";
  // A class is mostly the folder that its images are in.
  const path = study.images.paths[image], folder = `${className(image)}/`;
  const place = path.startsWith(folder) ? path.slice(folder.length) : path;
  said.append(...texts("span", lines[0]), ...texts("b", className(image)), ...texts("span", place, ...lines.slice(1)));
  box.append(pictures.thumbnail(image, size), said);
  return box;
}

function showPair({row, column}) {
  const range = layer.range(row, column);
  const within = range === null ? "not defined, since a vector is zero"
    : row === column ? "0, the same image" : `${d3.format(".4~g")(range[0])} to ${d3.format(".4~g")(range[1])}`;
  const clusters = study.images.classes === null ? null : treeOf(state.protocol).clusters;
  const shown = (image, side) => card(image, 120, side, clusters ? `cluster ${clusters[image]}` : "");
  const value = document.createElement("p");
  value.innerHTML = "<b></b>";
  value.firstChild.textContent = `${study.dissimilarity.name}: ${within}`;
  const box = document.createElement("div");
  box.className = "cards";
  box.append(shown(row, "Row"), shown(column, "Column"));
  element("pair").replaceChildren(box, value);
}

// ----------------------------------------------------------------------------------------------------------- neighbours

function neighbourRow(title, neighbours, image) {
  const box = document.createElement("div");
  box.className = "neighbours";
  box.append(...texts("h3", title));
  const list = document.createElement("div");
  list.className = "gallery";
  for (const {image: other, distance} of neighbours) {
    const entry = document.createElement("figure");
    if (study.images.classes) entry.className = className(other) === className(image) ? "same" : "other";
    entry.append(pictures.thumbnail(other, 72, `${number(distance)}; ${className(other)}`),
      ...texts("figcaption", className(other), d3.format(".3g")(distance)));
    list.append(entry);
  }
  box.append(list);
  return box;
}

function showNeighbours() {
  const {image} = state;
  const rows = [card(image, 72, "of"), neighbourRow(`in ${state.network}, ${state.layer}`, layer.neighbours.of(image), image)];
  for (const people of study.people) {
    if (people.trials !== undefined) {
      rows.push(...texts("p", `In ${people.name} people chose among ${plural(people.trials, "triplet")}: ` +
        "that gives no nearest neighbours of each image."));
      continue;
    }
    people.read ??= new Neighbours(people.neighbours);
    const found = people.read.of(image);
    const who = people.observers > 1 ? `, mean of ${people.observers} observers` : "";
    if (found.length) rows.push(neighbourRow(`in people: ${people.name}${who}`, found, image));
    else rows.push(...texts("p", `In ${people.name} people did not judge this image.`));
  }
  if (!study.people.length) {
    rows.push(...texts("p", `In people: this study has no judgements of people${study.images.classes ? " beyond the classes" : ""} ` +
      "(human.evidence in its config)."));
  }
  element("neighbours").replaceChildren(...rows);
  for (const said of element("neighbours").querySelectorAll(":scope > p")) said.className = "absent";
}

// --------------------------------------------------------------------------------------------------- clusters and classes

function counted(values) { return d3.sort(d3.rollup(values, own => own.length, value => value), ([, count]) => -count); }

function showGroups() {
  element("groups").hidden = false;
  const {classes, class_names: names} = study.images;
  if (classes === null) {
    absent(element("cluster-members"), "The images of this study have no class labels: their tree is not cut.");
    absent(element("class-confusions"), "Without classes there are no confusions of classes.");
    element("cluster").disabled = element("class").disabled = true;
    return;
  }
  const {clusters, count} = treeOf(state.protocol);
  const members = d3.group(d3.range(layer.n), image => clusters[image]);
  state.cluster = Math.min(state.cluster, count - 1);
  fill(element("cluster"), d3.range(count).map(cluster => {
    return [String(cluster), `${cluster} (${plural(members.get(cluster).length, "image")})`];
  }), state.cluster);
  fill(element("class"), names.map((name, i) => [String(i), name]), state.class);
  showMembers(members.get(state.cluster));
  showConfusions(members);
}

function showMembers(images) {
  const byClass = d3.sort(d3.group(images, image => study.images.classes[image]), ([, own]) => -own.length);
  element("cluster-members").replaceChildren(
    ...texts("p", `${plural(images.length, "image")} of ${plural(byClass.length, "class", "classes")}.`),
    ...byClass.flatMap(([code, own]) => [
      ...texts("h3", `${study.images.class_names[code]}: ${own.length}`),
      pictures.gallery(own, 56, 24),
    ]));
}

// Which clusters hold the images of a class, and what else they hold.
function showConfusions(members) {
  const {classes, class_names: names} = study.images;
  const own = image => classes[image] === state.class;
  const total = classes.filter(code => code === state.class).length;
  const found = d3.sort(
    [...members].map(([cluster, images]) => ({cluster, mine: images.filter(own), others: images.filter(i => !own(i))}))
      .filter(({mine}) => mine.length),
    ({mine}) => -mine.length);
  element("class-confusions").replaceChildren(
    ...texts("p", `The ${plural(total, "image")} of ${names[state.class]} lie in ${plural(found.length, "cluster")}.`),
    ...found.flatMap(({cluster, mine, others}) => {
      const beside = counted(others.map(image => names[classes[image]]));
      const named = beside.slice(0, 6).map(([name, count]) => `${count} ${name}`).join(", ");
      const rest = beside.length > 6 ? ` and ${plural(beside.length - 6, "other class", "other classes")}` : "";
      const heading = document.createElement("h3");
      const link = document.createElement("button");
      link.type = "button";
      link.className = "link";
      link.textContent = `Cluster ${cluster}`;
      link.onclick = () => choose({cluster});
      heading.append(link, `: ${mine.length} of ${names[state.class]}` + (others.length ? `, beside ${named}${rest}` : " alone"));
      return [heading, pictures.gallery(mine, 56, 12), ...others.length ? [withOthers(others)] : []];
    }));
}

function withOthers(others) {
  const box = pictures.gallery(others, 56, 12);
  box.classList.add("confused");
  return box;
}

// ---------------------------------------------------------------------------------------------------------------- start

function chooseImage(image) {
  const clusters = layer?.trees.get(state.protocol)?.clusters;
  choose({image, ...(clusters ? {cluster: clusters[image]} : {}),
    ...(study.images.classes ? {class: study.images.classes[image]} : {})});
}

function findImage() {
  const text = element("wanted").value.trim().toLowerCase();
  const found = d3.range(study.images.paths.length).filter(i => study.images.paths[i].toLowerCase().includes(text));
  element("found").textContent = !text ? "" : found.length ? `${plural(found.length, "match", "matches")}, the first is shown`
    : `no image has ${text} in its name`;
  if (text && found.length) chooseImage(found[0]);
}

async function start() {
  document.title = `${study.study}: explorer`;
  element("study-name").textContent = study.study;
  if (study.images.classes === null) element("order").options[0].text = "by path";
  matrix = new MatrixView(element("matrix"), {onPair: showPair, onChoice: ({row}) => chooseImage(row)});
  absent(element("pair"), "Point at the matrix (or tap it) to see the two images of a pair.");
  for (const name of ["network", "layer", "representation", "protocol", "order", "benchmark", "cluster", "class"]) {
    element(name).onchange = event => choose({[name]: event.target.value});
  }
  element("closer").onclick = () => matrix.scaleBy(2);
  element("farther").onclick = () => matrix.scaleBy(0.5);
  element("whole").onclick = () => matrix.whole();
  element("find").onsubmit = event => { event.preventDefault(); findImage(); };
  document.addEventListener("click", event => {
    const picture = event.target.closest(".thumbnail");
    if (picture) chooseImage(Number(picture.dataset.image));
  });
  let drawn = element("plots").clientWidth;
  new ResizeObserver(() => {
    if (element("plots").clientWidth !== drawn) { drawn = element("plots").clientWidth; drawPlots(); }
  }).observe(element("plots"));
  try {
    await pictures.load();
  } catch (error) {
    element("matrix-status").textContent = error.message;
    return;
  }
  await choose(Object.fromEntries(new URLSearchParams(location.hash.slice(1))));
}

start();
