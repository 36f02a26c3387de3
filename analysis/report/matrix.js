// The matrix: a table of buttons, one of which is in the tab order; arrow keys move it.
const chosen = { attack: "", budget: "", part: "", of: "both-right", measure: "rate", order: "study" };
const field = (name) => document.getElementById(name);
const table = field("squares");
let shown = null; // the matrix that the filters choose

function fill(select, values, value) {
  select.replaceChildren(...values.map((text) => Object.assign(make("option", text), { value: text })));
  select.value = values.includes(value) ? value : values[0];
  select.closest("label").hidden = values.length < 2 && select.id === "part";
  return select.value;
}

function choose() {
  const kept = (word, held) => [...new Set(held.map((one) => one[word]))];
  let held = data.matrices;
  for (const word of ["attack", "budget", "part"]) {
    chosen[word] = fill(field(word), kept(word, held), chosen[word]);
    held = held.filter((one) => one[word] === chosen[word]);
  }
  shown = held[0];
}

// A square's value between 0 and 1 (asymmetry: -1 and 1), or null where nothing counts, undefined where nothing was run.
function valueOf(row, column) {
  const square = row.counts[chosen.of][column];
  if (chosen.measure === "rate" || row.kind !== "attack") return square ? rateOf(square) : undefined;
  if (chosen.measure === "alike") {
    const alike = row.alike[column];
    return square ? (alike && alike[1] ? alike[0] / alike[1] : null) : undefined;
  }
  const other = shown.rows.find((one) => one.kind === "attack" && one.name === data.targets[column].name);
  const back = data.targets.findIndex((target) => target.name === row.name);
  if (!other || back < 0 || row.own.includes(column)) return null;
  const there = square && rateOf(square), again = other.counts[chosen.of][back];
  return there === null || !again || rateOf(again) === null ? (square ? null : undefined) : there - rateOf(again);
}

function rateOf(square) {
  return square[1] ? square[0] / square[1] : null;
}

function isDifference() {
  return chosen.measure === "asymmetry";
}

function draw() {
  choose();
  const places = data.targets.map((_, place) => place);
  let rows = shown.rows.filter((row) => row.kind === "attack");
  if (chosen.order === "alike") {
    const rank = (names, name) => (names.indexOf(name) < 0 ? names.length : names.indexOf(name));
    places.sort((a, b) => rank(shown.alike.columns, data.targets[a].name) - rank(shown.alike.columns, data.targets[b].name));
    rows.sort((a, b) => rank(shown.alike.rows, a.name) - rank(shown.alike.rows, b.name));
  }
  const controls = chosen.measure === "rate" ? shown.rows.filter((row) => row.kind !== "attack") : [];
  table.classList.toggle("many", places.length > 16);
  const head = make("tr");
  head.append(make("td"), ...places.map((place) => headOf(data.targets[place].name)), headOf("mean"));
  table.tHead.replaceChildren(head);
  const lines = rows.map((row) => lineOf(row, places));
  const below = controls.map((row, number) => lineOf(row, places, number === 0 ? "apart" : ""));
  table.tBodies[0].replaceChildren(...lines, meansOf(rows, places), ...below);
  const first = table.querySelector("button");
  if (first) first.tabIndex = 0;
  describe();
}

function headOf(name) {
  const head = make("th");
  head.scope = "col";
  head.title = name;
  head.append(make("span", name));
  return head;
}

function lineOf(row, places, names = "") {
  const line = make("tr", "", names), head = make("th", row.name);
  head.scope = "row";
  head.title = row.name;
  line.append(head, ...places.map((place) => squareOf(row, place)));
  const counted = places.filter((place) => row.kind !== "attack" || !row.own.includes(place));
  line.append(meanOf(counted.map((place) => valueOf(row, place))));
  return line;
}

function meansOf(rows, places) {
  const line = make("tr", "", "apart"), head = make("th", "mean");
  head.scope = "row";
  const means = places.map((place) => meanOf(rows.filter((row) => !row.own.includes(place)).map((row) => valueOf(row, place))));
  line.append(head, ...means, make("td"));
  return line;
}

function meanOf(values) {
  const known = values.filter((value) => value !== null && value !== undefined);
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  return make("td", known.length ? percent(mean) : "", "mean");
}

function squareOf(row, place) {
  const cell = make("td"), button = make("button"), value = valueOf(row, place);
  button.type = "button";
  button.tabIndex = -1;
  cell.append(button);
  const target = data.targets[place].name;
  const where = row.kind === "attack" ? `crafted on ${row.name}, shown to ${target}` : `${row.name}, shown to ${target}`;
  if (row.kind === "attack" && row.own.includes(place)) button.classList.add("own");
  if (value === undefined || value === null) {
    button.classList.add(value === undefined ? "none" : "empty");
    button.setAttribute("aria-label", `${where}: ${value === undefined ? "not run" : "no image counts"}`);
  } else {
    paint(button, row, place, value, where);
  }
  button.addEventListener("click", () => openSquare(row, place, button));
  return cell;
}

function paint(button, row, place, value, where) {
  const step = isDifference() ? Math.round(50 + 50 * value) : Math.round(100 * value);
  const colour = (isDifference() ? data.differences : data.rates)[Math.min(100, Math.max(0, step))];
  button.style.backgroundColor = colour;
  button.style.color = inkOn(colour);
  button.textContent = percent(value, 0);
  const square = row.counts[chosen.of][place], bounds = chosen.measure === "rate" ? wilson(square) : null;
  if (bounds) button.append(make("small", `±${percent((bounds[1] - bounds[0]) / 2, 0)}`));
  const sure = bounds ? `, 95%: ${percent(bounds[0])} to ${percent(bounds[1])}, n ${square[1]}` : "";
  button.setAttribute("aria-label", `${where}: ${percent(value)}${isDifference() ? " points" : "%"}${sure}`);
}

function describe() {
  const share = {
    rate: `% fooled of ${data.denominators[chosen.of]}`,
    alike: "% of the fooled images that are put into the same class as by the surrogate, both right when clean",
    asymmetry: `points by which the row fools the column more than the other way round, of ${data.denominators[chosen.of]}`,
  };
  field("said").textContent = `${shown.heading}: ${share[chosen.measure]}`;
  const bar = document.createElement("canvas"), colours = isDifference() ? data.differences : data.rates;
  bar.width = 101;
  bar.height = 1;
  const pen = bar.getContext("2d");
  colours.forEach((colour, at) => { pen.fillStyle = colour; pen.fillRect(at, 0, 1, 1); });
  const [low, high] = isDifference() ? ["−100", "+100 points"] : ["0", "100%"];
  field("scale").replaceChildren(make("span", low), bar, make("span", high));
}

function walk(event) {
  const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], Home: [0, -1e6], End: [0, 1e6] };
  const step = steps[event.key], from = event.target.closest("button");
  if (!step || !from) return;
  event.preventDefault();
  const rows = [...table.tBodies[0].rows].map((line) => [...line.querySelectorAll("button")]).filter((line) => line.length);
  const y = rows.findIndex((line) => line.includes(from)), x = rows[y].indexOf(from);
  const within = (value, length) => Math.min(Math.max(value, 0), length - 1);
  const row = rows[within(y + step[0], rows.length)], to = row[within(x + step[1], row.length)];
  from.tabIndex = -1;
  to.tabIndex = 0;
  to.focus();
}
