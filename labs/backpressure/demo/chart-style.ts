/** What the chart looks like by day, and what of that changes by night. Plain colours: every viewer knows them. */
export const CHART_STYLE = `
.flow{font:12px/1.4 ui-sans-serif,system-ui,"Segoe UI",Inter,Roboto,sans-serif;font-variant-numeric:tabular-nums;max-width:100%;height:auto;color-scheme:light dark}
.flow text{fill:#1f2328}
.flow .paper{fill:#fff}
.flow .panel{fill:#f6f8fa}
.flow .title{font-size:17px;font-weight:650}
.flow .name{font-size:14px;font-weight:650}
.flow .heading{font-weight:600}
.flow .note{fill:#59636e}
.flow .small{font-size:11px}
.flow .tick{font-size:11px;fill:#59636e;text-anchor:end}
.flow .load{font-size:11px;fill:#59636e;text-anchor:middle}
.flow .grid{stroke:#e4e8ec;fill:none}
.flow .value{font-size:11px;font-weight:600;text-anchor:middle;paint-order:stroke;stroke:#f6f8fa;stroke-width:3px;stroke-linejoin:round}
.flow .bad-ink{fill:#cf222e}
.flow .depth{fill:#c9dbfa;stroke:#2f6fde;stroke-width:1.2}
.flow .stripes{stroke:#8250df;stroke-width:2.4;opacity:.65}
.flow .waiting{stroke:#8250df;stroke-width:1}
.flow .limit{stroke:#59636e;stroke-dasharray:4 3;fill:none}
.flow .usual{stroke:#1a7f37;stroke-dasharray:4 3;fill:none;stroke-width:1.4}
.flow .patience{stroke:#cf222e;stroke-dasharray:2 3;fill:none}
.flow .cross{stroke:#cf222e;stroke-width:1.5;fill:none}
.flow .told{stroke:#8250df;stroke-width:1.5;fill:none}
.flow .p99{stroke:#1f2328;fill:none;stroke-width:1.8;stroke-linejoin:round}
.flow .p99-dot{fill:#1f2328}
.flow .p50{stroke:#8c959f;fill:none;stroke-width:1.4;stroke-linejoin:round}
.flow .p50-dot{fill:#8c959f}
.flow .in-time{fill:#2da44e}
.flow .too-late{fill:#d9a520}
.flow .backlog{fill:#2f6fde}
.flow .dropped{fill:#cf222e}
.flow .refused{fill:#8250df}
.flow .shed{fill:#bf3989}
.flow .cut-off{fill:#8c959f}
@media (prefers-color-scheme:dark){
.flow text{fill:#e6edf3}
.flow .paper{fill:#0f141b}
.flow .panel{fill:#161c25}
.flow .note,.flow .tick,.flow .load{fill:#9198a1}
.flow .grid{stroke:#242c37}
.flow .value{stroke:#161c25}
.flow .bad-ink{fill:#ff7b72}
.flow .depth{fill:#1d3a6b;stroke:#6da2ff}
.flow .stripes{stroke:#b58bff}
.flow .waiting{stroke:#b58bff}
.flow .limit{stroke:#9198a1}
.flow .usual{stroke:#3fb950}
.flow .patience{stroke:#ff7b72}
.flow .cross{stroke:#ff7b72}
.flow .told{stroke:#b58bff}
.flow .p99{stroke:#e6edf3}
.flow .p99-dot{fill:#e6edf3}
.flow .p50{stroke:#6b7480}
.flow .p50-dot{fill:#6b7480}
.flow .in-time{fill:#3fb950}
.flow .too-late{fill:#e3b341}
.flow .backlog{fill:#3f7fe8}
.flow .dropped{fill:#f85149}
.flow .refused{fill:#a475f9}
.flow .shed{fill:#db61a2}
.flow .cut-off{fill:#6b7480}
}`;
