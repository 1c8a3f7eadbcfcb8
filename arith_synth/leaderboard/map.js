// The map: two canvases of the same tasks, one for each space. Gradio gives `element`, `trigger`, `props` and `watch`.
// Tasks that fall on one place are one disc: its colour is their mean accuracy, its area their number.
const PALETTES = {
  light: { stops: [[213, 94, 0], [214, 208, 196], [0, 114, 178]], ink: "#1f2937", dim: "#5b6472", rim: "#00000066", grid: "#e3e5e8" },
  dark: { stops: [[255, 146, 72], [112, 112, 112], [91, 192, 255]], ink: "#f3f4f6", dim: "#b6bdc9", rim: "#ffffff66", grid: "#333a45" },
};
const ORDINALS = ["first", "second"];
const PLOT = { left: 46, right: 10, top: 8, bottom: 40 };
const CELL = 9; // pixels: places nearer than this share a disc

const canvases = [...element.querySelectorAll("canvas")];
const status = element.querySelector("[role=status]");
let data = null;
let chosen = -1; // the number of the task among all, in the order of the splits

function bytesOf(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function read(text) {
  if (!text) return null;
  const parsed = JSON.parse(text);
  parsed.right = bytesOf(parsed.accuracy);
  for (const space of Object.values(parsed.spaces)) space.places = new Uint16Array(bytesOf(space.points).buffer);
  return parsed;
}

function taskId(task) {
  for (const [split, n] of data.splits) {
    if (task < n) return `${data.config}/${split}/${String(task).padStart(6, "0")}`;
    task -= n;
  }
  return null;
}

function taskNumber(id) {
  let start = 0;
  for (const [split, n] of data.splits) {
    const prefix = `${data.config}/${split}/`;
    if (id.startsWith(prefix)) {
      const number = Number(id.slice(prefix.length));
      return number < n ? start + number : -1;
    }
    start += n;
  }
  return -1;
}

function rateOf(tasks) {
  const answered = tasks.filter((task) => data.right[task] !== data.unanswered);
  if (!answered.length) return null;
  return answered.reduce((sum, task) => sum + data.right[task], 0) / (answered.length * data.steps);
}

function palette() {
  return document.body.classList.contains("dark") ? PALETTES.dark : PALETTES.light;
}

function colour(rate) {
  if (rate === null) return "transparent";
  const [low, middle, high] = palette().stops;
  const [from, to, share] = rate < 0.5 ? [low, middle, rate * 2] : [middle, high, rate * 2 - 1];
  return `rgb(${from.map((value, place) => Math.round(value + share * (to[place] - value))).join(",")})`;
}

function discsOf(places, width, height) {
  const across = (width - PLOT.left - PLOT.right) / data.grid, down = (height - PLOT.top - PLOT.bottom) / data.grid;
  const cells = new Map();
  for (let task = 0; task < places.length / 2; task++) {
    const x = PLOT.left + places[2 * task] * across, y = height - PLOT.bottom - places[2 * task + 1] * down;
    const key = Math.floor(x / CELL) * 10000 + Math.floor(y / CELL);
    const cell = cells.get(key);
    if (cell) { cell.x += x; cell.y += y; cell.tasks.push(task); }
    else cells.set(key, { x, y, tasks: [task] });
  }
  const discs = [...cells.values()];
  for (const disc of discs) {
    const n = disc.tasks.length;
    disc.x /= n; disc.y /= n;
    disc.radius = Math.min(CELL, 2 + 0.7 * Math.sqrt(n));
    disc.rate = rateOf(disc.tasks);
  }
  return discs.sort((one, other) => other.tasks.length - one.tasks.length);
}

function draw(canvas) {
  const width = canvas.clientWidth, height = canvas.clientHeight;
  if (!width || !height) return;
  const scale = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * scale); canvas.height = Math.round(height * scale);
  const pen = canvas.getContext("2d");
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
  if (!data) return;
  const name = canvas.dataset.space, space = data.spaces[name], colours = palette();
  pen.font = "12px system-ui, sans-serif";
  const right = width - PLOT.right, bottom = height - PLOT.bottom;
  for (let tick = 0; tick <= 4; tick++) {
    const share = tick / 4, x = PLOT.left + share * (right - PLOT.left), y = bottom - share * (bottom - PLOT.top);
    pen.strokeStyle = colours.grid; pen.lineWidth = 1; pen.beginPath();
    pen.moveTo(x, PLOT.top); pen.lineTo(x, bottom); pen.moveTo(PLOT.left, y); pen.lineTo(right, y); pen.stroke();
    pen.fillStyle = colours.dim;
    const value = (axis) => (space.low[axis] + share * (space.high[axis] - space.low[axis])).toFixed(1);
    pen.textAlign = tick === 4 ? "right" : tick === 0 ? "left" : "center"; pen.fillText(value(0), x, bottom + 16);
    pen.textAlign = "right"; pen.fillText(value(1), PLOT.left - 5, Math.max(y + 4, PLOT.top + 9));
  }
  pen.textAlign = "center"; pen.fillText(`${ORDINALS[0]} ${name} coordinate`, (PLOT.left + right) / 2, height - 6);
  pen.save(); pen.translate(11, (PLOT.top + bottom) / 2); pen.rotate(-Math.PI / 2);
  pen.fillText(`${ORDINALS[1]} ${name} coordinate`, 0, 0); pen.restore();
  canvas.discs = discsOf(space.places, width, height);
  for (const disc of canvas.discs) {
    pen.beginPath(); pen.arc(disc.x, disc.y, disc.radius, 0, 2 * Math.PI);
    pen.fillStyle = colour(disc.rate); pen.fill();
    pen.strokeStyle = colours.rim; pen.lineWidth = 0.75; pen.stroke();
  }
  const ringed = canvas.discs.find((disc) => disc.tasks.includes(chosen));
  if (ringed) {
    for (const [extra, style, thickness] of [[4, colours.ink, 3], [6.5, colours.rim, 1]]) {
      pen.beginPath(); pen.arc(ringed.x, ringed.y, ringed.radius + extra, 0, 2 * Math.PI);
      pen.strokeStyle = style; pen.lineWidth = thickness; pen.stroke();
    }
  }
}

