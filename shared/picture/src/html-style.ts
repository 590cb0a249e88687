export const PAGE_STYLE = `
:root{color-scheme:light dark;font:14px/1.5 ui-sans-serif,system-ui,"Segoe UI",Inter,Roboto,sans-serif}
body{margin:0;padding:24px;background:light-dark(#f6f8fa,#0a0e14);color:light-dark(#1f2328,#e6edf3)}
main{max-width:1120px;margin:auto;background:light-dark(#fff,#0f141b);border:1px solid light-dark(#d5dae0,#2b333d);border-radius:10px;padding:20px 0 8px}
header{padding:0 20px}
h1{font-size:20px;line-height:1.3;margin:0;overflow-wrap:anywhere}
header p{color:light-dark(#59636e,#9198a1);margin:2px 0 10px}
header ul{list-style:none;margin:0 0 10px;padding:0}
header li{padding-left:1.3em;text-indent:-1.3em;overflow-wrap:anywhere}
header li span{display:inline-block;width:1.3em;text-indent:0}
header li.bad{color:light-dark(#cf222e,#ff7b72);font-weight:600}
nav{display:flex;gap:10px 16px;align-items:center;flex-wrap:wrap;padding:8px 20px;position:sticky;top:0;background:inherit;z-index:1}
nav[hidden]{display:none}
nav span{display:flex;gap:8px;align-items:center}
.steps{flex:1;min-width:220px}
button{font:inherit;color:inherit;background:light-dark(#f3f5f8,#171d26);border:1px solid light-dark(#d5dae0,#2b333d);border-radius:6px;padding:3px 10px;cursor:pointer;white-space:nowrap}
button:hover{border-color:light-dark(#9aa3ad,#4a545f)}
button[aria-pressed=true]{background:light-dark(#2f6fde,#3f7fe8);border-color:transparent;color:#fff}
:focus-visible{outline:2px solid light-dark(#2f6fde,#6da2ff);outline-offset:1px}
input{flex:1;min-width:80px;accent-color:#2f6fde}
output{flex-basis:100%;min-height:1.5em;font-variant-numeric:tabular-nums;color:light-dark(#3a424c,#c5ccd3);overflow-wrap:anywhere}
.sheet{position:relative;padding:0 8px}
.sheet svg{width:100%;display:block}
.sheet i{position:absolute;top:0;bottom:0;width:2px;margin-left:-1px;background:#e5484d;pointer-events:none;display:none}
.narrow,[data-view=lanes] .tasks,[data-view=tasks] .lanes{display:none}
.has-lit [data-task]:not(.lit){opacity:.25}
.has-lit [data-task] [data-task]{opacity:1}
@media (max-width:640px){
body{padding:0}
main{border:0;border-radius:0;padding-top:14px}
header,nav{padding-left:14px;padding-right:14px}
.sheet{padding:0}
.wide{display:none}
[data-view=lanes] .lanes.narrow,[data-view=tasks] .tasks.narrow{display:block}
}
@media print{nav{display:none}}`;
