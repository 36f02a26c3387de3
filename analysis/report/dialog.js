// A square, opened: its counts of every denominator, and images with what each model says to them.
const dialog = field("square");
let sheet = null;

function openSquare(row, place, button) {
  const target = data.targets[place].name;
  field("square-head").textContent = row.kind === "attack" ? `Crafted on ${row.name}, shown to ${target}` : `${row.name}, shown to ${target}`;
  field("square-said").textContent = shown.heading;
  const lines = Object.entries(row.counts).map(([of, squares]) => countsOf(of, squares[place]));
  document.querySelector("#square-counts tbody").replaceChildren(...lines);
  showImages(row, target);
  for (const one of table.querySelectorAll("button")) one.tabIndex = -1;
  button.tabIndex = 0;
  dialog.showModal();
  dialog.addEventListener("close", () => button.focus(), { once: true });
}

function countsOf(of, square) {
  const line = make("tr"), bounds = square && wilson(square);
  const said = square
    ? [square[0], square[1], bounds ? `${percent(square[0] / square[1])}%` : "", bounds ? `${percent(bounds[0])} to ${percent(bounds[1])}%` : ""]
    : ["not run", "", "", ""];
  const head = make("th", of);
  head.scope = "row";
  head.title = data.denominators[of];
  line.append(head, ...said.map((text) => make("td", String(text), "number")));
  return line;
}

function showImages(row, target) {
  const album = data.album, held = album.parts[shown.part], places = row.craft && album.crafts[row.craft];
  const room = field("square-images");
  if (!held || !places) {
    const why = row.kind === "attack" ? "Its images are left out, to keep the page small: transfer figure RESULTS gallery" : "";
    room.replaceChildren(make("p", why, "note"));
    return;
  }
  const said = (album.said[row.craft] || {})[target] || [], clean = (album.saidClean[shown.part] || {})[target] || [];
  const parts = held.images.map((image, number) => {
    const label = album.labels[shown.part][number], line = make("div", "", "shown");
    const seen = album.surrogateSaid[row.craft][number];
    line.append(
      picture(held.clean[number], `clean, image ${image}`, [`label ${label}`, words(target, clean[number])], clean[number], label),
      picture(places[number], "crafted", [`${row.name} says ${seen ?? "?"}`, words(target, said[number])], said[number], label),
      picture(places[number] === null ? null : places[number] + 1, `difference × ${album.factors[row.craft]}`, ["around grey"], null, label),
    );
    return line;
  });
  const note = make("p", "The first images that the most models classify right when clean, whatever happened to them.", "note");
  room.replaceChildren(...parts, note);
}

function words(name, said) {
  return said ? `${name} says ${said[0]}${said[1] === null ? "" : ` (${said[1]}%)`}` : `${name}: not shown`;
}

function picture(place, title, lines, said, label) {
  const held = make("figure"), canvas = make("canvas"), caption = make("figcaption", title);
  canvas.width = data.album.wide;
  canvas.height = data.album.high;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `${title}: ${lines.join(", ")}`);
  if (place !== null && sheet) {
    const x = (place % data.album.across) * canvas.width, y = Math.floor(place / data.album.across) * canvas.height;
    canvas.getContext("2d").drawImage(sheet, x, y, canvas.width, canvas.height, 0, 0, canvas.width, canvas.height);
  }
  lines.forEach((line, number) => {
    const isWrong = number === lines.length - 1 && said && said[0] !== label;
    caption.append(make("br"), make("span", isWrong ? `${line}: wrong` : line, isWrong ? "wrong" : ""));
  });
  held.append(canvas, caption);
  return held;
}
