"use strict";
// Numbers and colours. Counts come from the page's data; rates and intervals are computed here as everywhere else.
const data = JSON.parse(document.getElementById("data").textContent);

// The 95% Wilson interval; pooled crafts show the same images, so these count once.
function wilson([fooled, n, pooled]) {
  if (!n) return null;
  const z = 1.959963984540054, count = n / pooled, rate = fooled / n, weight = (z * z) / count;
  const middle = (rate + weight / 2) / (1 + weight);
  const half = (z / (1 + weight)) * Math.sqrt((rate * (1 - rate)) / count + weight / (4 * count));
  return [fooled === 0 ? 0 : middle - half, fooled === n ? 1 : middle + half];
}

// As the rest of the program writes it: a tie goes to the even digit, where toFixed would go up.
function percent(rate, digits = 1) {
  const value = 100 * rate, text = value.toFixed(digits);
  const isTie = Math.abs(value * (digits ? 4 : 2)) % 2 === 1;
  const isOdd = Number(text.at(-1)) % 2 === 1;
  return isTie && isOdd ? (Number(text) - Math.sign(value) * 10 ** -digits).toFixed(digits) : text;
}

// The relative luminance of WCAG: black ink above 0.179, for a contrast of at least 4.5.
function inkOn(colour) {
  const part = (at) => {
    const value = parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5) > 0.179 ? "#000000" : "#ffffff";
}

function make(tag, text = "", names = "") {
  const made = document.createElement(tag);
  if (text !== "") made.textContent = text;
  if (names) made.className = names;
  return made;
}

function save(name, rows) {
  const quoted = (value) => (/[",\n\r]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  const text = rows.map((row) => row.map((value) => quoted(String(value ?? ""))).join(",")).join("\n") + "\n";
  const link = make("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = `${name}.csv`;
  link.click();
  URL.revokeObjectURL(link.href);
}