function drawAll() {
  canvases.forEach(draw);
}

function tell(disc) {
  const place = disc.tasks.indexOf(chosen) + 1, n = disc.tasks.length;
  const right = disc.rate === null ? "not answered" : `${Math.round(100 * disc.rate)} % right`;
  const more = n > 1 ? `; this is task ${place} of ${n}, choose the place again for the next` : "";
  status.textContent = `${n} ${n > 1 ? "tasks" : "task"} at this place, ${right}${more}.`;
}

function choose(disc, again) {
  const before = disc.tasks.indexOf(chosen);
  chosen = disc.tasks[again && before >= 0 ? (before + 1) % disc.tasks.length : Math.max(before, 0)];
  tell(disc);
  drawAll();
  trigger("select", { task_id: taskId(chosen) });
}

function nearest(canvas, x, y) {
  let best = null, least = Infinity;
  for (const disc of canvas.discs || []) {
    // A disc that is hit wins over a neighbour whose centre is nearer.
    const distance = Math.hypot(disc.x - x, disc.y - y) - disc.radius;
    if (distance < least) { least = distance; best = disc; }
  }
  return best;
}

const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function towards(canvas, [dx, dy]) {
  const discs = canvas.discs || [];
  const from = discs.find((disc) => disc.tasks.includes(chosen));
  if (!from) return discs[0] || null;
  let best = null, least = Infinity;
  for (const disc of discs) {
    const along = (disc.x - from.x) * dx + (disc.y - from.y) * dy;
    const aside = Math.abs((disc.x - from.x) * dy) + Math.abs((disc.y - from.y) * dx);
    if (along > 0 && aside <= along && along + aside < least) { least = along + aside; best = disc; }
  }
  return best;
}

for (const canvas of canvases) {
  canvas.addEventListener("click", (event) => {
    const box = canvas.getBoundingClientRect();
    const disc = nearest(canvas, event.clientX - box.left, event.clientY - box.top);
    if (disc) choose(disc, true);
  });
  canvas.addEventListener("keydown", (event) => {
    const direction = DIRECTIONS[event.key];
    const from = (canvas.discs || []).find((disc) => disc.tasks.includes(chosen));
    const disc = direction ? towards(canvas, direction) : event.key === "Enter" || event.key === " " ? from || (canvas.discs || [])[0] : null;
    if (!direction && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    if (disc) choose(disc, !direction);
  });
}

function renew() {
  data = read(props.value);
  status.textContent = "";
  follow();
}

function follow() {
  const number = data && props.chosen ? taskNumber(props.chosen) : -1;
  if (number !== chosen) { chosen = number; status.textContent = ""; }
  drawAll();
}

watch("value", renew);
watch("chosen", follow);
new ResizeObserver(drawAll).observe(element);
new MutationObserver(drawAll).observe(document.body, { attributes: true, attributeFilter: ["class"] });
renew();
