/** What the picture looks like by day, and what of that changes by night. Plain colours: every viewer knows them. */
export const SVG_STYLE = `
.bench{font:12px/1.4 ui-sans-serif,system-ui,"Segoe UI",Inter,Roboto,sans-serif;font-variant-numeric:tabular-nums;max-width:100%;height:auto;color-scheme:light dark}
.bench text{fill:#1f2328}
.bench .paper{fill:#fff}
.bench .title{font-size:17px;font-weight:650}
.bench .heading{font-size:13px;font-weight:600}
.bench .note,.bench .value,.bench .axis text{fill:#59636e}
.bench .value,.bench .head{text-anchor:end}
.bench .axis text{text-anchor:middle;font-size:11px}
.bench .axis path{stroke:#e4e8ec;fill:none}
.bench .axis .at-floor{stroke:#59636e;stroke-dasharray:5 4}
.bench .axis .floor-ink{fill:#3a424c;font-weight:600}
.bench .label{text-anchor:end;fill:#3a424c}
.bench .label.ours{fill:#1f2328;font-weight:600}
.bench .bar.ours{fill:#2f6fde}
.bench .bar.peer{fill:#a9b8cf}
.bench .bar.floor{fill:#7a828c}
.bench .whisker{stroke:#1f2328;stroke-width:1.2;fill:none}
.bench .ratio{font-weight:600;paint-order:stroke;stroke:#fff;stroke-width:4px;stroke-linejoin:round}
.bench .cut{fill:#fff}
.bench .target{stroke-width:2.2;fill:none}
.bench .target.reached{stroke:#1a7f37}
.bench .target.missed{stroke:#cf222e}
.bench .verdict.reached{fill:#1a7f37}
.bench .verdict.missed{fill:#cf222e}
.bench .bad-ink{fill:#cf222e}
@media (prefers-color-scheme:dark){
.bench text{fill:#e6edf3}
.bench .paper,.bench .cut{fill:#0f141b}
.bench .note,.bench .value,.bench .axis text{fill:#9198a1}
.bench .axis path{stroke:#232a33}
.bench .axis .at-floor{stroke:#9198a1}
.bench .axis .floor-ink{fill:#c5ccd3}
.bench .label{fill:#c5ccd3}
.bench .label.ours{fill:#e6edf3}
.bench .bar.ours{fill:#3f7fe8}
.bench .bar.peer{fill:#47566d}
.bench .bar.floor{fill:#6b7480}
.bench .whisker{stroke:#e6edf3}
.bench .ratio{stroke:#0f141b}
.bench .target.reached{stroke:#3fb950}
.bench .target.missed{stroke:#ff7b72}
.bench .verdict.reached{fill:#3fb950}
.bench .verdict.missed{fill:#ff7b72}
.bench .bad-ink{fill:#ff7b72}
}`;
