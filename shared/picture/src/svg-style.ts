/** Light or dark follows the `color-scheme` of where the picture stands. */
export const STYLE = `
svg.picture:root{color-scheme:light dark}
svg.picture{font:12px/1.4 ui-sans-serif,system-ui,"Segoe UI",Inter,Roboto,sans-serif;font-variant-numeric:tabular-nums;max-width:100%;height:auto}
.picture .paper{fill:light-dark(#fff,#0f141b)}
.picture text{fill:light-dark(#1f2328,#e6edf3)}
.picture .title{font-size:17px;font-weight:650}
.picture .note,.picture .value,.picture .axis text,.picture .legend text{fill:light-dark(#59636e,#9198a1)}
.picture .bad-ink{fill:light-dark(#cf222e,#ff7b72)!important;font-weight:600}
.picture .label{text-anchor:end;fill:light-dark(#3a424c,#c5ccd3)}
.picture .axis text{text-anchor:middle;font-size:11px}
.picture .axis path{stroke:light-dark(#e4e8ec,#232a33);fill:none}
.picture .gap{fill:url(#ID-hatch);opacity:.5}
.picture .lane{fill:light-dark(#f3f5f8,#171d26)}
.picture .stripe{fill:light-dark(#f7f9fb,#141a22)}
.picture .lane.over{fill:light-dark(#ffe9e7,#3a1a1d)}
.picture .run{fill:light-dark(#2f6fde,#3f7fe8)}
.picture .run.odd{fill:light-dark(#5a8fe8,#2f62b8)}
.picture .run.dense{fill:light-dark(#5a8fe8,#4d86e0)}
.picture .run.failed,.picture .run.dense.failed{fill:light-dark(#d1343d,#da4a4f)}
.picture .run.cancelled,.picture .run.dense.cancelled{fill:light-dark(#7a828c,#6b7480)}
.picture .run.dropped,.picture .run.dense.dropped{fill:light-dark(#a8741a,#b98a2f)}
.picture .run.dense.blocked{fill:light-dark(#b08be0,#8f6cc4);stroke:none}
.picture .run.open{fill:light-dark(#fff5f4,#2a1517);stroke:light-dark(#cf222e,#ff7b72);stroke-dasharray:3 2}
.picture .run.cut{fill:light-dark(#2f6fde,#3f7fe8)}
.picture .in{fill:#fff;font-size:11px;pointer-events:none}
.picture .run.open~.in{fill:light-dark(#cf222e,#ff7b72)}
.picture .in.end{text-anchor:end}
.picture .sign{fill:none;stroke:#fff;stroke-width:1.4;stroke-linecap:round;pointer-events:none}
.picture .blocked{fill:url(#ID-hatch);stroke:light-dark(#a37bd6,#8f6cc4);stroke-width:.6}
.picture .hatch-paper{fill:light-dark(#f3ecfc,#2a2140)}
.picture .hatch-line{stroke:light-dark(#b08be0,#8f6cc4);stroke-width:2.4}
.picture .cross{stroke:light-dark(#a8741a,#d9a441);stroke-width:1.8;stroke-linecap:round;fill:none}
.picture .queued-line{stroke:light-dark(#9aa3ad,#6b7480);stroke-width:2;fill:none}
.picture .retrying-line{stroke:light-dark(#c98a00,#e0a93b);stroke-width:2.4;stroke-dasharray:2 3;fill:none}
.picture .area{stroke-width:1;stroke-linejoin:round}
.picture .area.queue{fill:light-dark(#dfe3e8,#2a323c);stroke:light-dark(#aab2bb,#4a545f)}
.picture .area.again{fill:light-dark(#ffedc2,#4a3a12);stroke:light-dark(#d29a1c,#c9952b)}
.picture .area.depth{fill:light-dark(#d6e4fb,#1b3154);stroke:light-dark(#6d9bea,#3f7fe8)}
.picture .area.over{fill:light-dark(#f4a9a6,#8e2a2f);stroke:light-dark(#d1343d,#ff7b72)}
.picture .base{stroke:light-dark(#d5dae0,#2b333d);fill:none}
.picture .limit{stroke:light-dark(#59636e,#9198a1);stroke-dasharray:5 4;stroke-width:1.2;fill:none}
.picture .limit.over{stroke:light-dark(#cf222e,#ff7b72)}
.picture .moment{fill:none;stroke:light-dark(#59636e,#9198a1);stroke-dasharray:2 3}
.picture .moment.stop{stroke:light-dark(#1f2328,#e6edf3);stroke-dasharray:none;stroke-width:1.2}
.picture .moment.bad{stroke:light-dark(#cf222e,#ff7b72);stroke-dasharray:none;stroke-width:1.2}
.picture .mark{font-weight:600}
.picture .mark.plain{font-weight:400;fill:light-dark(#59636e,#9198a1)}
.picture .mark.bad{fill:light-dark(#cf222e,#ff7b72)}
.picture .phase{fill:none;stroke:light-dark(#59636e,#9198a1)}
.picture .halo{paint-order:stroke;stroke:light-dark(#fff,#0f141b);stroke-width:5px}`;

/** What is blocked is hatched. */
export const hatch = (id: string) =>
  `<pattern id="${id}hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="hatch-paper" width="6" height="6"/><path class="hatch-line" d="M0 0V6"/></pattern>`;
