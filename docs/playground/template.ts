import type { Choice, Controls, FirstGuess, Range, View } from "@pattern-labs/picture/scene";
import type { Loaded, Settings } from "./protocol.ts";

/** Simulated seconds for each real one. */
export const SPEEDS = [0.05, 0.1, 0.25, 0.5, 1, 2, 4] as const;
const SPEED_NAMES = ["1/20", "1/10", "1/4", "1/2", "1", "2", "4"];

/** All that stands still while a scene is played. */
export function page({ title, controls, firstGuess }: Loaded, settings: Settings): string {
  return `<section aria-label="${escaped(title)}">
${firstGuess === undefined ? "" : guess(firstGuess)}
<div class="transport" role="group" aria-label="playing">
<button type="button" id="play" class="main">Play</button>
<button type="button" id="step" title="on to the next thing that happens">Step</button>
<button type="button" id="restart">Restart</button>
<label class="speed">speed <select id="speed">${SPEEDS.map((speed, i) => `<option value="${speed}">${SPEED_NAMES[i]} ×</option>`).join("")}</select></label>
<output id="clock" aria-label="simulated time" aria-live="off">0 ms</output>
</div>
<p class="said" role="status"></p>
<div class="controls" role="group" aria-label="controls">${fields(controls, settings)}</div>
<p class="problem" role="alert" hidden></p>
<div class="numbers"></div>
<div class="picture" tabindex="0" role="group" aria-label="the picture of the run"></div>
</section>`;
}

function guess({ question, answers, right, why }: FirstGuess): string {
  const button = (answer: string, i: number) =>
    `<button type="button" aria-pressed="false"${i === right ? " data-right" : ""}>${escaped(answer)}</button>`;
  return `<div class="guess"><p><b>First guess.</b> ${escaped(question)}</p>
<div class="answers">${answers.map(button).join("")}</div>
<p class="why" role="status"></p><template>${escaped(why)}</template></div>`;
}

function fields(controls: Controls, settings: Settings): string {
  return Object.entries(controls)
    .map(([name, control]) =>
      control.kind === "range"
        ? slider(name, control, settings[name] ?? control.value)
        : choice(name, control, settings[name] ?? control.value),
    )
    .join("");
}

function slider(name: string, { label, min, max, unit }: Range, value: number | string): string {
  const output = `<output for="${name}">${said(value, unit)}</output>`;
  // Without "for" it would be the label of what it holds first: of the output.
  return `<label for="${name}"><span>${escaped(label)} ${output}</span><input type="range" id="${name}" name="${name}" min="${min}" max="${max}" value="${value}" data-unit="${unit ?? ""}"></label>`;
}

function choice(name: string, { label, values }: Choice, chosen: number | string): string {
  const options = values.map(
    (value) => `<option${value === chosen ? " selected" : ""}>${escaped(value)}</option>`,
  );
  return `<label><span>${escaped(label)}</span><select name="${name}">${options.join("")}</select></label>`;
}

/** "20 %", "400 ms", "6/s". */
export const said = (value: number | string, unit = "") =>
  `${value.toLocaleString("en")}${/^\w/.test(unit) ? " " : ""}${escaped(unit)}`;

/** The sum that must come out, whatever happens: both sides are counted apart. Then the figures. */
export function numbers({ sum, figures = {} }: View): string {
  const term = ([name, value]: readonly [string, number | string]) =>
    `<div><dt>${escaped(name)}</dt><dd>${escaped(String(value))}</dd></div>`;
  const rest = Object.entries(figures).map(term);
  const others = rest.length === 0 ? "" : `<dl class="figures">${rest.join("")}</dl>`;
  if (sum === undefined) return others;
  const holds = isRight(sum);
  const sign = `<div class="verdict"><dt>${holds ? "it comes out" : "it does not"}</dt><dd>${holds ? "✓" : "✗"}</dd></div>`;
  return `<dl class="sum ${holds ? "right" : "wrong"}">${term(sum.whole)}${sum.parts.map(term).join("")}${sign}</dl>${others}`;
}

export const isRight = ({ whole, parts }: NonNullable<View["sum"]>) =>
  parts.reduce((total, [, value]) => total + value, 0) === whole[1];

/** As text within markup. */
export const escaped = (text: string) =>
  text.replace(
    /[&<>"]/g,
    (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign] ?? sign,
  );
