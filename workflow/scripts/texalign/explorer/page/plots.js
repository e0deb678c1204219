"use strict";
// Plots of all networks, linked by the one that is chosen: a click on a mark chooses its network, and its layer.

const networkOf = new Map(study.networks.map(network => [network.name, network]));
// A regular polygon, of the area that d3's own symbols have.
const polygon = corners => ({
  draw(context, size) {
    const radius = Math.sqrt(2 * size / (corners * Math.sin(2 * Math.PI / corners)));
    for (let corner = 0; corner < corners; corner++) {
      const turn = 2 * Math.PI * corner / corners;
      context[corner ? "lineTo" : "moveTo"](radius * Math.sin(turn), -radius * Math.cos(turn));
    }
    context.closePath();
  },
});
const MARKERS = {
  "o": [d3.symbolCircle, 0], "s": [d3.symbolSquare, 0], "^": [d3.symbolTriangle, 0], "D": [d3.symbolDiamond, 0],
  "v": [d3.symbolTriangle, 180], "P": [d3.symbolCross, 0], "X": [d3.symbolCross, 45], "<": [d3.symbolTriangle, -90],
  "*": [d3.symbolStar, 0], ">": [d3.symbolTriangle, 90],
  "p": [polygon(5), 0], "h": [polygon(6), 0],
};
const DASHES = {"-": null, "--": "6,3", "-.": "6,3,1.5,3", ":": "1.5,3"};
const HEIGHT = 300;
const MARGIN = {top: 14, right: 16, bottom: 42, left: 52};

const number = value => value === null || value === undefined ? "" : d3.format(".3~g")(value).replace("−", "-");

function symbol(marker, size = 64) {
  const [type, turn] = MARKERS[marker];
  return {path: d3.symbol(type, size)(), turn: `rotate(${turn})`};
}

// An empty plot as wide as its place, with axes; `says` what is written in it where there is nothing to draw.
function frame(place, {x, y, across, up, ticks}) {
  const width = Math.max(260, place.clientWidth);
  x.range([MARGIN.left, width - MARGIN.right]);
  y.range([HEIGHT - MARGIN.bottom, MARGIN.top]);
  place.replaceChildren();
  const svg = d3.select(place).append("svg").attr("viewBox", `0 0 ${width} ${HEIGHT}`).attr("width", width)
    .attr("height", HEIGHT).attr("role", "img");
  svg.append("g").attr("transform", `translate(0, ${HEIGHT - MARGIN.bottom})`)
    .call(ticks ? d3.axisBottom(x).tickValues(ticks).tickFormat(tick => `L${tick}`) : d3.axisBottom(x).ticks(5));
  svg.append("g").attr("transform", `translate(${MARGIN.left}, 0)`).call(d3.axisLeft(y).ticks(5));
  svg.append("text").attr("class", "axis").attr("x", (MARGIN.left + width - MARGIN.right) / 2).attr("y", HEIGHT - 8)
    .attr("text-anchor", "middle").text(across);
  svg.append("text").attr("class", "axis").attr("transform", `translate(13, ${HEIGHT / 2 - 10}) rotate(-90)`)
    .attr("text-anchor", "middle").text(up);
  return svg;
}

function absent(place, text) {
  const said = document.createElement("p");
  said.className = "absent";
  said.textContent = text;
  place.replaceChildren(said);
}

// Marks of one network, which stand back where another is chosen.
function group(svg, network, chosen) {
  return svg.append("g").attr("class", "network").attr("data-network", network.name)
    .attr("opacity", network.name === chosen ? 1 : 0.45);
}

function mark(parent, network, {x, y, title, hollow, choose, chosen}) {
  const {path, turn} = symbol(network.marker, chosen ? 130 : 64);
  const drawn = parent.append("path").attr("d", path).attr("transform", `translate(${x}, ${y}) ${turn}`)
    .attr("fill", hollow ? "#fff" : network.colour).attr("stroke", network.colour).attr("stroke-width", 1.4)
    .attr("class", "mark").on("click", choose);
  drawn.append("title").text(title);
  return drawn;
}

// The chosen network lies on top.
const chosenLast = chosen => [...study.networks].sort((a, b) => (a.name === chosen) - (b.name === chosen));

