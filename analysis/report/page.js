// What happens when: filters, keys, downloads.
function begin() {
  const names = Object.keys(data.denominators);
  field("of").replaceChildren(...names.map((name) => Object.assign(make("option", name), { value: name })));
  field("of").value = chosen.of;
  for (const name of ["attack", "budget", "part", "of", "measure", "order"]) {
    field(name).addEventListener("change", (event) => { chosen[name] = event.target.value; draw(); });
  }
  field("filters").addEventListener("submit", (event) => event.preventDefault());
  table.addEventListener("keydown", walk);
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

  field("matrix-csv").addEventListener("click", () => {
    const rows = [["attack", "budget", "part", "of", "row", "kind", "target", "is_own", "fooled", "n", "rate", "low", "high"]];
    for (const row of shown.rows) {
      row.counts[chosen.of].forEach((square, place) => {
        const bounds = square && wilson(square), kept = square ? [square[0], square[1], rateOf(square)] : ["", "", ""];
        const where = [shown.attack, shown.budget, shown.part, chosen.of, row.name, row.kind, data.targets[place].name];
        rows.push([...where, row.own.includes(place), ...kept, ...(bounds || ["", ""])]);
      });
    }
    save("transfer_matrix", rows);
  });
  draw();
}

if (data.matrices.length) begin(); // a study of probes alone has no matrix
for (const button of document.querySelectorAll("button.csv")) {
  button.addEventListener("click", () => {
    const lines = [...button.closest("figure").querySelectorAll("tr")];
    save(button.dataset.name, lines.map((line) => [...line.cells].map((cell) => cell.textContent)));
  });
}

if (data.album.sheet) {
  const image = new Image();
  image.addEventListener("load", () => { sheet = image; document.documentElement.dataset.ready = "yes"; });
  image.src = data.album.sheet;
} else {
  document.documentElement.dataset.ready = "yes";
}
