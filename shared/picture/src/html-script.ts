/** What the page does: switch views, highlight one task everywhere, step from event to event, save the trace. */
export const SCRIPT = `
const main = document.querySelector("main"), nav = document.querySelector("nav");
const range = nav.querySelector("input"), out = nav.querySelector("output"), hint = out.textContent;
const steps = JSON.parse(document.getElementById("steps").textContent);
const all = (selector) => main.querySelectorAll(selector);
let pinned;
nav.hidden = false;
range.max = steps.length - 1;

function light(task) {
  main.classList.toggle("has-lit", Boolean(task));
  for (const element of all("[data-task]")) element.classList.toggle("lit", element.dataset.task === task);
}
function showStep() {
  const step = steps[range.value];
  out.textContent = step ? step[1] + " \\u00b7 " + step[2] : hint;
  light(pinned ?? (step && step[3]));
  for (const cursor of all(".sheet i")) {
    const svg = cursor.previousElementSibling, { left, right } = svg.dataset, width = svg.viewBox.baseVal.width;
    cursor.style.display = step ? "block" : "none";
    if (step) cursor.style.left = place(svg, (Number(left) + step[0] * (right - left)) / width);
  }
}
function place(svg, share) {
  const box = svg.getBoundingClientRect(), sheet = svg.parentElement.getBoundingClientRect();
  return box.left - sheet.left + share * box.width + "px";
}
function move(by) { range.value = Number(range.value) + by; showStep(); }
function show(view) {
  main.dataset.view = view;
  for (const button of all("[data-show]")) button.setAttribute("aria-pressed", String(button.dataset.show === view));
  showStep();
}
function save(i) {
  const text = document.getElementById("trace-" + i).textContent;
  const link = document.createElement("a");
  link.download = document.title.replace(/[^\\p{L}\\p{N}]+/gu, "-") + ".trace.json";
  link.setAttribute("href", URL.createObjectURL(new Blob([text], { type: "application/json" })));
  link.click();
}
range.addEventListener("input", showStep);
addEventListener("resize", showStep);
const taskAt = (event) => event.target.closest?.(".sheet [data-task]")?.dataset.task;
main.addEventListener("pointerover", (event) => light(pinned ?? taskAt(event)));
main.addEventListener("pointerleave", () => light(pinned));
main.addEventListener("click", (event) => {
  const { show: view, by, save: trace } = event.target.closest("button")?.dataset ?? {};
  if (view) return show(view);
  if (by) return move(Number(by));
  if (trace) return save(trace);
  if (!event.target.closest(".sheet")) return;
  const task = taskAt(event);
  pinned = task === pinned ? undefined : task;
  light(pinned ?? task);
});
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const { key, target } = event;
  if (key === "1" || key === "2") show(key === "1" ? "lanes" : "tasks");
  else if (key === "Escape") { pinned = undefined; range.value = -1; showStep(); }
  else if (target === range) return;
  else if (key === "ArrowLeft" || key === "ArrowRight") move(key === "ArrowLeft" ? -1 : 1);
  else return;
  event.preventDefault();
});
`;