function drawInformation(place, state, choose) {
  const rows = study.information.filter(row => {
    return row.representation === state.representation && row.protocol === state.protocol;
  });
  if (!rows.length) {
    return absent(place, "There is no mutual information: the images of this study have no class labels.");
  }
  const position = row => networkOf.get(row.model).layers.findIndex(layer => layer.name === row.layer) + 1;
  const deepest = d3.max(rows, position), ceiling = d3.max(rows, row => row.ceiling);
  const x = d3.scaleLinear([0.7, deepest + 0.3], [0, 1]);
  const y = d3.scaleLinear([Math.min(0, d3.min(rows, row => Math.min(row.bits, row.low ?? 0))), ceiling * 1.06], [0, 1]);
  const svg = frame(place, {x, y, across: "Layer", up: "Mutual information (bits)", ticks: d3.range(1, deepest + 1)});
  svg.append("line").attr("class", "bound").attr("x1", x.range()[0]).attr("x2", x.range()[1])
    .attr("y1", y(ceiling)).attr("y2", y(ceiling));
  svg.append("text").attr("class", "small").attr("x", x.range()[0] + 4).attr("y", y(ceiling) + 13)
    .text(`ceiling ${number(ceiling)} bits`);
  for (const network of chosenLast(state.network)) {
    const own = rows.filter(row => row.model === network.name);
    const box = group(svg, network, state.network);
    box.append("path").attr("d", d3.line(row => x(position(row)), row => y(row.bits))(own)).attr("fill", "none")
      .attr("stroke", network.colour).attr("stroke-width", 1.6).attr("stroke-dasharray", DASHES[network.dash]);
    for (const row of own) {
      const interval = row.low === null ? "" : `, interval ${number(row.low)} to ${number(row.high)}`;
      if (network.name === state.network && row.low !== null) {
        box.append("line").attr("x1", x(position(row))).attr("x2", x(position(row))).attr("y1", y(row.low))
          .attr("y2", y(row.high)).attr("stroke", network.colour).attr("stroke-width", 1.2);
      }
      mark(box, network, {
        x: x(position(row)), y: y(row.bits), choose: () => choose({network: row.model, layer: row.layer}),
        chosen: row.model === state.network && row.layer === state.layer,
        title: `${row.model} ${row.layer}: ${number(row.bits)} bits${interval}`});
    }
  }
}

function drawScores(place, state, choose) {
  const own = row => row.representation === state.representation && row.protocol === state.protocol &&
    row.benchmark === state.benchmark;
  const rows = study.scores.filter(own), found = study.correlations.find(own);
  const scored = rows.filter(row => row.score !== null && row.value !== null);
  if (!scored.length) {
    const notes = [...new Set(rows.map(row => row.note).filter(Boolean))].join("; ");
    return absent(place, rows.length ? `No network of this study has a score of ${state.benchmark}: ${notes}.`
      : "This study has no Brain-Scores.");
  }
  const padded = (values, room = 0.08) => {
    const [low, high] = d3.extent(values), span = high - low || Math.abs(high) || 1;
    return d3.scaleLinear([low - room * span, high + room * span], [0, 1]);
  };
  const x = padded(scored.map(row => row.value)), y = padded(scored.map(row => row.score));
  const svg = frame(place, {x, y, across: `Best layer: ${scored[0].criterion}`, up: `Brain-Score: ${state.benchmark}`});
  for (const network of chosenLast(state.network)) {
    const box = group(svg, network, state.network);
    for (const row of scored.filter(row => row.model === network.name)) {
      mark(box, network, {
        x: x(row.value), y: y(row.score), choose: () => choose({network: row.model, layer: row.layer}),
        chosen: row.model === state.network,
        title: `${row.model}, best layer ${row.layer}: ${number(row.value)}, score ${number(row.score)}`});
    }
  }
  const said = document.createElement("p");
  said.className = "note";
  said.textContent = correlationText(found, scored.length, rows.length);
  place.append(said);
}

function correlationText(found, scored, all) {
  const rest = scored < all ? ` ${all - scored} of ${all} networks have no score.` : "";
  if (!found || found.r === null) return `No correlation: ${found ? found.note : "there is no such row"}.${rest}`;
  const interval = found.low === null ? "" : ` [${found.low.toFixed(2)}, ${found.high.toFixed(2)}]`;
  const conclusion = found.conclusion ? `: ${found.conclusion}` : "";
  const said = `r = ${found.r.toFixed(2)}${interval}, n = ${found.n} networks${conclusion}.`;
  if (found.p === null) return said + rest;
  const families = found.family_p === null ? ""
    : `; with their ${found.n_families} families permuted as wholes, p = ${number(found.family_p)}`;
  return `${said} p = ${number(found.p)}, as if networks were independent${families}.${rest}`;
}

