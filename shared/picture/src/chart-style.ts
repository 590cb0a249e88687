/** The colours are those of the other pictures; light or dark follows the `color-scheme` of where the chart stands. */
export const CHART_STYLE = `
svg.chart:root{color-scheme:light dark}
svg.chart{display:block;font:12px/1.4 ui-sans-serif,system-ui,"Segoe UI",Inter,Roboto,sans-serif;font-variant-numeric:tabular-nums}
.chart .paper{fill:light-dark(#fff,#0f141b)}
.chart text{fill:light-dark(#1f2328,#e6edf3);paint-order:stroke;stroke:light-dark(#fff,#0f141b);stroke-width:4px;stroke-linejoin:round}
.chart .title{font-size:17px;font-weight:650}
.chart .heading{font-size:13px;font-weight:600}
.chart .note,.chart .axis text{fill:light-dark(#59636e,#9198a1)}
.chart .axis text{text-anchor:middle;font-size:11px}
.chart .axis text.end{text-anchor:end}
.chart .middle{text-anchor:middle}
.chart .axis line{stroke:light-dark(#e4e8ec,#232a33)}
.chart .axis .at-floor{stroke:light-dark(#59636e,#9198a1);stroke-dasharray:5 4}
.chart .axis .floor-ink{fill:light-dark(#3a424c,#c5ccd3);font-weight:600}
.chart .label{fill:light-dark(#3a424c,#c5ccd3)}
.chart .label.ours{fill:light-dark(#1f2328,#e6edf3);font-weight:600}
.chart .figure{font-weight:600;text-anchor:end}
.chart .figure .note{font-weight:400}
.chart .bar.ours{fill:light-dark(#2f6fde,#3f7fe8)}
.chart .bar.peer{fill:light-dark(#a9b8cf,#47566d)}
.chart .bar.floor{fill:light-dark(#7a828c,#6b7480)}
.chart .whisker line{stroke:light-dark(#1f2328,#e6edf3);stroke-width:1.2}
.chart .good{fill:light-dark(#1a7f37,#3fb950)}
.chart .bad{fill:light-dark(#cf222e,#ff7b72)}
.chart .curve line{stroke-width:1.6}
.chart .curve .spread{stroke-width:5;opacity:.35}
.chart .curve .mark{stroke:light-dark(#fff,#0f141b);stroke-width:1}
.chart .curve .open{fill:none;stroke-width:2}
.chart .curve.ours line{stroke:light-dark(#2f6fde,#3f7fe8);stroke-width:2.6}
.chart .curve.ours .mark{fill:light-dark(#2f6fde,#3f7fe8)}
.chart .curve.ours .open{stroke:light-dark(#2f6fde,#3f7fe8)}
.chart .curve.peer line{stroke:light-dark(#8496b3,#64769a)}
.chart .curve.peer .mark{fill:light-dark(#8496b3,#64769a)}
.chart .curve.peer .open{stroke:light-dark(#8496b3,#64769a)}
.chart .curve.floor line{stroke:light-dark(#7a828c,#6b7480)}
.chart .curve.floor .mark{fill:light-dark(#7a828c,#6b7480)}
.chart .curve.floor .open{stroke:light-dark(#7a828c,#6b7480)}
`;
