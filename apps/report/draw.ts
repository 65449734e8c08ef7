/**
 * The page's own script, as text: it draws each chart with uPlot, follows its width and the colour scheme. It is plain
 * JavaScript for browsers; a function turned to text would carry what a compiler added to it.
 */
export const drawCharts: string = `
(() => {
  "use strict";
  const charts = JSON.parse(document.getElementById("charts").textContent);
  /** One for each of the ten colours: a curve differs from every other in both. */
  const DASHES = [[], [10, 5], [2, 3], [10, 3, 2, 3], [5, 3], [16, 4], [10, 3, 2, 3, 2, 3], [3, 6], [5, 3, 2, 3], [16, 3, 5, 3]];
  const HEIGHT = 290;

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const format = (value) => {
    if (value === null || value === undefined || Number.isNaN(value)) return "–";
    const size = Math.abs(value);
    if (size === 0) return "0";
    if (size < 1e-3 || size >= 1e6) return value.toExponential(size < 1e-3 || value !== 10 ** Math.round(Math.log10(size)) ? 2 : 0).replace("e+", "e");
    return String(Number(value.toPrecision(4)));
  };
  const power = (value) => {
    if (value === null) return "";
    const size = Math.abs(value);
    return size >= 1e5 || (size > 0 && size < 1e-3) ? value.toExponential(0).replace("e+", "e") : String(Number(value.toPrecision(6)));
  };

  /** A logarithmic axis has no place for zero and below. */
  const shown = (values, logY) => values.map((value) => (value === null || (logY && !(value > 0)) ? null : value));

  /** On a logarithmic axis only so much is named that it can be read: powers of ten, or 1, 2 and 5 times them, or all. */
  const named = (u, splits) => {
    const { min, max } = u.scales.y;
    const span = Math.log10(max / min);
    const every = Math.ceil(span / 7);
    return splits.map((value) => {
      const exponent = Math.floor(Math.log10(value) + 1e-9);
      const lead = Math.round(value / 10 ** exponent);
      const kept = span > 1.5 ? lead === 1 && exponent % every === 0 : span > 0.6 ? [1, 2, 5].includes(lead) : true;
      return kept ? value : null;
    });
  };

  /** A piece of the line, for the legend. */
  const sampleOf = (stroke, dash) => {
    if (dash.length === 0) return stroke;
    let at = 0;
    const stops = dash.map((length, k) => (k % 2 ? "transparent " : stroke + " ") + at + "px " + (at += length) + "px");
    return "repeating-linear-gradient(90deg, " + stops.join(", ") + ")";
  };

  function optionsOf(chart, width) {
    const ink = colour("--ink"), soft = colour("--soft"), line = colour("--line");
    const series = [{ label: chart.xLabel, value: (u, v) => (v === null || v === undefined ? "–" : String(v)) }];
    const data = [chart.x];
    const bands = [];
    const hidden = new Set();
    const samples = [];
    chart.curves.forEach((curve, i) => {
      const stroke = colour("--c" + (i % DASHES.length));
      const dash = DASHES[i % DASHES.length];
      samples[series.length] = sampleOf(stroke, dash);
      series.push({ label: curve.label, stroke, width: 2, dash, spanGaps: true, points: { show: chart.x.length < 12, fill: colour("--card") }, value: (u, v) => format(v) });
      data.push(shown(curve.mid, chart.logY));
      if (!curve.low || !curve.high) return;
      for (const edge of [curve.high, curve.low]) {
        hidden.add(series.length);
        series.push({ label: "", stroke: "transparent", width: 0, spanGaps: true, points: { show: false } });
        data.push(shown(edge, chart.logY));
      }
      bands.push({ series: [series.length - 2, series.length - 1], fill: stroke + "2e" });
    });
    const axis = { stroke: soft, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 }, font: "12px system-ui, sans-serif", labelFont: "12px system-ui, sans-serif", labelSize: 18 };
    return {
      data,
      options: {
        width, height: HEIGHT, series, bands,
        scales: { x: { time: false }, y: { distr: chart.logY ? 3 : 1 } },
        axes: [
          { ...axis, label: chart.xLabel, size: 34 },
          { ...axis, label: chart.yLabel, size: 58, values: (u, splits) => splits.map(power), ...(chart.logY && { filter: named }) },
        ],
        cursor: { drag: { x: false, y: false } },
        legend: { markers: { fill: (u, i) => samples[i] ?? "transparent", width: 0 } },
        hooks: {
          ready: [(u) => u.root.querySelectorAll(".u-legend .u-series").forEach((row, i) => row.classList.toggle("u-hidden", hidden.has(i)))],
          setSeries: [(u, i, change) => {
            if (i === null || change.show === undefined || hidden.has(i)) return;
            for (let k = i + 1; hidden.has(k); k++) if (u.series[k].show !== change.show) u.setSeries(k, { show: change.show });
          }],
        },
      },
    };
  }

  const places = [...document.querySelectorAll("[data-chart]")].map((place) => ({ place, chart: charts[Number(place.dataset.chart)], plot: null }));
  const widthOf = (place) => {
    const { paddingLeft, paddingRight } = getComputedStyle(place);
    return Math.max(200, Math.floor(place.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight)));
  };
  const draw = (one) => {
    one.plot?.destroy();
    const { options, data } = optionsOf(one.chart, widthOf(one.place));
    one.plot = new uPlot(options, data, one.place);
  };
  places.forEach(draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => places.forEach(draw));
  const watch = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const one = places.find(({ place }) => place === target);
      const width = widthOf(target);
      if (one?.plot && one.plot.width !== width) one.plot.setSize({ width, height: HEIGHT });
    }
  });
  for (const { place } of places) watch.observe(place);
})();
`;
