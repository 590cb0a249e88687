/** What the playgrounds and the races have in common. Light or dark follows the `color-scheme` of the page around. */
export const LOOK = `
:host{--line:light-dark(#d9dee4,#2b333d);--soft:light-dark(#f6f8fa,#141a22);--paper:light-dark(#fff,#0f141b);
--ink:light-dark(#1f2328,#e6edf3);--quiet:light-dark(#57606a,#9aa4ae);--blue:light-dark(#2563cf,#5b95f5);
--good:light-dark(#1a7f37,#3fb950);--bad:light-dark(#cf222e,#ff7b72);
display:block;margin:24px 0;font:14px/1.5 var(--vp-font-family-base,ui-sans-serif,system-ui,sans-serif);
font-variant-numeric:tabular-nums;color:var(--ink)}
*{box-sizing:border-box}
section{border:1px solid var(--line);border-radius:12px;background:var(--paper);overflow:hidden;min-height:420px}
p{margin:0}
button,select{font:inherit;color:inherit;background:light-dark(#f3f5f8,#1a212b);border:1px solid var(--line);border-radius:8px;padding:5px 13px;cursor:pointer}
button:hover,select:hover{border-color:light-dark(#aab4bf,#4a5563)}
button:focus-visible,select:focus-visible,input:focus-visible,summary:focus-visible,[tabindex]:focus-visible{outline:2px solid var(--blue);outline-offset:2px}`;
