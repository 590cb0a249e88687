import { escaped } from "../playground/template.ts";
import type { Outcome } from "./play-race.ts";
import type { Judged, Loaded } from "./protocol.ts";
import { at, inShort, inWords, letter } from "./turns.ts";

/** All that stands still while events are moved. */
export function page({ title, story, events, lanes, bug, changes }: Loaded): string {
  return `<section aria-label="${escaped(title)}">
<div class="story"><p><b>${escaped(title)}${/[?!]$/.test(title) ? "" : "."}</b> ${escaped(story)}</p></div>
<div class="answers" role="group" aria-label="which answer is played">
<button type="button" data-broken aria-pressed="true">with the mistake</button>
<button type="button" aria-pressed="false">the reference</button>
</div>
<p class="how">Move the events, by mouse, touch or arrow keys. Two that stand at nearly the same place happen in the same turn of the event loop.</p>
<div class="board">
${events.map(eventRow).join("\n")}
${lanes.map((lane) => `<div class="row lane"><span class="name">${escaped(lane)}</span><div class="strip" data-lane="${escaped(lane)}"></div></div>`).join("\n")}
<div class="row drops" aria-hidden="true"><div class="strip"></div></div>
</div>
<p class="verdict" role="status"></p>
<div class="orders"><button type="button" class="all">Try every order</button><p class="count" role="status"></p><div class="chips"></div></div>
<details><summary>What is the mistake?</summary><p>${sentence(bug)}</p>${changes.map(difference).join("")}</details>
</section>`;
}

function eventRow(name: string, i: number): string {
  return `<label class="row event e${i}"><span class="name"><b>${letter(i)}</b> ${escaped(name)}</span>
<span class="slide"><input type="range" min="0" max="100" data-event="${i}"><span class="dot" aria-hidden="true">${letter(i)}</span></span></label>`;
}

const sentence = (text: string) =>
  `${escaped(text.charAt(0).toUpperCase()).concat(escaped(text.slice(1)).replaceAll(/`([^`]+)`/g, "<code>$1</code>"))}.`;

/** The edit of the reference, as a difference. */
function difference({ file, lines }: Loaded["changes"][number]): string {
  const indents = lines.filter(({ look }) => look !== "left out").map(({ text }) => text.search(/\S/));
  const least = Math.min(...indents.filter((indent) => indent >= 0));
  const shown = lines.map(({ look, text, isMoved }) => {
    if (look === "left out") return `<span class="quiet">  ${text}</span>`;
    const note = isMoved ? ` <i>${look === "gone" ? "moved from here" : "moved to here"}</i>` : "";
    return `<span class="${look}">${SIGNS[look]} ${escaped(text.slice(least))}${note}</span>`;
  });
  return `<figure><figcaption>solution/${escaped(file)}</figcaption><pre tabindex="0"><code>${shown.join("\n")}</code></pre></figure>`;
}

const SIGNS = { same: " ", gone: "−", new: "+" } as const;

/** The bars of one lane, as far as they are to be seen. */
export function bars(lane: string, { stretches }: Outcome, sorted: readonly number[]): string {
  const x = (place: number) => (place < 0 ? 0 : place >= sorted.length ? 100 : at(sorted, place));
  return stretches
    .filter((stretch) => stretch.lane === lane)
    .map(({ text, look, from, to }) => {
      const [left, right] = [x(from), x(to)];
      return `<span class="bar ${look}" style="left:${left}%;width:${right - left}%" title="${escaped(text)}"><span>${escaped(text)}</span></span>`;
    })
    .join("");
}

/** One for each order, to look at. What it is called is what stands in it; the words for it come beside that. */
export function chips(orders: readonly Judged[], shown: string): string {
  return orders
    .map(({ turns, isBad }) => {
      const short = inShort(turns);
      return `<button type="button" class="chip ${isBad ? "bad" : "good"}" data-turns="${escaped(JSON.stringify(turns))}" aria-pressed="${short === shown}" title="${inWords(turns)}: ${isBad ? "it breaks" : "it holds"}">${short} ${isBad ? "✗" : "✓"}</button>`;
    })
    .join("");
}