function drawMap(place, state, choose) {
  const map = study.maps[state.representation];
  if (!map) return absent(place, "There is no map: it needs 10 images and three RDMs.");
  const points = map.names.map((name, i) => {
    const [first, ...rest] = name.split("/");
    return {name, model: first, layer: rest.join("/"), x: map.positions[i][0], y: map.positions[i][1]};
  });
  // One unit is as long across as up, since distances are what the map is about.
  const width = Math.max(260, place.clientWidth) - MARGIN.left - MARGIN.right, height = HEIGHT - MARGIN.top - MARGIN.bottom;
  const [x0, x1] = d3.extent(points, point => point.x), [y0, y1] = d3.extent(points, point => point.y);
  const unit = 1.16 * Math.max((x1 - x0) / width, (y1 - y0) / height, 1e-9);
  const around = (low, high, length) => [(low + high - unit * length) / 2, (low + high + unit * length) / 2];
  const x = d3.scaleLinear(around(x0, x1, width), [0, 1]), y = d3.scaleLinear(around(y0, y1, height), [0, 1]);
  const svg = frame(place, {x, y, across: "First axis", up: "Second axis"});
  for (const network of chosenLast(state.network)) {
    const own = points.filter(point => point.model === network.name);
    const box = group(svg, network, state.network);
    box.append("path").attr("d", d3.line(point => x(point.x), point => y(point.y))(own)).attr("fill", "none")
      .attr("stroke", network.colour).attr("stroke-width", 1.6).attr("stroke-dasharray", DASHES[network.dash]);
    own.forEach((point, i) => mark(box, network, {
      x: x(point.x), y: y(point.y), hollow: i === 0, choose: () => choose({network: point.model, layer: point.layer}),
      chosen: point.model === state.network && point.layer === state.layer, title: point.name}));
  }
  for (const point of points.filter(point => !networkOf.has(point.model))) {
    const left = x(point.x) > MARGIN.left + 0.6 * width;
    svg.append("path").attr("d", d3.symbol(d3.symbolStar, 90)()).attr("fill", "#555")
      .attr("transform", `translate(${x(point.x)}, ${y(point.y)})`).append("title").text(point.name);
    svg.append("text").attr("class", "small").attr("x", x(point.x) + (left ? -9 : 9)).attr("y", y(point.y) + 4)
      .attr("text-anchor", left ? "end" : "start").text(point.name);
  }
  const said = document.createElement("p");
  said.className = "note";
  said.textContent = `Near points order pairs of images alike (Spearman's correlations of RDMs, ` +
    `${map.n_images.toLocaleString("en-GB")} images); layers of a network are joined, the first is hollow.` + left(map);
  place.append(said);
}

// Layers that are not on the map.
function left(map) {
  const all = study.networks.flatMap(({name, layers}) => layers.map(layer => `${name}/${layer.name}`));
  const missing = all.filter(name => !map.names.includes(name));
  return missing.length ? ` Not on it, since their dissimilarities are equal or not defined: ${missing.join(", ")}.` : "";
}

function drawLegend(place, state, choose) {
  place.replaceChildren(...study.networks.map(network => {
    const entry = document.createElement("button");
    entry.type = "button";
    entry.setAttribute("aria-pressed", network.name === state.network);
    const {path, turn} = symbol(network.marker, 60);
    const svg = d3.select(entry).append("svg").attr("width", 34).attr("height", 14).attr("viewBox", "0 0 34 14");
    svg.append("line").attr("x2", 34).attr("y1", 7).attr("y2", 7).attr("stroke", network.colour)
      .attr("stroke-width", 1.6).attr("stroke-dasharray", DASHES[network.dash]);
    svg.append("path").attr("d", path).attr("transform", `translate(17, 7) ${turn}`).attr("fill", network.colour);
    entry.append(network.name);
    entry.onclick = () => choose({network: network.name});
    return entry;
  }));
}
