"use strict";

// Tables: a click on a column's name sorts by it, another click turns the order round.
function value(cell, numeric) {
  const text = cell ? cell.textContent.trim() : "";
  if (!numeric) return text;
  const plain = text.replace(/\u2212/g, "-").replace(/(\d)[,\u202f](?=\d{3})/g, "$1");
  const found = plain.match(/-?\d+(\.\d+)?(e[-+]?\d+)?/i);
  return found ? Number(found[0]) : NaN;
}

function sort(table, column, numeric, turned) {
  const body = table.tBodies[0];
  const sign = turned ? -1 : 1;
  const rows = Array.from(body.rows, (row) => [value(row.cells[column], numeric), row]);
  rows.sort(([a], [b]) => {
    if (!numeric) return sign * a.localeCompare(b, undefined, { numeric: true });
    if (isNaN(a) || isNaN(b)) return isNaN(a) - isNaN(b); // cells without a number come last
    return sign * (a - b);
  });
  body.append(...rows.map(([, row]) => row));
}

for (const table of document.querySelectorAll("table.sortable")) {
  const heads = Array.from(table.tHead.rows[0].cells);
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    const numeric = head.classList.contains("num");
    button.addEventListener("click", () => {
      const now = head.getAttribute("aria-sort");
      // Numbers begin with the largest, words with the first of the alphabet.
      const turned = now ? now === "ascending" : numeric;
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", turned ? "descending" : "ascending");
      sort(table, column, numeric, turned);
    });
  });
}

// Sounds: one at a time, with a line that moves; a click on the picture plays from there.
const players = Array.from(document.querySelectorAll("audio"));
for (const player of players) {
  const picture = player.closest(".side").querySelector(".spectrogram");
  const head = picture.querySelector(".head");
  const span = Number(picture.dataset.span);
  const show = () => {
    const x = Math.min(100, (100 * player.currentTime) / span) + "%";
    head.setAttribute("x1", x);
    head.setAttribute("x2", x);
    head.classList.toggle("on", player.currentTime > 0 && !player.ended);
    if (!player.paused) requestAnimationFrame(show);
  };
  player.addEventListener("play", () => {
    players.filter((other) => other !== player).forEach((other) => other.pause());
    show();
  });
  for (const event of ["seeked", "ended", "pause"]) player.addEventListener(event, show);
  picture.classList.add("playable");
  picture.addEventListener("click", (click) => {
    const box = picture.getBoundingClientRect();
    player.currentTime = Math.max(0, ((click.clientX - box.left) / box.width) * span);
    player.play();
  });
}

// Pictures: a click shows the other of a pair in the same place, where the eye sees a change.
for (const shots of document.querySelectorAll(".shots")) {
  const pair = Array.from(shots.querySelectorAll("img")).slice(0, 2);
  const sizes = new Set(pair.map((one) => `${one.getAttribute("width")} ${one.getAttribute("height")}`));
  if (pair.length < 2 || sizes.size > 1) continue;
  const heads = pair.map((one) => one.closest("figure").querySelector("b"));
  const names = heads.map((head) => head.textContent);
  const others = pair.map((one) => one.cloneNode()).reverse();
  pair.forEach((one, index) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "swap";
    others[index].classList.add("over");
    one.before(button);
    button.append(one, others[index]);
    button.addEventListener("click", () => {
      const turned = button.classList.toggle("turned");
      heads[index].textContent = names[turned ? 1 - index : index];
    });
  });
}
