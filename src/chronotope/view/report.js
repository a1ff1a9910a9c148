"use strict";
(() => {
  const box = document.getElementById("answer");
  if (!box) return;
  const pages = JSON.parse(document.getElementById("data").textContent);
  const $ = (id) => document.getElementById(id);
  const NONE = 65535, NS = "http://www.w3.org/2000/svg";
  const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  let d, place = 0, step = 0, layer = 0, timer = 0, shown = 12;

  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const two = (n) => String(n).padStart(2, "0");
  function unpack(text, [low, high]) {
    const raw = atob(text), out = new Float64Array(raw.length / 2);
    for (let i = 0; i < out.length; i++) {
      const u = raw.charCodeAt(2 * i) | (raw.charCodeAt(2 * i + 1) << 8);
      out[i] = u === NONE ? NaN : low + (u / 65534) * (high - low);
    }
    return out;
  }
  function load(name) {
    const source = pages.variables[name];
    if (!source.ready) {
      for (const key in source.series) source.series[key] = unpack(source.series[key], source.span);
      for (const one of source.layers) if (one.values) one.values = unpack(one.values, one.span);
      source.n = source.places.length;
      source.marked = new Set(source.marks);
      source.ready = true;
    }
    d = source;
    place = d.first; step = d.step; layer = Math.min(layer, d.layers.length - 1);
  }
  const at = (key, k, i) => d.series[key][k * d.n + i];
  function when(ms) {
    const t = new Date(ms), day = `${t.getUTCDate()} ${MONTHS[t.getUTCMonth()]}`, clock = `${two(t.getUTCHours())}:${two(t.getUTCMinutes())}`;
    if (d.monthly && !d.yearly) return `${MONTHS[t.getUTCMonth()]} ${t.getUTCFullYear()}`;
    if (d.yearly) return String(t.getUTCFullYear());
    return `${DAYS[t.getUTCDay()]} ${day} ${t.getUTCFullYear()}${d.daily ? "" : ` ${clock}`}${d.clock ? ` ${d.clock}` : ""}`;
  }
  function number(v, like) {
    if (!Number.isFinite(v)) return "–";
    const size = like > 0 ? like : Math.abs(v);
    const digits = size === 0 ? 0 : Math.max(0, Math.min(6, (like > 0 ? 1 : 2) - Math.floor(Math.log10(size))));
    const text = v.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
    const clean = text.includes(".") ? text.replace(/\.?0+$/, "") : text;
    return (clean === "-0" ? "0" : clean).replace("-", "−");
  }
  const amount = (v, like) => (d.unit === "$" ? `$${number(v, like)}` : `${number(v, like)} ${d.unit}`.trim());
  const tops = () => d.bands.map((b) => [b, `low${b}`, `high${b}`]);
  const band80 = () => tops().reduce((best, b) => (!best || Math.abs(b[0] - 0.8) < Math.abs(best[0] - 0.8) ? b : best), null);
  const percent = (b) => `${Math.round(100 * b)} %`;

  // ---- the values of the map
  function shownValue(k, i) {
    const one = d.layers[layer];
    if (one.word === "surprise") return one.values[k * d.n + i];
    if (one.word === "before") return d.series.truth ? at("truth", k, i) : NaN;
    if (one.word === "width") { const b = band80(); return at(b[2], k, i) - at(b[1], k, i); }
    const middle = d.series.expected && one.word === "median" ? at("expected", k, i) : at("median", k, i);
    return one.word === "change" ? middle - lastValue(i) : middle;
  }
  function lastValue(i) {
    const m = d.pastTimes.length;
    for (let k = 0; k < m; k++) { const v = at("past", d.backcast ? k : m - 1 - k, i); if (Number.isFinite(v)) return v; }
    return NaN;
  }
  function colour(v, one) {
    if (!Number.isFinite(v)) return css("--none");
    const stops = pages.palettes[one.colours], [low, high] = one.limits;
    const f = Math.max(0, Math.min(1, (v - low) / (high - low))) * (stops.length - 1);
    const i = Math.min(Math.floor(f), stops.length - 2), w = f - i;
    const c = [1, 3, 5].map((p) => Math.round((1 - w) * parseInt(stops[i].slice(p, p + 2), 16) + w * parseInt(stops[i + 1].slice(p, p + 2), 16)));
    return `rgb(${c.join(",")})`;
  }

  // ---- the map
  let spot = null;
  function layout(canvas) {
    const m = d.map, [west, east, south, north] = m.box, wide = canvas.parentElement.clientWidth;
    const left = m.ticks[1].length ? 46 : 4, below = m.ticks[0].length ? 20 : 4;
    let scale = (wide - left - 4) / ((east - west) * m.squeeze);
    const most = d.n < 8 ? 280 : Math.max(260, Math.min(520, window.innerHeight * 0.62)), high = Math.min((north - south) * scale, most);
    scale = Math.min(scale, high / (north - south));
    const ratio = window.devicePixelRatio || 1, across = (east - west) * m.squeeze * scale, up = (north - south) * scale;
    canvas.width = Math.round(wide * ratio); canvas.height = Math.round((up + below + 6) * ratio);
    canvas.style.width = `${wide}px`; canvas.style.height = `${up + below + 6}px`;
    const x0 = left + Math.max(0, (wide - left - 4 - across) / 2), y0 = 4;
    return { ratio, across, up, x0, y0, x: (v) => x0 + (v - west) * m.squeeze * scale, y: (v) => y0 + (north - v) * scale };
  }
  function drawMap() {
    if (!d.map) return;
    const canvas = $("map"), m = d.map, one = d.layers[layer], l = layout(canvas), g = canvas.getContext("2d");
    g.setTransform(l.ratio, 0, 0, l.ratio, 0, 0);
    g.clearRect(0, 0, canvas.width, canvas.height);
    g.save();
    g.beginPath(); g.rect(l.x0, l.y0, l.across, l.up); g.clip();
    if (!m.grid) outline(g, l, false);
    g.strokeStyle = css("--soft"); g.globalAlpha = 0.45; g.lineWidth = 0.8;
    g.beginPath();
    for (let e = 0; e < m.edges.length; e += 2) {
      const [i, j] = [m.edges[e], m.edges[e + 1]];
      g.moveTo(l.x(m.x[i]), l.y(m.y[i])); g.lineTo(l.x(m.x[j]), l.y(m.y[j]));
    }
    g.stroke(); g.globalAlpha = 1;
    const size = m.cells ? Math.max(2, 1.15 * Math.sqrt((l.across * l.up) / d.n)) : Math.max(2.2, Math.min(8, 70 / Math.sqrt(d.n)));
    spot = { l, size };
    const columns = m.grid ? m.grid[0].length - 1 : 0;
    for (let i = 0; i < d.n; i++) {
      g.fillStyle = colour(shownValue(step, i), one);
      if (m.grid) {
        const c = i % columns, r = Math.floor(i / columns);
        const xs = [l.x(m.grid[0][c]), l.x(m.grid[0][c + 1])], ys = [l.y(m.grid[1][r]), l.y(m.grid[1][r + 1])];
        g.fillRect(Math.min(...xs) - 0.3, Math.min(...ys) - 0.3, Math.abs(xs[1] - xs[0]) + 0.6, Math.abs(ys[1] - ys[0]) + 0.6);
      } else if (m.cells) g.fillRect(l.x(m.x[i]) - size / 2, l.y(m.y[i]) - size / 2, size, size);
      else {
        g.beginPath(); g.arc(l.x(m.x[i]), l.y(m.y[i]), size, 0, 7); g.fill();
        g.strokeStyle = css("--paper"); g.lineWidth = 0.6; g.stroke();
        if (d.marked.has(step * d.n + i)) { g.strokeStyle = css("--flag"); g.lineWidth = 2; g.beginPath(); g.arc(l.x(m.x[i]), l.y(m.y[i]), size + 2.5, 0, 7); g.stroke(); }
      }
    }
    if (m.grid || m.cells) outline(g, l, true);
    if (d.n <= 12 && !m.cells) {
      g.font = "11.5px system-ui, sans-serif"; g.fillStyle = css("--ink");
      for (let i = 0; i < d.n; i++) {
        const right = l.x(m.x[i]) > l.x0 + l.across * 0.6;
        g.textAlign = right ? "right" : "left";
        g.fillText(d.places[i], l.x(m.x[i]) + (right ? -1 : 1) * (size + 5), l.y(m.y[i]) + 4);
      }
    }
    const X = l.x(m.x[place]), Y = l.y(m.y[place]);
    for (const [c, w] of [[css("--paper"), 4], [css("--ink"), 2]]) { g.strokeStyle = c; g.lineWidth = w; g.beginPath(); g.arc(X, Y, (m.cells ? 5 : size) + 3, 0, 7); g.stroke(); }
    g.restore();
    g.fillStyle = css("--soft"); g.font = "11px system-ui, sans-serif"; g.textAlign = "center";
    let right = -Infinity;
    for (const [v, word] of m.ticks[0]) {
      const half = g.measureText(word).width / 2, x = l.x(v);
      if (x - half < Math.max(l.x0 - 8, right + 8) || x + half > l.x0 + l.across + 8) continue;
      g.fillText(word, x, l.y0 + l.up + 15); right = x + half;
    }
    g.textAlign = "right";
    for (const [v, word] of m.ticks[1]) g.fillText(word, l.x0 - 5, l.y(v) + 4);
    drawScale(one);
    canvas.setAttribute("aria-label", `Map of ${one.title}, ${when(d.times[step])}`);
  }
  function outline(g, l, over) {
    for (const [kind, ...p] of d.map.lines) {
      g.strokeStyle = over ? (kind === 2 ? "#ffffff" : "#1c2430") : css("--soft");
      g.globalAlpha = kind ? 0.5 : 0.8; g.lineWidth = kind ? 0.6 : 0.9;
      g.beginPath();
      for (let i = 0; i < p.length; i += 2) g[i ? "lineTo" : "moveTo"](l.x(p[i]), l.y(p[i + 1]));
      g.stroke();
    }
    g.globalAlpha = 1;
  }
  function drawScale(one) {
    const stops = pages.palettes[one.colours], [low, high] = one.limits, like = high - low;
    $("scale").style.background = `linear-gradient(to right, ${stops.join(",")})`;
    $("scale-low").textContent = number(low, like); $("scale-high").textContent = number(high, like);
    $("scale-label").textContent = one.word === "surprise" ? "surprise: 3 is one in 1,000" : `${one.title}, ${d.unit || d.name}; the same for all steps`;
  }
  function pick(event) {
    if (!spot) return -1;
    const r = $("map").getBoundingClientRect(), x = event.clientX - r.left, y = event.clientY - r.top, m = d.map;
    let best = -1, near = 30 * 30;
    for (let i = 0; i < d.n; i++) {
      const a = (spot.l.x(m.x[i]) - x) ** 2 + (spot.l.y(m.y[i]) - y) ** 2;
      if (a < near) { near = a; best = i; }
    }
    return best;
  }

  // ---- series
  function el(name, attributes, parent) {
    const made = document.createElementNS(NS, name);
    for (const key in attributes) made.setAttribute(key, attributes[key]);
    if (parent) parent.appendChild(made);
    return made;
  }
  function range(i, steps, shared) {
    let low = Infinity, high = -Infinity;
    const see = (v) => { if (Number.isFinite(v)) { low = Math.min(low, v); high = Math.max(high, v); } };
    const each = (one) => {
      for (let k = 0; k < d.pastTimes.length; k++) see(at("past", k, one));
      const keys = ["median", ...(d.series.truth ? ["truth"] : []), ...tops().flatMap((b) => [b[1], b[2]])];
      for (const key of keys) for (let k = 0; k < d.times.length; k++) see(at(key, k, one));
    };
    if (shared) shared.forEach(each); else each(i);
    if (low > high) return [0, 1];
    const room = 0.06 * (high - low || Math.abs(high) || 1);
    return [low >= 0 && low - room < 0 ? 0 : low - room, high + room];
  }
  function ticks(low, high, count) {
    const raw = (high - low) / count, power = 10 ** Math.floor(Math.log10(raw)), f = raw / power;
    const by = (f < 1.5 ? 1 : f < 3 ? 2 : f < 7 ? 5 : 10) * power, out = [];
    for (let v = Math.ceil(low / by) * by; v <= high + 1e-9 * by; v += by) out.push(Math.abs(v) < by * 1e-9 ? 0 : v);
    return [out, by];
  }
  const HOUR = 36e5, DAY = 864e5;
  function timeTicks(first, last, count) {
    const span = last - first, out = [];
    const steps = [HOUR / 12, HOUR / 4, HOUR / 2, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY];
    const by = steps.find((s) => span / s <= count);
    if (by) { for (let t = Math.ceil(first / by) * by; t <= last; t += by) out.push(t); }
    else {
      const months = [1, 3, 6, 12, 24, 60, 120, 240, 600].find((m) => span / (m * 30.4 * DAY) <= count) || 1200;
      const t = new Date(first);
      for (let k = Math.floor((t.getUTCFullYear() * 12 + t.getUTCMonth()) / months) * months; ; k += months) {
        const s = Date.UTC(Math.floor(k / 12), k % 12, 1);
        if (s > last) break;
        if (s >= first) out.push(s);
      }
      return out.map((s) => { const u = new Date(s); return [s, months % 12 === 0 ? String(u.getUTCFullYear()) : `${MONTHS[u.getUTCMonth()]} ${u.getUTCFullYear()}`]; });
    }
    let day = "";
    return out.map((s) => {
      const u = new Date(s), date = `${u.getUTCDate()} ${MONTHS[u.getUTCMonth()]}`, clock = `${two(u.getUTCHours())}:${two(u.getUTCMinutes())}`;
      if (by >= DAY) return [s, date];
      const fresh = date !== day; day = date;
      return [s, clock, fresh ? date : ""];
    });
  }
  function fan(svg, i, width, height, small, shared) {
    svg.replaceChildren();
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const left = small ? 4 : 52, right = 8, top = small ? 4 : 10, below = small ? 4 : 34;
    const all = d.backcast ? [...d.times, ...d.pastTimes] : [...d.pastTimes, ...d.times], gap = all.length > 1 ? (all[all.length - 1] - all[0]) / (all.length - 1) : DAY;
    const first = all[0] - gap * 0.3, last = all[all.length - 1] + gap * (d.times.length === 1 ? 0.8 : 0.3);
    const [low, high] = range(i, 0, shared), x = (t) => left + ((t - first) / (last - first)) * (width - left - right);
    const y = (v) => top + ((high - v) / (high - low)) * (height - top - below);
    if (!small) {
      const [marks, by] = ticks(low, high, 5);
      for (const v of marks) {
        el("line", { x1: left, x2: width - right, y1: y(v), y2: y(v), class: "grid" }, svg);
        el("text", { x: left - 6, y: y(v) + 4, class: "tick", "text-anchor": "end" }, svg).textContent = number(v, by);
      }
      for (const [t, word, under] of timeTicks(first, last, Math.max(3, Math.floor(width / 95)))) {
        if (x(t) < left + 8 || x(t) > width - 24) continue;
        el("text", { x: x(t), y: height - below + 15, class: "tick", "text-anchor": "middle" }, svg).textContent = word;
        if (under) el("text", { x: x(t), y: height - below + 28, class: "tick", "text-anchor": "middle" }, svg).textContent = under;
      }
    }
    const steps = d.whole;
    const line = (times, key) => {
      let path = "", pen = false;
      for (let k = 0; k < times.length; k++) {
        const v = at(key, k, i);
        if (!Number.isFinite(v)) { pen = false; continue; }
        const X = x(times[k]), half = steps ? (x(times[0] + gap) - x(times[0])) / 2 : 0;
        path += steps ? `${pen ? "L" : "M"}${(X - half).toFixed(1)} ${y(v).toFixed(1)}H${(X + half).toFixed(1)}` : `${pen ? "L" : "M"}${X.toFixed(1)} ${y(v).toFixed(1)}`;
        pen = true;
      }
      return path;
    };
    tops().forEach(([, lowKey, highKey], rank) => {
      const runs = []; let run = [];
      for (let k = 0; k <= d.times.length; k++) {
        if (k < d.times.length && Number.isFinite(at(lowKey, k, i)) && Number.isFinite(at(highKey, k, i))) run.push(k);
        else if (run.length) { runs.push(run); run = []; }
      }
      for (const r of runs) {
        const wide = d.times.length === 1 || steps ? (x(d.times[0] + gap) - x(d.times[0])) * (steps ? 0.5 : 0.35) : r.length === 1 ? 1.5 : 0;
        const there = r.flatMap((k) => [[x(d.times[k]) - wide, y(at(highKey, k, i))], ...(wide ? [[x(d.times[k]) + wide, y(at(highKey, k, i))]] : [])]);
        const back = r.slice().reverse().flatMap((k) => [[x(d.times[k]) + wide, y(at(lowKey, k, i))], ...(wide ? [[x(d.times[k]) - wide, y(at(lowKey, k, i))]] : [])]);
        el("path", { d: `M${[...there, ...back].map((p) => p.map((v) => v.toFixed(1)).join(" ")).join("L")}Z`, class: `band b${rank}` }, svg);
      }
    });
    if (!small) for (const key in d.series) if (key.startsWith("member")) el("path", { d: line(d.times, key), class: "member" }, svg);
    if (d.pastTimes.length) el("path", { d: line(d.pastTimes, "past"), class: "seen" }, svg);
    if (d.kind === "surprise") el("path", { d: line(d.times, "truth"), class: "seen" }, svg);
    else {
      el("path", { d: line(d.times, "median"), class: "median" }, svg);
      if (d.times.length === 1) el("circle", { cx: x(d.times[0]), cy: y(at("median", 0, i)), r: small ? 2.5 : 4, class: "dot" }, svg);
      if (d.series.truth) el("path", { d: line(d.times, "truth"), class: d.kind === "gaps" || !d.pastTimes.length ? "seen" : "truth" }, svg);
    }
    if (d.kind === "surprise" && !small) for (const m of d.marks) if (m % d.n === i) { const k = Math.floor(m / d.n); el("circle", { cx: x(d.times[k]), cy: y(at("truth", k, i)), r: 4, class: "flag" }, svg); }
    if (d.pastTimes.length) { const X = x(d.pastTimes[d.backcast ? 0 : d.pastTimes.length - 1]); el("line", { x1: X, x2: X, y1: top, y2: height - below, class: "origin" }, svg); }
    return { x, y, left, right, top, below, first, last };
  }
  function drawFan() {
    const svg = $("fan"), width = Math.max(300, Math.round(svg.parentElement.clientWidth)), height = width < 480 ? 240 : 320;
    const f = fan(svg, place, width, height, false), X = f.x(d.times[step]);
    el("line", { x1: X, x2: X, y1: f.top, y2: height - f.below, class: "now" }, svg);
    svg.setAttribute("aria-label", `${d.name} at ${d.places[place]} over time`);
    svg.onpointermove = svg.onpointerdown = (event) => {
      const r = svg.getBoundingClientRect(), t = f.first + (((event.clientX - r.left) / r.width) * width - f.left) / (width - f.left - f.right) * (f.last - f.first);
      let best = 0;
      d.times.forEach((s, k) => { if (Math.abs(s - t) < Math.abs(d.times[best] - t)) best = k; });
      if (event.type === "pointerdown" && best !== step) { step = best; $("step").value = step; drawStep(); }
      else say(best);
    };
    svg.onpointerleave = () => say(step);
    say(step);
  }
  function say(k) {
    const b = band80(), median = at("median", k, place), parts = [];
    const like = b ? at(b[2], k, place) - at(b[1], k, place) : 0;
    if (d.kind === "surprise") {
      parts.push(`read ${amount(at("truth", k, place), like)}`);
      if (b) parts.push(`expected ${number(at(b[1], k, place), like)} to ${amount(at(b[2], k, place), like)}`);
    } else if (d.kind === "gaps" && !d.marked.has(k * d.n + place)) parts.push(`observed ${amount(at("truth", k, place))}`);
    else {
      if (d.series.expected) parts.push(`expected ${amount(at("expected", k, place))}`);
      parts.push(`${d.kind === "gaps" ? "filled with" : "median"} ${amount(median, like)}`);
      if (b) parts.push(`${percent(b[0])}: ${number(at(b[1], k, place), like)} to ${number(at(b[2], k, place), like)}`);
      if (d.series.truth && d.kind !== "gaps" && Number.isFinite(at("truth", k, place))) parts.push(`${d.pastTimes.length ? "came true" : "observed"} ${amount(at("truth", k, place))}`);
    }
    $("said").textContent = `${when(d.times[k])}: ${parts.join(", ")}`;
  }

  // ---- many small ones
  function drawSmall() {
    const list = $("small"), few = d.order.slice(0, shown);
    if (d.n < 2) { $("many").hidden = true; return; }
    $("many").hidden = false;
    const alike = $("alike").checked ? few : null;
    list.replaceChildren(...few.map((i) => {
      const button = document.createElement("button"), name = document.createElement("span"), change = document.createElement("em");
      button.type = "button"; name.textContent = d.places[i];
      const end = at(d.series.expected ? "expected" : "median", d.backcast ? 0 : d.times.length - 1, i), move = end - lastValue(i);
      if (d.pastTimes.length && Number.isFinite(move) && !d.series.expected) change.textContent = `${move > 0 ? "+" : ""}${number(move)}`;
      const svg = el("svg", { "aria-hidden": "true" });
      fan(svg, i, 180, 70, true, alike);
      button.append(name, change, svg);
      button.setAttribute("aria-pressed", i === place);
      button.onclick = () => { choose(i); $("large").scrollIntoView({ block: "nearest" }); };
      return button;
    }));
    const rest = d.n - few.length;
    $("rest").textContent = rest ? `${few.length} of ${d.n.toLocaleString("en-US")} places, those ${d.chosen}; ${rest.toLocaleString("en-US")} are not shown here.` : `All ${d.n} places; first those ${d.chosen}.`;
    $("more").hidden = !rest;
  }

  // ---- what is chosen
  function choose(i) {
    if (i < 0) return;
    place = i;
    const k = [...$("place").options].findIndex((o) => Number(o.value) === i);
    $("place").selectedIndex = k;
    document.querySelectorAll("#small button").forEach((b, k) => b.setAttribute("aria-pressed", d.order[k] === i));
    if (d.kind === "surprise" || d.kind === "gaps") for (const m of d.marks) if (m % d.n === place) { step = Math.floor(m / d.n); $("step").value = step; $("now").textContent = when(d.times[step]); break; }
    drawMap(); drawFan();
  }
  function drawStep() {
    $("now").textContent = when(d.times[step]);
    $("step").setAttribute("aria-valuetext", when(d.times[step]));
    drawMap(); drawFan();
  }
  function fill() {
    const every = [...d.times, ...d.pastTimes];
    d.daily = every.every((t) => t % DAY === 0);
    d.yearly = every.length > 1 && every.every((t) => { const u = new Date(t); return u.getUTCMonth() === 0 && u.getUTCDate() === 1 && t % DAY === 0; });
    d.monthly = every.length > 1 && every.every((t) => new Date(t).getUTCDate() === 1 && t % DAY === 0);
    $("step").max = d.times.length - 1; $("step").value = step;
    $("steps").hidden = d.times.length < 2;
    const known = d.order.slice(0, 3000);
    $("place").replaceChildren(...known.map((i) => new Option(d.places[i], i)));
    $("places").hidden = d.n < 2;
    $("layer").replaceChildren(...d.layers.map((one, k) => new Option(one.title, k)));
    $("layer").value = layer;
    $("layers").hidden = !d.map || d.layers.length < 2;
    $("map-side").hidden = !d.map;
    box.classList.toggle("alone", !d.map);
    const unit = d.unit ? `${d.name} (${d.unit})` : d.name;
    $("fan-title").textContent = unit;
    const keys = [...(d.pastTimes.length || d.kind !== "values" ? [["seen", "observed"]] : []), ...(d.kind === "surprise" ? [["flag", "flagged"]] : [["median", d.kind === "gaps" ? "filled (median)" : "median"]])];
    if (d.bands.length) keys.push(["band", d.kind === "surprise" ? "expected" : `intervals of ${d.bands.map(percent).join(", ")}`]);
    if (d.series.truth && d.kind === "values") keys.push(d.pastTimes.length ? ["truth", "came true"] : ["seen", "observed"]);
    if (d.series.member0) keys.push(["member", "some of the members"]);
    $("key").replaceChildren(...keys.map(([mark, words]) => { const s = document.createElement("span"), i = document.createElement("i"); i.className = mark; s.append(i, words); return s; }));
  }
  function drawAll() { fill(); drawStep(); drawSmall(); const k = [...$("place").options].findIndex((o) => Number(o.value) === place); $("place").selectedIndex = k; }
  function play() {
    if (timer) { clearInterval(timer); timer = 0; } else timer = setInterval(() => { step = (step + 1) % d.times.length; $("step").value = step; drawStep(); }, 600);
    $("play").textContent = timer ? "Stop" : "Play";
  }
  const names = Object.keys(pages.variables);
  $("variable").replaceChildren(...names.map((name) => new Option(name, name)));
  $("variables").hidden = names.length < 2;
  $("variable").onchange = (e) => { load(e.target.value); drawAll(); };
  $("place").onchange = (e) => choose(Number(e.target.value));
  $("layer").onchange = (e) => { layer = Number(e.target.value); drawMap(); };
  $("step").oninput = (e) => { step = Number(e.target.value); drawStep(); };
  $("play").onclick = play;
  $("alike").onchange = drawSmall;
  $("more").onclick = () => { shown += 24; drawSmall(); };
  $("map").onclick = (e) => choose(pick(e));
  $("map").onpointermove = (e) => { const i = pick(e); $("map").title = i < 0 ? "" : `${d.places[i]}: ${number(shownValue(step, i))} ${d.unit}`; $("map").style.cursor = i < 0 ? "default" : "pointer"; };
  load(names[0]);
  box.hidden = false;
  drawAll();
  let wait = 0;
  window.addEventListener("resize", () => { clearTimeout(wait); wait = setTimeout(drawStep, 120); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawMap);
})();
