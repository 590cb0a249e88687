import { LOOK } from "./look.ts";

export const STYLE = `${LOOK}
.loading{padding:20px;color:var(--quiet)}
.guess{padding:16px 20px;background:light-dark(#f2f6ff,#121c2d);border-bottom:1px solid var(--line)}
.guess p{max-width:96ch}.answers{display:flex;gap:8px;flex-wrap:wrap;margin-top:10px}
.answers button{background:var(--paper);text-align:left}
.answers button[aria-pressed=true]{background:light-dark(#dce8fd,#1b3154);border-color:var(--blue)}
.answered [data-right]{border-color:var(--good);box-shadow:inset 0 0 0 1px var(--good)}
.answered [data-right]::after{content:" ✓";color:var(--good);font-weight:700}
.answered [aria-pressed=true]:not([data-right])::after{content:" ✗";color:var(--bad);font-weight:700}
.answered .why{margin-top:12px}
.transport{display:flex;gap:8px;align-items:center;padding:14px 20px 4px;flex-wrap:wrap}
.main{background:light-dark(#2563cf,#2f6fde);border-color:transparent;color:#fff;min-width:104px;font-weight:600}
.main:hover{background:light-dark(#1d55b8,#2563cf);border-color:transparent}
.speed{display:flex;gap:8px;align-items:center;color:var(--quiet);margin-left:8px}.speed select{color:var(--ink);padding:5px 6px}
#clock{margin-left:auto;font-size:20px;font-weight:650}
.said{padding:4px 20px 0;min-height:1.9em;color:var(--quiet);overflow-wrap:anywhere}
.controls{display:grid;grid-template-columns:repeat(auto-fill,minmax(180px,1fr));gap:12px 28px;padding:8px 20px 16px}
.controls label{display:flex;flex-direction:column;gap:4px;justify-content:end;min-width:0}
.controls span{color:var(--quiet);font-size:13px}.controls output{color:var(--ink);font-weight:650;white-space:nowrap}
input[type=range]{accent-color:var(--blue);width:100%;margin:6px 0;height:18px}
.problem{margin:0 20px 14px;padding:10px 14px;border-radius:8px;background:light-dark(#fff1f0,#33161a);color:var(--bad);font-weight:600;white-space:pre-wrap}
.numbers{display:flex;flex-wrap:wrap;justify-content:space-between;gap:10px 32px;padding:12px 20px;min-height:66px;border-block:1px solid var(--line);background:var(--soft)}
dl{display:flex;flex-wrap:wrap;gap:6px 22px;margin:0}
.sum{gap:6px 0}.sum>div+div{margin-left:26px;position:relative}
.sum>div+div::before{position:absolute;left:-18px;bottom:1px;content:"+";font-size:16px;color:var(--quiet)}
.sum>div:nth-child(2)::before{content:"="}.sum>.verdict::before{content:""!important}
dt{font-size:12px;color:var(--quiet);white-space:nowrap}dd{margin:0;font-size:18px;font-weight:650;line-height:1.3}
.sum .verdict dt{color:inherit}.right .verdict{color:var(--good)}.wrong,.wrong dt{color:var(--bad)}
.picture{overflow-x:auto;padding:4px 0 8px}.picture svg.picture{display:block;font-family:inherit}
.finding{padding:8px 20px 0;color:var(--bad);font-weight:600}
.ahead{fill:var(--paper)}.now{stroke:var(--blue);stroke-width:1.5;fill:none}
@media (max-width:520px){.guess,.transport,.controls,.numbers,.said{padding-inline:14px}.controls{grid-template-columns:repeat(2,minmax(0,1fr));gap:12px 16px}.main{min-width:92px}.speed{margin-left:0}.sum>.verdict{display:flex;gap:6px;align-items:center;flex-basis:100%;margin:0}}`;
