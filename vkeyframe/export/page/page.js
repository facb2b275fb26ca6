"use strict";
// The time line, the curves under it, and the keyframes' details.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  const timeline = document.getElementById("timeline");
  const film = timeline.querySelector(".film");
  const whole = document.getElementById("whole");
  const preview = document.getElementById("preview");
  const detail = document.getElementById("detail");
  const pictures = [...document.querySelectorAll(".gallery img")].map((image) => image.src);

  const seconds = (value) => `${value.toFixed(value < 100 ? 2 : 1)} s`;
  const percent = (share) => `${Math.round(100 * share)} %`;
  const tick = (time) => clock(time, Number.isInteger(time) ? 0 : 2);

  // The lanes: all that lies on them is placed anew when the range changes.
  let range = [data.start, data.end];
  const share = (time) => (time - range[0]) / (range[1] - range[0]);
  const placed = [];
  const put = (lane, node, start, end) => {
    placed.push({ node, start, end });
    lane.append(node);
  };
  const strip = (name) => {
    const lane = timeline.querySelector(`.${name}`);
    return lane?.appendChild(make("div", { className: "strip" }));
  };
  const lanes = { shots: strip("shots"), actions: strip("actions"), sounds: strip("sounds"), dropped: strip("dropped") };
  for (const shot of data.shots) {
    const end = shot.end_time_exclusive ?? shot.end_time;
    const title = `Shot ${shot.index}, ${seconds(end - shot.start_time)}, attention ${percent(shot.attention)}`;
    const bar = make("i", { className: shot.transition, title, textContent: shot.index });
    put(lanes.shots, bar, shot.start_time, end);
  }
  for (const action of lanes.actions ? data.actions : []) {
    const title = `Action from ${clock(action.start_time)} to ${clock(action.end_time)}, energy ${action.energy.toFixed(1)}`;
    put(lanes.actions, make("i", { title }), action.start_time, action.end_time);
  }
  for (const { start_time, end_time, kind } of lanes.sounds ? data.sounds : []) {
    const title = `${kind[0].toUpperCase()}${kind.slice(1)} from ${clock(start_time)} to ${clock(end_time)}`;
    put(lanes.sounds, make("i", { className: kind, title, textContent: kind }), start_time, end_time);
  }
  for (const [time, reason] of lanes.dropped ? data.dropped : []) {
    put(lanes.dropped, make("i", { title: `${clock(time)}: ${reason}` }), time);
  }
  const marks = data.keyframes.map((keyframe, index) => {
    const label = `Keyframe at ${keyframe.timecode}, rank ${keyframe.rank}`;
    const mark = make("button", { type: "button", ariaLabel: label }, make("img", { src: pictures[index], alt: "" }));
    mark.dataset.keyframe = index;
    film.append(mark);
    return mark;
  });

  // The best keyframes show their picture, the others only a tick, so that no picture covers another.
  const placeMarks = () => {
    const width = film.clientWidth;
    const taken = [];
    const order = data.keyframes.map((_, index) => index).sort((a, b) => data.keyframes[a].rank - data.keyframes[b].rank);
    const high = parseFloat(getComputedStyle(marks[0].firstChild).height) || 64;
    for (const index of order) {
      const { time, size } = data.keyframes[index];
      const place = share(time) * width;
      const wide = (high * size[0]) / size[1];
      const left = Math.max(0, Math.min(width - wide, place - wide / 2));
      const free = taken.every(([from, to]) => left > to + 4 || left + wide < from - 4);
      if (free) taken.push([left, left + wide]);
      marks[index].hidden = place < 0 || place > width;
      marks[index].classList.toggle("bare", !free);
      marks[index].style.left = `${place}px`;
      marks[index].style.setProperty("--shift", `${left - place}px`);
    }
  };
  const place = () => {
    for (const { node, start, end } of placed) {
      node.style.left = `${100 * share(start)}%`;
      if (end !== undefined) node.style.width = `${100 * (share(end) - share(start))}%`;
    }
    placeMarks();
    whole.hidden = range[0] <= data.start && range[1] >= data.end;
  };

  // The curves, one below the other over the same times.
  const probe = document.body.appendChild(make("i", { hidden: true }));
  const colour = (name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const rem = (name) => parseFloat(getComputedStyle(root).getPropertyValue(name)) * parseFloat(getComputedStyle(root).fontSize);
  const box = document.getElementById("curves");
  const plots = [];
  const show = (from, to) => {
    range = [Math.max(data.start, from), Math.min(data.end, to)];
    for (const plot of plots) plot.setScale("x", { min: range[0], max: range[1] });
    place();
  };
  data.curves.forEach((curve, number) => {
    const last = number === data.curves.length - 1;
    const value = make("output");
    const target = make("div");
    const caption = make("figcaption", {}, make("b", { textContent: curve.title }), value, make("span", { textContent: curve.about }));
    box.append(make("figure", { className: "curve" }, caption, target));
    const axis = { stroke: () => colour("quiet"), font: "11px system-ui, sans-serif", ticks: { show: false } };
    const plot = new uPlot(
      {
        width: box.clientWidth,
        height: last ? 92 : 68,
        padding: [6, () => rem("--end"), last ? 0 : 6, 0],
        legend: { show: false },
        cursor: {
          sync: { key: "time" },
          y: false,
          drag: { x: true, setScale: false },
          points: { size: 7, fill: () => colour("accent"), stroke: () => colour("accent") },
        },
        scales: { x: { time: false, range: () => range }, y: { range: (_, low, high) => (curve.floor === null ? [Math.min(0, low), high > 0 ? high * 1.05 : 1] : [curve.floor, 0]) } },
        axes: [
          { ...axis, show: last, size: 24, gap: 6, grid: { show: false }, space: 70, values: (_, ticks) => ticks.map(tick) },
          { ...axis, size: () => rem("--gutter"), gap: 14, space: 26, grid: { stroke: () => colour("line"), width: 1 } },
        ],
        series: [
          {},
          {
            stroke: () => colour("curve"),
            fill: () => colour("curve").replace("rgb(", "rgba(").replace(")", ", .12)"),
            width: 1.5,
            points: { show: false },
            ...(curve.floor === null ? {} : { fillTo: curve.floor }),
            ...(curve.steps ? { paths: uPlot.paths.stepped({ align: 1 }) } : {}),
          },
        ],
        hooks: {
          setCursor: [
            (self) => {
              const at = self.cursor.idx;
              value.textContent = at == null ? "" : `${clock(self.data[0][at])} · ${self.data[1][at]}`;
            },
          ],
          setSelect: [
            (self) => {
              const { left, width } = self.select;
              if (width > 4) show(self.posToVal(left, "x"), self.posToVal(left + width, "x"));
              self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            },
          ],
        },
      },
      [curve.times, curve.values],
      target,
    );
    plot.over.addEventListener("dblclick", () => show(data.start, data.end));
    plots.push(plot);
  });
  whole.addEventListener("click", () => show(data.start, data.end));
  const redraw = () => plots.forEach((plot) => plot.redraw());
  root.addEventListener("themechange", redraw);
  // On paper all is light.
  matchMedia("print").addEventListener("change", redraw);
  new ResizeObserver(() => {
    for (const plot of plots) plot.setSize({ width: box.clientWidth, height: plot.height });
    place();
  }).observe(timeline);

  // A small picture of the keyframe that the pointer or the focus is on.
  const showPreview = (mark) => {
    const keyframe = data.keyframes[mark.dataset.keyframe];
    preview.replaceChildren(
      make("img", { src: pictures[mark.dataset.keyframe], alt: "" }),
      make("b", { textContent: `${keyframe.timecode} · rank ${keyframe.rank}` }),
      make("p", { textContent: keyframe.reason }),
    );
    preview.hidden = false;
    const at = mark.getBoundingClientRect();
    const { width, height } = preview.getBoundingClientRect();
    const left = at.left + at.width / 2 - width / 2;
    preview.style.left = `${Math.max(8, Math.min(root.clientWidth - width - 8, left))}px`;
    const above = at.top - height - 8;
    preview.style.top = `${above > 8 ? above : at.bottom + 8}px`;
  };
  const hidePreview = () => (preview.hidden = true);
  for (const mark of marks) {
    mark.addEventListener("pointerenter", () => showPreview(mark));
    mark.addEventListener("focus", () => mark.matches(":focus-visible") && showPreview(mark));
    mark.addEventListener("pointerleave", hidePreview);
    mark.addEventListener("blur", hidePreview);
  }

  rove(film);
  rove(document.querySelector(".gallery"));

  // One keyframe, large, with what speaks for it.
  const bars = (list, values) => {
    const rows = values.map(([name, number]) => {
      const bar = make("i");
      bar.style.width = `${100 * number}%`;
      const value = make("span", { className: "value", textContent: number.toFixed(2) });
      return make("div", {}, make("dt", { textContent: name }), make("dd", { className: "bar" }, bar), make("dd", {}, value));
    });
    list.replaceChildren(...rows);
  };
  let shown = 0;
  const fill = (index) => {
    shown = index;
    const keyframe = data.keyframes[index];
    const [width, height] = keyframe.size;
    detail.querySelector("h2").textContent = `Keyframe ${index + 1} of ${data.keyframes.length} · ${keyframe.timecode}`;
    detail.querySelector(".why").textContent = keyframe.reason;
    detail.querySelector(".said").textContent = keyframe.text;
    Object.assign(detail.querySelector(".picture img"), { src: pictures[index], width, height, alt: `Frame ${keyframe.frame}` });
    const boxes = keyframe.regions.map(([[x, y, wide, high], weight, cause]) => {
      const region = make("div", {}, make("span", { textContent: `${cause} ${percent(weight)}` }));
      const sides = { left: x / width, top: y / height, width: wide / width, height: high / height };
      for (const [side, part] of Object.entries(sides)) region.style[side] = `${100 * part}%`;
      return region;
    });
    detail.querySelector(".regions").replaceChildren(...boxes);
    const map = detail.querySelector(".map");
    map.style.maskImage = keyframe.map ? `url("data:image/png;base64,${keyframe.map}")` : "";
    map.dataset.known = Boolean(keyframe.map);
    const facts = [["Frame", keyframe.frame], ["Shot", keyframe.shot], ["Rank", keyframe.rank]];
    if (keyframe.span[0] != null) facts.push(["Stands for", `${clock(keyframe.span[0])} – ${clock(keyframe.span[1])}`]);
    const rows = facts.map(([name, value]) => make("div", {}, make("dt", { textContent: name }), make("dd", { textContent: value })));
    detail.querySelector(".facts-of").replaceChildren(...rows);
    bars(detail.querySelector(".scores"), [...keyframe.scores, ["mean", keyframe.score]]);
    bars(detail.querySelector(".heads"), keyframe.heads);
    draw();
  };
  const draw = () => {
    for (const box of detail.querySelectorAll("[data-shows]")) {
      const layer = detail.querySelector(`.picture .${box.dataset.shows}`);
      const unknown = layer.dataset.known === "false";
      layer.hidden = !box.checked || unknown;
      box.parentNode.hidden = unknown;
    }
  };
  const step = (by) => fill((shown + by + data.keyframes.length) % data.keyframes.length);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-keyframe]");
    if (!button) return;
    hidePreview();
    fill(Number(button.dataset.keyframe));
    detail.showModal();
  });
  detail.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.step) step(Number(button.dataset.step));
    if (button?.matches("[data-close]") || event.target === detail) detail.close();
  });
  detail.addEventListener("change", draw);
  detail.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") step(-1);
    if (event.key === "ArrowRight") step(1);
  });
})();
