/**
 * Makes the children of one node equal to those of another, and leaves alone what is equal already. Takes the nodes that
 * it needs out of the other one.
 */
export function patch(shown: Node, next: Node): void {
  renew(shown, [...shown.childNodes], next);
}

/**
 * The same for some neighbours among the children of a node, which end before `end`: with it, if it is not there any more,
 * come new ones. Gives what then stands there.
 */
export function renew(
  parent: Node,
  olds: readonly ChildNode[],
  next: Node,
  end: Node | null = null,
): ChildNode[] {
  const wanted = [...next.childNodes];
  for (const old of olds.slice(wanted.length)) old.remove();
  return wanted.map((one, i) => {
    const old = olds[i];
    if (old === undefined) parent.insertBefore(one, end);
    else if (old.isEqualNode(one)) return old;
    else if (old instanceof Element && one instanceof Element && old.tagName === one.tagName) {
      setAttributes(old, one);
      patch(old, one);
      return old;
    } else old.replaceWith(one);
    return one;
  });
}

/** Gives it the attributes of another one. */
export function setAttributes(old: Element, wanted: Element): void {
  for (const { name } of [...old.attributes]) if (!wanted.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of [...wanted.attributes]) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}
