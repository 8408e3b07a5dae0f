// Draws the report's interactive charts and answers to its select boxes, keys and taps.
// Texts from tables reach the page as text only, never as markup.
(() => {
  "use strict";

  const EVERY = "every";
  const HOVER = 14; // how near, in pixels, a pointer must be to a mark
  const TAP = 44;
  const found = document.getElementById("explore-data");
  const data = found ? JSON.parse(found.textContent) : {};

  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const percent = (share) => `${(100 * share).toFixed(1)}\u00a0%`;
  const cosine = (value) => value.toFixed(3).replace("-", "\u2212");

  function fill(table, heads, rows) {
    const head = make("tr", {}, ...heads.map((text) => make("th", { textContent: text, scope: "col" })));
    const body = rows.map(([first, ...cells]) => {
      const row = make("tr", {}, make("th", { textContent: first, scope: "row" }));
      row.append(...cells.map((text) => make("td", { textContent: text, className: "num" })));
      return row;
    });
    table.replaceChildren(make("thead", {}, head), make("tbody", {}, ...body));
  }

  async function draw(place, chart, datasets) {
    // Vega measures text on a canvas, which knows no CSS variables
    const font = getComputedStyle(document.documentElement).getPropertyValue("--sans").trim();
    const options = { renderer: "svg", actions: false, tooltip: false, config: { font } };
    const whole = { ...chart, datasets: { ...chart.datasets, ...datasets } };
    const { view } = await vegaEmbed(place, whole, options);
    return view;
  }

  async function unpack(base64) {
    try {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
      return await new Response(stream).json();
    } catch {
      return {}; // a browser from before 2023: texts without pictures
    }
  }

  async function showPairs(block, { rows, said, right, pictures, chart }) {
    const contender = block.querySelector("#pairs-contender");
    const pattern = block.querySelector("#pairs-pattern");
    const place = block.querySelector(".chart");
    const detail = block.querySelector(".said");
    const points = rows.map((row, index) => ({
      ...row,
      index,
      right: Object.fromEntries(Object.keys(right).map((name) => [name, right[name][index]])),
    }));
    const known = await unpack(pictures);
    const view = await draw(place, chart, { pairs: points });
    contender.value = view.signal("contender");

    let picked = 0;
    let pinned = false;
    const shown = () => points.filter((p) => pattern.value === EVERY || p.pattern === pattern.value);
    const label = () => contender.selectedOptions[0].textContent;

    function answer(point, side) {
      const choice = said[contender.value][point.index][side];
      if (choice.startsWith("?")) return { word: "unscored", mark: "?", text: choice.slice(1) };
      const isRight = choice === point.answers[side];
      const text = point.options[choice];
      return isRight ? { word: "right", mark: "\u2713", text } : { word: "wrong", mark: "\u2717", text };
    }

    function side(point, index) {
      const [drawing, alt] = known[point.images[index]] ?? [];
      const given = answer(point, index);
      const picture = drawing
        ? make("img", { src: `data:image/svg+xml,${encodeURIComponent(drawing)}`, alt, width: 96, height: 96 })
        : make("span", { textContent: point.images[index] });
      const says = make("p", { className: given.word }, make("small", { textContent: `\u201c${label()}\u201d said` }));
      says.append(make("span", { textContent: given.mark, ariaHidden: "true" }), ` ${given.text}`);
      says.append(make("span", { className: "unseen", textContent: `, ${given.word}` }));
      const truth = make("p", {}, make("small", { textContent: "right answer" }));
      truth.append(point.options[point.answers[index]]);
      return make("div", {}, make("figure", { className: "scene" }, picture), truth, says);
    }

    function tell() {
      const among = shown();
      const point = points[picked];
      block.querySelector(".place").textContent = `pair ${among.indexOf(point) + 1} of ${among.length}`;
      const options = `(a) ${point.options.a} (b) ${point.options.b}`;
      detail.replaceChildren(
        make("h4", {}, make("small", { textContent: point.pattern }), ` ${point.question}`),
        make("p", { className: "options", textContent: options }),
        make("div", { className: "sides" }, side(point, 0), side(point, 1)),
        make("p", { className: "cosines" },
          make("span", { className: "warm" }, "probe ", make("b", { textContent: cosine(point.x) })),
          make("span", { className: "cool" }, "reference ", make("b", { textContent: cosine(point.y) }))),
      );
      view.signal("picked", point.pair).runAsync();
    }

    function refresh() {
      const among = shown();
      if (!among.includes(points[picked])) picked = among[0].index;
      view.signal("contender", contender.value).signal("pattern", pattern.value).runAsync();
      for (const count of block.querySelectorAll("[data-right]")) {
        const wanted = Number(count.dataset.right);
        count.textContent = among.filter((p) => p.right[contender.value] === wanted).length;
      }
      fill(block.querySelector("table"),
        ["question", "about", "probe", "reference", "right answers", `\u201c${label()}\u201d said`, "right"],
        among.map((p) => [
          p.question, p.pattern, cosine(p.x), cosine(p.y),
          p.answers.map((a) => p.options[a]).join(" / "),
          [0, 1].map((i) => answer(p, i).text).join(" / "),
          `${p.right[contender.value]} of 2`,
        ]));
      tell();
    }

    function nearest(event, within) {
      const box = place.querySelector("svg").getBoundingClientRect();
      const [left, top] = view.origin();
      const [x, y] = [view.scale("x"), view.scale("y")];
      let best = null;
      let least = within;
      for (const point of shown()) {
        const across = event.clientX - box.left - left - x(point.x);
        const down = event.clientY - box.top - top - y(point.y);
        const distance = Math.hypot(across, down);
        if (distance < least) [best, least] = [point, distance];
      }
      return best;
    }

    function step(by) {
      const among = shown();
      const at = among.indexOf(points[picked]) + by;
      picked = among[(at + among.length) % among.length].index;
      pinned = true;
      tell();
    }

    contender.addEventListener("change", refresh);
    pattern.addEventListener("change", refresh);
    for (const button of block.querySelectorAll("[data-step]")) {
      button.addEventListener("click", () => step(Number(button.dataset.step)));
    }
    place.addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      step(by);
    });
    // a pointer that passes by shows a pair; one that was clicked stays until the next click
    place.addEventListener("pointermove", (event) => {
      const point = event.pointerType === "touch" ? null : nearest(event, HOVER);
      place.classList.toggle("over", Boolean(point));
      if (!point || pinned || point.index === picked) return;
      picked = point.index;
      tell();
    });
    place.addEventListener("click", (event) => {
      const point = nearest(event, TAP);
      pinned = Boolean(point);
      if (!point) return;
      picked = point.index;
      tell();
    });
    refresh();
  }

  async function showScores(block, { rows, labels, counts, chart }) {
    const benchmark = block.querySelector("#scores-benchmark");
    const pattern = block.querySelector("#scores-pattern");
    const view = await draw(block.querySelector(".chart"), chart, { scores: rows });

    function refresh() {
      const asked = counts[benchmark.value];
      for (const option of pattern.options) option.disabled = !(option.value in asked);
      if (!(pattern.value in asked)) pattern.value = EVERY;
      view.signal("benchmark", benchmark.value).signal("pattern", pattern.value).runAsync();
      const about = pattern.value === EVERY ? "" : ` about ${pattern.value}`;
      const kind = benchmark.value.replace(/s$/, "");
      block.querySelector(".status").textContent =
        `${asked[pattern.value]} ${kind} pairs${about}: share with both answers right, with its 95\u00a0%`
        + " interval. Dashed: guessing.";
      const among = rows.filter((r) => r.benchmark === benchmark.value && r.pattern === pattern.value);
      fill(block.querySelector("table"),
        ["contender", "pairs right", "share", "95\u00a0% interval"],
        Object.keys(labels).flatMap((name) => among.filter((r) => r.contender === name)).map((r) => [
          labels[r.contender], `${Math.round(r.share * r.pairs)} of ${r.pairs}`, percent(r.share),
          `${(100 * r.low).toFixed(1)} to ${(100 * r.high).toFixed(1)}`,
        ]));
    }

    benchmark.addEventListener("change", refresh);
    pattern.addEventListener("change", refresh);
    refresh();
  }

  for (const [name, show] of [["pairs", showPairs], ["scores", showScores]]) {
    const block = document.getElementById(`explore-${name}`);
    if (!block || !data[name]) continue;
    block.hidden = false; // a chart takes its width from what is visible
    show(block, data[name]).catch((error) => {
      block.hidden = true;
      console.error(error);
    });
  }
})();
