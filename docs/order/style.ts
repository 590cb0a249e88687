import { LOOK } from "../playground/look.ts";

export const STYLE = `${LOOK}
.story{padding:16px 20px;background:light-dark(#f2f6ff,#121c2d);border-bottom:1px solid var(--line)}.story p{max-width:96ch}
.answers{display:flex;gap:8px;flex-wrap:wrap;padding:14px 20px 8px}
.answers [aria-pressed=true]{background:light-dark(#2563cf,#2f6fde);border-color:transparent;color:#fff;font-weight:600}
.how{padding:0 20px;color:var(--quiet)}
.board{position:relative;padding:14px 20px 6px;--name:168px;--thumb:28px}
.row{display:grid;grid-template-columns:var(--name) 1fr;align-items:center;gap:0 12px;min-height:38px}
.name{font-size:13.5px;line-height:1.3}.event .name{display:flex;gap:7px}.lane .name{font-weight:600;text-align:right}
.slide{position:relative;display:block;height:32px}
.slide::before{content:"";position:absolute;inset:15px 0 auto;border-top:2px solid var(--line)}
input{position:absolute;inset:0;width:100%;height:100%;margin:0;appearance:none;background:none;cursor:grab;border-radius:8px;touch-action:pan-y}
input:active{cursor:grabbing}
input::-webkit-slider-thumb{appearance:none;width:var(--thumb);height:var(--thumb);border-radius:50%;background:none}
input::-moz-range-thumb{width:var(--thumb);height:var(--thumb);border:0;border-radius:50%;background:none}
.dot{position:absolute;top:2px;left:calc((100% - var(--thumb))*var(--at,0)/100);width:var(--thumb);height:var(--thumb);border-radius:50%;display:grid;place-items:center;color:#fff;font-weight:700;pointer-events:none;border:2px solid var(--paper)}
.e0 .dot{background:#1a7f5a}.e1 .dot{background:#8250df}.e2 .dot{background:#b4470f}
.touched .dot{box-shadow:0 0 0 3px light-dark(#f2c94c,#d6a92f)}
.strip{position:relative;height:28px;margin-inline:calc(var(--thumb)/2);border-radius:5px;background:light-dark(#f3f5f8,#171d26)}
.bar{position:absolute;inset-block:0;border-radius:5px;overflow:hidden;font-size:12.5px;line-height:28px;white-space:nowrap;border-right:2px solid var(--paper)}
.bar>span{display:block;overflow:hidden;padding:0 8px;text-overflow:ellipsis}.bar{container-type:inline-size}@container (max-width:44px){.bar>span{visibility:hidden}}
.runs{background:light-dark(#2563cf,#2f6fde);color:#fff}.waits{background:light-dark(#ffedc2,#4a3a12);color:light-dark(#6b4700,#f0cf7f)}
.over{background:light-dark(#e2e7ed,#2a333e);color:light-dark(#3a424c,#c5ccd3)}.bar.bad{background:light-dark(#cf222e,#b3242d);color:#fff}
.drops{position:absolute;inset:14px 20px 6px;pointer-events:none;align-items:stretch}.drops .strip{grid-column:2;height:auto;background:none}
.drops i{position:absolute;inset-block:0;border-left:1.5px dashed light-dark(#8c959f,#768390);opacity:.55}
.verdict{padding:10px 20px 14px;font-weight:600;font-size:15px;min-height:48px}.verdict.good{color:var(--good)}.verdict.bad{color:var(--bad)}
.orders{display:flex;flex-wrap:wrap;gap:10px 14px;align-items:center;padding:14px 20px;border-top:1px solid var(--line);background:var(--soft)}
.count{font-weight:600}.chips{display:flex;flex-wrap:wrap;gap:6px;flex-basis:100%}.chips:empty{display:none}
.chip{padding:2px 9px;font-size:13px;background:var(--paper)}.chip.good{color:var(--good)}.chip.bad{color:var(--bad);background:light-dark(#fff1f0,#33161a);border-color:light-dark(#f0b3b0,#6d2b30)}
.chip[aria-pressed=true]{outline:2px solid var(--blue);outline-offset:1px}
details{border-top:1px solid var(--line);padding:12px 20px}summary{cursor:pointer;color:var(--quiet)}details p{margin:10px 0}
figure{margin:10px 0 0}figcaption{font-size:12px;color:var(--quiet)}
pre{margin:4px 0 0;padding:10px 12px;overflow-x:auto;border-radius:8px;background:var(--soft);font:12.5px/1.6 var(--vp-font-family-mono,ui-monospace,monospace)}
code{font-family:var(--vp-font-family-mono,ui-monospace,monospace)}pre .gone{color:var(--bad)}pre .new{color:var(--good)}pre .quiet,pre i{color:var(--quiet)}pre i{margin-left:2ch;font-size:11.5px}
@media (max-width:640px){.story,.answers,.how,.board,.verdict,.orders,details{padding-inline:14px}.row{grid-template-columns:1fr;min-height:0;margin-bottom:8px}.lane .name{text-align:left;margin:0 14px 3px}.bar>span{padding-inline:5px}.drops{display:none}}`;
