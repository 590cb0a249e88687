/**
 * Makes the children of one node equal to those of another, and leaves alone what is equal already: most of a picture
 * is past, and the browser has neither to style nor to place nor to paint that anew. Takes the nodes that it needs out of
 * the other one.
 */
export function patch(shown: Node, next: Node): void {
  let old = shown.firstChild;
  for (let wanted = next.firstChild; wanted !== null; ) {
    const following = wanted.nextSibling;
    if (old === null) shown.appendChild(wanted);
    else {
      const after: ChildNode | null = old.nextSibling;
      if (!old.isEqualNode(wanted)) renew(old, wanted);
      old = after;
    }
    wanted = following;
  }
  while (old !== null) {
    const after: ChildNode | null = old.nextSibling;
    old.remove();
    old = after;
  }
}

/** Elements of one kind stay, with new attributes and children; whatever else is replaced. */
function renew(old: ChildNode, wanted: ChildNode): void {
  if (old instanceof Element && wanted instanceof Element && old.tagName === wanted.tagName) {
    for (const { name } of [...old.attributes]) if (!wanted.hasAttribute(name)) old.removeAttribute(name);
    for (const { name, value } of [...wanted.attributes]) {
      if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    patch(old, wanted);
  } else old.replaceWith(wanted);
}
